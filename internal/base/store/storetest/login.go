package storetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

func testLogins(t *testing.T, database func(testing.TB) string) {
	s := OpenURL(t, database(t))
	p := addPool(t, s, "eu_1")
	addUser(t, s, p, newUser(p.ID, "sub-ann", "ann"))
	addUser(t, s, p, newUser(p.ID, "sub-bob", "bob"))
	set := func(sub, name, kind string) func(*store.Tx) error {
		return func(tx *store.Tx) error { return tx.SetLogin(p.ID, sub, store.Login{Name: name, Kind: kind}) }
	}
	take := func(sub, name, kind string) func(*store.Tx) error {
		return func(tx *store.Tx) error { return tx.TakeLogin(p.ID, sub, store.Login{Name: name, Kind: kind}) }
	}
	logins := func(sub string) string {
		return fmt.Sprint(read(t, s, func(tx *store.Tx) ([]store.Login, error) { return tx.Logins(p.ID, sub) }))
	}

	t.Run("an alias finds its user until it is replaced or taken away", func(t *testing.T) {
		update(t, s, set("sub-ann", "ann@example.com", "email"))
		if got := find(t, s, p, "ANN@example.com"); got.Sub != "sub-ann" {
			t.Errorf("found %s", got.Sub)
		}
		update(t, s, set("sub-ann", "ann@example.org", "email"))
		absent(t, s, func(tx *store.Tx) (*model.User, error) { return tx.FindUser(p, "ann@example.com") })
		if got := logins("sub-ann"); got != "[{ann@example.org email} {ann username}]" {
			t.Errorf("got %s", got)
		}
		update(t, s, set("sub-ann", "", "email"))
		absent(t, s, func(tx *store.Tx) (*model.User, error) { return tx.FindUser(p, "ann@example.org") })
	})

	t.Run("another user's name is refused", func(t *testing.T) {
		update(t, s, set("sub-ann", "shared@example.com", "email"))
		refused(t, s, store.ErrExists, set("sub-bob", "shared@example.com", "email"))
		refused(t, s, store.ErrExists, set("sub-bob", "ann", "preferred_username"))
		if got := find(t, s, p, "shared@example.com"); got.Sub != "sub-ann" {
			t.Errorf("found %s", got.Sub)
		}
	})

	t.Run("one's own name under another kind is fine", func(t *testing.T) {
		update(t, s, set("sub-ann", "ann", "preferred_username"))
		if got := find(t, s, p, "ann"); got.Sub != "sub-ann" {
			t.Errorf("found %s", got.Sub)
		}
	})

	t.Run("an alias can be taken from its holder, a user name cannot", func(t *testing.T) {
		update(t, s, take("sub-bob", "shared@example.com", "email"))
		if got := find(t, s, p, "shared@example.com"); got.Sub != "sub-bob" {
			t.Errorf("found %s", got.Sub)
		}
		if got := logins("sub-ann"); strings.Contains(got, "email") {
			t.Errorf("the former holder still has %s", got)
		}
		refused(t, s, store.ErrExists, take("sub-bob", "ann", "email"))
		if got := find(t, s, p, "ann"); got.Sub != "sub-ann" {
			t.Errorf("found %s", got.Sub)
		}
		if got := logins("sub-bob"); !strings.Contains(got, "shared@example.com") {
			t.Errorf("the refused taking cost %s the alias", got)
		}
	})

	t.Run("the owner of a name is told", func(t *testing.T) {
		err := s.View(t.Context(), func(tx *store.Tx) error {
			sub, kind, err := tx.LoginOwner(p.ID, "bob")
			if sub != "sub-bob" || kind != "username" {
				t.Errorf("got %s %s", sub, kind)
			}
			_, _, free := tx.LoginOwner(p.ID, "nobody")
			if !errors.Is(free, store.ErrNotFound) {
				t.Errorf("a free name: got %v", free)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})

	t.Run("an alias may be as long as an attribute", func(t *testing.T) {
		long := strings.Repeat("é", 1024) // 2 kB of many bytes that do not compress alike
		for i := range 200 {
			long += fmt.Sprintf("%x", i*7919)
		}
		update(t, s, set("sub-ann", long+"1", "email"))
		update(t, s, set("sub-bob", long+"2", "email"))
		if a, b := find(t, s, p, long+"1"), find(t, s, p, long+"2"); a.Sub != "sub-ann" || b.Sub != "sub-bob" {
			t.Errorf("found %s and %s", a.Sub, b.Sub)
		}
		refused(t, s, store.ErrExists, set("sub-bob", long+"1", "email"))
		update(t, s, take("sub-bob", long+"1", "email"))
		if got := find(t, s, p, long+"1"); got.Sub != "sub-bob" {
			t.Errorf("found %s", got.Sub)
		}
	})
}
