package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

// renamed is a copy of a pool with another name: values from the store are shared.
func renamed(p *model.Pool, name string) *model.Pool {
	c, doc := *p, *p.Doc
	doc.Name, c.Doc = &name, &doc
	return &c
}

func testPools(t *testing.T, database func(testing.TB) string) {
	s := OpenURL(t, database(t))

	t.Run("a pool is read as it was stored", func(t *testing.T) {
		p := newPool("eu_1")
		p.Risk = &model.RiskConfiguration{Exceptions: &shape.RiskExceptionConfigurationType{BlockedIPRangeList: []string{"192.0.2.0/24"}}}
		update(t, s, func(tx *store.Tx) error { return tx.CreatePool(p, start) })
		got := pool(t, s, p.ID)
		if got.ID != p.ID || *got.Doc.Name != "first" || *got.MFA.MfaConfiguration != "OFF" || got.Risk.Exceptions.BlockedIPRangeList[0] != "192.0.2.0/24" {
			t.Errorf("got %+v", got)
		}
		if got.Version < 1 {
			t.Errorf("got version %d, want a positive one", got.Version)
		}
		if len(got.Keys) != 2 || got.Keys[0].ID != "kid-1" || got.Keys[1].Use != model.KeyForAccess || !got.Keys[0].CreatedAt.Equal(start) || !got.Keys[0].RetiresAt.IsZero() {
			t.Errorf("got keys %+v", got.Keys)
		}
	})

	t.Run("an id is given once", func(t *testing.T) {
		addPool(t, s, "eu_2")
		refused(t, s, store.ErrExists, func(tx *store.Tx) error { return tx.CreatePool(newPool("eu_2"), start) })
	})

	t.Run("an unknown pool is not found", func(t *testing.T) {
		absent(t, s, func(tx *store.Tx) (*model.Pool, error) { return tx.Pool("eu_none") })
		refused(t, s, store.ErrNotFound, func(tx *store.Tx) error { return tx.SavePool(newPool("eu_none")) })
		refused(t, s, store.ErrNotFound, func(tx *store.Tx) error { return tx.DeletePool("eu_none") })
	})

	t.Run("a change made on an old version is refused", func(t *testing.T) {
		old := addPool(t, s, "eu_3")
		update(t, s, func(tx *store.Tx) error { return tx.SavePool(renamed(old, "second")) })
		refused(t, s, store.ErrChanged, func(tx *store.Tx) error { return tx.SavePool(renamed(old, "third")) })
		refused(t, s, store.ErrNotFound, func(tx *store.Tx) error { return tx.SavePool(renamed(old, "third")) })
		if got := pool(t, s, "eu_3"); *got.Doc.Name != "second" || got.Version <= old.Version {
			t.Errorf("got %s at version %d, want second after version %d", *got.Doc.Name, got.Version, old.Version)
		}
	})

	t.Run("keys are added, retired and dropped", func(t *testing.T) {
		p := addPool(t, s, "eu_4")
		update(t, s, func(tx *store.Tx) error {
			return errors.Join(
				tx.AddSigningKey(p.ID, model.SigningKey{ID: "kid-3", Use: model.KeyForID, Box: []byte{3}, CreatedAt: start.Add(time.Hour)}),
				tx.RetireSigningKey(p.ID, "kid-1", start.Add(2*time.Hour)),
				tx.SavePool(p))
		})
		got := pool(t, s, p.ID)
		if len(got.Keys) != 3 || got.Keys[0].ID != "kid-3" || !got.Keys[1].RetiresAt.Equal(start.Add(2*time.Hour)) {
			t.Errorf("got keys %+v, want kid-3 first and kid-1 retired", got.Keys)
		}
		update(t, s, func(tx *store.Tx) error {
			return errors.Join(tx.DropSigningKeys(p.ID, start.Add(3*time.Hour)), tx.SavePool(got))
		})
		if got := pool(t, s, p.ID); len(got.Keys) != 2 || got.Keys[0].ID != "kid-3" || got.Keys[1].ID != "kid-2" {
			t.Errorf("got keys %+v, want kid-3 and kid-2", got.Keys)
		}
		refused(t, s, store.ErrExists, func(tx *store.Tx) error { return tx.AddSigningKey(p.ID, p.Keys[1]) })
		refused(t, s, store.ErrNotFound, func(tx *store.Tx) error { return tx.RetireSigningKey(p.ID, "kid-0", start) })
	})

	t.Run("pools are listed in pages, in order of id", func(t *testing.T) {
		s := OpenURL(t, database(t))
		for _, i := range []int{3, 1, 2, 0, 4} {
			addPool(t, s, fmt.Sprint("eu_", i))
		}
		var ids []string
		for after, pages := "", 0; pages < 4; pages++ {
			list := read(t, s, func(tx *store.Tx) ([]*model.Pool, error) { return tx.Pools(after, 2) })
			for _, p := range list {
				ids = append(ids, p.ID)
				after = p.ID
			}
		}
		if fmt.Sprint(ids) != "[eu_0 eu_1 eu_2 eu_3 eu_4]" {
			t.Errorf("got %v", ids)
		}
		if n := read(t, s, (*store.Tx).CountPools); n != 5 {
			t.Errorf("counted %d, want 5", n)
		}
	})

	t.Run("a deleted pool is gone at once, and what was in it after a sweep", func(t *testing.T) {
		p := addPool(t, s, "eu_5")
		other := addPool(t, s, "eu_6")
		for _, p := range []*model.Pool{p, other} {
			update(t, s, func(tx *store.Tx) error { return tx.CreateClient(newClient(p.ID, "client-"+p.ID), start) })
			addUser(t, s, p, newUser(p.ID, "sub-"+p.ID, "ann"))
			update(t, s, func(tx *store.Tx) error {
				return errors.Join(
					tx.CreateGroup(&model.Group{PoolID: p.ID, Name: "staff", CreatedAt: start}),
					tx.Join(p.ID, "staff", "sub-"+p.ID, start),
					tx.Post(&model.Notice{ID: "notice-" + p.ID, PoolID: p.ID, Payload: []byte{1}, DueAt: start, CreatedAt: start}))
			})
		}
		update(t, s, func(tx *store.Tx) error { return tx.DeletePool(p.ID) })
		absent(t, s, func(tx *store.Tx) (*model.Pool, error) { return tx.Pool(p.ID) })
		absent(t, s, func(tx *store.Tx) (*model.Client, error) { return tx.Client(p.ID, "client-"+p.ID) })
		absent(t, s, func(tx *store.Tx) (*model.Client, error) { _, c, err := tx.Party("client-" + p.ID); return c, err })
		refused(t, s, store.ErrExists, func(tx *store.Tx) error { return tx.CreatePool(newPool(p.ID), start) })
		if err := s.Sweep(t.Context(), start); err != nil {
			t.Fatal(err)
		}
		absent(t, s, func(tx *store.Tx) (*model.User, error) { return tx.FindUser(p, "ann") })
		absent(t, s, func(tx *store.Tx) (*model.Group, error) { return tx.Group(p.ID, "staff") })
		due := read(t, s, func(tx *store.Tx) (int, error) { return tx.CountUsers(other.ID) })
		if due != 1 {
			t.Errorf("the other pool has %d users, want 1", due)
		}
		update(t, s, func(tx *store.Tx) error {
			list, err := tx.Lease(start, start.Add(time.Minute), 10)
			if err == nil && (len(list) != 1 || list[0].PoolID != other.ID) {
				return fmt.Errorf("leased %d notices, want the other pool's alone", len(list))
			}
			return err
		})
		addPool(t, s, p.ID)
	})
}

// testPoolsInMemory is about the pools that each node keeps decoded: none may
// show what was not committed, or what another node has replaced.
func testPoolsInMemory(t *testing.T, database func(testing.TB) string) {
	url := database(t)
	one, two := OpenURL(t, url), OpenURL(t, url)
	name := func(t *testing.T, s *store.Store, id string) string { t.Helper(); return *pool(t, s, id).Doc.Name }

	t.Run("an unchanged pool is decoded once", func(t *testing.T) {
		p := addPool(t, one, "same_1")
		if again := pool(t, one, p.ID); again != p {
			t.Error("the pool was read again although its version is the same")
		}
	})

	t.Run("a change is seen by every node", func(t *testing.T) {
		p := addPool(t, one, "seen_1")
		if got := name(t, two, p.ID); got != "first" {
			t.Fatalf("got %s, want first", got)
		}
		update(t, one, func(tx *store.Tx) error { return tx.SavePool(renamed(p, "second")) })
		if a, b := name(t, one, p.ID), name(t, two, p.ID); a != "second" || b != "second" {
			t.Errorf("got %s and %s, want second twice", a, b)
		}
	})

	t.Run("what an Update read of itself is forgotten when it fails", func(t *testing.T) {
		p := addPool(t, one, "undone_1")
		refused(t, one, errStop, func(tx *store.Tx) error {
			if err := tx.SavePool(renamed(p, "undone")); err != nil {
				return err
			}
			own, err := tx.Pool(p.ID)
			if err != nil {
				return err
			}
			if *own.Doc.Name != "undone" {
				return fmt.Errorf("inside, got %s, want undone", *own.Doc.Name)
			}
			return errStop
		})
		if got := name(t, one, p.ID); got != "first" {
			t.Errorf("after the failure got %s, want first", got)
		}
		// The next change gets the version that the failed one had.
		update(t, two, func(tx *store.Tx) error { return tx.SavePool(renamed(p, "second")) })
		if got := name(t, one, p.ID); got != "second" {
			t.Errorf("after the next change got %s, want second", got)
		}
	})

	t.Run("a client is likewise", func(t *testing.T) {
		p := addPool(t, one, "client_1")
		update(t, one, func(tx *store.Tx) error { return tx.CreateClient(newClient(p.ID, "c-1"), start) })
		get := func(s *store.Store) *model.Client {
			return read(t, s, func(tx *store.Tx) (*model.Client, error) { return tx.Client(p.ID, "c-1") })
		}
		c := get(one)
		change := func(name string) *model.Client {
			changed, doc := *c, *c.Doc
			doc.ClientName, changed.Doc = &name, &doc
			return &changed
		}
		refused(t, one, errStop, func(tx *store.Tx) error {
			if err := tx.SaveClient(change("undone")); err != nil {
				return err
			}
			if _, _, err := tx.Party("c-1"); err != nil {
				return err
			}
			return errStop
		})
		update(t, two, func(tx *store.Tx) error { return tx.SaveClient(change("second")) })
		if a, b := *get(one).Doc.ClientName, *get(two).Doc.ClientName; a != "second" || b != "second" {
			t.Errorf("got %s and %s, want second twice", a, b)
		}
	})

	t.Run("a pool made again under an old id is not mistaken for the old one", func(t *testing.T) {
		p := addPool(t, one, "again_1")
		pool(t, two, p.ID)
		update(t, one, func(tx *store.Tx) error { return tx.DeletePool(p.ID) })
		if err := one.Sweep(t.Context(), start); err != nil {
			t.Fatal(err)
		}
		update(t, one, func(tx *store.Tx) error { return tx.CreatePool(renamed(newPool(p.ID), "new"), start.Add(time.Second)) })
		if a, b := name(t, one, p.ID), name(t, two, p.ID); a != "new" || b != "new" {
			t.Errorf("got %s and %s, want new twice", a, b)
		}
	})
}
