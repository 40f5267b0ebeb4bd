package storetest

import (
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

func testDomains(t *testing.T, database func(testing.TB) string) {
	s := OpenURL(t, database(t))
	addPool(t, s, "pool-a")
	addPool(t, s, "pool-b")
	domain := func(pool, name string) *model.Domain {
		return &model.Domain{Name: name, PoolID: pool, Doc: &shape.DomainDescriptionType{Domain: &name, UserPoolId: &pool}}
	}
	find := func(name string) *model.Domain {
		return read(t, s, func(tx *store.Tx) (*model.Domain, error) { return tx.Domain(name) })
	}

	t.Run("a name is one pool's", func(t *testing.T) {
		update(t, s, func(tx *store.Tx) error { return tx.CreateDomain(domain("pool-a", "shop")) })
		refused(t, s, store.ErrExists, func(tx *store.Tx) error { return tx.CreateDomain(domain("pool-a", "shop")) })
		refused(t, s, store.ErrExists, func(tx *store.Tx) error { return tx.CreateDomain(domain("pool-b", "shop")) })
		if got := find("shop"); got.PoolID != "pool-a" || *got.Doc.Domain != "shop" {
			t.Errorf("got %+v", got)
		}
		absent(t, s, func(tx *store.Tx) (*model.Domain, error) { return tx.Domain("other") })
	})

	t.Run("another pool neither changes nor removes it", func(t *testing.T) {
		refused(t, s, store.ErrNotFound, func(tx *store.Tx) error { return tx.SaveDomain(domain("pool-b", "shop")) })
		refused(t, s, store.ErrNotFound, func(tx *store.Tx) error { return tx.DeleteDomain("pool-b", "shop") })
		changed := find("shop")
		changed.Doc.ManagedLoginVersion = new(int32(2))
		update(t, s, func(tx *store.Tx) error { return tx.SaveDomain(changed) })
		if got := find("shop"); *got.Doc.ManagedLoginVersion != 2 {
			t.Errorf("got version %d", *got.Doc.ManagedLoginVersion)
		}
	})

	t.Run("a removed one is free, as are those of a pool that is gone", func(t *testing.T) {
		update(t, s, func(tx *store.Tx) error { return tx.DeleteDomain("pool-a", "shop") })
		update(t, s, func(tx *store.Tx) error { return tx.CreateDomain(domain("pool-b", "shop")) })
		update(t, s, func(tx *store.Tx) error { return tx.DeletePool("pool-b") })
		absent(t, s, func(tx *store.Tx) (*model.Domain, error) { return tx.Domain("shop") })
	})
}
