package signin_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
	"github.com/gatehouse-id/gatehouse/internal/flow/credential"
	"github.com/gatehouse-id/gatehouse/internal/flow/signin"
	"github.com/gatehouse-id/gatehouse/internal/part/token"
)

const (
	mustReset = "PasswordResetRequiredException: Password reset required for the user"
	stolen    = "PasswordResetRequiredException: Password reset required for user due to security reasons"
)

func TestPassword(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t), func(p *model.Pool) { p.Doc.AliasAttributes = []string{"email"} })
	ann := w.add("ann", good, nil)

	for _, client := range []string{web, frank, closet} {
		for _, name := range []string{"ann", "ann@example.com", ann.Sub} {
			t.Run("the right password signs in as "+name+" through "+client, func(t *testing.T) {
				out, err := w.login(client, name, good)
				w.expect(out, err, "tokens")
			})
		}
		t.Run("a wrong one does not, through "+client, func(t *testing.T) {
			out, err := w.login(client, "ann", "guess")
			w.expect(out, err, incorrect)
		})
	}
	t.Run("by an administrator, under either name of the flow", func(t *testing.T) {
		for _, flow := range []string{"ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"} {
			out, err := w.Start(t.Context(), signin.Attempt{
				PoolID: poolID, ClientID: web, Admin: true, Flow: flow,
				Parameters: map[string]string{"USERNAME": "ann", "PASSWORD": good},
			})
			w.expect(out, err, "tokens")
		}
	})
}

func TestPasswordRefusals(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t), nil)
	w.add("ann", good, nil)
	for story, c := range map[string]struct {
		attempt signin.Attempt
		want    string
	}{
		"a client that is not there": {signin.Attempt{ClientID: "gone", Flow: "USER_PASSWORD_AUTH"},
			"ResourceNotFoundException: User pool client gone does not exist."},
		"a pool that is not there": {signin.Attempt{ClientID: web, PoolID: "us-east-1_Gone", Admin: true, Flow: "ADMIN_USER_PASSWORD_AUTH"},
			"ResourceNotFoundException: User pool us-east-1_Gone does not exist."},
		"no name": {signin.Attempt{ClientID: web, Flow: "USER_PASSWORD_AUTH", Parameters: map[string]string{"PASSWORD": good}},
			"InvalidParameterException: Missing required parameter USERNAME"},
		"no password": {signin.Attempt{ClientID: web, Flow: "USER_PASSWORD_AUTH", Parameters: map[string]string{"USERNAME": "ann"}},
			"InvalidParameterException: Missing required parameter PASSWORD"},
		"a flow that the client may not use": {signin.Attempt{ClientID: narrow, Flow: "USER_PASSWORD_AUTH"},
			"InvalidParameterException: USER_PASSWORD_AUTH flow not enabled for this client"},
		"a flow that the client may not use, for an administrator": {signin.Attempt{ClientID: narrow, PoolID: poolID, Admin: true, Flow: "ADMIN_USER_PASSWORD_AUTH"},
			"InvalidParameterException: Auth flow not enabled for this client"},
		"the administrators' flow for everybody": {signin.Attempt{ClientID: web, Flow: "ADMIN_USER_PASSWORD_AUTH"},
			"InvalidParameterException: Initiate Auth method not supported."},
		"everybody's flow for administrators": {signin.Attempt{ClientID: web, PoolID: poolID, Admin: true, Flow: "USER_PASSWORD_AUTH"},
			"InvalidParameterException: Initiate Auth method not supported."},
		"no secret hash": {signin.Attempt{ClientID: closet, Flow: "USER_PASSWORD_AUTH", Parameters: map[string]string{"USERNAME": "ann", "PASSWORD": good}},
			"NotAuthorizedException: Client closet is configured with secret but SECRET_HASH was not received"},
		"a wrong secret hash": {signin.Attempt{ClientID: closet, Flow: "USER_PASSWORD_AUTH", Parameters: map[string]string{
			"USERNAME": "ann", "PASSWORD": good, "SECRET_HASH": credential.SecretHash("other", "ann", closet)}},
			"NotAuthorizedException: Unable to verify secret hash for client closet"},
	} {
		t.Run(story, func(t *testing.T) {
			out, err := w.Start(t.Context(), c.attempt)
			w.expect(out, err, c.want)
		})
	}
}

// TestStates: where a client hides users, a state is told to whoever proves the
// password, and to nobody else.
func TestStates(t *testing.T) {
	is := func(status model.Status) func(*model.User) {
		return func(u *model.User) { u.Status = status }
	}
	off := func(u *model.User) { u.Enabled = false }
	for story, c := range map[string]struct {
		change              func(*model.User)
		right, wrong, frank string // what web tells of a right and of a wrong password, and frank of a wrong one
	}{
		"confirmed":       {is(model.Confirmed), "tokens", incorrect, incorrect},
		"unconfirmed":     {is(model.Unconfirmed), "UserNotConfirmedException: User is not confirmed.", incorrect, incorrect},
		"must reset":      {is(model.ResetRequired), mustReset, incorrect, mustReset},
		"disabled":        {off, disabled, incorrect, disabled},
		"first password":  {is(model.ForceChangePassword), "NEW_PASSWORD_REQUIRED", incorrect, incorrect},
		"disabled and so": {func(u *model.User) { off(u); u.Status = model.ResetRequired }, disabled, incorrect, disabled},
	} {
		t.Run(story, func(t *testing.T) {
			w := newWorld(t, storetest.SQLite(t), nil)
			u := w.add("ann", good, c.change)
			out, err := w.login(web, "ann", good)
			w.expect(out, err, c.right)
			out, err = w.prove(web, "ann", good)
			w.expect(out, err, c.right)
			out, err = w.login(web, "ann", "guess")
			w.expect(out, err, c.wrong)
			out, err = w.login(frank, "ann", "guess")
			w.expect(out, err, c.frank)
			if got := w.user(u.Sub).Status; got != u.Status {
				t.Errorf("the user is now %s", got)
			}
		})
	}
	t.Run("an imported user, who has no password yet, is like an unknown one", func(t *testing.T) {
		w := newWorld(t, storetest.SQLite(t), nil)
		w.add("ann", "", is(model.ResetRequired))
		out, err := w.login(web, "ann", "guess")
		w.expect(out, err, incorrect)
	})
	t.Run("an unknown user is told apart by a frank client alone", func(t *testing.T) {
		w := newWorld(t, storetest.SQLite(t), nil)
		for client, want := range map[string]string{web: incorrect, closet: incorrect, frank: noUser} {
			out, err := w.login(client, "nobody", good)
			w.expect(out, err, want)
		}
	})
	t.Run("an invitation that has run out is told to whoever holds it", func(t *testing.T) {
		w := newWorld(t, storetest.SQLite(t), nil)
		w.add("ann", good, is(model.ForceChangePassword))
		w.pass(7 * 24 * time.Hour)
		out, err := w.login(web, "ann", good)
		w.expect(out, err, "NotAuthorizedException: Temporary password has expired and must be reset by an administrator.")
		out, err = w.login(web, "ann", "guess")
		w.expect(out, err, incorrect)
	})
}

func TestCompromised(t *testing.T) {
	t.Run("a right password that is leaked must be reset, by whatever door the user comes next", func(t *testing.T) {
		w := newWorld(t, storetest.SQLite(t), nil)
		u := w.add("ann", leaked, nil)
		kept, err := w.prove(web, "ann", leaked) // by SRP nobody saw it
		w.expect(kept, err, "tokens")
		out, err := w.login(web, "ann", leaked)
		w.expect(out, err, stolen)
		if got := w.user(u.Sub).Status; got != model.ResetRequired {
			t.Errorf("the user is %s", got)
		}
		out, err = w.login(web, "ann", leaked)
		w.expect(out, err, mustReset)
		out, err = w.prove(web, "ann", leaked)
		w.expect(out, err, mustReset)
		want := []string{"SignIn Fail NoRisk", "SignIn Fail NoRisk", "SignIn Fail Block leaked", "SignIn Pass NoRisk"}
		if got := w.events(u.Sub); !same(got, want) {
			t.Errorf("events:\ngot  %q\nwant %q", got, want)
		}
		if _, err := w.Bearer(t.Context(), kept.Tokens.Access); err != nil {
			t.Errorf("tokens of before are void: %v", err)
		}
	})
	t.Run("a wrong password that is leaked says nothing and resets nobody", func(t *testing.T) {
		w := newWorld(t, storetest.SQLite(t), nil)
		u := w.add("ann", good, nil)
		out, err := w.login(web, "ann", leaked)
		w.expect(out, err, incorrect)
		out, err = w.login(web, "nobody", leaked)
		w.expect(out, err, incorrect)
		if got := w.user(u.Sub).Status; got != model.Confirmed {
			t.Errorf("the user is %s", got)
		}
		if got, want := w.events(u.Sub), []string{"SignIn Fail NoRisk"}; !same(got, want) {
			t.Errorf("events: got %q, want %q", got, want)
		}
	})
	t.Run("nor does a right one during a lockout", func(t *testing.T) {
		w := newWorld(t, storetest.SQLite(t), nil)
		u := w.add("ann", leaked, nil)
		for range 5 {
			w.login(web, "ann", "guess") //nolint:errcheck // only counted
		}
		out, err := w.login(web, "ann", leaked)
		w.expect(out, err, exceeded)
		if got := w.user(u.Sub).Status; got != model.Confirmed {
			t.Errorf("the user is %s", got)
		}
	})
	t.Run("an attribute that changed meanwhile is not lost", func(t *testing.T) {
		w := newWorld(t, storetest.SQLite(t), nil)
		u := w.add("ann", leaked, nil)
		w.corpus.meanwhile = func() { w.change(u.Sub, func(u *model.User) { u.Attributes["name"] = "Ann" }) }
		out, err := w.login(web, "ann", leaked)
		w.expect(out, err, stolen)
		if got := w.user(u.Sub); got.Attributes["name"] != "Ann" || got.Status != model.ResetRequired {
			t.Errorf("the user is %s with %v", got.Status, got.Attributes)
		}
	})
	t.Run("when the corpus cannot be read, a server that fails open lets in", func(t *testing.T) {
		w := newWorld(t, storetest.SQLite(t), nil)
		w.add("ann", leaked, nil)
		w.corpus.broken.Store(true)
		w.tokens(web, "ann", leaked)
	})
	t.Run("one that fails closed refuses, but nobody has to reset", func(t *testing.T) {
		w := newWorld(t, storetest.SQLite(t), nil)
		u := w.add("ann", good, nil)
		w.corpus.broken.Store(true)
		w.open(w.store, true)
		out, err := w.login(web, "ann", good)
		w.expect(out, err, "NotAuthorizedException: Unable to login because of security reasons.")
		if got := w.user(u.Sub).Status; got != model.Confirmed {
			t.Errorf("the user is %s", got)
		}
		w.corpus.broken.Store(false)
		w.tokens(web, "ann", good)
	})
}

// same compares lists of events whatever their order: those of one moment have none.
func same(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// TestMeanwhile changes the user between the reading and the writing of a sign-in.
func TestMeanwhile(t *testing.T) {
	for story, c := range map[string]struct {
		change func(*world, *model.User)
		want   string
	}{
		"disabled": {func(w *world, u *model.User) { w.change(u.Sub, func(u *model.User) { u.Enabled = false }) }, disabled},
		"reset":    {func(w *world, u *model.User) { w.change(u.Sub, func(u *model.User) { u.Status = model.ResetRequired }) }, mustReset},
		"given another password": {func(w *world, u *model.User) {
			box, err := w.keeper.Make(context.Background(), w.pool, u, "Another-Horse-2", false)
			if err != nil {
				w.t.Error(err)
			}
			w.change(u.Sub, func(u *model.User) { u.Credential = box })
		}, incorrect},
		"deleted": {func(w *world, u *model.User) {
			w.update(func(tx *store.Tx) error { return tx.DeleteUser(poolID, u.Sub) })
		}, incorrect},
		"locked out": {func(w *world, u *model.User) {
			w.corpus.meanwhile = nil
			for range 5 {
				w.login(web, "ann", "guess") //nolint:errcheck // only counted
			}
		}, exceeded},
	} {
		t.Run("a user who is "+story+" while the password is checked", func(t *testing.T) {
			w := newWorld(t, storetest.SQLite(t), nil)
			u := w.add("ann", good, nil)
			w.corpus.meanwhile = func() { c.change(w, u) }
			out, err := w.login(web, "ann", good)
			w.expect(out, err, c.want)
		})
	}
	t.Run("a user who never stays the same is not decided on", func(t *testing.T) {
		w := newWorld(t, storetest.SQLite(t), nil)
		u := w.add("ann", good, nil)
		var again func()
		again = func() {
			box, err := w.keeper.Make(context.Background(), w.pool, u, good, false)
			if err != nil {
				t.Error(err)
			}
			w.change(u.Sub, func(u *model.User) { u.Credential = box })
			w.corpus.meanwhile = again
		}
		w.corpus.meanwhile = again
		out, err := w.login(web, "ann", good)
		w.expect(out, err, "TooManyRequestsException: Rate exceeded")
	})
}

func TestRecordFollowsThePool(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t), nil)
	u := w.add("ann", good, nil)
	u.Credential = nil
	p := *w.pool
	p.NeedsSRP = false
	box, err := w.keeper.Make(t.Context(), &p, u, good, false)
	if err != nil {
		t.Fatal(err)
	}
	w.change(u.Sub, func(u *model.User) { u.Credential = box })
	scheme := func() model.Scheme {
		t.Helper()
		c, err := w.keeper.Open(w.user(u.Sub))
		if err != nil {
			t.Fatal(err)
		}
		return c.Scheme
	}

	out, err := w.prove(web, "ann", good)
	w.expect(out, err, incorrect) // there is no verifier yet
	out, err = w.login(web, "ann", "guess")
	w.expect(out, err, incorrect)
	if got := scheme(); got != model.SchemeArgon2id {
		t.Errorf("after a wrong password the record is kept by %s", got)
	}
	wantTally(t, storm(10, func(int) (*signin.Outcome, error) { return w.login(web, "ann", good) }), map[string]int{"tokens": 10})
	if got := scheme(); got != model.SchemeSRP {
		t.Errorf("after a right one the record is kept by %s", got)
	}
	out, err = w.prove(web, "ann", good)
	w.expect(out, err, "tokens")
}

func TestTokens(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t), nil)
	u := w.add("ann", good, func(u *model.User) { u.Attributes["custom:team"] = "blue" })
	role, other := "arn:aws:iam::123456789012:role/a", "arn:aws:iam::123456789012:role/b"
	for name, g := range map[string]*model.Group{
		"admins":  {RoleARN: &role, Precedence: ptr(int32(1))},
		"readers": {RoleARN: &other, Precedence: ptr(int32(2))},
		"nobles":  {},
	} {
		g.PoolID, g.Name, g.CreatedAt, g.ModifiedAt = poolID, name, w.clock(), w.clock()
		w.update(func(tx *store.Tx) error {
			if err := tx.CreateGroup(g); err != nil {
				return err
			}
			return tx.Join(poolID, name, u.Sub, w.clock())
		})
	}
	got := w.tokens(web, "ann", good)
	access, id := w.claims(got.Access, token.Access), w.claims(got.ID, token.ID)

	t.Run("both name the user, the client, the event and the family", func(t *testing.T) {
		for name, want := range map[string]any{
			"sub": u.Sub, "iss": issuer, "event_id": access["event_id"], "origin_jti": access["origin_jti"],
			"auth_time": float64(w.clock().Unix()), "exp": float64(w.clock().Add(time.Hour).Unix()),
		} {
			if access[name] != want || id[name] != want || want == nil || want == "" {
				t.Errorf("%s: access token %v, ID token %v, want %v", name, access[name], id[name], want)
			}
		}
		if access["jti"] == id["jti"] || access["jti"] == nil {
			t.Errorf("jti: access token %v, ID token %v", access["jti"], id["jti"])
		}
	})
	t.Run("the access token has the scope of the API and no attributes", func(t *testing.T) {
		if access["scope"] != "aws.cognito.signin.user.admin" || access["email"] != nil || access["username"] != "ann" {
			t.Errorf("got %v", access)
		}
	})
	t.Run("the ID token has attributes, groups and roles", func(t *testing.T) {
		if id["email"] != "ann@example.com" || id["email_verified"] != true || id["cognito:username"] != "ann" ||
			id["cognito:preferred_role"] != role || len(id["cognito:groups"].([]any)) != 3 || len(id["cognito:roles"].([]any)) != 2 {
			t.Errorf("got %v", id)
		}
	})
	t.Run("the event of the sign-in is the one that the tokens name", func(t *testing.T) {
		w.view(func(tx *store.Tx) error {
			events, err := tx.Events(poolID, u.Sub, model.Event{}, 1)
			if err == nil && (len(events) != 1 || events[0].ID != access["event_id"] || events[0].Response != model.EventPass) {
				err = errors.New("got another event")
			}
			return err
		})
	})
	t.Run("a secret is in no token", func(t *testing.T) {
		if strings.Contains(got.Refresh+got.Access+got.ID, good) {
			t.Error("the password is")
		}
	})
}

func TestModes(t *testing.T) {
	for mode, want := range map[string]struct {
		told   string
		events []string
	}{
		"OFF":      {"tokens", nil},
		"AUDIT":    {"tokens", []string{"SignIn Pass NoRisk leaked"}},
		"ENFORCED": {stolen, []string{"SignIn Fail Block leaked"}},
	} {
		t.Run("a leaked password in "+mode, func(t *testing.T) {
			w := newWorld(t, storetest.SQLite(t), func(p *model.Pool) { p.Doc.UserPoolAddOns.AdvancedSecurityMode = &mode })
			u := w.add("ann", leaked, nil)
			out, err := w.login(web, "ann", leaked)
			w.expect(out, err, want.told)
			if got := w.events(u.Sub); !same(got, want.events) {
				t.Errorf("events: got %q, want %q", got, want.events)
			}
		})
	}
}

// TestOneAnswerForAll compares what the unknown user leaves behind with what a
// known one does: the same refusals, nothing to read, and a lock of his own.
func TestOneAnswerForAll(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t), nil)
	w.add("ann", good, nil)
	for i := range 12 {
		for _, client := range []string{web, closet} {
			known, knownErr := w.login(client, "ann", "guess")
			unknown, unknownErr := w.login(client, "eve", "guess")
			if a, b := told(known, knownErr), told(unknown, unknownErr); a != b {
				t.Errorf("try %d: a known user is told %q, an unknown one %q", i, a, b)
			}
		}
		w.pass(time.Duration(i) * time.Second)
	}
}
