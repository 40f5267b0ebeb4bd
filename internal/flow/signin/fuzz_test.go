package signin_test

import (
	"context"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
	"github.com/gatehouse-id/gatehouse/internal/flow/signin"
)

// Whatever a stranger sends, the answer is a refusal that he may read: no
// tokens, no panic, and never an error that is ours.
func wantRefusal(t *testing.T, out *signin.Outcome, err error) {
	t.Helper()
	if got := told(out, err); !strings.Contains(got, "Exception: ") {
		t.Errorf("got %q, want a refusal", got)
	}
}

func fuzzWorld(f *testing.F) *world {
	w := newWorld(f, storetest.SQLite(f), nil)
	w.add("ann", good, nil)
	w.add("guest", invitation, func(u *model.User) { u.Status = model.ForceChangePassword })
	return w
}

func FuzzSession(f *testing.F) {
	w := fuzzWorld(f)
	out, err := w.login(web, "guest", invitation)
	w.expect(out, err, "NEW_PASSWORD_REQUIRED")
	f.Add("NEW_PASSWORD_REQUIRED", out.Session, "guest", "NEW_PASSWORD", "short")
	f.Add("NEW_PASSWORD_REQUIRED", flip(out.Session), "guest", "NEW_PASSWORD", chosen)
	f.Add("PASSWORD_VERIFIER", "", "ann", "TIMESTAMP", "Tue Nov 3 04:05:06 UTC 2026")
	f.Add("SMS_MFA", "x", "", "SMS_MFA_CODE", "123456")
	f.Fuzz(func(t *testing.T, challenge, session, username, name, value string) {
		if session == out.Session && name == "NEW_PASSWORD" && len(value) >= 8 {
			t.Skip() // the honest answer
		}
		out, err := w.Answer(context.Background(), signin.Answer{
			ClientID: web, Challenge: challenge, Session: session,
			Responses: map[string]string{"USERNAME": username, name: value},
		})
		wantRefusal(t, out, err)
	})
}

func FuzzFactor(f *testing.F) {
	w := newWorld(f, storetest.SQLite(f), factors("ON"))
	w.add("ann", good, phone)
	w.add("bob", good, func(u *model.User) { phone(u); u.Attributes["email"] = "bob@example.com" })
	w.add("cid", good, func(u *model.User) { u.Attributes = nil })
	honest := map[string]string{
		"SMS_MFA": w.asked("ann", "SMS_MFA"), "SELECT_MFA_TYPE": w.asked("bob", "SELECT_MFA_TYPE"), "MFA_SETUP": w.asked("cid", "MFA_SETUP"),
	}
	f.Add("SMS_MFA", honest["SMS_MFA"], "ann", "SMS_MFA_CODE", "wrong")
	f.Add("SOFTWARE_TOKEN_MFA", honest["SMS_MFA"], "ann", "SOFTWARE_TOKEN_MFA_CODE", "123456")
	f.Add("SELECT_MFA_TYPE", honest["SELECT_MFA_TYPE"], "eve", "answer", "SMS_MFA")
	f.Add("SELECT_MFA_TYPE", flip(honest["SELECT_MFA_TYPE"]), "bob", "ANSWER", "SMS_MFA")
	f.Add("MFA_SETUP", honest["MFA_SETUP"], "cid", "EMAIL", "\x00@\xff")
	f.Add("MFA_SETUP", honest["SMS_MFA"], "cid", "EMAIL", "cid@example.com")
	f.Add("EMAIL_OTP", honest["MFA_SETUP"], "", "EMAIL_OTP_CODE", "")
	f.Fuzz(func(t *testing.T, challenge, session, username, name, value string) {
		if session == honest[challenge] && (name == "ANSWER" || strings.EqualFold(name, "email") || name == "SMS_MFA_CODE" && len(value) == 6) {
			t.Skip() // may be an honest answer
		}
		out, err := w.Answer(context.Background(), signin.Answer{
			ClientID: web, Challenge: challenge, Session: session,
			Responses: map[string]string{"USERNAME": username, name: value},
		})
		wantRefusal(t, out, err)
		_, err = w.VerifyToken(context.Background(), session, value, name, model.Origin{})
		wantRefusal(t, nil, err)
		if session != honest["MFA_SETUP"] {
			_, _, err := w.Associate(context.Background(), session, model.Origin{})
			wantRefusal(t, nil, err)
		}
	})
}

func FuzzSecretBlock(f *testing.F) {
	w := fuzzWorld(f)
	right := w.proof(web, "ann", good).Responses
	add := func(r map[string]string) {
		f.Add(r["USERNAME"], r["PASSWORD_CLAIM_SECRET_BLOCK"], r["PASSWORD_CLAIM_SIGNATURE"], r["TIMESTAMP"])
	}
	add(w.proof(web, "ann", "guess").Responses)
	add(w.proof(web, "nobody", "guess").Responses)
	tampered := w.proof(web, "ann", good)
	tamper("PASSWORD_CLAIM_SECRET_BLOCK")(&tampered)
	add(tampered.Responses)
	f.Fuzz(func(t *testing.T, username, block, signature, timestamp string) {
		raw, err := base64.StdEncoding.DecodeString(signature)
		if err == nil && base64.StdEncoding.EncodeToString(raw) == right["PASSWORD_CLAIM_SIGNATURE"] {
			t.Skip() // the honest answer
		}
		out, err := w.Answer(context.Background(), signin.Answer{
			ClientID: web, Challenge: "PASSWORD_VERIFIER", Responses: map[string]string{
				"USERNAME": username, "PASSWORD_CLAIM_SECRET_BLOCK": block,
				"PASSWORD_CLAIM_SIGNATURE": signature, "TIMESTAMP": timestamp,
			},
		})
		wantRefusal(t, out, err)
	})
}

func FuzzStart(f *testing.F) {
	w := fuzzWorld(f)
	f.Add("USER_PASSWORD_AUTH", web, "ann", "PASSWORD", "guess")
	f.Add("USER_PASSWORD_AUTH", closet, "ann\x00", "SECRET_HASH", "AAAA")
	f.Add("USER_SRP_AUTH", web, "ann\xff", "SRP_A", "00")
	f.Add("ADMIN_NO_SRP_AUTH", web, "ann", "PASSWORD", good)
	f.Add("USER_AUTH", web, "ann", "PREFERRED_CHALLENGE", "PASSWORD")
	f.Fuzz(func(t *testing.T, flow, client, username, name, value string) {
		if value == good || value == invitation || name == "SRP_A" {
			t.Skip() // may be answered with tokens or a challenge
		}
		out, err := w.Start(context.Background(), signin.Attempt{
			ClientID: client, Flow: flow, Parameters: map[string]string{"USERNAME": username, name: value},
		})
		wantRefusal(t, out, err)
	})
}

func FuzzRefresh(f *testing.F) {
	w := fuzzWorld(f)
	genuine := w.tokens(web, "ann", good)
	f.Add(genuine.Refresh)
	f.Add(genuine.Refresh + ".")
	f.Add(flip(genuine.Refresh))
	f.Add(genuine.Access)
	f.Add("....")
	f.Fuzz(func(t *testing.T, text string) {
		if text == genuine.Refresh {
			t.Skip()
		}
		out, err := w.refresh(web, text)
		wantRefusal(t, out, err)
		out, err = w.renew(web, text)
		wantRefusal(t, out, err)
		if got := told(nil, w.Revoke(context.Background(), web, "", text)); got != "nothing" && !strings.HasPrefix(got, "UnsupportedTokenTypeException: ") {
			t.Errorf("revoke: got %q", got)
		}
		if out, err := w.refresh(web, genuine.Refresh); err != nil {
			t.Errorf("another text ended the genuine token: %v, %v", out, err)
		}
	})
}

func FuzzBearer(f *testing.F) {
	w := fuzzWorld(f)
	genuine := w.tokens(web, "ann", good)
	f.Add(genuine.Access)
	f.Add(genuine.Access + "A")
	f.Add(genuine.Access + "\n")
	f.Add(flip(genuine.Access))
	f.Add(genuine.ID)
	f.Add("..")
	f.Fuzz(func(t *testing.T, text string) {
		if text == genuine.Access {
			t.Skip()
		}
		_, err := w.Bearer(context.Background(), text)
		wantRefusal(t, nil, err)
	})
}
