// Package storetest gives the tests of a store: databases to run on, and the
// suite that every database must pass.
//
//	Open(t)      a new SQLite store          Postgres(t)  the URL of a new PostgreSQL database
//	Run(t, new)  the suite: a file per aggregate, as in the store
package storetest

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

// Open returns a new store in a file of its own, closed when the test ends.
func Open(t testing.TB) *store.Store {
	t.Helper()
	return OpenURL(t, SQLite(t))
}

// SQLite returns the URL of a new SQLite database that is gone when the test ends.
func SQLite(t testing.TB) string {
	t.Helper()
	return "sqlite:" + filepath.Join(t.TempDir(), "gatehouse.db")
}

// OpenURL opens a store, closed when the test ends.
func OpenURL(t testing.TB, url string) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), store.Config{URL: url})
	if err != nil {
		t.Fatalf("open the store: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	return s
}
