package storetest

import (
	"bytes"
	"reflect"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

func testProfiles(t *testing.T, database func(testing.TB) string) {
	s := OpenURL(t, database(t))
	p := addPool(t, s, "eu_1")
	profile := func(tx *store.Tx) ([]byte, error) { return tx.Profile(p.ID, "ann") }
	world := func(tx *store.Tx) ([]byte, error) { return tx.World(p.ID) }

	t.Run("what is learned is read as it was stored, and the next replaces it", func(t *testing.T) {
		absent(t, s, profile)
		absent(t, s, world)
		for _, image := range [][]byte{{0, 1, 255}, bytes.Repeat([]byte{7}, 1024)} {
			update(t, s, func(tx *store.Tx) error { return tx.SaveProfile(p.ID, "ann", image) })
			update(t, s, func(tx *store.Tx) error { return tx.SaveWorld(p.ID, image, start) })
			if got := read(t, s, profile); !bytes.Equal(got, image) {
				t.Errorf("profile: got %x, want %x", got, image)
			}
			if got := read(t, s, world); !bytes.Equal(got, image) {
				t.Errorf("world: got %x, want %x", got, image)
			}
		}
	})
	t.Run("a profile is forgotten, and nobody else's", func(t *testing.T) {
		update(t, s, func(tx *store.Tx) error { return tx.SaveProfile(p.ID, "bob", []byte{1}) })
		for range 2 {
			update(t, s, func(tx *store.Tx) error { return tx.DropProfile(p.ID, "ann") })
		}
		absent(t, s, profile)
		if got := read(t, s, func(tx *store.Tx) ([]byte, error) { return tx.Profile(p.ID, "bob") }); !bytes.Equal(got, []byte{1}) {
			t.Errorf("got %x", got)
		}
	})
	t.Run("a pool that is deleted leaves nothing", func(t *testing.T) {
		update(t, s, func(tx *store.Tx) error { return tx.DeletePool(p.ID) })
		if err := s.Sweep(t.Context(), start); err != nil {
			t.Fatal(err)
		}
		absent(t, s, world)
		absent(t, s, func(tx *store.Tx) ([]byte, error) { return tx.Profile(p.ID, "bob") })
	})
}

func testFeedback(t *testing.T, database func(testing.TB) string) {
	s := OpenURL(t, database(t))
	p := addPool(t, s, "eu_1")
	answer := func(value string, after time.Duration) model.Feedback {
		return model.Feedback{PoolID: p.ID, Sub: "ann", EventID: "e1", Value: value, Provider: "User", At: start.Add(after), Effect: []byte(`{"marks":null}`)}
	}
	first, second := answer("Valid", 0), answer("Invalid", time.Second)
	list := func() []model.Feedback {
		return read(t, s, func(tx *store.Tx) ([]model.Feedback, error) { return tx.Feedback(p.ID, "ann", "e1", 10) })
	}

	t.Run("answers are listed with the newest first", func(t *testing.T) {
		for _, f := range []model.Feedback{first, second} {
			update(t, s, func(tx *store.Tx) error { return tx.AddFeedback(&f) })
		}
		refused(t, s, store.ErrExists, func(tx *store.Tx) error { return tx.AddFeedback(&first) })
		if got, want := list(), []model.Feedback{second, first}; !reflect.DeepEqual(got, want) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	})
	t.Run("an answer is taken back once", func(t *testing.T) {
		now := start.Add(time.Hour)
		update(t, s, func(tx *store.Tx) error { return tx.UndoFeedback(p.ID, "ann", "e1", first.At, now) })
		refused(t, s, store.ErrNotFound, func(tx *store.Tx) error { return tx.UndoFeedback(p.ID, "ann", "e1", first.At, now) })
		refused(t, s, store.ErrNotFound, func(tx *store.Tx) error { return tx.UndoFeedback(p.ID, "ann", "e2", second.At, now) })
		if got := list(); !got[1].UndoneAt.Equal(now) || !got[0].UndoneAt.IsZero() {
			t.Errorf("got %+v", got)
		}
	})
}
