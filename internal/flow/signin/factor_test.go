package signin_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/hotp"
	"pgregory.net/rapid"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
	"github.com/gatehouse-id/gatehouse/internal/flow/mfa"
	"github.com/gatehouse-id/gatehouse/internal/flow/signin"
	"github.com/gatehouse-id/gatehouse/internal/part/token"
)

const (
	wrongTOTP = "CodeMismatchException: Invalid code received for user"
	wrongCode = "CodeMismatchException: Invalid code or auth state for the user."
	usedTOTP  = "ExpiredCodeException: Your software token has already been used once."
)

// factors makes a pool offer second factors.
func factors(mode string) func(*model.Pool) {
	return func(p *model.Pool) {
		p.Doc.MfaConfiguration = &mode
		p.MFA = &shape.SetUserPoolMfaConfigResponse{
			SmsMfaConfiguration:           new(shape.SmsMfaConfigType),
			SoftwareTokenMfaConfiguration: &shape.SoftwareTokenMfaConfigType{Enabled: ptr(true)},
			EmailMfaConfiguration:         new(shape.EmailMfaConfigType),
		}
	}
}

// enrol gives a user an authenticator, and returns its secret.
func (w *world) enrol(u *model.User) string {
	w.t.Helper()
	secret, err := w.factors.Associate(context.Background(), w.pool, u.Sub)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.factors.Verify(context.Background(), w.pool, u.Sub, w.app(secret.Reveal(), 0), ""); err != nil {
		w.t.Fatal(err)
	}
	return secret.Reveal()
}

// app is the code that an authenticator shows so many steps from now.
func (w *world) app(secret string, steps int64) string {
	w.t.Helper()
	code, err := hotp.GenerateCode(secret, uint64(w.clock().Unix()/30+steps))
	if err != nil {
		w.t.Fatal(err)
	}
	return code
}

// asked signs in with the password and returns the session of the challenge that must follow.
func (w *world) asked(name, challenge string) string {
	w.t.Helper()
	out, err := w.login(web, name, good)
	w.expect(out, err, challenge)
	return out.Session
}

// second answers the challenge of a second factor.
func (w *world) second(challenge, session, name, code string) (*signin.Outcome, error) {
	key := map[string]string{"SMS_MFA": "SMS_MFA_CODE", "EMAIL_OTP": "EMAIL_OTP_CODE", "SOFTWARE_TOKEN_MFA": "SOFTWARE_TOKEN_MFA_CODE"}[challenge]
	return w.Answer(context.Background(), signin.Answer{
		ClientID: web, Challenge: challenge, Session: session, Responses: map[string]string{"USERNAME": name, key: code},
	})
}

// sent delivers what waits and reads the code in the newest message.
func (w *world) sent() string {
	w.t.Helper()
	if _, err := w.outbox.Deliver(context.Background()); err != nil {
		w.t.Fatal(err)
	}
	var text string
	w.view(func(tx *store.Tx) error {
		mails, err := tx.Mails("", 1)
		if len(mails) == 1 {
			text = mails[0].Text
		}
		return err
	})
	return regexp.MustCompile(`\b[0-9]{6}\b`).FindString(text)
}

// phone makes a user who can be reached by phone alone.
func phone(u *model.User) { u.Attributes = map[string]string{"phone_number": "+12065550123"} }

func TestWrongCodesAreCountedExactly(t *testing.T) {
	const attempts = 200
	databases := map[string]func(t *testing.T) []*world{
		"on SQLite": func(t *testing.T) []*world {
			return []*world{newWorld(t, storetest.SQLite(t), factors("OPTIONAL"))}
		},
		"from two processes on one PostgreSQL": func(t *testing.T) []*world {
			url := storetest.Postgres(t)
			w := newWorld(t, url, factors("OPTIONAL"))
			return []*world{w, w.again(storetest.OpenURL(t, url))}
		},
	}
	for where, open := range databases {
		t.Run("200 wrong codes of an authenticator get five answers "+where, func(t *testing.T) {
			nodes := open(t)
			w := nodes[0]
			w.enrol(w.add("ann", good, nil))
			sessions := []string{w.asked("ann", "SOFTWARE_TOKEN_MFA"), w.asked("ann", "SOFTWARE_TOKEN_MFA")}
			wantTally(t, storm(attempts, func(i int) (*signin.Outcome, error) {
				return nodes[i%len(nodes)].second("SOFTWARE_TOKEN_MFA", sessions[i%2], "ann", fmt.Sprint("guess ", i))
			}), map[string]int{wrongTOTP: 5, exceeded: attempts - 5})
		})
		t.Run("200 wrong codes of a message get five answers "+where, func(t *testing.T) {
			nodes := open(t)
			w := nodes[0]
			w.add("ann", good, func(u *model.User) { phone(u); u.MFA.Enable(model.FactorSMS) })
			session := w.asked("ann", "SMS_MFA")
			wantTally(t, storm(attempts, func(i int) (*signin.Outcome, error) {
				return nodes[i%len(nodes)].second("SMS_MFA", session, "ann", fmt.Sprint("guess ", i))
			}), map[string]int{wrongCode: 5, exceeded: attempts - 5})
		})
		t.Run("of many sign-ins with one right code, one succeeds "+where, func(t *testing.T) {
			nodes := open(t)
			w := nodes[0]
			secret := w.enrol(w.add("ann", good, nil))
			const many = 20
			var sessions []string
			for range many {
				sessions = append(sessions, w.asked("ann", "SOFTWARE_TOKEN_MFA"))
			}
			code := w.app(secret, 1)
			got := storm(many, func(i int) (*signin.Outcome, error) {
				return nodes[i%len(nodes)].second("SOFTWARE_TOKEN_MFA", sessions[i], "ann", code)
			})
			wantTally(t, got, map[string]int{"tokens": 1, usedTOTP: 5, exceeded: many - 6})
		})
		t.Run("of many answers to one session, one succeeds "+where, func(t *testing.T) {
			nodes := open(t)
			w := nodes[0]
			w.add("ann", good, func(u *model.User) { phone(u); u.MFA.Enable(model.FactorSMS) })
			session := w.asked("ann", "SMS_MFA")
			code := w.sent()
			const many = 20
			wantTally(t, storm(many, func(i int) (*signin.Outcome, error) {
				return nodes[i%len(nodes)].second("SMS_MFA", session, "ann", code)
			}), map[string]int{"tokens": 1, spent: many - 1})
		})
	}
}

// expected is what should become of answers to a second factor.
type expected struct {
	last     int64 // the step of the last code accepted
	failures int
	until    time.Time // locked
}

// answer tells what a code is to be called that an app shows so many steps from
// now. It compares codes, not steps: now and then two steps share one.
func (e *expected) answer(w *world, secret string, steps int64) string {
	now := w.clock()
	if now.Before(e.until) {
		return exceeded
	}
	told := wrongTOTP
	for near := int64(-1); near <= 1; near++ {
		switch same, step := w.app(secret, near) == w.app(secret, steps), now.Unix()/30+near; {
		case same && step > e.last:
			told, e.last = "tokens", step
		case same && told == wrongTOTP:
			told = usedTOTP
		}
	}
	if told == "tokens" {
		e.failures, e.until = 0, time.Time{}
		return told
	}
	if e.failures++; e.failures >= 5 {
		e.until = now.Add(time.Second << (e.failures - 5))
	}
	return told
}

// Whatever is answered when, a code signs in once, within a step of its own, and
// no older one after it; and as many wrong answers are told as the lockout allows.
func TestCodesOfAnAuthenticatorAgainstAModel(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t), factors("OPTIONAL"))
	users := 0
	rapid.Check(t, func(t *rapid.T) {
		users++
		name := fmt.Sprint("user", users)
		secret := w.enrol(w.add(name, good, nil))
		oracle := expected{last: w.clock().Unix() / 30}
		for range rapid.IntRange(1, 12).Draw(t, "answers") {
			w.pass(time.Duration(rapid.Int64Range(0, 45).Draw(t, "pause")) * time.Second)
			session := w.asked(name, "SOFTWARE_TOKEN_MFA")
			steps := rapid.Int64Range(-3, 3).Draw(t, "steps")
			before := oracle
			want := oracle.answer(w, secret, steps)
			if got := told(w.second("SOFTWARE_TOKEN_MFA", session, name, w.app(secret, steps))); got != want {
				t.Fatalf("a code %d steps away at %v, after %+v: got %s, want %s", steps, w.clock(), before, got, want)
			}
		}
	})
}

func TestTheEventOfASignInWithTwoFactors(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t), factors("OPTIONAL"))
	w.update(func(tx *store.Tx) error {
		p, err := tx.Pool(poolID)
		if err != nil {
			return err
		}
		next, doc := *p, *p.Doc
		doc.UserPoolAddOns = &shape.UserPoolAddOnsType{AdvancedSecurityMode: ptr("AUDIT")}
		next.Doc = &doc
		return tx.SavePool(&next)
	})
	u := w.add("ann", good, func(u *model.User) { phone(u); u.MFA.Enable(model.FactorSMS) })
	begin := signin.Attempt{
		ClientID: web, Flow: "USER_PASSWORD_AUTH", Parameters: map[string]string{"USERNAME": "ann", "PASSWORD": good},
		Origin: model.Origin{IP: "192.0.2.1", UserAgent: "first"},
	}
	out, err := w.Start(t.Context(), begin)
	w.expect(out, err, "SMS_MFA")
	began := w.clock()
	w.pass(time.Minute)
	out, err = w.Answer(t.Context(), signin.Answer{
		ClientID: web, Challenge: "SMS_MFA", Session: out.Session, Responses: map[string]string{"SMS_MFA_CODE": w.sent()},
		Origin: model.Origin{IP: "198.51.100.1", UserAgent: "second"},
	})
	w.expect(out, err, "tokens")
	var list []model.Event
	w.view(func(tx *store.Tx) (err error) {
		list, err = tx.Events(poolID, u.Sub, model.Event{}, 10)
		return err
	})
	if len(list) != 1 {
		t.Fatalf("there are %d events, want one", len(list))
	}
	e := list[0]
	if id := w.claims(out.Tokens.Access, token.Access)["event_id"]; e.ID != id || !e.CreatedAt.Equal(began) || e.Response != model.EventPass {
		t.Errorf("got %+v, and the token has the event %v", e, id)
	}
	if got := fmt.Sprint(e.Detail.IP, " ", e.Detail.UserAgent, " ", e.Detail.Challenges); got != "192.0.2.1 first [{Password Success} {Mfa Success}]" {
		t.Errorf("got %s", got)
	}
}

// A password record that has to be made anew must not end the session that it began.
func TestARecordIsRenewedUnderTheSession(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t), factors("ON"))
	u := w.add("ann", good, phone)
	for id := range map[string]bool{web: true, frank: true, closet: true, rotating: true, narrow: true} {
		w.changeClient(id, func(c *shape.UserPoolClientType) { c.ExplicitAuthFlows = []string{"ALLOW_USER_PASSWORD_AUTH"} })
	}
	session := w.asked("ann", "SMS_MFA")
	renewed := w.user(u.Sub)
	if c, err := w.keeper.Open(renewed); err != nil || c.Scheme != model.SchemeArgon2id {
		t.Fatalf("the record is %v (%v), want one without SRP", c.Scheme, err)
	}
	out, err := w.second("SMS_MFA", session, "ann", w.sent())
	w.expect(out, err, "tokens")
	if now := w.user(u.Sub); string(now.Credential) != string(renewed.Credential) {
		t.Error("it was made once more")
	}
}

// Between the decision and what follows from it, the user may have switched a factor on.
func TestAFactorThatIsSwitchedOnMeanwhileIsAskedFor(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t), func(p *model.Pool) {
		factors("OPTIONAL")(p)
		p.Doc.UserPoolAddOns = &shape.UserPoolAddOnsType{AdvancedSecurityMode: ptr("AUDIT")}
	})
	u := w.add("ann", good, phone)
	w.corpus.meanwhile = func() {
		w.passed(w.factors.SetPreference(context.Background(), w.pool, u.Sub, mfa.Preference{model.FactorSMS: {Enabled: true}}))
	}
	out, err := w.login(web, "ann", good)
	w.expect(out, err, "SMS_MFA")
}

func TestCodesToANetwork(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t), factors("ON"))
	w.add("ann", good, phone)
	from := func(ip string) string {
		return told(w.Start(t.Context(), signin.Attempt{
			ClientID: web, Flow: "USER_PASSWORD_AUTH", Parameters: map[string]string{"USERNAME": "ann", "PASSWORD": good}, Origin: model.Origin{IP: ip},
		}))
	}
	const enough = "LimitExceededException: Attempt limit exceeded, please try after some time."
	for i := range 10 {
		if got := from(fmt.Sprintf("2001:db8::%d", i)); got != "SMS_MFA" {
			t.Fatalf("code %d: got %s", i+1, got)
		}
	}
	for ip, want := range map[string]string{"2001:db8::ffff": enough, "2001:db8:0:1::1": "SMS_MFA", "192.0.2.1": "SMS_MFA", "": "SMS_MFA"} {
		if got := from(ip); got != want {
			t.Errorf("from %q: got %s, want %s", ip, got, want)
		}
	}
	t.Run("and to all together", func(t *testing.T) {
		w.t = t
		for i := range 50 - 13 {
			if got := from(fmt.Sprintf("198.51.100.%d", i)); got != "SMS_MFA" {
				t.Fatalf("code %d: got %s", i+14, got)
			}
		}
		if got := from("203.0.113.1"); got != enough {
			t.Errorf("code 51: got %s", got)
		}
		w.pass(time.Hour)
		if got := from("203.0.113.1"); got != "SMS_MFA" {
			t.Errorf("after an hour: got %s", got)
		}
	})
	t.Run("and an authenticator needs none", func(t *testing.T) {
		w.t = t
		w.enrol(w.add("bob", good, nil))
		for range 60 {
			w.asked("bob", "SOFTWARE_TOKEN_MFA")
		}
	})
}

func TestSessionsOfSecondFactorsTellNothing(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t), factors("ON"))
	w.add("ann", good, func(u *model.User) { u.Attributes = nil })
	secret, session, err := w.Associate(t.Context(), w.asked("ann", "MFA_SETUP"), model.Origin{})
	w.passed(err)
	if n := len(session); n < 20 || n > 2048 {
		t.Errorf("the session has %d characters, want 20 to 2048", n)
	}
	if strings.Contains(session, secret.Reveal()) || strings.Contains(session, web) {
		t.Errorf("the session tells what is in it: %s", session)
	}
}
