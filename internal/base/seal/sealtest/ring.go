// Package sealtest gives rings of keys to tests that seal something.
package sealtest

import (
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/seal"
)

// Ring makes a ring with one data key. What one ring seals, no other opens.
func Ring(t testing.TB) *seal.Ring {
	t.Helper()
	master, err := seal.ParseMaster("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	if err != nil {
		t.Fatal(err)
	}
	wrapped, err := master.NewDataKey(nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	ring, err := master.Ring(nil, []seal.WrappedKey{wrapped})
	if err != nil {
		t.Fatal(err)
	}
	return ring
}
