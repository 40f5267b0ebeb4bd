package signin_test

import (
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
)

// ofGood is a hash of the password good, as crypt(3) makes it.
const ofGood = "$2y$04$abcdefghijklmnopqrstuuoVBYqJ6l3EFDwxVc5yIolXKLvX..La."

// foreigner is a user who came with a hash of another system.
func (w *world) foreigner(name string) *model.User {
	w.t.Helper()
	var cost string
	u := w.add(name, "", func(u *model.User) {
		var err error
		if u.Credential, cost, err = w.keeper.Adopt(u, ofGood); err != nil {
			w.t.Fatal(err)
		}
	})
	w.update(func(tx *store.Tx) error { return tx.AddForeign(poolID, cost, 1) })
	w.update(func(tx *store.Tx) error { return tx.SettleForeign(poolID) })
	return u
}

func TestForeignHash(t *testing.T) {
	t.Run("the first right password replaces it, and SRP works from then on", func(t *testing.T) {
		w := newWorld(t, storetest.SQLite(t), nil)
		u := w.foreigner("ann")
		if got := w.current().Foreign; len(got) != 1 {
			t.Fatalf("the pool counts %v", got)
		}
		out, err := w.prove(web, "ann", good)
		w.expect(out, err, incorrect)
		out, err = w.login(web, "ann", "Correct-Horse-2")
		w.expect(out, err, incorrect)
		if got := w.keeper.ForeignCost(w.user(u.Sub)); got == "" {
			t.Error("a wrong password replaced the hash")
		}
		w.tokens(web, "ann", good)
		if got := w.keeper.ForeignCost(w.user(u.Sub)); got != "" {
			t.Errorf("the hash is still there: %s", got)
		}
		if got := w.current().Foreign; len(got) != 0 {
			t.Errorf("the pool still counts %v", got)
		}
		out, err = w.prove(web, "ann", good)
		w.expect(out, err, "tokens")
		w.tokens(web, "ann", good)
	})
	t.Run("names that nobody has are refused as ever", func(t *testing.T) {
		w := newWorld(t, storetest.SQLite(t), nil)
		w.foreigner("ann")
		for _, name := range []string{"nobody", "nobody else", "no one"} {
			out, err := w.login(web, name, good)
			w.expect(out, err, incorrect)
		}
	})
	t.Run("wrong passwords lock such a user out like any other", func(t *testing.T) {
		w := newWorld(t, storetest.SQLite(t), nil)
		w.foreigner("ann")
		for range 5 {
			out, err := w.login(web, "ann", "wrong")
			w.expect(out, err, incorrect)
		}
		out, err := w.login(web, "ann", good)
		w.expect(out, err, exceeded)
	})
}
