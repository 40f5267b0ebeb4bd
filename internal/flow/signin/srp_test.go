package signin_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
	"github.com/gatehouse-id/gatehouse/internal/flow/credential"
	"github.com/gatehouse-id/gatehouse/internal/flow/signin"
	"github.com/gatehouse-id/gatehouse/internal/part/srp"
	"github.com/gatehouse-id/gatehouse/internal/part/token"
)

func seeded(seed byte) io.Reader { return rand.NewChaCha8([32]byte{seed}) }

// startSRP is USER_SRP_AUTH through a client.
func (w *world) startSRP(client, name, a string) (*signin.Outcome, error) {
	parameters := map[string]string{"USERNAME": name, "SRP_A": a}
	if client == closet {
		parameters["SECRET_HASH"] = credential.SecretHash(secret, name, client)
	}
	return w.Start(context.Background(), signin.Attempt{ClientID: client, Flow: "USER_SRP_AUTH", Parameters: parameters})
}

// proof goes as far as the answer to PASSWORD_VERIFIER.
func (w *world) proof(client, name, plain string) signin.Answer {
	w.t.Helper()
	user, err := srp.NewClient(seeded(7), poolName)
	if err != nil {
		w.t.Fatal(err)
	}
	out, err := w.startSRP(client, name, user.A())
	if err != nil {
		w.t.Fatalf("begin SRP as %s: %v", name, err)
	}
	responses, err := user.Answer(out.Parameters, plain, w.clock())
	if err != nil {
		w.t.Fatalf("answer %v: %v", out.Parameters, err)
	}
	if client == closet {
		responses["SECRET_HASH"] = credential.SecretHash(secret, responses["USERNAME"], client)
	}
	return signin.Answer{ClientID: client, Challenge: "PASSWORD_VERIFIER", Responses: responses}
}

// prove signs in by SRP.
func (w *world) prove(client, name, plain string) (*signin.Outcome, error) {
	w.t.Helper()
	return w.Answer(context.Background(), w.proof(client, name, plain))
}

func TestSRP(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t), nil)
	ann := w.add("ann", good, nil)

	for _, client := range []string{web, frank, closet} {
		t.Run("the right password gives tokens through "+client, func(t *testing.T) {
			out, err := w.prove(client, "ann", good)
			w.expect(out, err, "tokens")
			if got := w.claims(out.Tokens.Access, token.Access)["sub"]; got != ann.Sub {
				t.Errorf("the tokens are of %v, want %s", got, ann.Sub)
			}
		})
		t.Run("a wrong one does not through "+client, func(t *testing.T) {
			out, err := w.prove(client, "ann", "guess")
			w.expect(out, err, incorrect)
		})
	}
	t.Run("a password that is known to be leaked is never seen, so it passes", func(t *testing.T) {
		w.add("carl", leaked, nil)
		out, err := w.prove(web, "carl", leaked)
		w.expect(out, err, "tokens")
	})
	t.Run("a secret block serves one success", func(t *testing.T) {
		answer := w.proof(web, "ann", good)
		out, err := w.Answer(t.Context(), answer)
		w.expect(out, err, "tokens")
		out, err = w.Answer(t.Context(), answer)
		w.expect(out, err, spent)
	})
	t.Run("and only one of many that answer at once", func(t *testing.T) {
		answer := w.proof(web, "ann", good)
		wantTally(t, storm(20, func(int) (*signin.Outcome, error) {
			return w.Answer(context.Background(), answer)
		}), map[string]int{"tokens": 1, spent: 19})
	})
	t.Run("a minute later the answer comes too late", func(t *testing.T) {
		answer := w.proof(web, "ann", good)
		w.pass(time.Minute)
		out, err := w.Answer(t.Context(), answer)
		w.expect(out, err, expired)
	})
	t.Run("extra answers, as pycognito sends them, do not disturb", func(t *testing.T) {
		answer := w.proof(web, "ann", good)
		answer.Responses["SRP_A"], answer.Responses["DEVICE_KEY"] = "1", ""
		out, err := w.Answer(t.Context(), answer)
		w.expect(out, err, "tokens")
	})
}

func TestSRPRefusals(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t), nil)
	w.add("ann", good, nil)
	w.add("bob", good, nil)

	for story, c := range map[string]struct {
		spoil func(*signin.Answer)
		want  string
	}{
		"no secret block":                {without("PASSWORD_CLAIM_SECRET_BLOCK"), "InvalidParameterException: Missing required parameter PASSWORD_CLAIM_SECRET_BLOCK"},
		"no signature":                   {without("PASSWORD_CLAIM_SIGNATURE"), "InvalidParameterException: Missing required parameter PASSWORD_CLAIM_SIGNATURE"},
		"no timestamp":                   {without("TIMESTAMP"), "InvalidParameterException: Missing required parameter TIMESTAMP"},
		"no name":                        {without("USERNAME"), "InvalidParameterException: Missing required parameter USERNAME"},
		"a block that is not base64":     {with("PASSWORD_CLAIM_SECRET_BLOCK", "%"), invalid},
		"a block that is not ours":       {with("PASSWORD_CLAIM_SECRET_BLOCK", "AAAA"), invalid},
		"a tampered block":               {tamper("PASSWORD_CLAIM_SECRET_BLOCK"), invalid},
		"a signature that is not base64": {with("PASSWORD_CLAIM_SIGNATURE", "%"), incorrect},
		"a tampered signature":           {tamper("PASSWORD_CLAIM_SIGNATURE"), incorrect},
		"another moment":                 {with("TIMESTAMP", "Tue Nov 3 04:05:07 UTC 2026"), incorrect},
		"a moment of another day":        {with("TIMESTAMP", "Wed Nov 4 04:05:06 UTC 2026"), "InvalidParameterException: TIMESTAMP is too far from the current time."},
		"a padded day":                   {with("TIMESTAMP", "Tue Nov 03 04:05:06 UTC 2026"), "InvalidParameterException: TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english."},
		"another user's name":            {with("USERNAME", "bob"), incorrect},
		"another client":                 {func(a *signin.Answer) { a.ClientID = frank }, invalid},
		"a client that is not there":     {func(a *signin.Answer) { a.ClientID = "gone" }, invalid},
		"another challenge's name": {func(a *signin.Answer) {
			a.Challenge, a.Session = "NEW_PASSWORD_REQUIRED", a.Responses["PASSWORD_CLAIM_SECRET_BLOCK"]
		}, invalid},
		"a challenge that nobody asked": {func(a *signin.Answer) {
			a.Challenge, a.Session = "SMS_MFA", a.Responses["PASSWORD_CLAIM_SECRET_BLOCK"]
		}, invalid},
		"a hash of a secret there is not": {with("SECRET_HASH", "AAAA"), "NotAuthorizedException: Client web is not configured for secret but SECRET_HASH was received"},
	} {
		t.Run(story, func(t *testing.T) {
			answer := w.proof(web, "ann", good)
			c.spoil(&answer)
			out, err := w.Answer(t.Context(), answer)
			w.expect(out, err, c.want)
			w.tokens(web, "ann", good) // so that no refusal adds up to a lockout
		})
	}
	for story, c := range map[string]struct{ client, a, want string }{
		"A of 0":                        {web, "0", "InvalidParameterException: Invalid SRP_A value."},
		"no A":                          {web, "", "InvalidParameterException: Missing required parameter SRP_A"},
		"A that is not hex":             {web, "xyz", "InvalidParameterException: Invalid SRP_A value."},
		"a client that may not use SRP": {narrow, "2", "InvalidParameterException: USER_SRP_AUTH is not enabled for the client."},
		"a client that is not there":    {"gone", "2", "ResourceNotFoundException: User pool client gone does not exist."},
	} {
		t.Run(story, func(t *testing.T) {
			out, err := w.startSRP(c.client, "ann", c.a)
			w.expect(out, err, c.want)
		})
	}
	t.Run("a confidential client proves its secret in both steps", func(t *testing.T) {
		answer := w.proof(closet, "ann", good)
		delete(answer.Responses, "SECRET_HASH")
		out, err := w.Answer(t.Context(), answer)
		w.expect(out, err, "NotAuthorizedException: Client closet is configured with secret but SECRET_HASH was not received")
	})
}

func without(name string) func(*signin.Answer) {
	return func(a *signin.Answer) { delete(a.Responses, name) }
}

func with(name, value string) func(*signin.Answer) {
	return func(a *signin.Answer) { a.Responses[name] = value }
}

// tamper flips one bit in the middle of a base64 value.
func tamper(name string) func(*signin.Answer) {
	return func(a *signin.Answer) {
		raw, err := base64.StdEncoding.DecodeString(a.Responses[name])
		if err != nil {
			panic(err)
		}
		raw[len(raw)/2] ^= 1
		a.Responses[name] = base64.StdEncoding.EncodeToString(raw)
	}
}

func TestSRPWhileTheUserChanges(t *testing.T) {
	for story, c := range map[string]struct {
		change func(*world, *model.User)
		want   string
	}{
		"a new password voids the proof of the old one": {func(w *world, u *model.User) {
			box, err := w.keeper.Make(context.Background(), w.pool, u, "Another-Horse-2", false)
			if err != nil {
				w.t.Fatal(err)
			}
			w.change(u.Sub, func(u *model.User) { u.Credential = box })
		}, incorrect},
		"a disabled user is told so after the proof": {func(w *world, u *model.User) {
			w.change(u.Sub, func(u *model.User) { u.Enabled = false })
		}, disabled},
		"a user who must reset is told so after the proof": {func(w *world, u *model.User) {
			w.change(u.Sub, func(u *model.User) { u.Status = model.ResetRequired })
		}, "PasswordResetRequiredException: Password reset required for the user"},
		"a user without a password proves nothing": {func(w *world, u *model.User) {
			w.change(u.Sub, func(u *model.User) { u.Credential = nil })
		}, incorrect},
		"a deleted user is like an unknown one": {func(w *world, u *model.User) {
			w.update(func(tx *store.Tx) error { return tx.DeleteUser(poolID, u.Sub) })
		}, incorrect},
		"another user of the same name and password is another user": {func(w *world, u *model.User) {
			w.update(func(tx *store.Tx) error { return tx.DeleteUser(poolID, u.Sub) })
			w.add("ann", good, nil)
		}, incorrect},
	} {
		t.Run(story, func(t *testing.T) {
			w := newWorld(t, storetest.SQLite(t), nil)
			u := w.add("ann", good, nil)
			answer := w.proof(web, "ann", good)
			c.change(w, u)
			out, err := w.Answer(t.Context(), answer)
			w.expect(out, err, c.want)
		})
	}
}

// TestUnknownUserBySRP compares everything that a stranger can see of a known
// and of an unknown name.
func TestUnknownUserBySRP(t *testing.T) {
	ask := func(w *world, name string) map[string]string {
		w.t.Helper()
		out, err := w.startSRP(web, name, "2")
		if err != nil {
			w.t.Fatalf("begin SRP as %s: %v", name, err)
		}
		return out.Parameters
	}
	for story, c := range map[string]struct {
		shape   func(*model.Pool)
		unknown []string
		id      string // a pattern of the user id; "" for the name itself
	}{
		"a user name": {nil, []string{"nobody"}, ""},
		"a user name where case does not matter": {func(p *model.Pool) {
			p.Doc.UsernameConfiguration = &shape.UsernameConfigurationType{CaseSensitive: ptr(false)}
		}, []string{"Nobody", "NOBODY", "nobody"}, "^nobody$"},
		"an address in a pool that signs in with it": {func(p *model.Pool) {
			p.Doc.UsernameAttributes = []string{"email"}
		}, []string{"nobody@example.com"}, uuid4},
		"a sub in a pool that signs in with addresses": {func(p *model.Pool) {
			p.Doc.UsernameAttributes = []string{"email"}
		}, []string{"9f1c2b3a-0000-4000-8000-00000000dead"}, ""},
		"an address that would be an alias": {func(p *model.Pool) {
			p.Doc.AliasAttributes = []string{"email", "phone_number"}
		}, []string{"nobody@example.com"}, uuid4},
		"a number that would be an alias": {func(p *model.Pool) {
			p.Doc.AliasAttributes = []string{"email", "phone_number"}
		}, []string{"+15550100"}, uuid4},
		"a user name in a pool with aliases": {func(p *model.Pool) {
			p.Doc.AliasAttributes = []string{"email", "phone_number"}
		}, []string{"nobody"}, ""},
	} {
		t.Run(story, func(t *testing.T) {
			w := newWorld(t, storetest.SQLite(t), c.shape)
			w.add("ann", good, nil)
			known, seen := ask(w, "ann"), map[string]bool{}
			for _, name := range slices.Concat(c.unknown, c.unknown) {
				unknown := ask(w, name)
				seen[unknown["SALT"]+unknown["USER_ID_FOR_SRP"]] = true
				if got, want := shapeOf(unknown), shapeOf(known); got != want {
					t.Errorf("the answers differ:\nunknown %s\nknown   %s", got, want)
				}
				id := unknown["USER_ID_FOR_SRP"]
				if c.id == "" && id != name || !regexp.MustCompile(c.id).MatchString(id) {
					t.Errorf("%s is called %s, want %q", name, id, c.id)
				}
				if unknown["USERNAME"] != id {
					t.Errorf("USERNAME is %s, USER_ID_FOR_SRP %s", unknown["USERNAME"], id)
				}
			}
			if len(seen) != 1 {
				t.Errorf("one name was given %d salts and ids", len(seen))
			}
			out, err := w.prove(web, c.unknown[0], good)
			w.expect(out, err, incorrect)
		})
	}
	t.Run("the secret block is as long as that of a known name", func(t *testing.T) {
		w := newWorld(t, storetest.SQLite(t), nil)
		w.add("ann", good, nil)
		if known, unknown := len(ask(w, "ann")["SECRET_BLOCK"]), len(ask(w, "eve")["SECRET_BLOCK"]); known != unknown {
			t.Errorf("got %d characters for a known name, %d for an unknown one", known, unknown)
		}
	})
	t.Run("each unknown name has a salt of its own", func(t *testing.T) {
		w := newWorld(t, storetest.SQLite(t), nil)
		if a, b := ask(w, "nobody")["SALT"], ask(w, "somebody")["SALT"]; a == b {
			t.Errorf("two names share the salt %s", a)
		}
	})
	t.Run("a user without a verifier keeps one salt under all names", func(t *testing.T) {
		w := newWorld(t, storetest.SQLite(t), func(p *model.Pool) { p.Doc.AliasAttributes = []string{"email"} })
		w.add("ann", "", nil)
		if a, b := ask(w, "ann"), ask(w, "ann@example.com"); a["SALT"] != b["SALT"] || a["USER_ID_FOR_SRP"] != b["USER_ID_FOR_SRP"] {
			t.Errorf("got %s of %s and %s of %s", a["SALT"], a["USER_ID_FOR_SRP"], b["SALT"], b["USER_ID_FOR_SRP"])
		}
	})
	t.Run("a client that tells about users says so at once", func(t *testing.T) {
		w := newWorld(t, storetest.SQLite(t), nil)
		out, err := w.startSRP(frank, "nobody", "2")
		w.expect(out, err, noUser)
	})
}

const uuid4 = `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`

// shapeOf is the names of the members and the form of their values.
func shapeOf(parameters map[string]string) string {
	forms := map[string]string{
		"SALT": "^[4-7][0-9a-f]{31}$", "SRP_B": "^[1-9a-f][0-9a-f]{759,767}$", "SECRET_BLOCK": "^[0-9a-zA-Z+/]+=*$",
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		fmt.Fprintf(&b, "%s %v ", name, regexp.MustCompile(forms[name]).MatchString(parameters[name]))
	}
	return b.String()
}
