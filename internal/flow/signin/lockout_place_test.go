package signin_test

import (
	"encoding/hex"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
	"github.com/gatehouse-id/gatehouse/internal/flow/signin"
)

// Where ann is known, and where she is not.
var (
	home      = model.Origin{IP: "198.51.100.7", UserAgent: "Mozilla/5.0", Fingerprint: model.Fingerprint{DeviceID: "laptop"}}
	neighbour = model.Origin{IP: "198.51.100.200", UserAgent: "curl/8"} // in the same /24
	office    = model.Origin{IP: "2001:db8:7:1::9", UserAgent: "Mozilla/5.0"}
)

// strangers are as many as one likes, each in a network of its own.
func stranger(i int) model.Origin { return model.Origin{IP: fmt.Sprintf("203.0.%d.9", i%200)} }

// settle signs ann in where she is to be known, as often as it takes.
func (w *world) settle(places ...model.Origin) {
	w.t.Helper()
	for range 5 {
		for _, o := range places {
			out, err := w.loginFrom(o, "ann", good)
			w.expect(out, err, "tokens")
			w.pass(24 * time.Hour)
		}
	}
}

// lock makes strangers lock a name.
func (w *world) lock(name string) {
	w.t.Helper()
	for i := range 5 {
		out, err := w.loginFrom(stranger(i), name, "guess")
		w.expect(out, err, incorrect)
	}
}

// failures are the counts of a user: of the account under "", of places by their kind.
func (w *world) failures(sub string) map[string]int64 {
	w.t.Helper()
	counts := map[string]int64{}
	w.view(func(tx *store.Tx) error {
		list, err := tx.LockoutsOf(poolID, sub)
		for _, l := range list {
			kind, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(l.Subject, sub), "/at/"), "/")
			counts[kind] += l.Failures
		}
		return err
	})
	return counts
}

func wantFailures(t *testing.T, got, want map[string]int64) {
	t.Helper()
	if !maps.Equal(got, want) {
		t.Errorf("got the counts %v, want %v", got, want)
	}
}

func TestKnownPlaces(t *testing.T) {
	known := func(t *testing.T, places ...model.Origin) (*world, *model.User) {
		w := newWorld(t, storetest.SQLite(t), nil)
		u := w.add("ann", good, nil)
		w.settle(places...)
		return w, u
	}
	t.Run("while strangers lock the account, its owner signs in, and they learn nothing", func(t *testing.T) {
		w, u := known(t, home)
		w.lock("ann")
		wantTally(t, storm(200, func(i int) (*signin.Outcome, error) {
			if i%4 == 0 {
				return w.loginFrom(home, "ann", good)
			}
			return w.loginFrom(stranger(i), "ann", []string{good, "guess"}[i%2])
		}), map[string]int{"tokens": 50, exceeded: 150})
		wantFailures(t, w.failures(u.Sub), map[string]int64{"": 5}) // what she did has not forgotten theirs
	})
	t.Run("200 guesses at once, from known places and others, get five answers", func(t *testing.T) {
		w, u := known(t, home, office)
		places := []model.Origin{home, office, neighbour}
		wantTally(t, storm(200, func(i int) (*signin.Outcome, error) {
			if i%2 == 0 {
				return w.loginFrom(places[i%3], "ann", "guess")
			}
			return w.loginFrom(stranger(i), "ann", "guess")
		}), map[string]int{incorrect: 5, exceeded: 195})
		for place, n := range w.failures(u.Sub) {
			if n > 5*map[string]int64{"": 1, "device": 1, "network": 2}[place] {
				t.Errorf("%d were looked at for %q", n, place)
			}
		}
	})
	t.Run("of 100 guesses at once from a known place five are looked at, and none is told", func(t *testing.T) {
		w, u := known(t, home, office)
		w.lock("ann")
		wantTally(t, storm(100, func(int) (*signin.Outcome, error) {
			return w.loginFrom(home, "ann", "guess")
		}), map[string]int{exceeded: 100})
		wantFailures(t, w.failures(u.Sub), map[string]int64{"": 5, "device": 5})
		for o, want := range map[model.Origin]string{home: exceeded, neighbour: "tokens", office: "tokens"} {
			out, err := w.loginFrom(o, "ann", good)
			w.expect(out, err, want)
		}
		w.pass(time.Second)
		out, err := w.loginFrom(home, "ann", good)
		w.expect(out, err, "tokens")
		wantFailures(t, w.failures(u.Sub), map[string]int64{})
	})
	t.Run("a name that nobody has is locked everywhere, and leaves one row", func(t *testing.T) {
		w, _ := known(t, home)
		w.lock("nobody")
		wantTally(t, storm(100, func(i int) (*signin.Outcome, error) {
			return w.loginFrom([]model.Origin{home, stranger(i)}[i%2], "nobody", "guess")
		}), map[string]int{exceeded: 100})
		subject := "?" + hex.EncodeToString(w.ring.Derive("unknown user", poolID, "nobody")[:16])
		wantFailures(t, w.failures(subject), map[string]int64{"": 5})
	})
	t.Run("a device is known wherever it is", func(t *testing.T) {
		w, u := known(t, home)
		w.lock("ann")
		abroad := home
		abroad.IP = "203.0.113.9"
		out, err := w.loginFrom(abroad, "ann", "typo")
		w.expect(out, err, exceeded)
		wantFailures(t, w.failures(u.Sub), map[string]int64{"": 5, "device": 1})
		out, err = w.loginFrom(abroad, "ann", good)
		w.expect(out, err, "tokens")
	})
	t.Run("by SRP, everybody gets a challenge, and the owner's proof is right", func(t *testing.T) {
		w, _ := known(t, home)
		w.lock("ann")
		for o, want := range map[model.Origin]string{home: "tokens", stranger(1): exceeded} {
			answer := w.proof(web, "ann", good)
			answer.Origin = o
			out, err := w.Answer(t.Context(), answer)
			w.expect(out, err, want)
		}
	})
	for _, mode := range []model.Mode{model.ModeOff, model.ModeAudit} {
		t.Run("in the mode "+string(mode)+" there are none", func(t *testing.T) {
			w := newWorld(t, storetest.SQLite(t), ofMode(mode))
			u := w.add("ann", good, nil)
			w.settle(home)
			w.lock("ann")
			out, err := w.loginFrom(home, "ann", good)
			w.expect(out, err, exceeded)
			wantFailures(t, w.failures(u.Sub), map[string]int64{"": 5})
		})
	}
}

func TestKnownPlacesAcrossProcesses(t *testing.T) {
	url := storetest.Postgres(t)
	w := newWorld(t, url, nil)
	nodes := []*world{w, w.again(storetest.OpenURL(t, url))}
	u := w.add("ann", good, nil)
	w.settle(home)
	wantTally(t, storm(200, func(i int) (*signin.Outcome, error) {
		return nodes[i%2].loginFrom([]model.Origin{home, stranger(i)}[i/2%2], "ann", "guess")
	}), map[string]int{incorrect: 5, exceeded: 195})
	counts := w.failures(u.Sub)
	if counts[""] != 5 || counts["device"] > 5 {
		t.Errorf("got the counts %v", counts)
	}
}

func TestAFailureThatLocksIsRecorded(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t), nil)
	u := w.add("ann", good, nil)
	for i := range 5 {
		w.pass(time.Millisecond) // events of one moment have no order
		out, err := w.loginFrom(stranger(i), "ann", "guess")
		w.expect(out, err, incorrect)
	}
	w.view(func(tx *store.Tx) error {
		list, err := tx.Events(poolID, u.Sub, model.Event{}, 10)
		for i, e := range list {
			want := time.Time{}
			if i == 0 { // the newest: the fifth
				want = w.clock().Add(time.Second)
			}
			if got := e.Detail.LockedUntil; !got.Equal(want) {
				t.Errorf("event %d is locked until %v, want %v", i, got, want)
			}
		}
		if len(list) != 5 {
			t.Errorf("got %d events", len(list))
		}
		return err
	})
}
