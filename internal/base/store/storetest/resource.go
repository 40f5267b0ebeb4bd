package storetest

import (
	"reflect"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

func testResources(t *testing.T, database func(testing.TB) string) {
	s := OpenURL(t, database(t))
	addPool(t, s, "pool-a")
	addPool(t, s, "pool-b")
	update(t, s, func(tx *store.Tx) error { return tx.CreateClient(newClient("pool-a", "web"), start) })
	resource := func(pool string, kind model.ResourceKind, name, client string) *model.Resource {
		return &model.Resource{
			PoolID: pool, Kind: kind, Name: name, ClientID: client,
			Document: []byte(`{"of":"` + pool + `"}`), CreatedAt: start, ModifiedAt: start,
		}
	}
	same := func(what string, got, want any) {
		t.Helper()
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%s: got %v, want %v", what, got, want)
		}
	}
	all := []*model.Resource{
		resource("pool-a", model.Terms, "one", "web"), resource("pool-a", model.Terms, "two", ""), resource("pool-a", model.Terms, "six", "web"),
		resource("pool-a", model.Branding, "one", "web"), resource("pool-b", model.Terms, "one", ""),
	}
	for _, r := range all {
		update(t, s, func(tx *store.Tx) error { return tx.CreateResource(r) })
		refused(t, s, store.ErrExists, func(tx *store.Tx) error { return tx.CreateResource(r) })
		got := read(t, s, func(tx *store.Tx) (*model.Resource, error) { return tx.Resource(r.PoolID, r.Kind, r.Name) })
		same("the resource", got, r)
	}
	names := func(what string, list []*model.Resource, want ...string) {
		t.Helper()
		var got []string
		for _, r := range list {
			got = append(got, r.Name)
		}
		same(what, got, want)
	}
	page := func(after string, limit int) []*model.Resource {
		return read(t, s, func(tx *store.Tx) ([]*model.Resource, error) {
			return tx.Resources("pool-a", model.Terms, after, limit)
		})
	}
	names("the first page", page("", 2), "one", "six")
	names("the second page", page("six", 2), "two")
	ofClient := func() []*model.Resource {
		return read(t, s, func(tx *store.Tx) ([]*model.Resource, error) {
			return tx.ResourcesOfClient("pool-a", "web", model.Terms)
		})
	}
	names("those of the client", ofClient(), "one", "six")
	count := func(pool string) int {
		return read(t, s, func(tx *store.Tx) (int, error) { return tx.CountResources(pool, model.Terms) })
	}
	same("the count", count("pool-a"), 3)

	changed := *all[0]
	changed.Document, changed.ModifiedAt = []byte(`{}`), start.Add(time.Hour)
	update(t, s, func(tx *store.Tx) error { return tx.SaveResource(&changed) })
	same("the changed one", page("", 1)[0], &changed)
	refused(t, s, store.ErrNotFound, func(tx *store.Tx) error { return tx.SaveResource(resource("pool-b", model.Branding, "one", "")) })
	update(t, s, func(tx *store.Tx) error { return tx.DeleteResource("pool-a", model.Terms, "six") })
	refused(t, s, store.ErrNotFound, func(tx *store.Tx) error { return tx.DeleteResource("pool-a", model.Terms, "six") })
	absent(t, s, func(tx *store.Tx) (*model.Resource, error) { return tx.Resource("pool-a", model.Terms, "six") })

	update(t, s, func(tx *store.Tx) error { return tx.DeleteClient("pool-a", "web") })
	names("those of the client that is gone", ofClient())
	names("those of the pool", page("", 9), "two")
	update(t, s, func(tx *store.Tx) error { return tx.DeletePool("pool-a") })
	same("the count of the pool that is gone", count("pool-a"), 0)
	same("the count of the other pool", count("pool-b"), 1)
}
