// Package testkeys gives four signing keys that everybody knows, for tests that must repeat themselves.
//
// Their private halves stand in the repository. Key refuses to hand them out
// outside a test, so that no server ever signs with one.
package testkeys

import (
	"embed"
	"encoding/pem"
	"fmt"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/part/token"
)

// Count is how many keys there are.
const Count = 4

// The files say TESTING KEY where others say PRIVATE KEY, so that scanners for
// leaked keys do not cry wolf.
//
//go:embed test-only-*.pem
var files embed.FS

// Key returns test key i, from 0 to Count-1. It panics outside a test.
func Key(i int) *token.Key {
	if !testing.Testing() {
		panic("testkeys: these keys are public, and this is not a test")
	}
	name := fmt.Sprintf("test-only-%d.pem", i)
	text, err := files.ReadFile(name)
	if err != nil {
		panic(fmt.Errorf("testkeys: there are keys 0 to %d: %w", Count-1, err))
	}
	block, _ := pem.Decode(text)
	if block == nil {
		panic("testkeys: no PEM block in " + name)
	}
	key, err := token.ParseKey(block.Bytes)
	if err != nil {
		panic(fmt.Errorf("testkeys: %s: %w", name, err))
	}
	return key
}
