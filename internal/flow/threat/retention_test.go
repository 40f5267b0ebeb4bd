package threat_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
)

// keep sets the pool's policy for events.
func (d *desk) keep(h model.HistoryPolicy) {
	d.Helper()
	k := threat.NewPolicies(d.store, func() time.Time { return d.now })
	if _, err := k.Set(d.Context(), threat.Place{PoolID: d.pool.ID}, threat.AnyVersion, &model.ThreatPolicy{History: &h}, "ops"); err != nil {
		d.Fatal(err)
	}
	d.update(func(tx *store.Tx) (err error) { d.pool, err = tx.Pool(d.pool.ID); return err })
}

func (d *desk) sweep() {
	d.Helper()
	if err := threat.NewHistory(d.store, func() time.Time { return d.now }).Sweep(d.Context()); err != nil {
		d.Fatal(err)
	}
}

// events are the stored ones of a sub, as text.
func (d *desk) events(sub string) (list []model.Event) {
	d.Helper()
	d.update(func(tx *store.Tx) (err error) {
		list, err = tx.Events(d.pool.ID, sub, model.Event{}, 10_000)
		return err
	})
	return list
}

// depart deletes the user as flow/account does.
func (d *desk) depart() (pseudonym string) {
	d.Helper()
	pseudonym = d.pseudonym()
	d.update(func(tx *store.Tx) error {
		err := tx.DeleteUser(d.pool.ID, d.user.Sub)
		if err == nil && pseudonym != "" {
			err = tx.KeepEvents(d.pool.ID, d.user.Sub, pseudonym)
		}
		return err
	})
	return pseudonym
}

func (d *desk) departed() (list []store.Departed) {
	d.Helper()
	d.update(func(tx *store.Tx) (err error) { list, err = tx.Departed(store.Departed{}, 10); return err })
	return list
}

func TestRetention(t *testing.T) {
	const day = 24 * time.Hour
	t.Run("events are kept for two years, to the day", func(t *testing.T) {
		d := newDesk(t)
		begun := d.now
		d.now = begun.AddDate(0, 0, 730)
		d.sweep()
		if n := len(d.events(d.user.Sub)); n != 1 {
			t.Errorf("after 730 days there are %d", n)
		}
		d.now = d.now.Add(time.Second)
		d.happen(model.EventSignIn)
		d.sweep()
		if list := d.events(d.user.Sub); len(list) != 1 || list[0].CreatedAt.Equal(begun) {
			t.Errorf("a second later there are %v", list)
		}
	})
	t.Run("a pool says for how long, and what is more than a step goes too", func(t *testing.T) {
		d := newDesk(t)
		d.keep(model.HistoryPolicy{Days: 30})
		d.update(func(tx *store.Tx) error {
			for i := range 2500 {
				at := d.now.Add(-time.Duration(i) * time.Minute)
				if err := tx.SaveEvent(&model.Event{PoolID: d.pool.ID, Sub: d.user.Sub, ID: fmt.Sprint(i), Type: model.EventSignIn, CreatedAt: at}); err != nil {
					return err
				}
			}
			return nil
		})
		d.now = d.now.Add(30 * day)
		d.happen(model.EventSignIn)
		d.sweep()
		if n := len(d.events(d.user.Sub)); n != 3 { // and the two of the last moment that counts
			t.Errorf("%d are left", n)
		}
	})
	t.Run("the answers about a forgotten event are forgotten", func(t *testing.T) {
		d := newDesk(t)
		d.answer(model.FeedbackValid)
		d.now = d.now.AddDate(3, 0, 0)
		d.sweep()
		if list, _ := d.answers(); len(list) != 0 {
			t.Errorf("got %v", list)
		}
	})
}

func TestDeparture(t *testing.T) {
	t.Run("the events of a deleted user are erased", func(t *testing.T) {
		d := newDesk(t)
		d.answer(model.FeedbackValid)
		if name := d.depart(); name != "" {
			t.Errorf("they would be kept as %s", name)
		}
		d.sweep()
		if n := len(d.events(d.user.Sub)); n != 0 {
			t.Errorf("%d are left", n)
		}
		late := d.happen(model.EventSignIn) // an attempt that was under way
		d.update(func(tx *store.Tx) error { return tx.SaveProfile(d.pool.ID, late.Sub, []byte{1}) })
		d.sweep()
		if n := len(d.events(late.Sub)); n != 0 || len(d.departed()) != 0 || d.profile() != "" {
			t.Errorf("%d are left, and %v, and the profile %q", n, d.departed(), d.profile())
		}
	})
}

func TestPseudonyms(t *testing.T) {
	t.Run("events are kept without anything that tells who it was", func(t *testing.T) {
		d := newDesk(t)
		d.keep(model.HistoryPolicy{AfterDeletion: model.PseudonymiseEvents})
		e := d.happen(model.EventSignIn)
		e.Detail.Timezone, e.Detail.Device, e.Detail.Hints = "+01:00", "devicehash", &model.ClientHints{Model: "Pixel 9"}
		e.Detail.RiskLevel, e.Detail.Risk = "Medium", &model.RiskDetail{Level: "medium", Reasons: []model.RiskReason{
			{Code: "NEW_CITY", Nats: 1.5, Value: 40, Text: "Moscow is new", UserText: "a new city: Moscow"},
		}}
		d.update(func(tx *store.Tx) error { return tx.SaveEvent(e) })
		d.event = e
		d.answer(model.FeedbackInvalid)
		name := d.depart()
		if name == "" || strings.Contains(name, d.user.Sub[:8]) || name != d.pseudonym() {
			t.Errorf("the pseudonym is %q", name)
		}
		d.sweep()
		if n := len(d.events(d.user.Sub)); n != 0 {
			t.Errorf("%d are left under the sub", n)
		}
		kept := d.events(name)
		if len(kept) != 2 {
			t.Fatalf("%d are kept, want 2", len(kept))
		}
		text := string(wire.Must(kept))
		for _, trace := range []string{"91.78", "Firefox", "Linux", "Moscow", "+01:00", "devicehash", "Pixel", d.user.Sub, "ann"} {
			if strings.Contains(text, trace) {
				t.Errorf("%q is in %s", trace, text)
			}
		}
		for _, k := range kept {
			if k.ID != e.ID {
				continue
			}
			if d := k.Detail; d.Country != "Russia" || d.RiskLevel != "Medium" || d.Feedback.Value != "Invalid" || d.Risk.Reasons[0].Code != "NEW_CITY" || d.Risk.Reasons[0].Nats != 1.5 {
				t.Errorf("too little is kept: %s", text)
			}
		}
		if list, _ := d.answers(); len(list) != 0 {
			t.Errorf("answers are left: %v", list)
		}
		d.sweep()
		d.now = d.now.AddDate(3, 0, 0)
		d.sweep()
		if n := len(d.events(name)); n != 0 || len(d.departed()) != 0 {
			t.Errorf("in the end %d are left, and %v", n, d.departed())
		}
	})
	t.Run("nothing more is learned of an attempt that was under way", func(t *testing.T) {
		d := newDesk(t)
		d.keep(model.HistoryPolicy{AfterDeletion: model.PseudonymiseEvents})
		e := d.happen(model.EventSignIn)
		e.Response, e.Detail.Risk = model.EventInProgress, &model.RiskDetail{Level: "none"}
		d.update(func(tx *store.Tx) error { return tx.SaveEvent(e) })
		name := d.depart()
		d.sweep()
		d.now = d.now.Add(time.Hour)
		if err := d.judge.SettleAbandoned(t.Context()); err != nil {
			t.Fatal(err)
		}
		d.update(func(tx *store.Tx) error {
			for _, sub := range []string{d.user.Sub, name} {
				if image, err := tx.Profile(d.pool.ID, sub); !errors.Is(err, store.ErrNotFound) {
					t.Errorf("of %s is learned %x, %v", sub, image, err)
				}
			}
			return nil
		})
	})
	t.Run("however many there are", func(t *testing.T) {
		d := newDesk(t)
		d.keep(model.HistoryPolicy{AfterDeletion: model.PseudonymiseEvents})
		d.update(func(tx *store.Tx) error {
			for i := range 450 {
				if err := tx.SaveEvent(&model.Event{PoolID: d.pool.ID, Sub: d.user.Sub, ID: fmt.Sprint(i), Type: model.EventSignIn, CreatedAt: d.now}); err != nil {
					return err
				}
			}
			return nil
		})
		name := d.depart()
		d.sweep()
		if n, left := len(d.events(name)), len(d.events(d.user.Sub)); n != 451 || left != 0 {
			t.Errorf("%d are kept, %d left", n, left)
		}
	})
}

func (d *desk) pseudonym() string { return threat.Pseudonym(d.ring, d.pool, d.user.Sub) }
