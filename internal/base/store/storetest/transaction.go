package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

var errStop = errors.New("stop")

func failures(tx *store.Tx, subject string) (int64, error) {
	l, err := tx.Lockout("pool", subject)
	return l.Failures, err
}

func setFailures(tx *store.Tx, subject string, n int64) error {
	return tx.SaveLockout(model.Lockout{PoolID: "pool", Subject: subject, Failures: n, LastAt: start})
}

func testTransactions(t *testing.T, database func(testing.TB) string) {
	s := OpenURL(t, database(t))
	count := func(t *testing.T, subject string) int64 {
		return read(t, s, func(tx *store.Tx) (int64, error) { return failures(tx, subject) })
	}

	t.Run("an Update that fails leaves nothing", func(t *testing.T) {
		refused(t, s, errStop, func(tx *store.Tx) error {
			return errors.Join(setFailures(tx, "a", 1), setFailures(tx, "b", 1), errStop)
		})
		if a, b := count(t, "a"), count(t, "b"); a != 0 || b != 0 {
			t.Errorf("got %d and %d rows' failures, want none", a, b)
		}
	})

	t.Run("an Update sees what it wrote", func(t *testing.T) {
		update(t, s, func(tx *store.Tx) error {
			if err := setFailures(tx, "own", 7); err != nil {
				return err
			}
			if n, err := failures(tx, "own"); n != 7 || err != nil {
				return fmt.Errorf("got %d, %w, want 7", n, err)
			}
			return nil
		})
	})

	t.Run("a View cannot write", func(t *testing.T) {
		err := s.View(t.Context(), func(tx *store.Tx) error { return setFailures(tx, "viewed", 1) })
		if err == nil {
			t.Error("a write in a View was accepted")
		}
		if n := count(t, "viewed"); n != 0 {
			t.Errorf("a View wrote %d", n)
		}
		update(t, s, func(tx *store.Tx) error { return setFailures(tx, "after", 1) })
	})

	t.Run("a View is one snapshot", func(t *testing.T) {
		update(t, s, func(tx *store.Tx) error { return setFailures(tx, "snap", 1) })
		err := s.View(t.Context(), func(tx *store.Tx) error {
			before, err := failures(tx, "snap")
			if err != nil {
				return err
			}
			update(t, s, func(tx *store.Tx) error { return setFailures(tx, "snap", 2) })
			after, err := failures(tx, "snap")
			if before != 1 || after != 1 {
				t.Errorf("one View read %d, then %d, want 1 both times", before, after)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if n := count(t, "snap"); n != 2 {
			t.Errorf("the next View read %d, want 2", n)
		}
	})

	t.Run("a panic reaches the caller, leaves nothing, and the store goes on", func(t *testing.T) {
		for _, run := range []func(context.Context, func(*store.Tx) error) error{s.Update, s.View} {
			func() {
				defer func() {
					if r := recover(); r != "ouch" {
						t.Errorf("recovered %v, want ouch", r)
					}
				}()
				run(t.Context(), func(tx *store.Tx) error {
					setFailures(tx, "panicked", 1)
					panic("ouch")
				})
			}()
		}
		if n := count(t, "panicked"); n != 0 {
			t.Errorf("a panicking Update wrote %d", n)
		}
		update(t, s, func(tx *store.Tx) error { return setFailures(tx, "later", 1) })
	})

	t.Run("a goroutine that ends inside its Update, as t.Fatal does, leaves nothing", func(t *testing.T) {
		var wg sync.WaitGroup
		wg.Go(func() { // Goexit ends the goroutine of wg.Go after its deferred Done
			s.Update(context.Background(), func(tx *store.Tx) error {
				setFailures(tx, "gone", 1)
				goexit()
				return nil
			})
		})
		wg.Wait()
		if n := count(t, "gone"); n != 0 {
			t.Errorf("it wrote %d", n)
		}
		update(t, s, func(tx *store.Tx) error { return setFailures(tx, "later", 2) })
	})

	t.Run("a Tx is of no use after its transaction", func(t *testing.T) {
		var kept *store.Tx
		update(t, s, func(tx *store.Tx) error { kept = tx; return nil })
		if err := setFailures(kept, "late", 1); err == nil {
			t.Error("a write after the transaction was accepted")
		}
		if _, err := failures(kept, "late"); err == nil {
			t.Error("a read after the transaction was accepted")
		}
	})

	t.Run("a context that has ended runs nothing", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		ran := false
		fn := func(*store.Tx) error { ran = true; return nil }
		if err := s.Update(ctx, fn); !errors.Is(err, context.Canceled) {
			t.Errorf("Update: got %v, want %v", err, context.Canceled)
		}
		if err := s.View(ctx, fn); !errors.Is(err, context.Canceled) {
			t.Errorf("View: got %v, want %v", err, context.Canceled)
		}
		if ran {
			t.Error("fn ran")
		}
	})

	t.Run("a list that is left half-way does not disturb the next query", func(t *testing.T) {
		s := OpenURL(t, database(t))
		p := addPool(t, s, "half_1")
		addUser(t, s, p, newUser(p.ID, "sub-1", "one"))
		addUser(t, s, p, newUser(p.ID, "sub-2", "two"))
		bad := newUser(p.ID, "sub-0", "zero")
		bad.CreatedAt = start.Add(time.Second)
		addUser(t, s, p, bad)
		for range 3 {
			update(t, s, func(tx *store.Tx) error {
				_, err := tx.FindUser(p, "one")
				return err
			})
		}
	})
}

// testStorms is about many transactions at the same time.
func testStorms(t *testing.T, database func(testing.TB) string) {
	const many = 200
	t.Run("200 increments at once lose none", func(t *testing.T) {
		s := OpenURL(t, database(t))
		var wg sync.WaitGroup
		for range many {
			wg.Go(func() {
				err := s.Update(t.Context(), func(tx *store.Tx) error {
					n, err := failures(tx, "x")
					return errors.Join(err, setFailures(tx, "x", n+1))
				})
				if err != nil {
					t.Errorf("update: %v", err)
				}
			})
		}
		wg.Wait()
		if n := read(t, s, func(tx *store.Tx) (int64, error) { return failures(tx, "x") }); n != many {
			t.Errorf("got %d, want %d", n, many)
		}
	})

	t.Run("an Update that fails or panics does not undo its neighbours", func(t *testing.T) {
		s := OpenURL(t, database(t))
		var wg sync.WaitGroup
		for i := range many {
			wg.Go(func() {
				defer func() { recover() }()
				err := s.Update(t.Context(), func(tx *store.Tx) error {
					if err := setFailures(tx, fmt.Sprint(i), 1); err != nil {
						return err
					}
					switch i % 4 {
					case 1:
						return errStop
					case 2:
						panic("ouch")
					case 3:
						goexit()
					}
					return nil
				})
				if want := []error{nil, errStop}[i%4]; !errors.Is(err, want) {
					t.Errorf("update %d: got %v, want %v", i, err, want)
				}
			})
		}
		wg.Wait()
		for i := range many {
			want := int64(0)
			if i%4 == 0 {
				want = 1
			}
			if n := read(t, s, func(tx *store.Tx) (int64, error) { return failures(tx, fmt.Sprint(i)) }); n != want {
				t.Errorf("row %d: got %d, want %d", i, n, want)
			}
		}
	})

	t.Run("a rule over two rows holds, whoever writes which", func(t *testing.T) {
		// Write skew: each transaction reads both rows and writes one. At
		// most one of the two may be set.
		s := OpenURL(t, database(t))
		for round := range 20 {
			a, b := fmt.Sprint("a", round), fmt.Sprint("b", round)
			var wg sync.WaitGroup
			for _, mine := range []string{a, b, a, b} {
				wg.Go(func() {
					err := s.Update(t.Context(), func(tx *store.Tx) error {
						na, err := failures(tx, a)
						nb, err2 := failures(tx, b)
						if err := errors.Join(err, err2); err != nil || na+nb > 0 {
							return err
						}
						return setFailures(tx, mine, 1)
					})
					if err != nil {
						t.Errorf("update: %v", err)
					}
				})
			}
			wg.Wait()
			sum := read(t, s, func(tx *store.Tx) (int64, error) {
				na, err := failures(tx, a)
				nb, err2 := failures(tx, b)
				return na + nb, errors.Join(err, err2)
			})
			if sum != 1 {
				t.Errorf("round %d: %d rows set, want 1", round, sum)
			}
		}
	})

	t.Run("Close waits for what runs and keeps what was acknowledged", func(t *testing.T) {
		url := database(t)
		s := OpenURL(t, url)
		var mu sync.Mutex
		acknowledged := 0
		var wg sync.WaitGroup
		begun := make(chan struct{}, 8*many)
		for i := range 8 {
			wg.Go(func() {
				for j := 0; ; j++ {
					err := s.Update(context.Background(), func(tx *store.Tx) error { return setFailures(tx, fmt.Sprint(i, "-", j), 1) })
					if err != nil {
						return
					}
					mu.Lock()
					acknowledged++
					mu.Unlock()
					select {
					case begun <- struct{}{}:
					default:
					}
				}
			})
		}
		for range many {
			<-begun
		}
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		wg.Wait()
		if err := s.View(t.Context(), func(*store.Tx) error { return nil }); err == nil {
			t.Error("a View on a closed store was accepted")
		}
		if err := s.Ping(t.Context()); err == nil {
			t.Error("a closed store answers")
		}
		again := OpenURL(t, url)
		stored := 0
		for i := range 8 {
			for j := 0; ; j++ {
				if read(t, again, func(tx *store.Tx) (int64, error) { return failures(tx, fmt.Sprint(i, "-", j)) }) == 0 {
					break
				}
				stored++
			}
		}
		if stored != acknowledged {
			t.Errorf("%d rows are stored, %d were acknowledged", stored, acknowledged)
		}
	})
}
