package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/seal"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

func testGroups(t *testing.T, database func(testing.TB) string) {
	s := OpenURL(t, database(t))
	p := addPool(t, s, "eu_1")
	group := func(name string) *model.Group {
		return &model.Group{PoolID: p.ID, Name: name, CreatedAt: start, ModifiedAt: start}
	}
	for _, name := range []string{"staff", "admins", "Zebras"} {
		update(t, s, func(tx *store.Tx) error { return tx.CreateGroup(group(name)) })
	}
	names := func(list []*model.Group) (out []string) {
		for _, g := range list {
			out = append(out, g.Name)
		}
		return out
	}

	t.Run("a group is read as it was stored", func(t *testing.T) {
		full := group("full")
		full.Description, full.RoleARN, full.Precedence = new("all\x00"), new("arn:aws:iam::1:role/x"), new(int32(0))
		update(t, s, func(tx *store.Tx) error { return tx.CreateGroup(full) })
		full.Description = new("all\uFFFD")
		for _, want := range []*model.Group{full, group("staff")} {
			if got := read(t, s, func(tx *store.Tx) (*model.Group, error) { return tx.Group(p.ID, want.Name) }); !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		}
		full.Description, full.Precedence, full.ModifiedAt = nil, new(int32(7)), start.Add(time.Hour)
		update(t, s, func(tx *store.Tx) error { return tx.SaveGroup(full) })
		if got := read(t, s, func(tx *store.Tx) (*model.Group, error) { return tx.Group(p.ID, "full") }); !reflect.DeepEqual(got, full) {
			t.Errorf("got  %+v\nwant %+v", got, full)
		}
		update(t, s, func(tx *store.Tx) error { return tx.DeleteGroup(p.ID, "full") })
	})

	t.Run("a taken name and an unknown group are refused", func(t *testing.T) {
		refused(t, s, store.ErrExists, func(tx *store.Tx) error { return tx.CreateGroup(group("staff")) })
		refused(t, s, store.ErrNotFound, func(tx *store.Tx) error { return tx.SaveGroup(group("none")) })
		refused(t, s, store.ErrNotFound, func(tx *store.Tx) error { return tx.DeleteGroup(p.ID, "none") })
		absent(t, s, func(tx *store.Tx) (*model.Group, error) { return tx.Group(p.ID, "STAFF") })
	})

	t.Run("groups and members are listed in pages", func(t *testing.T) {
		for i, name := range []string{"ann", "bob", "cid"} {
			sub := fmt.Sprint("sub-", i)
			addUser(t, s, p, newUser(p.ID, sub, name))
			for range 2 { // joining again is fine
				update(t, s, func(tx *store.Tx) error { return tx.Join(p.ID, "staff", sub, start) })
			}
		}
		update(t, s, func(tx *store.Tx) error { return tx.Join(p.ID, "Zebras", "sub-1", start) })
		err := s.View(t.Context(), func(tx *store.Tx) error {
			all, err1 := tx.Groups(p.ID, "", 2)
			rest, err2 := tx.Groups(p.ID, all[1].Name, 2)
			of, err3 := tx.GroupsOf(p.ID, "sub-1", "", 10)
			ofRest, err4 := tx.GroupsOf(p.ID, "sub-1", "Zebras", 10)
			members, err5 := tx.Members(p.ID, "staff", "", 2)
			membersRest, err6 := tx.Members(p.ID, "staff", members[1].Sub, 2)
			n, err7 := tx.CountGroups(p.ID)
			if got := fmt.Sprint(names(all), names(rest), names(of), names(ofRest), n); got != "[Zebras admins] [staff] [Zebras staff] [staff] 3" {
				t.Errorf("got %s", got)
			}
			if len(members) != 2 || members[0].Username != "ann" || len(membersRest) != 1 || membersRest[0].Username != "cid" {
				t.Errorf("got members %v and %v", members, membersRest)
			}
			return errors.Join(err1, err2, err3, err4, err5, err6, err7)
		})
		if err != nil {
			t.Fatal(err)
		}
	})

	t.Run("leaving, and deleting a group, end memberships", func(t *testing.T) {
		for range 2 {
			update(t, s, func(tx *store.Tx) error { return tx.Leave(p.ID, "staff", "sub-1") })
		}
		update(t, s, func(tx *store.Tx) error { return tx.DeleteGroup(p.ID, "Zebras") })
		update(t, s, func(tx *store.Tx) error { return tx.CreateGroup(group("Zebras")) })
		if of := read(t, s, func(tx *store.Tx) ([]*model.Group, error) { return tx.GroupsOf(p.ID, "sub-1", "", 10) }); len(of) > 0 {
			t.Errorf("still in %v", names(of))
		}
	})
}

func testCodes(t *testing.T, database func(testing.TB) string) {
	s := OpenURL(t, database(t))
	code := &model.Code{PoolID: "p", Sub: "s", Purpose: "forgot", Digest: []byte{1, 2}, Value: "ann@example.com", Attempts: 2, CreatedAt: start, ExpiresAt: start.Add(time.Hour)}

	t.Run("a code is read as it was stored, and the next one replaces it", func(t *testing.T) {
		update(t, s, func(tx *store.Tx) error { return tx.SaveCode(code) })
		next := *code
		next.Digest, next.Attempts, next.ExpiresAt = []byte{3}, 0, start.Add(2*time.Hour)
		for _, want := range []*model.Code{code, &next} {
			update(t, s, func(tx *store.Tx) error { return tx.SaveCode(want) })
			if got := read(t, s, func(tx *store.Tx) (*model.Code, error) { return tx.Code("p", "s", "forgot") }); !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		}
	})

	t.Run("a code is for one purpose", func(t *testing.T) {
		absent(t, s, func(tx *store.Tx) (*model.Code, error) { return tx.Code("p", "s", "signup") })
		for range 2 {
			update(t, s, func(tx *store.Tx) error { return tx.DropCode("p", "s", "forgot") })
		}
		absent(t, s, func(tx *store.Tx) (*model.Code, error) { return tx.Code("p", "s", "forgot") })
	})

	t.Run("a session is answered once", func(t *testing.T) {
		spent := func() bool {
			return read(t, s, func(tx *store.Tx) (bool, error) { return tx.SessionSpent("session") })
		}
		if spent() {
			t.Error("it was answered before it was")
		}
		answer := func(tx *store.Tx) error { return tx.SpendSession("session", start.Add(time.Hour)) }
		update(t, s, answer)
		refused(t, s, store.ErrExists, answer)
		if !spent() {
			t.Error("it was not marked")
		}
	})
}

func testAuthenticators(t *testing.T, database func(testing.TB) string) {
	s := OpenURL(t, database(t))
	get := func(sub string) *model.Authenticator {
		return read(t, s, func(tx *store.Tx) (*model.Authenticator, error) { return tx.Authenticator("p", sub) })
	}

	t.Run("an authenticator is read as it was stored, and the next one replaces it", func(t *testing.T) {
		absent(t, s, func(tx *store.Tx) (*model.Authenticator, error) { return tx.Authenticator("p", "ann") })
		pending := &model.Authenticator{PoolID: "p", Sub: "ann", Pending: []byte{0, 1}}
		for _, want := range []*model.Authenticator{
			pending,
			{PoolID: "p", Sub: "ann", Secret: []byte{0, 1}, Name: "Ann's \u260E", LastStep: 1 << 40},
			{PoolID: "p", Sub: "ann", Secret: []byte{0, 1}, LastStep: 1<<40 + 1, Pending: []byte{2}},
		} {
			update(t, s, func(tx *store.Tx) error { return tx.SaveAuthenticator(want) })
			if got := get("ann"); !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		}
		if pending.Registered() || !get("ann").Registered() {
			t.Error("a secret that nobody confirmed counts, or one that somebody did does not")
		}
		absent(t, s, func(tx *store.Tx) (*model.Authenticator, error) { return tx.Authenticator("other", "ann") })
	})

	t.Run("of many who take a step at once, one does", func(t *testing.T) {
		update(t, s, func(tx *store.Tx) error {
			return tx.SaveAuthenticator(&model.Authenticator{PoolID: "p", Sub: "race", Secret: []byte{1}})
		})
		var took atomic.Int64
		var all sync.WaitGroup
		for range 40 {
			all.Go(func() {
				mine := false
				err := s.Update(t.Context(), func(tx *store.Tx) error {
					a, err := tx.Authenticator("p", "race")
					if mine = err == nil && a.LastStep < 7; !mine {
						return err
					}
					a.LastStep = 7
					return tx.SaveAuthenticator(a)
				})
				if err != nil {
					t.Errorf("update: %v", err)
				}
				if mine {
					took.Add(1)
				}
			})
		}
		all.Wait()
		if n := took.Load(); n != 1 {
			t.Errorf("%d took it, want 1", n)
		}
	})
}

func testFamilies(t *testing.T, database func(testing.TB) string) {
	s := OpenURL(t, database(t))
	addPool(t, s, "p")
	update(t, s, func(tx *store.Tx) error { return tx.CreateClient(newClient("p", "c"), start) })
	add := func(id, sub string) *model.Family {
		f := &model.Family{ID: id, PoolID: "p", ClientID: "c", Sub: sub, OriginJTI: "o", AuthTime: start, ExpiresAt: start.Add(time.Hour)}
		update(t, s, func(tx *store.Tx) error { return tx.CreateFamily(f) })
		return f
	}
	family := func(id string) *model.Family {
		return read(t, s, func(tx *store.Tx) (*model.Family, error) { return tx.Family("p", id) })
	}
	revoked := func(pool, id string) bool {
		return read(t, s, func(tx *store.Tx) (bool, error) { return tx.FamilyRevoked(pool, id) })
	}

	t.Run("a family is read as it was stored, and rotates", func(t *testing.T) {
		f := add("f1", "ann")
		if got := family("f1"); !reflect.DeepEqual(got, f) {
			t.Errorf("got  %+v\nwant %+v", got, f)
		}
		update(t, s, func(tx *store.Tx) error { return tx.RotateFamily("f1", 1, start.Add(time.Minute)) })
		if got := family("f1"); got.Generation != 1 || !got.RotatedAt.Equal(start.Add(time.Minute)) {
			t.Errorf("got %+v", got)
		}
		refused(t, s, store.ErrNotFound, func(tx *store.Tx) error { return tx.RotateFamily("none", 1, start) })
		refused(t, s, store.ErrExists, func(tx *store.Tx) error { return tx.CreateFamily(f) })
		absent(t, s, func(tx *store.Tx) (*model.Family, error) { return tx.Family("other", "f1") })
	})

	t.Run("one family ends, or all of a user, and the first end counts", func(t *testing.T) {
		add("f2", "ann")
		add("f3", "bob")
		end := start.Add(time.Minute)
		update(t, s, func(tx *store.Tx) error { return tx.RevokeFamily("p", "f2", end) })
		update(t, s, func(tx *store.Tx) error { return tx.RevokeFamilies("p", "ann", end.Add(time.Hour)) })
		if got := family("f2"); !got.RevokedAt.Equal(end) {
			t.Errorf("got %v, want %v", got.RevokedAt, end)
		}
		if !revoked("p", "f1") || !revoked("p", "f2") || revoked("p", "f3") {
			t.Error("the wrong ones ended")
		}
	})

	t.Run("an unknown family, or another pool's, counts as ended", func(t *testing.T) {
		if !revoked("p", "none") || !revoked("other", "f3") {
			t.Error("it does not")
		}
		update(t, s, func(tx *store.Tx) error { return tx.RevokeFamily("other", "f3", start) })
		if revoked("p", "f3") {
			t.Error("another pool ended it")
		}
	})
}

func testEvents(t *testing.T, database func(testing.TB) string) {
	s := OpenURL(t, database(t))
	event := func(i int) model.Event {
		return model.Event{
			PoolID: "p", Sub: "ann", ID: fmt.Sprintf("id-%02d", i), ClientID: "c", Type: model.EventSignIn, Response: model.EventInProgress,
			CreatedAt: start.Add(time.Duration(i/2) * time.Second), // pairs at the same time
			Detail:    model.EventDetail{IP: "192.0.2.1", UserAgent: "bad \xff\x00 bytes", Challenges: []model.ChallengeResult{{Name: "Password", Response: "Success"}}},
		}
	}
	for i := range 9 {
		e := event(i)
		update(t, s, func(tx *store.Tx) error { return tx.SaveEvent(&e) })
	}
	list := func(before model.Event, limit int) []model.Event {
		return read(t, s, func(tx *store.Tx) ([]model.Event, error) { return tx.Events("p", "ann", before, limit) })
	}

	t.Run("the events of a pool are read in the order of time", func(t *testing.T) {
		i := 0
		for after := (model.Event{}); ; {
			page := read(t, s, func(tx *store.Tx) ([]store.EventRow, error) { return tx.EventsOf("p", after, 2) })
			if len(page) == 0 {
				break
			}
			for _, r := range page {
				want, raw := event(i), r.Raw
				if want.Detail = (model.EventDetail{}); !reflect.DeepEqual(r.Event, want) || !bytes.Contains(raw, []byte("192.0.2.1")) {
					t.Errorf("got  %+v %s\nwant %+v", r.Event, raw, want)
				}
				after = r.Event
				i++
			}
		}
		if i != 9 {
			t.Errorf("read %d", i)
		}
	})

	t.Run("events are listed in pages, newest first", func(t *testing.T) {
		i := 8
		for before := (model.Event{}); ; {
			page := list(before, 2)
			if len(page) == 0 {
				break
			}
			for _, e := range page {
				want := event(i)
				want.Detail.UserAgent = "bad \uFFFD\x00 bytes"
				if !reflect.DeepEqual(e, want) {
					t.Errorf("got  %+v\nwant %+v", e, want)
				}
				before = e
				i--
			}
		}
		if i != -1 {
			t.Errorf("%d events were not listed", i+1)
		}
	})

	t.Run("an event is completed in place", func(t *testing.T) {
		e := event(8)
		e.Response, e.Detail.RiskLevel = model.EventPass, "Low"
		update(t, s, func(tx *store.Tx) error { return tx.SaveEvent(&e) })
		if got := list(model.Event{}, 20); len(got) != 9 || got[0].Response != model.EventPass || got[0].Detail.RiskLevel != "Low" {
			t.Errorf("got %d events, the newest %+v", len(got), got[0])
		}
		one := func(at time.Time, id string) func(*store.Tx) (*model.Event, error) {
			return func(tx *store.Tx) (*model.Event, error) { return tx.Event("p", "ann", at, id) }
		}
		if got, want := read(t, s, one(e.CreatedAt, e.ID)), list(model.Event{}, 1)[0]; !reflect.DeepEqual(*got, want) {
			t.Errorf("got  %+v\nwant %+v", *got, want)
		}
		absent(t, s, one(e.CreatedAt.Add(time.Microsecond), e.ID))
		absent(t, s, one(e.CreatedAt, "id-99"))
	})

	t.Run("others' events are not listed", func(t *testing.T) {
		if got := read(t, s, func(tx *store.Tx) ([]model.Event, error) { return tx.Events("p", "bob", model.Event{}, 9) }); len(got) > 0 {
			t.Errorf("got %v", got)
		}
	})
}

func testKeys(t *testing.T, database func(testing.TB) string) {
	s := OpenURL(t, database(t))

	t.Run("data keys are listed oldest first", func(t *testing.T) {
		want := []seal.WrappedKey{
			{ID: "b", MasterID: "m", Box: []byte{1}, CreatedAt: start},
			{ID: "a", MasterID: "m", Box: []byte{2}, CreatedAt: start.Add(time.Hour)},
		}
		for _, i := range []int{1, 0} {
			update(t, s, func(tx *store.Tx) error { return tx.AddDataKey(want[i]) })
			refused(t, s, store.ErrExists, func(tx *store.Tx) error { return tx.AddDataKey(want[i]) })
		}
		if got := read(t, s, (*store.Tx).DataKeys); !reflect.DeepEqual(got, want) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	})

	t.Run("access keys are stored, listed and deleted", func(t *testing.T) {
		one := &model.AccessKey{ID: "AKIA1", Name: "ops", Secret: []byte{1}, Policy: model.Policy{Actions: []string{"*"}, Resources: []string{"*"}}, CreatedAt: start}
		two := &model.AccessKey{ID: "AKIA2", Secret: []byte{2}, Policy: model.Policy{Actions: []string{}, Resources: []string{}}, CreatedAt: start, Disabled: true}
		for _, k := range []*model.AccessKey{two, one} {
			update(t, s, func(tx *store.Tx) error { return tx.CreateAccessKey(k) })
			refused(t, s, store.ErrExists, func(tx *store.Tx) error { return tx.CreateAccessKey(k) })
		}
		if got := read(t, s, (*store.Tx).AccessKeys); !reflect.DeepEqual(got, []*model.AccessKey{one, two}) {
			t.Errorf("got %+v", got)
		}
		if got := read(t, s, func(tx *store.Tx) (*model.AccessKey, error) { return tx.AccessKey("AKIA2") }); !reflect.DeepEqual(got, two) {
			t.Errorf("got %+v", got)
		}
		update(t, s, func(tx *store.Tx) error { return tx.DeleteAccessKey("AKIA2") })
		absent(t, s, func(tx *store.Tx) (*model.AccessKey, error) { return tx.AccessKey("AKIA2") })
		refused(t, s, store.ErrNotFound, func(tx *store.Tx) error { return tx.DeleteAccessKey("AKIA2") })
	})
}
