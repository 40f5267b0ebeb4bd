package storetest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

// happened stores an event of a user, with an answer about it.
func happened(t testing.TB, s *store.Store, poolID, sub string, at time.Time) model.Event {
	t.Helper()
	id, err := model.NewEventID(at, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	e := model.Event{PoolID: poolID, Sub: sub, ID: id, ClientID: "c", Type: model.EventSignIn, Response: model.EventPass, CreatedAt: at}
	e.Detail.IP = "192.0.2.1"
	update(t, s, func(tx *store.Tx) error {
		return errors.Join(tx.SaveEvent(&e), tx.AddFeedback(&model.Feedback{PoolID: poolID, Sub: sub, EventID: id, Value: "Valid", Provider: "User", At: at}))
	})
	return e
}

func events(t testing.TB, s *store.Store, poolID, sub string) []model.Event {
	t.Helper()
	return read(t, s, func(tx *store.Tx) ([]model.Event, error) { return tx.Events(poolID, sub, model.Event{}, 1000) })
}

func answers(t testing.TB, s *store.Store, e model.Event) int {
	t.Helper()
	return len(read(t, s, func(tx *store.Tx) ([]model.Feedback, error) { return tx.Feedback(e.PoolID, e.Sub, e.ID, 10) }))
}

func testHistory(t *testing.T, database func(testing.TB) string) {
	s := OpenURL(t, database(t))
	p, other := addPool(t, s, "eu_1"), addPool(t, s, "eu_2")

	t.Run("an event is found by its id alone, in its own pool", func(t *testing.T) {
		e := happened(t, s, p.ID, "ann", start)
		happened(t, s, p.ID, "bob", start) // in the same millisecond
		find := func(poolID, id string) func(*store.Tx) (*model.Event, error) {
			return func(tx *store.Tx) (*model.Event, error) { return tx.FindEvent(poolID, id) }
		}
		if got := read(t, s, find(p.ID, e.ID)); !reflect.DeepEqual(*got, e) {
			t.Errorf("got  %+v\nwant %+v", *got, e)
		}
		stranger, err := model.NewEventID(start, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		absent(t, s, find(other.ID, e.ID))
		absent(t, s, find(p.ID, stranger))
		absent(t, s, find(p.ID, "4e0bdc2a-1b1c-4d39-9d6a-3c3a0c0f2a11"))
		absent(t, s, find(p.ID, "no id"))
	})

	t.Run("the oldest expire in steps, with the answers about them", func(t *testing.T) { testExpiry(t, s, p.ID, other.ID) })
	t.Run("one user's are dropped in steps", func(t *testing.T) {
		for i := range 5 {
			happened(t, s, p.ID, "cid", start.Add(time.Duration(i)*time.Second))
		}
		kept := happened(t, s, p.ID, "dan", start)
		for i, want := range []bool{true, true, false} {
			var more bool
			update(t, s, func(tx *store.Tx) (err error) { more, err = tx.DropEvents(p.ID, "cid", 2); return err })
			if left := len(events(t, s, p.ID, "cid")); more != want || left != max(0, 3-2*i) {
				t.Errorf("step %d: more %v, want %v; %d left", i, more, want, left)
			}
		}
		if len(events(t, s, p.ID, "dan")) != 1 || answers(t, s, kept) != 1 {
			t.Error("another's are gone too")
		}
	})
	t.Run("an event moves to another sub", func(t *testing.T) {
		e := happened(t, s, p.ID, "eve", start)
		e.Sub, e.Detail = "pseudonym", model.EventDetail{Country: "Norway"}
		update(t, s, func(tx *store.Tx) error { return tx.MoveEvent(&e, "eve") })
		if got := events(t, s, p.ID, "eve"); len(got) != 0 {
			t.Errorf("left behind: %+v", got)
		}
		if got := events(t, s, p.ID, "pseudonym"); len(got) != 1 || !reflect.DeepEqual(got[0], e) {
			t.Errorf("got  %+v\nwant %+v", got, e)
		}
	})
	t.Run("who is deleted is known until the events are settled twice", func(t *testing.T) { testDeparture(t, s, p) })
	t.Run("answers are listed, completed and trimmed", func(t *testing.T) { testAnswers(t, s, p.ID) })
	t.Run("a deleted pool forgets who departed", func(t *testing.T) {
		addUser(t, s, other, newUser(other.ID, "fay", "fay"))
		update(t, s, func(tx *store.Tx) error { return errors.Join(tx.DeleteUser(other.ID, "fay"), tx.DeletePool(other.ID)) })
		if err := s.Sweep(t.Context(), start); err != nil {
			t.Fatal(err)
		}
		if got := departed(t, s); len(got) != 0 {
			t.Errorf("got %v", got)
		}
	})
}

func testExpiry(t *testing.T, s *store.Store, pool, other string) {
	var old []model.Event
	for i := range 5 {
		old = append(old, happened(t, s, pool, fmt.Sprint("old-", i), start.Add(-time.Duration(i+1)*24*time.Hour)))
	}
	atLimit := happened(t, s, pool, "limit", start.Add(-12*time.Hour))
	others := happened(t, s, other, "old", start.Add(-48*time.Hour))
	for step, want := range []bool{true, true, false} {
		var more bool
		update(t, s, func(tx *store.Tx) (err error) { more, err = tx.ExpireEvents(pool, atLimit.CreatedAt, 2); return err })
		left := 0
		for _, e := range old {
			n := len(events(t, s, pool, e.Sub))
			if n != answers(t, s, e) {
				t.Errorf("%s has %d events and %d answers", e.Sub, n, answers(t, s, e))
			}
			left += n
		}
		if more != want || left != max(0, 3-2*step) {
			t.Errorf("step %d: more %v, want %v; %d left", step, more, want, left)
		}
	}
	for _, e := range []model.Event{atLimit, others} {
		if len(events(t, s, e.PoolID, e.Sub)) != 1 || answers(t, s, e) != 1 {
			t.Errorf("%s of %s is gone too", e.Sub, e.PoolID)
		}
	}
}

func departed(t testing.TB, s *store.Store) []store.Departed {
	t.Helper()
	return read(t, s, func(tx *store.Tx) ([]store.Departed, error) { return tx.Departed(store.Departed{}, 10) })
}

func testDeparture(t *testing.T, s *store.Store, p *model.Pool) {
	for _, sub := range []string{"gil", "hal"} {
		addUser(t, s, p, newUser(p.ID, sub, sub))
		happened(t, s, p.ID, sub, start)
	}
	update(t, s, func(tx *store.Tx) error { return tx.DeleteUser(p.ID, "gil") })
	update(t, s, func(tx *store.Tx) error {
		return errors.Join(tx.DeleteUser(p.ID, "hal"), tx.KeepEvents(p.ID, "hal", "h"))
	})
	refused(t, s, store.ErrNotFound, func(tx *store.Tx) error { return tx.KeepEvents(p.ID, "ian", "i") })
	gil, hal := store.Departed{PoolID: p.ID, Sub: "gil"}, store.Departed{PoolID: p.ID, Sub: "hal", Pseudonym: "h"}
	if got, want := departed(t, s), []store.Departed{gil, hal}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := read(t, s, func(tx *store.Tx) ([]store.Departed, error) { return tx.Departed(gil, 1) }); len(got) != 1 || got[0] != hal {
		t.Errorf("after gil: got %+v", got)
	}
	if n := len(events(t, s, p.ID, "gil")); n != 1 {
		t.Errorf("%d events wait, want 1", n)
	}
	for round := range 2 {
		list := departed(t, s)
		if len(list) != 2 || list[0].Settled != (round == 1) {
			t.Errorf("round %d: got %+v", round, list)
		}
		for _, d := range list {
			update(t, s, func(tx *store.Tx) error { return tx.Settle(d) })
		}
	}
	if got := departed(t, s); len(got) != 0 {
		t.Errorf("got %+v", got)
	}
}

func testAnswers(t *testing.T, s *store.Store, pool string) {
	var want []model.Feedback
	for i := range 5 {
		f := model.Feedback{PoolID: pool, Sub: "kim", EventID: fmt.Sprint("e", i/3), Value: "Valid", Provider: "User", At: start.Add(time.Duration(i) * time.Second), Effect: []byte(`{}`)}
		want = append(want, f)
		update(t, s, func(tx *store.Tx) error { return tx.AddFeedback(&f) })
	}
	happened(t, s, pool, "lea", start)
	all := func(after model.Feedback, limit int) []model.Feedback {
		after.PoolID, after.Sub = pool, "kim"
		return read(t, s, func(tx *store.Tx) ([]model.Feedback, error) { return tx.AllFeedback(after, limit) })
	}
	if got := append(all(model.Feedback{}, 2), all(want[1], 10)...); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	want[4].Effect = []byte(`{"verdict":"valid"}`)
	update(t, s, func(tx *store.Tx) error { return tx.SetEffect(&want[4]) })
	update(t, s, func(tx *store.Tx) error { return tx.UndoFeedback(pool, "kim", "e0", want[0].At, start) })
	refused(t, s, store.ErrNotFound, func(tx *store.Tx) error { return tx.SetEffect(&want[0]) })
	for _, keep := range []int{3, 2} {
		update(t, s, func(tx *store.Tx) error { return tx.TrimFeedback(pool, "kim", "e0", keep) })
		if got := all(model.Feedback{}, 10); len(got) != keep+2 || !reflect.DeepEqual(got[keep-1:], want[2:]) {
			t.Errorf("keep %d: got %+v", keep, got)
		}
	}
}
