package account_test

import (
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/account"
)

const (
	bcryptHash = "$2y$04$abcdefghijklmnopqrstuuoVBYqJ6l3EFDwxVc5yIolXKLvX..La." // of Correct-Horse-1
	annSub     = "0b2f3c1a-1111-4222-8333-444455556666"
	bobSub     = "0b2f3c1a-1111-4222-8333-444455556667"
)

func (s *stage) adopt(list ...account.Arrival) []account.Arrived {
	s.t.Helper()
	out, err := s.accounts.Adopt(s.t.Context(), s.pool.ID, list)
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

func (s *stage) bySub(sub string) *model.User {
	s.t.Helper()
	u, err := s.accounts.AdminGet(s.t.Context(), account.Target{PoolID: s.pool.ID, Username: sub})
	if err != nil {
		s.t.Fatal(err)
	}
	return u
}

func TestAdopt(t *testing.T) {
	then := time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)
	ann := account.Arrival{
		Username: "ann", Sub: annSub, Hash: bcryptHash, Status: model.Confirmed, CreatedAt: then, ModifiedAt: then.Add(time.Hour),
		Attributes: map[string]string{"email": "ann@example.com", "email_verified": "true", "custom:age": "31", "dev:custom:note": "old"},
		Groups:     []string{"staff", "nowhere"},
	}
	group := func(s *stage, name string) {
		err := s.store.Update(s.t.Context(), func(tx *store.Tx) error {
			return tx.CreateGroup(&model.Group{PoolID: s.pool.ID, Name: name, CreatedAt: then, ModifiedAt: then})
		})
		if err != nil {
			s.t.Fatal(err)
		}
	}
	groups := func(s *stage, sub string) string {
		var names []string
		err := s.store.View(s.t.Context(), func(tx *store.Tx) error {
			list, err := tx.GroupsOf(s.pool.ID, sub, "", 10)
			for _, g := range list {
				names = append(names, g.Name)
			}
			return err
		})
		if err != nil {
			s.t.Fatal(err)
		}
		return strings.Join(names, " ")
	}
	t.Run("a user comes with its sub, its dates, its hash and its groups", func(t *testing.T) {
		s := newStage(t)
		group(s, "staff")
		got := s.adopt(ann)[0]
		if got.Fate != account.Created || got.Sub != annSub || got.Why != nil {
			t.Fatalf("got %+v", got)
		}
		u := s.bySub(annSub)
		if u.Username != "ann" || !u.CreatedAt.Equal(then) || !u.ModifiedAt.Equal(then.Add(time.Hour)) || !u.Enabled || u.Status != model.Confirmed ||
			u.Attributes["dev:custom:note"] != "old" || groups(s, annSub) != "staff" {
			t.Errorf("got %+v in %q", u, groups(s, annSub))
		}
		for _, name := range []string{"ann", "ann@example.com"} {
			if found, err := s.accounts.AdminGet(t.Context(), account.Target{PoolID: s.pool.ID, Username: name}); err != nil || found.Sub != annSub {
				t.Errorf("by %s: got %v, %v", name, found, err)
			}
		}
		for plain, want := range map[string]bool{"Correct-Horse-1": true, "wrong": false} {
			if ok, _, err := s.keeper.Verify(t.Context(), s.pool, u, plain); ok != want || err != nil {
				t.Errorf("%s: got %v, %v, want %v", plain, ok, err, want)
			}
		}
	})
	t.Run("who comes again is kept", func(t *testing.T) {
		s := newStage(t)
		s.adopt(ann)
		changed := ann
		changed.Attributes = map[string]string{"nickname": "other"}
		if got := s.adopt(changed)[0]; got.Fate != account.Kept || got.Sub != annSub {
			t.Errorf("got %+v", got)
		}
		if u := s.bySub(annSub); u.Attributes["nickname"] != "" {
			t.Errorf("changed: %v", u.Attributes)
		}
	})
	t.Run("who changed there since is renewed, but for the password", func(t *testing.T) {
		s := newStage(t)
		group(s, "staff")
		group(s, "boss")
		s.adopt(ann)
		before := s.bySub(annSub).Credential
		changed := ann
		changed.Attributes = map[string]string{"email": "ann@new.example", "email_verified": "true"}
		changed.ModifiedAt, changed.Groups, changed.Disabled, changed.Hash = then.Add(2*time.Hour), []string{"boss"}, true, ""
		if got := s.adopt(changed)[0]; got.Fate != account.Renewed {
			t.Fatalf("got %+v", got)
		}
		u := s.bySub(annSub)
		if u.Enabled || u.Attributes["custom:age"] != "" || groups(s, annSub) != "boss" || string(u.Credential) != string(before) {
			t.Errorf("got %+v in %q", u, groups(s, annSub))
		}
		if _, err := s.accounts.AdminGet(t.Context(), account.Target{PoolID: s.pool.ID, Username: "ann@example.com"}); err == nil {
			t.Error("the former address still finds the user")
		}
		if got := s.adopt(changed)[0]; got.Fate != account.Kept {
			t.Errorf("the second time: got %+v", got)
		}
	})
	t.Run("without a sub, a user is known by the name", func(t *testing.T) {
		s := newStage(t)
		first := s.adopt(account.Arrival{Username: "bob", Status: model.Confirmed})[0]
		again := s.adopt(account.Arrival{Username: "Bob", Status: model.Confirmed})[0]
		if first.Fate != account.Created || again.Fate != account.Kept || again.Sub != first.Sub {
			t.Errorf("got %+v, then %+v", first, again)
		}
	})
	t.Run("one who is refused does not stop the others", func(t *testing.T) {
		s := newStage(t)
		s.adopt(ann)
		bob := account.Arrival{Username: "bob", Sub: bobSub, Status: model.Confirmed}
		with := func(edit func(*account.Arrival)) account.Arrival {
			c := account.Arrival{Username: "carl", Status: model.Confirmed, Attributes: map[string]string{}}
			edit(&c)
			return c
		}
		got := s.adopt(
			with(func(c *account.Arrival) { c.Username = "ann"; c.Sub = bobSub }),
			with(func(c *account.Arrival) { c.Hash = "hunter2" }),
			with(func(c *account.Arrival) { c.Sub = "1" }),
			with(func(c *account.Arrival) { c.Attributes["custom:age"] = "many" }),
			with(func(c *account.Arrival) { c.Attributes["custom:nothing"] = "x" }),
			with(func(c *account.Arrival) {
				c.Attributes["email"] = "ann@example.com"
				c.Attributes["email_verified"] = "true"
			}),
			with(func(c *account.Arrival) { c.Username = "" }),
			with(func(c *account.Arrival) { c.Username = annSub }),
			bob,
		)
		for i, arrived := range got[:len(got)-1] {
			if _, refused := fault.As(arrived.Why); arrived.Fate != account.Refused || !refused {
				t.Errorf("%d: got %+v", i, arrived)
			}
			if arrived.Why != nil && strings.Contains(arrived.Why.Error(), "hunter2") {
				t.Errorf("%d repeats the hash: %v", i, arrived.Why)
			}
		}
		if last := got[len(got)-1]; last.Fate != account.Created {
			t.Errorf("bob: got %+v", last)
		}
	})
	t.Run("where an address is the name, the attribute gives it", func(t *testing.T) {
		s := newStage(t, func(d *shape.UserPoolType) {
			d.AliasAttributes, d.UsernameAttributes = nil, []string{"email"}
		})
		got := s.adopt(account.Arrival{Username: annSub, Sub: annSub, Status: model.Confirmed, Attributes: map[string]string{"email": "ann@example.com"}})[0]
		if got.Fate != account.Created {
			t.Fatalf("got %+v", got)
		}
		if u := s.bySub("ann@example.com"); u.Sub != annSub || u.Username != annSub {
			t.Errorf("got %+v", u)
		}
	})
}
