package signin_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
	"github.com/gatehouse-id/gatehouse/internal/flow/signin"
	"github.com/gatehouse-id/gatehouse/internal/part/srp"
)

// storm runs many attempts at once and counts what they are told.
func storm(attempts int, try func(i int) (*signin.Outcome, error)) map[string]int {
	var mu sync.Mutex
	tally := map[string]int{}
	var group sync.WaitGroup
	start := make(chan struct{})
	for i := range attempts {
		group.Go(func() {
			<-start
			got := told(try(i))
			mu.Lock()
			defer mu.Unlock()
			tally[got]++
		})
	}
	close(start)
	group.Wait()
	return tally
}

func wantTally(t *testing.T, got, want map[string]int) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestLockoutIsExact(t *testing.T) {
	const attempts = 200
	fiveThenNone := map[string]int{incorrect: 5, exceeded: attempts - 5}

	t.Run("200 wrong passwords at once get five answers", func(t *testing.T) {
		w := newWorld(t, storetest.SQLite(t), nil)
		w.add("ann", good, nil)
		wantTally(t, storm(attempts, func(i int) (*signin.Outcome, error) {
			return w.login(web, "ann", fmt.Sprint("guess ", i))
		}), fiveThenNone)
	})
	t.Run("under all her names together", func(t *testing.T) {
		w := newWorld(t, storetest.SQLite(t), func(p *model.Pool) { p.Doc.AliasAttributes = []string{"email"} })
		u := w.add("ann", good, nil)
		names := []string{"ann", "ann@example.com", u.Sub}
		wantTally(t, storm(attempts, func(i int) (*signin.Outcome, error) {
			return w.login(web, names[i%3], "guess")
		}), fiveThenNone)
	})
	t.Run("through all clients and the administrator's door together", func(t *testing.T) {
		w := newWorld(t, storetest.SQLite(t), nil)
		w.add("ann", good, nil)
		wantTally(t, storm(attempts, func(i int) (*signin.Outcome, error) {
			switch i % 3 {
			case 0:
				return w.login(web, "ann", "guess")
			case 1:
				return w.login(frank, "ann", "guess")
			}
			return w.Start(t.Context(), signin.Attempt{
				PoolID: poolID, ClientID: rotating, Admin: true, Flow: "ADMIN_USER_PASSWORD_AUTH",
				Parameters: map[string]string{"USERNAME": "ann", "PASSWORD": "guess"},
			})
		}), fiveThenNone)
	})
	t.Run("an unknown name is locked like a known one", func(t *testing.T) {
		w := newWorld(t, storetest.SQLite(t), nil)
		wantTally(t, storm(attempts, func(int) (*signin.Outcome, error) {
			return w.login(web, "nobody", "guess")
		}), fiveThenNone)
	})
	t.Run("once locked, 200 right and wrong passwords tell nothing apart", func(t *testing.T) {
		w := newWorld(t, storetest.SQLite(t), nil)
		w.add("ann", good, nil)
		for range 5 {
			out, err := w.login(web, "ann", "guess")
			w.expect(out, err, incorrect)
		}
		wantTally(t, storm(attempts, func(i int) (*signin.Outcome, error) {
			return w.login(web, "ann", []string{good, "guess"}[i%2])
		}), map[string]int{exceeded: attempts})
	})
	t.Run("right ones among the wrong ones are told or not, and every success buys five answers at most", func(t *testing.T) {
		w := newWorld(t, storetest.SQLite(t), nil)
		w.add("ann", good, nil)
		got := storm(attempts, func(i int) (*signin.Outcome, error) {
			return w.login(web, "ann", map[bool]string{true: good, false: "guess"}[i%20 == 0])
		})
		if got[incorrect] > 5*(got["tokens"]+1) || got["tokens"] > attempts/20 || got[incorrect]+got["tokens"]+got[exceeded] != attempts {
			t.Errorf("got %v", got)
		}
	})
	t.Run("users are locked one by one", func(t *testing.T) {
		w := newWorld(t, storetest.SQLite(t), nil)
		w.add("ann", good, nil)
		w.add("bob", good, nil)
		storm(20, func(int) (*signin.Outcome, error) { return w.login(web, "ann", "guess") })
		out, err := w.login(web, "bob", good)
		w.expect(out, err, "tokens")
	})
}

func TestLockoutAcrossProcesses(t *testing.T) {
	const attempts = 200
	url := storetest.Postgres(t)
	w := newWorld(t, url, nil)
	nodes := []*world{w, w.again(storetest.OpenURL(t, url))}
	w.add("ann", good, nil)
	for _, name := range []string{"ann", "nobody"} {
		t.Run(name+" gets five answers from two processes on one PostgreSQL", func(t *testing.T) {
			wantTally(t, storm(attempts, func(i int) (*signin.Outcome, error) {
				return nodes[i%2].login(web, name, "guess")
			}), map[string]int{incorrect: 5, exceeded: attempts - 5})
		})
	}
}

func TestLockoutBySRP(t *testing.T) {
	const attempts = 100
	for _, name := range []string{"ann", "nobody"} {
		t.Run("wrong proofs for "+name+" count like wrong passwords", func(t *testing.T) {
			w := newWorld(t, storetest.SQLite(t), nil)
			w.add("ann", good, nil)
			answer := w.proof(web, name, good)
			answer.Responses["PASSWORD_CLAIM_SIGNATURE"] = "AAAA"
			wantTally(t, storm(attempts, func(i int) (*signin.Outcome, error) {
				if i%2 == 0 {
					return w.Answer(context.Background(), answer)
				}
				return w.login(web, name, "guess")
			}), map[string]int{incorrect: 5, exceeded: attempts - 5})
		})
	}
	for mode, begun := range map[model.Mode]string{model.ModeOff: exceeded, model.ModeAudit: exceeded, model.ModeEnforced: "PASSWORD_VERIFIER"} {
		t.Run("in the mode "+string(mode)+" a right proof during a lockout is told like a wrong one, and works after it", func(t *testing.T) {
			w := newWorld(t, storetest.SQLite(t), ofMode(mode))
			w.add("ann", good, nil)
			answer := w.proof(web, "ann", good)
			for range 5 {
				out, err := w.login(web, "ann", "guess")
				w.expect(out, err, incorrect)
				out, err = w.login(web, "nobody", "guess")
				w.expect(out, err, incorrect)
			}
			out, err := w.Answer(t.Context(), answer)
			w.expect(out, err, exceeded)
			client, err := srp.NewClient(seeded(1), poolName)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"ann", "nobody"} {
				out, err = w.startSRP(web, name, client.A())
				w.expect(out, err, begun)
			}
			w.pass(time.Second)
			out, err = w.Answer(t.Context(), answer)
			w.expect(out, err, "tokens")
		})
	}
}

// ofMode shapes a pool of another mode than ENFORCED.
func ofMode(mode model.Mode) func(*model.Pool) {
	return func(p *model.Pool) {
		text := string(mode)
		p.Doc.UserPoolAddOns.AdvancedSecurityMode = &text
	}
}

func TestLockoutInTime(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t), nil)
	w.add("ann", good, nil)
	guess := func(want string) {
		t.Helper()
		out, err := w.login(web, "ann", "guess")
		w.expect(out, err, want)
	}
	for range 5 {
		guess(incorrect)
	}
	for n := 6; n <= 17; n++ {
		lock := min(time.Second<<(n-6), 15*time.Minute) // of the failure before
		guess(exceeded)
		w.pass(lock - time.Microsecond)
		guess(exceeded) // and what was tried meanwhile has not lengthened it
		w.pass(time.Microsecond)
		guess(incorrect)
	}
	t.Run("a success after the lockout forgets all", func(t *testing.T) {
		w.pass(15 * time.Minute)
		w.tokens(web, "ann", good)
		for range 5 {
			guess(incorrect)
		}
		guess(exceeded)
	})
	t.Run("so do fifteen quiet minutes", func(t *testing.T) {
		w.pass(time.Second + 15*time.Minute)
		for range 5 {
			guess(incorrect)
		}
		guess(exceeded)
	})
	t.Run("fourteen do not", func(t *testing.T) {
		w.pass(time.Second + 14*time.Minute)
		guess(incorrect)
		guess(exceeded)
	})
}

// However a lock ends while an attempt runs, the right password is told or refused,
// never called wrong, and never counted.
func TestALockThatEndsMeanwhile(t *testing.T) {
	for _, mode := range []model.Mode{model.ModeOff, model.ModeEnforced} {
		ends := map[string]int{}
		for looks := range 40 {
			w := newWorld(t, storetest.SQLite(t), ofMode(mode))
			u := w.add("ann", good, nil)
			w.lock("ann")
			left := looks
			w.looked = func() {
				if left--; left == 0 {
					w.pass(time.Second)
				}
			}
			got := told(w.login(web, "ann", good))
			w.looked = nil
			ends[got]++
			if n := w.failures(u.Sub)[""]; got == "tokens" && n != 0 || got == exceeded && n != 5 {
				t.Errorf("%s, the lock ends at look %d: %s, and %d failures", mode, looks, got, n)
			}
		}
		if len(ends) != 2 || ends["tokens"] == 0 || ends[exceeded] == 0 {
			t.Errorf("%s: got %v", mode, ends)
		}
	}
}
