package storetest

import (
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

func testTallies(t *testing.T, database func(testing.TB) string) {
	s := OpenURL(t, database(t))
	tally := func(subject string, shard int) {
		update(t, s, func(tx *store.Tx) error { return tx.Tally("p", subject, shard, start) })
	}
	take := func(subject string) (n int64) {
		update(t, s, func(tx *store.Tx) (err error) {
			n, err = tx.TakeTally("p", subject)
			return err
		})
		return n
	}

	t.Run("all rows are taken at once, and only once", func(t *testing.T) {
		if n := take("a"); n != 0 {
			t.Errorf("got %d of nothing", n)
		}
		for shard := range store.TallyShards {
			tally("a", shard)
			tally("a", 3)
		}
		tally("b", 3)
		if n := take("a"); n != 2*store.TallyShards {
			t.Errorf("got %d, want %d", n, 2*store.TallyShards)
		}
		if n := take("a"); n != 0 {
			t.Errorf("got %d again", n)
		}
		if n := take("b"); n != 1 {
			t.Errorf("the other: got %d, want 1", n)
		}
	})

	t.Run("nothing is lost between many that count and one that takes", func(t *testing.T) {
		const workers, each = 8, 20
		var counting sync.WaitGroup
		for w := range workers {
			counting.Go(func() {
				for i := range each {
					err := s.Update(t.Context(), func(tx *store.Tx) error { return tx.Tally("p", "c", (w+i)%store.TallyShards, start) })
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		var taken int64
		for range 5 {
			taken += take("c")
		}
		counting.Wait()
		if taken += take("c"); taken != workers*each {
			t.Errorf("got %d, want %d", taken, workers*each)
		}
	})

	t.Run("what nobody takes is forgotten", func(t *testing.T) {
		tally("d", 0)
		if err := s.Sweep(t.Context(), start.Add(store.MaxWindow+time.Microsecond)); err != nil {
			t.Fatal(err)
		}
		if n := take("d"); n != 0 {
			t.Errorf("got %d", n)
		}
	})
}
