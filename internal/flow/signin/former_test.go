package signin_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
	"github.com/gatehouse-id/gatehouse/internal/flow/account"
	"github.com/gatehouse-id/gatehouse/internal/flow/signin"
)

const oldSub = "0b2f3c1a-1111-4222-8333-444455556666"

// oldPool is a former pool that knows ann, by the password good.
type oldPool struct {
	person  account.Arrival
	down    atomic.Bool // it does not answer
	resting atomic.Bool // it is left alone
	asked   atomic.Int32
	dallied atomic.Int32
}

func (o *oldPool) Ready(*model.Pool) bool { return !o.resting.Load() }

func (o *oldPool) Ask(_ context.Context, _ *model.Pool, name, plain string) (account.Arrival, error) {
	o.asked.Add(1)
	switch {
	case o.down.Load():
		return account.Arrival{}, errors.New("connection refused")
	case strings.HasPrefix(name, "colleague") && plain == good:
		return account.Arrival{Username: name, Status: model.Confirmed, Attributes: map[string]string{}}, nil
	case name != "ann" && name != "ann@example.com" || plain != good:
		return account.Arrival{}, account.ErrNotThere
	}
	return o.person, nil
}

func (o *oldPool) Dally(context.Context, *model.Pool) { o.dallied.Add(1) }

// withOldPool is a world whose pool has a former one.
func withOldPool(t *testing.T) (*world, *oldPool) {
	t.Helper()
	w := newWorld(t, storetest.SQLite(t), func(p *model.Pool) {
		p.Doc.SchemaAttributes = emailSchema()
		p.Doc.AliasAttributes = []string{"email"}
	})
	o := &oldPool{person: account.Arrival{
		Username: "ann", Sub: oldSub, Status: model.Confirmed,
		Attributes: map[string]string{"email": "ann@example.com", "email_verified": "true", "hair": "red"},
	}}
	w.former = o
	w.open(w.store, false)
	w.update(func(tx *store.Tx) error { return tx.SetFormer(poolID, []byte("sealed")) })
	return w, o
}

// awaiting is a user who was imported without a password.
func (w *world) awaiting(name string, change func(*model.User)) *model.User {
	return w.add(name, "", func(u *model.User) {
		u.Sub = oldSub
		if change != nil {
			change(u)
		}
		u.Credential = w.keeper.Await(u)
	})
}

func TestFormerPool(t *testing.T) {
	t.Run("an unknown user with the right password is taken over and signs in, and is not asked for again", func(t *testing.T) {
		w, o := withOldPool(t)
		w.tokens(web, "ann", good)
		u := w.user(oldSub)
		if u.Username != "ann" || u.Status != model.Confirmed || u.Attributes["email_verified"] != "true" || u.Attributes["hair"] != "" {
			t.Errorf("got %+v", u)
		}
		w.tokens(web, "ann@example.com", good)
		out, err := w.prove(web, "ann", good)
		w.expect(out, err, "tokens")
		if n := o.asked.Load(); n != 1 {
			t.Errorf("the former pool was asked %d times, want once", n)
		}
		out, err = w.login(web, "ann", "wrong")
		w.expect(out, err, incorrect)
		if o.asked.Load() != 1 || o.dallied.Load() != 1 {
			t.Errorf("a wrong password was asked for %d times and held up %d times", o.asked.Load()-1, o.dallied.Load())
		}
	})
	t.Run("whoever chooses the password is asked for too", func(t *testing.T) {
		w, o := withOldPool(t)
		w.changeClient(web, func(c *shape.UserPoolClientType) {
			c.ExplicitAuthFlows = append(c.ExplicitAuthFlows, "ALLOW_USER_AUTH")
		})
		choose := func(plain string) (*signin.Outcome, error) {
			return w.Start(t.Context(), signin.Attempt{ClientID: web, Flow: "USER_AUTH", Parameters: map[string]string{
				"USERNAME": "ann", "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": plain,
			}})
		}
		out, err := choose("wrong")
		w.expect(out, err, incorrect)
		out, err = choose(good)
		w.expect(out, err, "tokens")
		if n := o.asked.Load(); n != 2 {
			t.Errorf("asked %d times, want twice", n)
		}
	})
	t.Run("a wrong password and an unknown name are refused as ever", func(t *testing.T) {
		w, o := withOldPool(t)
		for client, want := range map[string]string{web: incorrect, frank: noUser} {
			out, err := w.login(client, "ann", "wrong")
			w.expect(out, err, want)
			out, err = w.login(client, "nobody", good)
			w.expect(out, err, want)
		}
		if n := o.asked.Load(); n != 4 {
			t.Errorf("asked %d times, want 4", n)
		}
	})
	t.Run("guesses are counted before they are asked, however many come at once", func(t *testing.T) {
		w, o := withOldPool(t)
		var group sync.WaitGroup
		for range 40 {
			group.Go(func() { w.login(web, "ann", "wrong") }) //nolint:errcheck // refused
		}
		group.Wait()
		if n := o.asked.Load(); n > 5 {
			t.Errorf("the former pool heard %d guesses, want 5 at most", n)
		}
		out, err := w.login(web, "ann", good)
		w.expect(out, err, exceeded)
	})
	t.Run("a right password forgets what was counted", func(t *testing.T) {
		w, _ := withOldPool(t)
		for range 4 {
			out, err := w.login(web, "ann", "wrong")
			w.expect(out, err, incorrect)
		}
		w.tokens(web, "ann", good) // the fifth try
		for range 4 {
			out, err := w.login(web, "ann", "wrong")
			w.expect(out, err, incorrect)
		}
		w.tokens(web, "ann", good)
	})
	t.Run("a network is counted for what was refused, not for who came", func(t *testing.T) {
		w, _ := withOldPool(t)
		w.update(func(tx *store.Tx) error {
			return tx.AddPolicy(poolID, "", 0, &model.ThreatPolicy{Lockout: &model.LockoutPolicy{PerNetwork: 3}}, "test", w.clock())
		})
		office := model.Origin{IP: "198.51.100.7"}
		for i := range 6 {
			out, err := w.loginFrom(office, fmt.Sprintf("colleague%d", i), good)
			w.expect(out, err, "tokens")
		}
		for i := range 3 {
			out, err := w.loginFrom(office, fmt.Sprintf("nobody%d", i), good)
			w.expect(out, err, incorrect)
		}
		out, err := w.loginFrom(office, "colleague7", good)
		w.expect(out, err, exceeded)
	})
	t.Run("while it is down nobody gets in, and once it rests nobody is counted", func(t *testing.T) {
		w, o := withOldPool(t)
		o.down.Store(true)
		out, err := w.login(web, "ann", good)
		w.expect(out, err, incorrect)
		o.resting.Store(true)
		for range 8 {
			out, err = w.login(web, "ann", good)
			w.expect(out, err, incorrect)
		}
		out, err = w.login(frank, "ann", good)
		w.expect(out, err, "UserNotFoundException: Exception migrating user in app client frank")
		if n := o.asked.Load(); n != 1 {
			t.Errorf("asked %d times, want once", n)
		}
		o.down.Store(false)
		o.resting.Store(false)
		w.tokens(web, "ann", good)
	})
	t.Run("an imported user gets the password that is right there", func(t *testing.T) {
		w, _ := withOldPool(t)
		u := w.awaiting("ann", nil)
		out, err := w.prove(web, "ann", good)
		w.expect(out, err, incorrect)
		out, err = w.login(web, "ann", "wrong")
		w.expect(out, err, incorrect)
		w.tokens(web, "ann", good)
		if w.keeper.Awaits(w.user(u.Sub)) {
			t.Error("the user still waits for the former password")
		}
		if got := w.events(u.Sub); len(got) != 3 { // the proof, the wrong one, the right one
			t.Errorf("got the events %q", got)
		}
		out, err = w.prove(web, "ann", good)
		w.expect(out, err, "tokens")
	})
	for why, change := range map[string]func(*model.User){
		"whose password was reset here": func(u *model.User) { u.Status = model.ResetRequired },
		"who is disabled":               func(u *model.User) { u.Enabled = false },
		"who never confirmed":           func(u *model.User) { u.Status = model.Unconfirmed },
	} {
		t.Run("an imported user "+why+" is not asked for", func(t *testing.T) {
			w, o := withOldPool(t)
			w.awaiting("ann", change)
			out, err := w.login(web, "ann", good)
			w.expect(out, err, incorrect)
			if n := o.asked.Load(); n != 0 {
				t.Errorf("asked %d times", n)
			}
		})
	}
	t.Run("a user of ours without a password is not asked for", func(t *testing.T) {
		w, o := withOldPool(t)
		w.add("ann", "", nil)
		out, err := w.login(web, "ann", good)
		w.expect(out, err, incorrect)
		if n := o.asked.Load(); n != 0 {
			t.Errorf("asked %d times", n)
		}
	})
	t.Run("a name that is somebody else there gives no password", func(t *testing.T) {
		w, o := withOldPool(t)
		u := w.awaiting("ann", nil)
		o.person.Username, o.person.Sub = "ann2", "0b2f3c1a-1111-4222-8333-444455556667"
		out, err := w.login(web, "ann", good)
		w.expect(out, err, incorrect)
		if !w.keeper.Awaits(w.user(u.Sub)) {
			t.Error("the user has the password of somebody else")
		}
	})
	t.Run("a name that leads to a user with a password here changes nothing", func(t *testing.T) {
		w, _ := withOldPool(t)
		u := w.add("bob", "Another-Horse-2", func(u *model.User) { u.Sub = oldSub })
		out, err := w.login(web, "ann", good)
		w.expect(out, err, incorrect)
		w.tokens(web, "bob", "Another-Horse-2")
		if got := w.user(u.Sub); got.Username != "bob" {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("a temporary password asks for a new one", func(t *testing.T) {
		w, o := withOldPool(t)
		o.person.Status = model.ForceChangePassword
		out, err := w.login(web, "ann", good)
		w.expect(out, err, "NEW_PASSWORD_REQUIRED")
	})
	t.Run("who must give a second factor there and tells nothing is taken over only where known", func(t *testing.T) {
		w, o := withOldPool(t)
		o.person = account.Arrival{Username: "ann", Status: model.Confirmed}
		out, err := w.login(web, "ann", good)
		w.expect(out, err, incorrect)
		w.awaiting("ann", nil)
		w.tokens(web, "ann", good)
	})
}

func emailSchema() []shape.SchemaAttributeType {
	return []shape.SchemaAttributeType{
		{Name: ptr("email"), AttributeDataType: ptr(shape.AttributeDataTypeString), Mutable: ptr(true), StringAttributeConstraints: &shape.StringAttributeConstraintsType{}},
		{Name: ptr("email_verified"), AttributeDataType: ptr(shape.AttributeDataTypeBoolean), Mutable: ptr(true)},
	}
}
