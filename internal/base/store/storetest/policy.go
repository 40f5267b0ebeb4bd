package storetest

import (
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

func flagging() *model.ThreatPolicy {
	return &model.ThreatPolicy{Breach: &model.BreachPolicy{Response: model.RespondFlag, MinimumCount: &model.MinimumCount{SignIn: 3}}}
}

func testPolicies(t *testing.T, database func(testing.TB) string) {
	set := func(p *model.Pool, client string, was int64, policy *model.ThreatPolicy) func(*store.Tx) error {
		return func(tx *store.Tx) error { return tx.AddPolicy(p.ID, client, was, policy, "ops", start) }
	}
	versions := func(t *testing.T, s *store.Store, pool, client string, before int64, limit int) []model.PolicyVersion {
		return read(t, s, func(tx *store.Tx) ([]model.PolicyVersion, error) {
			return tx.PolicyVersions(pool, client, before, limit)
		})
	}
	t.Run("the newest holds, and all are kept", func(t *testing.T) {
		s := OpenURL(t, database(t))
		p := addPool(t, s, "eu_1")
		if pool(t, s, p.ID).Policy != nil {
			t.Error("a new pool has a policy")
		}
		update(t, s, set(p, "", 0, flagging()))
		update(t, s, set(p, "", 1, &model.ThreatPolicy{}))
		update(t, s, set(p, "", 2, flagging()))
		if got := pool(t, s, p.ID).Policy; !reflect.DeepEqual(got, flagging()) {
			t.Errorf("got %+v", got)
		}
		update(t, s, set(p, "", 3, nil))
		if got := pool(t, s, p.ID).Policy; got != nil {
			t.Errorf("after it was taken away: got %+v", got)
		}
		list := versions(t, s, p.ID, "", 0, 10)
		want := model.PolicyVersion{PoolID: p.ID, Version: 3, Policy: flagging(), Author: "ops", CreatedAt: start}
		if len(list) != 4 || !reflect.DeepEqual(list[1], want) || list[0].Policy != nil {
			t.Errorf("got %+v", list)
		}
		if older := versions(t, s, p.ID, "", 3, 1); len(older) != 1 || older[0].Version != 2 {
			t.Errorf("before 3: got %+v", older)
		}
	})
	t.Run("at a time held the newest of then", func(t *testing.T) {
		s := OpenURL(t, database(t))
		p := addPool(t, s, "eu_1")
		for was, policy := range []*model.ThreatPolicy{flagging(), nil, new(model.ThreatPolicy)} {
			at := start.Add(time.Duration(was) * time.Hour)
			update(t, s, func(tx *store.Tx) error { return tx.AddPolicy(p.ID, "", int64(was), policy, "ops", at) })
		}
		type held struct {
			version int64
			set     bool
		}
		for after, want := range map[time.Duration]held{
			-time.Microsecond: {0, false}, 0: {1, true}, time.Hour - time.Microsecond: {1, true}, time.Hour: {2, false}, 9 * time.Hour: {3, true},
		} {
			got := read(t, s, func(tx *store.Tx) (h held, err error) {
				h.version, h.set, err = tx.PolicyAt(p.ID, "", start.Add(after))
				return h, err
			})
			if got != want {
				t.Errorf("%v after the first: got %+v, want %+v", after, got, want)
			}
		}
		if got := read(t, s, func(tx *store.Tx) (int64, error) { v, _, err := tx.PolicyAt(p.ID, "app", start); return v, err }); got != 0 {
			t.Errorf("of a client without one: got version %d", got)
		}
	})
	t.Run("a client's is its own, and goes with it", func(t *testing.T) {
		s := OpenURL(t, database(t))
		p := addPool(t, s, "eu_1")
		update(t, s, func(tx *store.Tx) error { return tx.CreateClient(newClient(p.ID, "app"), start) })
		client := func() *model.Client {
			return read(t, s, func(tx *store.Tx) (*model.Client, error) { return tx.Client(p.ID, "app") })
		}
		if client().Policy != nil {
			t.Error("a new client has a policy")
		}
		update(t, s, set(p, "app", 0, flagging()))
		if !reflect.DeepEqual(client().Policy, flagging()) || pool(t, s, p.ID).Policy != nil {
			t.Errorf("got %+v and the pool %+v", client().Policy, pool(t, s, p.ID).Policy)
		}
		update(t, s, func(tx *store.Tx) error { return tx.DeleteClient(p.ID, "app") })
		if list := versions(t, s, p.ID, "app", 0, 10); len(list) > 0 {
			t.Errorf("of a deleted client stay %+v", list)
		}
		refused(t, s, store.ErrNotFound, set(p, "app", 0, flagging()))
		refused(t, s, store.ErrNotFound, set(newPool("eu_none"), "", 0, flagging()))
	})
	t.Run("of many who change the same version, one succeeds", func(t *testing.T) {
		s := OpenURL(t, database(t))
		p := addPool(t, s, "eu_1")
		var won atomic.Int64
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if err := s.Update(t.Context(), set(p, "", 0, flagging())); err == nil {
					won.Add(1)
				}
			})
		}
		wg.Wait()
		if list := versions(t, s, p.ID, "", 0, 10); won.Load() != 1 || len(list) != 1 {
			t.Errorf("%d succeeded, and there are %d versions", won.Load(), len(list))
		}
		refused(t, s, store.ErrChanged, set(p, "", 0, nil))
	})
	t.Run("a deleted pool leaves none", func(t *testing.T) {
		s := OpenURL(t, database(t))
		p := addPool(t, s, "eu_1")
		update(t, s, set(p, "", 0, flagging()))
		update(t, s, func(tx *store.Tx) error { return tx.DeletePool(p.ID) })
		if list := versions(t, s, p.ID, "", 0, 10); len(list) > 0 {
			t.Errorf("got %+v", list)
		}
	})
}

func testCandidates(t *testing.T, database func(testing.TB) string) {
	candidate := func(id string, due time.Time) model.Candidate {
		return model.Candidate{ID: id, PoolID: "eu_1", Sub: "sub-ann", Box: []byte("sealed " + id), DueAt: due}
	}
	add := func(t *testing.T, s *store.Store, list ...model.Candidate) {
		update(t, s, func(tx *store.Tx) error { return tx.AddCandidates(list) })
	}
	lease := func(t *testing.T, s *store.Store, now time.Time, limit int) (list []model.Candidate) {
		update(t, s, func(tx *store.Tx) (err error) {
			list, err = tx.LeaseCandidates(now, now.Add(time.Minute), limit)
			return err
		})
		return list
	}
	count := func(t *testing.T, s *store.Store, limit int) int {
		return read(t, s, func(tx *store.Tx) (int, error) { return tx.CountCandidates(limit) })
	}
	t.Run("what is due is leased in order, and comes again if nobody drops it", func(t *testing.T) {
		s := OpenURL(t, database(t))
		add(t, s, candidate("b", start), candidate("a", start), candidate("later", start.Add(time.Hour)))
		first := lease(t, s, start, 1)
		if len(first) != 1 || first[0].ID != "a" || string(first[0].Box) != "sealed a" || !first[0].DueAt.Equal(start.Add(time.Minute)) {
			t.Errorf("got %+v", first)
		}
		if second := lease(t, s, start, 10); len(second) != 1 || second[0].ID != "b" {
			t.Errorf("got %+v, want b", second)
		}
		update(t, s, func(tx *store.Tx) error { return tx.DropCandidate("b") })
		if again := lease(t, s, start.Add(time.Minute), 10); len(again) != 1 || again[0].ID != "a" {
			t.Errorf("got %+v, want a", again)
		}
	})
	t.Run("they are counted up to a limit", func(t *testing.T) {
		s := OpenURL(t, database(t))
		for i := range 5 {
			add(t, s, candidate(fmt.Sprint(i), start))
		}
		if n, most := count(t, s, 10), count(t, s, 3); n != 5 || most != 3 {
			t.Errorf("got %d and %d", n, most)
		}
	})
	t.Run("they go with their user, and with their pool", func(t *testing.T) {
		s := OpenURL(t, database(t))
		p := addPool(t, s, "eu_1")
		addUser(t, s, p, newUser(p.ID, "sub-ann", "ann"))
		other := candidate("other", start)
		other.Sub = "sub-bob"
		add(t, s, candidate("a", start), other)
		update(t, s, func(tx *store.Tx) error { return tx.DeleteUser(p.ID, "sub-ann") })
		if n := count(t, s, 10); n != 1 {
			t.Errorf("%d are left, want that of bob", n)
		}
		update(t, s, func(tx *store.Tx) error { return tx.DeletePool(p.ID) })
		if err := s.Sweep(t.Context(), start); err != nil {
			t.Fatal(err)
		}
		if n := count(t, s, 10); n != 0 {
			t.Errorf("%d are left", n)
		}
	})
}

func testExposure(t *testing.T, database func(testing.TB) string) {
	s := OpenURL(t, database(t))
	p := addPool(t, s, "eu_1")
	u := newUser(p.ID, "sub-ann", "ann")
	u.Exposure = model.Exposure{Edition: 1<<63 - 1}
	addUser(t, s, p, u)
	leaked := model.Exposure{LeakedAt: start, LeakedBy: model.MatchPairs}
	expose := func(u *model.User, e model.Exposure) bool {
		var same bool
		update(t, s, func(tx *store.Tx) (err error) { same, err = tx.SetExposure(u, e); return err })
		return same
	}
	t.Run("it is read as it was stored, and set alone", func(t *testing.T) {
		if got := find(t, s, p, "ann"); got.Exposure != u.Exposure || got.Exposure.Leaked() {
			t.Errorf("got %+v", got.Exposure)
		}
		if same := expose(u, leaked); !same {
			t.Error("the password was another")
		}
		got := find(t, s, p, "ann")
		if want := *u; got.Exposure != leaked || !got.Exposure.Leaked() || !got.ModifiedAt.Equal(want.ModifiedAt) {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("it says nothing about another password than it was found for", func(t *testing.T) {
		old := *u
		old.Credential = []byte("the one before")
		if same := expose(&old, model.Exposure{}); same {
			t.Error("it was set")
		}
		none := *u
		none.Credential = nil
		if same := expose(&none, model.Exposure{}); same {
			t.Error("it was set for a user without a password")
		}
		if got := find(t, s, p, "ann"); got.Exposure != leaked {
			t.Errorf("got %+v", got.Exposure)
		}
	})
	t.Run("saving the user saves it", func(t *testing.T) {
		saved := find(t, s, p, "ann")
		saved.Exposure = model.Exposure{Edition: 7}
		update(t, s, func(tx *store.Tx) error { return tx.SaveUser(p, saved) })
		if got := find(t, s, p, "ann"); got.Exposure != saved.Exposure {
			t.Errorf("got %+v", got.Exposure)
		}
	})
}
