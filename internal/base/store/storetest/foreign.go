package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

func testForeign(t *testing.T, database func(testing.TB) string) {
	s := OpenURL(t, database(t))
	p := newPool("us-east-1_Foreign01")
	update(t, s, func(tx *store.Tx) error { return tx.CreatePool(p, start) })
	foreign := func() []model.ForeignHashes {
		return read(t, s, func(tx *store.Tx) ([]model.ForeignHashes, error) {
			p, err := tx.Pool(p.ID)
			if err != nil {
				return nil, err
			}
			return p.Foreign, nil
		})
	}
	drop := func(cost string) {
		update(t, s, func(tx *store.Tx) error { return tx.DropForeign(p.ID, cost) })
	}

	t.Run("a pool tells the share of its users who came with a hash, by cost", func(t *testing.T) {
		if got := foreign(); len(got) != 0 {
			t.Errorf("at first: got %v", got)
		}
		for _, name := range []string{"ann", "bob", "cid", "dan"} {
			update(t, s, func(tx *store.Tx) error { return tx.CreateUser(p, newUser(p.ID, "sub-of-"+name, name), nil) })
		}
		update(t, s, func(tx *store.Tx) error { return tx.AddForeign(p.ID, "b", 1) })
		update(t, s, func(tx *store.Tx) error { return tx.AddForeign(p.ID, "a", 1) })
		update(t, s, func(tx *store.Tx) error { return tx.AddForeign(p.ID, "a", 1) })
		update(t, s, func(tx *store.Tx) error { return tx.SettleForeign(p.ID) })
		got := foreign()
		if len(got) != 2 || got[0] != (model.ForeignHashes{Cost: "a", Share: 0.5}) || got[1] != (model.ForeignHashes{Cost: "b", Share: 0.25}) {
			t.Errorf("got %v", got)
		}
	})
	t.Run("who signs in leaves them, and the last one takes the cost along", func(t *testing.T) {
		drop("a")
		drop("b")
		drop("b")
		drop("unheard of")
		if got := foreign(); len(got) != 1 || got[0] != (model.ForeignHashes{Cost: "a", Share: 0.25}) {
			t.Errorf("got %v", got)
		}
	})
	t.Run("the pool that users come from is set, replaced and taken away", func(t *testing.T) {
		for _, box := range [][]byte{[]byte("one"), []byte("two"), nil, []byte("three")} {
			update(t, s, func(tx *store.Tx) error { return tx.SetFormer(p.ID, box) })
			if got := read(t, s, func(tx *store.Tx) (*model.Pool, error) { return tx.Pool(p.ID) }).Former; string(got) != string(box) {
				t.Errorf("got %q, want %q", got, box)
			}
		}
		err := s.Update(t.Context(), func(tx *store.Tx) error { return tx.SetFormer("us-east-1_Nowhere01", []byte("x")) })
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("of no pool: got %v", err)
		}
	})
	t.Run("a deleted pool leaves nothing to one that is made under its id", func(t *testing.T) {
		update(t, s, func(tx *store.Tx) error { return tx.DeletePool(p.ID) })
		if err := s.Sweep(t.Context(), start); err != nil {
			t.Fatal(err)
		}
		update(t, s, func(tx *store.Tx) error { return tx.CreatePool(p, start.Add(time.Hour)) })
		if got := foreign(); len(got) != 0 {
			t.Errorf("got %v", got)
		}
		if got := read(t, s, func(tx *store.Tx) (*model.Pool, error) { return tx.Pool(p.ID) }).Former; got != nil {
			t.Errorf("it comes from %q", got)
		}
	})
}
