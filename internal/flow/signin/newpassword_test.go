package signin_test

import (
	"context"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
	"github.com/gatehouse-id/gatehouse/internal/flow/credential"
	"github.com/gatehouse-id/gatehouse/internal/flow/signin"
	"github.com/gatehouse-id/gatehouse/internal/part/token"
)

const (
	invitation = "Welcome-Ann-1"
	chosen     = "Another-Horse-2"
)

// invite makes a user who must replace the password, in a pool that wants a name of everybody.
func invite(t *testing.T, change func(*model.Pool)) (*world, *model.User) {
	t.Helper()
	w := newWorld(t, storetest.SQLite(t), func(p *model.Pool) {
		for _, name := range []string{"sub", "name", "nickname", "email", "email_verified", "custom:note"} {
			p.Doc.SchemaAttributes = append(p.Doc.SchemaAttributes, shape.SchemaAttributeType{
				Name: ptr(name), AttributeDataType: ptr("String"), Mutable: ptr(true), Required: ptr(name == "name" || name == "sub"),
			})
		}
		if change != nil {
			change(p)
		}
	})
	return w, w.add("ann", invitation, func(u *model.User) { u.Status = model.ForceChangePassword })
}

// answer answers NEW_PASSWORD_REQUIRED with pairs of names and values.
func (w *world) answer(client, session string, pairs ...string) (*signin.Outcome, error) {
	responses := map[string]string{"USERNAME": "ann"}
	for i := 0; i < len(pairs); i += 2 {
		responses[pairs[i]] = pairs[i+1]
	}
	return w.Answer(context.Background(), signin.Answer{
		ClientID: client, Challenge: "NEW_PASSWORD_REQUIRED", Session: session, Responses: responses,
	})
}

// challenged signs in with the invitation and returns the session.
func (w *world) challenged() string {
	w.t.Helper()
	out, err := w.login(web, "ann", invitation)
	w.expect(out, err, "NEW_PASSWORD_REQUIRED")
	return out.Session
}

func TestNewPasswordOfTwoSignInsMixedUp(t *testing.T) {
	w, u := invite(t, nil)
	w.add("ben", invitation, nil)
	session := w.challenged()
	_, err := w.answer(web, session, "USERNAME", "ben", "NEW_PASSWORD", chosen, "userAttributes.name", "Ann")
	w.refused(err, invalid)
	out, err := w.answer(web, session, "USERNAME", u.Sub, "NEW_PASSWORD", chosen, "userAttributes.name", "Ann")
	w.expect(out, err, "tokens")
}

func TestNewPassword(t *testing.T) {
	for by, begin := range map[string]func(*world) (*signin.Outcome, error){
		"a password": func(w *world) (*signin.Outcome, error) { return w.login(web, "ann", invitation) },
		"SRP":        func(w *world) (*signin.Outcome, error) { return w.prove(web, "ann", invitation) },
	} {
		t.Run("an invited user, by "+by+", chooses a password and is signed in", func(t *testing.T) {
			w, u := invite(t, nil)
			out, err := begin(w)
			w.expect(out, err, "NEW_PASSWORD_REQUIRED")
			for name, want := range map[string]string{
				"USER_ID_FOR_SRP": "ann", "requiredAttributes": `["userAttributes.name"]`,
				"userAttributes": `{"email":"ann@example.com","email_verified":"true"}`,
			} {
				if got := out.Parameters[name]; got != want {
					t.Errorf("%s = %s, want %s", name, got, want)
				}
			}
			if n := len(out.Session); n < 20 || n > 2048 {
				t.Errorf("the session has %d characters, want 20 to 2048", n)
			}
			first := out.Session
			// pycognito sends the SRP answers again: they are ignored.
			out, err = w.answer(web, first, "NEW_PASSWORD", chosen, "userAttributes.name", "Ann", "SRP_A", "1")
			w.expect(out, err, "tokens")
			if id := w.claims(out.Tokens.ID, token.ID); id["name"] != "Ann" || id["email"] != "ann@example.com" {
				t.Errorf("the ID token says %v", id)
			}
			if now := w.user(u.Sub); now.Status != model.Confirmed || now.Attributes["name"] != "Ann" {
				t.Errorf("the user is %s with %v", now.Status, now.Attributes)
			}
			w.tokens(web, "ann", chosen)
			out, err = w.login(web, "ann", invitation)
			w.expect(out, err, incorrect)
			want := []string{"SignIn Fail NoRisk", "SignIn Pass NoRisk", "PasswordChange Pass NoRisk", "SignIn Pass NoRisk"}
			if got := w.events(u.Sub); !same(got, want) {
				t.Errorf("events:\ngot  %q\nwant %q", got, want)
			}
			out, err = w.answer(web, first, "NEW_PASSWORD", "Third-Horse-3", "userAttributes.name", "Ann")
			w.expect(out, err, spent)
		})
	}
	t.Run("a confidential client hashes the name that it answers with", func(t *testing.T) {
		w, _ := invite(t, nil)
		out, err := w.login(closet, "ann", invitation)
		w.expect(out, err, "NEW_PASSWORD_REQUIRED")
		session := out.Session
		out, err = w.answer(closet, session, "NEW_PASSWORD", chosen, "userAttributes.name", "Ann")
		w.expect(out, err, "NotAuthorizedException: Client closet is configured with secret but SECRET_HASH was not received")
		out, err = w.answer(closet, session, "NEW_PASSWORD", chosen, "userAttributes.name", "Ann",
			"SECRET_HASH", credential.SecretHash(secret, "ann", closet))
		w.expect(out, err, "tokens")
	})
	t.Run("the challenge shows what the client may read", func(t *testing.T) {
		w, u := invite(t, nil)
		w.change(u.Sub, func(u *model.User) { u.Attributes["custom:note"] = "slow payer" })
		w.changeClient(web, func(doc *shape.UserPoolClientType) { doc.ReadAttributes = []string{"email"} })
		out, err := w.login(web, "ann", invitation)
		w.expect(out, err, "NEW_PASSWORD_REQUIRED")
		if got := out.Parameters["userAttributes"]; strings.Contains(got, "slow") || !strings.Contains(got, "ann@") {
			t.Errorf("it shows %s", got)
		}
	})
	t.Run("even the longest name makes a session that fits", func(t *testing.T) {
		w, _ := invite(t, nil)
		name := strings.Repeat("\x01", 128) // each byte is six characters of JSON
		w.add(name, invitation, func(u *model.User) { u.Status = model.ForceChangePassword })
		out, err := w.login(web, name, invitation)
		w.expect(out, err, "NEW_PASSWORD_REQUIRED")
		if n := len(out.Session); n > 2048 {
			t.Errorf("the session has %d characters", n)
		}
	})
}

func TestNewPasswordRefusals(t *testing.T) {
	const named = "userAttributes.name"
	for story, c := range map[string]struct {
		pool    func(*model.Pool)
		answers []string
		want    string
	}{
		"no new password":       {nil, []string{named, "Ann"}, "InvalidParameterException: Missing required parameter NEW_PASSWORD"},
		"a required attribute":  {nil, []string{"NEW_PASSWORD", chosen}, "InvalidParameterException: Invalid attributes given, name is missing"},
		"a password too short":  {nil, []string{"NEW_PASSWORD", "Short1", named, "Ann"}, "InvalidPasswordException: Password did not conform with policy: Password not long enough"},
		"a leaked password":     {nil, []string{"NEW_PASSWORD", leaked, named, "Ann"}, "InvalidPasswordException: Provided password cannot be used for security reasons."},
		"a proof by claim":      {nil, []string{"NEW_PASSWORD", chosen, named, "Ann", "userAttributes.email_verified", "true"}, "NotAuthorizedException: A client attempted to write unauthorized attribute"},
		"the invitation itself": {func(p *model.Pool) { p.Doc.Policies.PasswordPolicy.PasswordHistorySize = ptr(int32(1)) }, []string{"NEW_PASSWORD", invitation, named, "Ann"}, "PasswordHistoryPolicyViolationException: Password has previously been used."},
	} {
		t.Run(story+" is refused, nothing is stored, and the session stays good", func(t *testing.T) {
			w, u := invite(t, c.pool)
			session := w.challenged()
			before := w.user(u.Sub)
			out, err := w.answer(web, session, c.answers...)
			w.expect(out, err, c.want)
			if got := w.user(u.Sub); got.Status != model.ForceChangePassword || string(got.Credential) != string(before.Credential) || len(got.Attributes) != len(before.Attributes) {
				t.Errorf("the user is now %s with %v", got.Status, got.Attributes)
			}
			out, err = w.answer(web, session, "NEW_PASSWORD", chosen, named, "Ann")
			w.expect(out, err, "tokens")
		})
	}
	t.Run("a leaked one has an event of its own", func(t *testing.T) {
		w, u := invite(t, nil)
		session := w.challenged()
		w.answer(web, session, "NEW_PASSWORD", leaked, named, "Ann") //nolint:errcheck // see above
		if got, want := w.events(u.Sub), []string{"PasswordChange Fail Block leaked", "SignIn InProgress NoRisk"}; !same(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
	t.Run("no password that follows a first sign-in comes from an invitation that ran out", func(t *testing.T) {
		w, _ := invite(t, nil)
		w.pass(7 * 24 * time.Hour)
		out, err := w.login(web, "ann", invitation)
		w.expect(out, err, "NotAuthorizedException: Temporary password has expired and must be reset by an administrator.")
	})
}

func TestSession(t *testing.T) {
	answer := func(w *world, client, session string) (*signin.Outcome, error) {
		return w.answer(client, session, "NEW_PASSWORD", chosen, "userAttributes.name", "Ann")
	}
	for story, c := range map[string]struct {
		spoil func(*world, *model.User, string) string
		want  string
	}{
		"an empty one":         {func(*world, *model.User, string) string { return "" }, "InvalidParameterException: Missing required parameter Session"},
		"noise":                {func(*world, *model.User, string) string { return strings.Repeat("A", 300) }, invalid},
		"not even base64":      {func(*world, *model.User, string) string { return "!" + strings.Repeat("%", 300) }, invalid},
		"one cut short":        {func(_ *world, _ *model.User, s string) string { return s[:len(s)-4] }, invalid},
		"one with a bit wrong": {func(_ *world, _ *model.User, s string) string { return flip(s) }, invalid},
		"one that waited too long": {func(w *world, _ *model.User, s string) string {
			w.pass(3 * time.Minute)
			return s
		}, expired},
		"one of a password that was replaced by another invitation": {func(w *world, u *model.User, s string) string {
			box, err := w.keeper.Make(context.Background(), w.pool, u, "Welcome-Again-1", true)
			if err != nil {
				w.t.Fatal(err)
			}
			w.change(u.Sub, func(u *model.User) { u.Credential = box })
			return s
		}, invalid},
		"one of a user who was disabled": {func(w *world, u *model.User, s string) string {
			w.change(u.Sub, func(u *model.User) { u.Enabled = false })
			return s
		}, disabled},
		"one of a user who is gone": {func(w *world, u *model.User, s string) string {
			w.update(func(tx *store.Tx) error { return tx.DeleteUser(poolID, u.Sub) })
			return s
		}, invalid},
		"one of another user of the name": {func(w *world, u *model.User, s string) string {
			w.update(func(tx *store.Tx) error { return tx.DeleteUser(poolID, u.Sub) })
			w.add("ann", invitation, func(u *model.User) { u.Status = model.ForceChangePassword })
			return s
		}, invalid},
	} {
		t.Run(story+" is refused", func(t *testing.T) {
			w, u := invite(t, nil)
			out, err := answer(w, web, c.spoil(w, u, w.challenged()))
			w.expect(out, err, c.want)
		})
	}
	t.Run("one of another client is refused", func(t *testing.T) {
		w, _ := invite(t, nil)
		out, err := answer(w, frank, w.challenged())
		w.expect(out, err, invalid)
	})
	t.Run("one for another challenge is refused", func(t *testing.T) {
		w, _ := invite(t, nil)
		raw, err := base64.RawURLEncoding.DecodeString(w.challenged())
		if err != nil {
			t.Fatal(err)
		}
		proof := w.proof(web, "ann", invitation)
		proof.Responses["PASSWORD_CLAIM_SECRET_BLOCK"] = base64.StdEncoding.EncodeToString(raw)
		out, err := w.Answer(t.Context(), proof)
		w.expect(out, err, invalid)
	})
	t.Run("of many answers at once, one counts", func(t *testing.T) {
		w, u := invite(t, nil)
		session := w.challenged()
		got := storm(10, func(int) (*signin.Outcome, error) { return answer(w, web, session) })
		if got["tokens"] != 1 || got["tokens"]+got[spent]+got[invalid] != 10 {
			t.Errorf("got %v, want one tokens", got)
		}
		if u := w.user(u.Sub); u.Status != model.Confirmed {
			t.Errorf("the user is %s", u.Status)
		}
	})
	t.Run("two sessions of one invitation: the first answer ends both", func(t *testing.T) {
		w, _ := invite(t, nil)
		one, two := w.challenged(), w.challenged()
		out, err := answer(w, web, one)
		w.expect(out, err, "tokens")
		out, err = answer(w, web, two)
		w.expect(out, err, invalid)
	})
	t.Run("an attribute that an administrator changed meanwhile is not written over", func(t *testing.T) {
		w, u := invite(t, nil)
		session := w.challenged()
		w.corpus.meanwhile = func() { w.change(u.Sub, func(u *model.User) { u.Attributes["nickname"] = "Annie" }) }
		out, err := answer(w, web, session)
		w.expect(out, err, "tokens")
		if got := w.user(u.Sub).Attributes; got["nickname"] != "Annie" || got["name"] != "Ann" {
			t.Errorf("got %v", got)
		}
	})
}

// flip changes one character in the middle.
func flip(s string) string {
	b := []byte(s)
	i := len(b) / 2
	if b[i] == 'A' {
		b[i] = 'B'
	} else {
		b[i] = 'A'
	}
	return string(b)
}
