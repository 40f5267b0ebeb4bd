package threat_test

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/report"
	"github.com/gatehouse-id/gatehouse/internal/base/seal"
	"github.com/gatehouse-id/gatehouse/internal/base/seal/sealtest"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
	"github.com/gatehouse-id/gatehouse/risk"
)

// desk is a pool with a user and an event, and whoever answers about it.
type desk struct {
	*testing.T
	store    *store.Store
	ring     *seal.Ring
	judge    *threat.Threat
	feedback *threat.Feedback
	pool     *model.Pool
	user     *model.User
	event    *model.Event
	now      time.Time
	meter    *report.Meter
}

func newDesk(t *testing.T) *desk {
	d := &desk{T: t, store: storetest.Open(t), ring: sealtest.Ring(t), meter: new(report.Meter), now: time.Date(2026, 11, 3, 4, 5, 6, 0, time.UTC)}
	d.judge = threat.New(threat.Config{Store: d.store, Ring: d.ring, Meter: d.meter, Now: func() time.Time { return d.now }})
	d.feedback = threat.NewFeedback(d.judge)
	d.pool = poolIn(model.ModeAudit, nil)
	d.pool.Doc.Id, d.pool.MFA = &d.pool.ID, &shape.SetUserPoolMfaConfigResponse{}
	d.user = &model.User{PoolID: d.pool.ID, Sub: "9f1c2b3a-0000-4000-8000-000000000001", Username: "ann", Status: model.Confirmed, Enabled: true, Attributes: map[string]string{}}
	d.update(func(tx *store.Tx) error {
		return errors.Join(
			tx.CreatePool(d.pool, d.now),
			tx.CreateClient(&model.Client{ID: "app", PoolID: d.pool.ID, Doc: &shape.UserPoolClientType{}}, d.now),
			tx.CreateUser(d.pool, d.user, nil))
	})
	d.event = d.happen(model.EventSignIn)
	return d
}

// happen stores an event of the user.
func (d *desk) happen(typ model.EventType) *model.Event {
	d.Helper()
	o := model.Origin{IP: "91.78.1.10", UserAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0"}
	e := d.judge.Record(d.pool, "app", d.user.Sub, typ, model.EventPass, threat.Finding{}, o, "")
	d.update(func(tx *store.Tx) error { return tx.SaveEvent(e) })
	return e
}

func (d *desk) update(fn func(*store.Tx) error) {
	d.Helper()
	if err := d.store.Update(d.Context(), fn); err != nil {
		d.Fatal(err)
	}
}

func (d *desk) answer(value string) {
	d.Helper()
	if err := d.feedback.Record(d.Context(), d.pool.ID, d.user.Sub, d.event.ID, time.Time{}, value, model.ProviderUser); err != nil {
		d.Fatal(err)
	}
}

func (d *desk) undo() {
	d.Helper()
	if _, err := d.feedback.Undo(d.Context(), d.pool.ID, d.event.ID); err != nil {
		d.Fatal(err)
	}
}

// profile is what is stored of the user; "" when nothing is.
func (d *desk) profile() (image string) {
	d.Helper()
	d.update(func(tx *store.Tx) error {
		b, err := tx.Profile(d.pool.ID, d.user.Sub)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		image = string(b)
		return err
	})
	return image
}

// answers are the stored ones, the newest first, and what they changed.
func (d *desk) answers() (list []model.Feedback, changes []risk.Change) {
	d.Helper()
	d.update(func(tx *store.Tx) (err error) {
		list, err = tx.Feedback(d.pool.ID, d.user.Sub, d.event.ID, 100)
		return err
	})
	for _, f := range list {
		var c risk.Change
		if err := wire.Read(f.Effect, &c); err != nil {
			d.Fatal(err)
		}
		changes = append(changes, c)
	}
	return list, changes
}

// blame is what everybody's table held against the event's address before and after the newest answer.
func (d *desk) blame() string {
	d.Helper()
	_, changes := d.answers()
	for _, m := range changes[0].Marks {
		if m.Where == "failures" && m.What == "address" {
			return fmt.Sprintf("%g to %g", m.Before, m.After)
		}
	}
	return "unchanged"
}

func TestFeedback(t *testing.T) {
	t.Run("an answer changes the profile and everybody's tables, and says what it changed", func(t *testing.T) {
		d := newDesk(t)
		d.answer(model.FeedbackValid)
		list, changes := d.answers()
		if len(list) != 1 || list[0].Value != "Valid" || list[0].Provider != "User" || !list[0].At.Equal(d.now) {
			t.Fatalf("got %+v", list)
		}
		where := map[string]int{}
		for _, m := range changes[0].Marks {
			where[m.Where]++
		}
		if changes[0].Verdict != risk.Valid || string(changes[0].After) != d.profile() || where["profile"] == 0 || where["successes"] == 0 {
			t.Errorf("got %+v", changes[0])
		}
	})
	t.Run("the same answer again changes nothing", func(t *testing.T) {
		d := newDesk(t)
		d.answer(model.FeedbackInvalid)
		was := d.profile()
		d.now = d.now.Add(time.Hour)
		d.answer(model.FeedbackInvalid)
		if list, _ := d.answers(); len(list) != 1 || d.profile() != was || d.blame() != "0 to 5" {
			t.Errorf("got %d answers, blame %s", len(list), d.blame())
		}
		if got := d.samples(); got != `events_answered_total[us-east-1_TestPool1 Invalid User none] 1` {
			t.Errorf("counted %s", got)
		}
	})
	t.Run("whoever changes his mind counts once", func(t *testing.T) {
		d := newDesk(t)
		d.answer(model.FeedbackValid)
		valid := d.profile()
		d.answer(model.FeedbackInvalid)
		if got := d.blame(); got != "0 to 5" {
			t.Errorf("blame %s", got)
		}
		d.answer(model.FeedbackValid)
		d.answer(model.FeedbackInvalid)
		if got := d.blame(); got != "0 to 5" {
			t.Errorf("after four answers, blame %s", got)
		}
		d.answer(model.FeedbackValid)
		if d.profile() != valid {
			t.Error("the profile is not as after the first answer")
		}
		list, _ := d.answers()
		for i, f := range list {
			if f.UndoneAt.IsZero() != (i == 0) {
				t.Errorf("answer %d of %d was taken back at %v", i, len(list), f.UndoneAt)
			}
		}
	})
}

func TestFeedbackIsKept(t *testing.T) {
	t.Run("an answer is found by the event's time too", func(t *testing.T) {
		d := newDesk(t)
		record := func(at time.Time) error {
			return d.feedback.Record(t.Context(), d.pool.ID, d.user.Sub, d.event.ID, at, "Valid", "User")
		}
		if err := record(d.event.CreatedAt); err != nil {
			t.Error(err)
		}
		if got, want := fmt.Sprint(record(d.event.CreatedAt.Add(time.Microsecond))), "ResourceNotFoundException: Event does not exist."; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
	t.Run("of many answers the newest are kept", func(t *testing.T) {
		d := newDesk(t)
		for i := range 60 {
			d.answer([]string{"Valid", "Invalid"}[i%2])
		}
		if list, _ := d.answers(); len(list) != 20 || list[0].Value != "Invalid" || d.blame() != "0 to 5" {
			t.Errorf("got %d answers, the newest %+v, blame %s", len(list), list[0].Value, d.blame())
		}
	})
	t.Run("the event shows the newest answer, and none once it is taken back", func(t *testing.T) {
		d := newDesk(t)
		d.answer(model.FeedbackValid)
		shown := func() *model.EventFeedback {
			var e *model.Event
			d.update(func(tx *store.Tx) (err error) { e, err = tx.FindEvent(d.pool.ID, d.event.ID); return err })
			return e.Detail.Feedback
		}
		if got, want := shown(), (model.EventFeedback{Value: "Valid", Provider: "User", At: d.now}); got == nil || *got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		d.undo()
		if got := shown(); got != nil {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("another process takes back what is stored, and leaves our tables alone", func(t *testing.T) {
		here := newDesk(t)
		there := *here
		there.judge = threat.New(threat.Config{Store: here.store, Ring: here.ring, Now: func() time.Time { return here.now }})
		there.feedback = threat.NewFeedback(there.judge)
		here.answer(model.FeedbackInvalid)
		was := here.profile()
		there.answer(model.FeedbackValid)
		there.answer(model.FeedbackInvalid)
		if got := here.blame(); got != "0 to 5" || here.profile() != was {
			t.Errorf("there, blame %s", got)
		}
		there.undo()
		here.answer(model.FeedbackInvalid)
		if got := here.blame(); got != "5 to 10" {
			t.Errorf("here, blame %s", got)
		}
	})
	t.Run("an app client that is gone hinders nobody", func(t *testing.T) {
		d := newDesk(t)
		d.update(func(tx *store.Tx) error { return tx.DeleteClient(d.pool.ID, "app") })
		d.answer(model.FeedbackValid)
	})
}

func (d *desk) samples() string {
	var out bytes.Buffer
	for _, s := range d.meter.Samples() {
		fmt.Fprintf(&out, "%s%v %d", s.Metric.Name, s.Labels, s.N)
	}
	return out.String()
}

func TestUndoFeedback(t *testing.T) {
	t.Run("what was changed is as it was", func(t *testing.T) {
		d := newDesk(t)
		d.answer(model.FeedbackValid)
		was := d.profile()
		d.answer(model.FeedbackInvalid)
		d.answer(model.FeedbackValid)
		d.undo()
		d.answer(model.FeedbackValid)
		if d.profile() != was {
			t.Error("the profile differs")
		}
		d.undo()
		d.answer(model.FeedbackInvalid)
		if got := d.blame(); got != "0 to 5" {
			t.Errorf("blame %s", got)
		}
	})
	t.Run("it tells what it took back", func(t *testing.T) {
		d := newDesk(t)
		d.answer(model.FeedbackInvalid)
		f, err := d.feedback.Undo(t.Context(), d.pool.ID, d.event.ID)
		if err != nil || f.Value != "Invalid" || f.EventID != d.event.ID {
			t.Errorf("got %+v, %v", f, err)
		}
	})
	t.Run("what is not there is not taken back", func(t *testing.T) {
		d := newDesk(t)
		other := poolIn(model.ModeAudit, nil)
		other.ID = "us-east-1_Other0000"
		other.Doc.Id, other.MFA = &other.ID, &shape.SetUserPoolMfaConfigResponse{}
		d.update(func(tx *store.Tx) error { return tx.CreatePool(other, d.now) })
		refused := func(pool, event, want string) {
			t.Helper()
			if _, err := d.feedback.Undo(t.Context(), pool, event); fmt.Sprint(err) != want {
				t.Errorf("got %v, want %s", err, want)
			}
		}
		refused(d.pool.ID, d.event.ID, "ResourceNotFoundException: No feedback on the event stands.")
		d.answer(model.FeedbackValid)
		refused(other.ID, d.event.ID, "ResourceNotFoundException: Event does not exist.")
		refused("us-east-1_Nothing00", d.event.ID, "ResourceNotFoundException: User pool us-east-1_Nothing00 does not exist.")
		d.undo()
		refused(d.pool.ID, d.event.ID, "ResourceNotFoundException: No feedback on the event stands.")
		d.answer(model.FeedbackValid)
		d.update(func(tx *store.Tx) error { return tx.DeleteUser(d.pool.ID, d.user.Sub) })
		refused(d.pool.ID, d.event.ID, "UserNotFoundException: User does not exist.")
		if d.profile() != "" {
			t.Error("something is learned of a user who was deleted")
		}
	})
}

func TestFeedbackRefusals(t *testing.T) {
	d := newDesk(t)
	found := d.happen(model.EventCredentialCheck)
	bob := *d.user
	bob.Sub, bob.Username = "9f1c2b3a-0000-4000-8000-000000000002", "bob"
	d.update(func(tx *store.Tx) error { return tx.CreateUser(d.pool, &bob, nil) })
	for _, c := range []struct{ story, pool, sub, event, value, want string }{
		{"a value that is none", d.pool.ID, d.user.Sub, d.event.ID, "valid", "InvalidParameterException: Feedback is Valid or Invalid."},
		{"no value", d.pool.ID, d.user.Sub, d.event.ID, "", "InvalidParameterException: Feedback is Valid or Invalid."},
		{"another's event", d.pool.ID, bob.Sub, d.event.ID, "Valid", "ResourceNotFoundException: Event does not exist."},
		{"an event that nobody is shown", d.pool.ID, d.user.Sub, found.ID, "Valid", "ResourceNotFoundException: Event does not exist."},
		{"no event", d.pool.ID, d.user.Sub, "019cb2ec-f680-7d6d-9a4b-df0f9fea45a2", "Valid", "ResourceNotFoundException: Event does not exist."},
		{"no id", d.pool.ID, d.user.Sub, "\x00", "Valid", "ResourceNotFoundException: Event does not exist."},
		{"a user name in the place of a sub", d.pool.ID, "ann", d.event.ID, "Valid", "UserNotFoundException: User does not exist."},
		{"no pool", "us-east-1_Nothing00", d.user.Sub, d.event.ID, "Valid", "ResourceNotFoundException: User pool us-east-1_Nothing00 does not exist."},
	} {
		t.Run(c.story, func(t *testing.T) {
			err := d.feedback.Record(t.Context(), c.pool, c.sub, c.event, time.Time{}, c.value, model.ProviderUser)
			if fmt.Sprint(err) != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
	if list, _ := d.answers(); len(list) != 0 || d.profile() != "" || d.samples() != "" {
		t.Errorf("something was kept: %v, %s", list, d.samples())
	}
}

// TestFeedbackAtOnce: whatever the order, one answer stands at the end, and once
// it is taken back nothing is left of any.
func TestFeedbackAtOnce(t *testing.T) {
	d := newDesk(t)
	d.answer(model.FeedbackValid)
	d.undo()
	clean := d.profile()
	var all sync.WaitGroup
	for i := range 24 {
		all.Go(func() {
			value := []string{"Valid", "Invalid"}[i%2]
			err := d.feedback.Record(t.Context(), d.pool.ID, d.user.Sub, d.event.ID, time.Time{}, value, model.ProviderUser)
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	standing := 0
	list, _ := d.answers()
	for _, f := range list {
		if f.UndoneAt.IsZero() {
			standing++
		}
	}
	if standing != 1 {
		t.Errorf("%d answers stand", standing)
	}
	d.undo()
	if d.profile() != clean {
		t.Error("the profile is not as before")
	}
	d.answer(model.FeedbackInvalid)
	if got := d.blame(); got != "0 to 5" {
		t.Errorf("blame %s", got)
	}
}
