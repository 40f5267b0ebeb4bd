package storetest

import (
	"reflect"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

func testIdentities(t *testing.T, database func(testing.TB) string) {
	s := OpenURL(t, database(t))
	p, other := addPool(t, s, "eu_1"), addPool(t, s, "eu_2")
	for _, pool := range []*model.Pool{p, other} {
		for _, name := range []string{"ann", "bob"} {
			update(t, s, func(tx *store.Tx) error {
				return tx.CreateUser(pool, &model.User{PoolID: pool.ID, Sub: "sub-" + name, Username: name, Status: model.Confirmed, CreatedAt: start, ModifiedAt: start}, nil)
			})
		}
	}
	identity := func(pool *model.Pool, value, sub string, at time.Time) *model.Identity {
		return &model.Identity{PoolID: pool.ID, Provider: "Okta", Attribute: model.SubjectAttribute, Value: value, Sub: sub, Type: "SAML", Issuer: "https://idp", CreatedAt: at}
	}
	of := func(pool *model.Pool, sub string) []*model.Identity {
		return read(t, s, func(tx *store.Tx) ([]*model.Identity, error) { return tx.Identities(pool.ID, sub) })
	}
	second := identity(p, "1", "sub-ann", start.Add(time.Hour))
	first := identity(p, "2", "sub-ann", start)

	t.Run("an identity is read as it was linked, and in order", func(t *testing.T) {
		for _, i := range []*model.Identity{second, first} {
			update(t, s, func(tx *store.Tx) error { return tx.LinkIdentity(p, i) })
		}
		if got, want := of(p, "sub-ann"), []*model.Identity{first, second}; !reflect.DeepEqual(got, want) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
		got := read(t, s, func(tx *store.Tx) (*model.Identity, error) {
			return tx.Identity(p.ID, "Okta", model.SubjectAttribute, "1")
		})
		if !reflect.DeepEqual(got, second) {
			t.Errorf("got %+v, want %+v", got, second)
		}
		absent(t, s, func(tx *store.Tx) (*model.Identity, error) { return tx.Identity(p.ID, "Okta", "email", "1") })
		absent(t, s, func(tx *store.Tx) (*model.Identity, error) {
			return tx.Identity(other.ID, "Okta", model.SubjectAttribute, "1")
		})
	})

	t.Run("its name finds its user, and it is linked once", func(t *testing.T) {
		if u := read(t, s, func(tx *store.Tx) (*model.User, error) { return tx.FindUser(p, "Okta_1") }); u.Sub != "sub-ann" {
			t.Errorf("found %s", u.Sub)
		}
		refused(t, s, store.ErrExists, func(tx *store.Tx) error { return tx.LinkIdentity(p, identity(p, "1", "sub-bob", start)) })
		update(t, s, func(tx *store.Tx) error { return tx.LinkIdentity(other, identity(other, "1", "sub-bob", start)) })
	})

	t.Run("a name that somebody has is not given twice", func(t *testing.T) {
		update(t, s, func(tx *store.Tx) error {
			return tx.SetLogin(p.ID, "sub-bob", store.Login{Name: p.Fold("Okta_3"), Kind: "username"})
		})
		refused(t, s, store.ErrExists, func(tx *store.Tx) error { return tx.LinkIdentity(p, identity(p, "3", "sub-ann", start)) })
		if n := len(of(p, "sub-ann")); n != 2 {
			t.Errorf("the user has %d identities, want 2", n)
		}
	})

	t.Run("an unlinked one and its name are gone", func(t *testing.T) {
		update(t, s, func(tx *store.Tx) error { return tx.UnlinkIdentity(p, first) })
		refused(t, s, store.ErrNotFound, func(tx *store.Tx) error { return tx.UnlinkIdentity(p, first) })
		absent(t, s, func(tx *store.Tx) (*model.User, error) { return tx.FindUser(p, "Okta_2") })
	})

	t.Run("they go with their user and with their pool", func(t *testing.T) {
		update(t, s, func(tx *store.Tx) error { return tx.DeleteUser(p.ID, "sub-ann") })
		if got := of(p, "sub-ann"); got != nil {
			t.Errorf("left %+v", got)
		}
		absent(t, s, func(tx *store.Tx) (*model.User, error) { return tx.FindUser(p, "Okta_1") })
		update(t, s, func(tx *store.Tx) error { return tx.DeletePool(other.ID) })
		if err := s.Sweep(t.Context(), start); err != nil {
			t.Fatal(err)
		}
		if got := of(other, "sub-bob"); got != nil {
			t.Errorf("left %+v", got)
		}
	})
}
