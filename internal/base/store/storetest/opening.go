package storetest

import (
	"context"
	"runtime"
	"sync"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

func goexit() { runtime.Goexit() }

func testOpening(t *testing.T, database func(testing.TB) string) {
	t.Run("opening again finds what was stored", func(t *testing.T) {
		url := database(t)
		first := OpenURL(t, url)
		addPool(t, first, "pool_1")
		if err := first.Close(); err != nil {
			t.Fatalf("close: %v", err)
		}
		for range 2 {
			if p := pool(t, OpenURL(t, url), "pool_1"); *p.Doc.Name != "first" {
				t.Errorf("got pool %q, want first", *p.Doc.Name)
			}
		}
	})

	t.Run("closing twice is fine", func(t *testing.T) {
		s := OpenURL(t, database(t))
		for range 2 {
			if err := s.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		}
	})

	t.Run("nodes that open a new database at once all succeed", func(t *testing.T) {
		url := database(t)
		var wg sync.WaitGroup
		for range 6 {
			wg.Go(func() {
				s, err := store.Open(context.Background(), store.Config{URL: url})
				if err != nil {
					t.Errorf("open: %v", err)
					return
				}
				if err := s.Ping(context.Background()); err != nil {
					t.Errorf("ping: %v", err)
				}
				if err := s.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
			})
		}
		wg.Wait()
	})

	t.Run("two nodes on one database lose no increment", func(t *testing.T) {
		url := database(t)
		nodes := []*store.Store{OpenURL(t, url), OpenURL(t, url)}
		const each = 50
		var wg sync.WaitGroup
		for i := range 2 * each {
			wg.Go(func() {
				err := nodes[i%2].Update(t.Context(), func(tx *store.Tx) error {
					l, err := tx.Lockout("pool", "ann")
					if err != nil {
						return err
					}
					return tx.SaveLockout(model.Lockout{PoolID: "pool", Subject: "ann", Failures: l.Failures + 1, LastAt: start})
				})
				if err != nil {
					t.Errorf("update: %v", err)
				}
			})
		}
		wg.Wait()
		for _, s := range nodes {
			if n := read(t, s, func(tx *store.Tx) (int64, error) { return failures(tx, "ann") }); n != 2*each {
				t.Errorf("got %d, want %d", n, 2*each)
			}
		}
	})
}
