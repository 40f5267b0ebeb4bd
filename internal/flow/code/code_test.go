package code_test

import (
	"bytes"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/code"
)

var digits = regexp.MustCompile(`\b[0-9]{6}\b`)

// sentCode delivers what waits and reads the code in the newest message.
func (s *stage) sentCode() string {
	s.t.Helper()
	s.deliver()
	mails := s.Mails()
	if len(mails) == 0 {
		s.t.Fatal("no message was kept")
	}
	found := digits.FindString(mails[0].Text)
	if found == "" {
		s.t.Fatalf("no code in the message %q", mails[0].Text)
	}
	return found
}

// wrong is a code that is not the right one.
func wrong(right string) string {
	if right == "000000" {
		return "000001"
	}
	return "000000"
}

func TestACode(t *testing.T) {
	t.Run("is right until it is dropped, and vouches for the address it went to", func(t *testing.T) {
		s := newStage(t, code.Config{})
		s.issue(code.SignUp, annMail)
		right := s.sentCode()
		for range 2 {
			to, err := s.check(code.SignUp, right)
			if err != nil || to != annMail {
				t.Fatalf("got %v, %v; want %v", to, err, annMail)
			}
		}
		s.Update(func(tx *store.Tx) error { return tx.DropCode(s.pool.ID, s.user.Sub, string(code.SignUp)) })
		if _, err := s.check(code.SignUp, right); !fault.Has(err, fault.ExpiredCode) {
			t.Errorf("after the drop: got %v, want ExpiredCode", err)
		}
	})
	t.Run("that was never sent is expired", func(t *testing.T) {
		s := newStage(t, code.Config{})
		_, err := s.check(code.SignUp, "123456")
		if f, ok := fault.As(err); !ok || f.Code != fault.ExpiredCode || f.Message != "Invalid code provided, please request a code again." {
			t.Errorf("got %v", err)
		}
	})
	t.Run("that is wrong is a mismatch", func(t *testing.T) {
		s := newStage(t, code.Config{})
		s.issue(code.SignUp, annMail)
		_, err := s.check(code.SignUp, wrong(s.sentCode()))
		if f, ok := fault.As(err); !ok || f.Code != fault.CodeMismatch || f.Message != "Invalid verification code provided, please try again." {
			t.Errorf("got %v", err)
		}
	})
	t.Run("is good for one purpose and one user alone", func(t *testing.T) {
		s := newStage(t, code.Config{})
		s.issue(code.SignUp, annMail)
		right := s.sentCode()
		// The row of one purpose, copied over another's: the digest knows better.
		s.Update(func(tx *store.Tx) error {
			row, err := tx.Code(s.pool.ID, s.user.Sub, string(code.SignUp))
			if err != nil {
				return err
			}
			row.Purpose = string(code.ForgotPassword)
			return tx.SaveCode(row)
		})
		if _, err := s.check(code.ForgotPassword, right); !fault.Has(err, fault.CodeMismatch) {
			t.Errorf("got %v, want CodeMismatch", err)
		}
	})
	t.Run("gives way to the next one", func(t *testing.T) {
		s := newStage(t, code.Config{Rand: bytes.NewReader([]byte{0, 0, 0, 1, 0, 0, 0, 2})})
		s.issue(code.SignUp, annMail)
		s.issue(code.SignUp, annMail)
		if _, err := s.check(code.SignUp, "000001"); !fault.Has(err, fault.CodeMismatch) {
			t.Errorf("the first: got %v, want CodeMismatch", err)
		}
		if _, err := s.check(code.SignUp, "000002"); err != nil {
			t.Errorf("the second: got %v", err)
		}
	})
	for purpose, validity := range map[code.Purpose]time.Duration{
		code.SignUp: 24 * time.Hour, code.Verify("email"): 24 * time.Hour, code.ForgotPassword: time.Hour,
	} {
		t.Run("for "+string(purpose)+" ends after "+validity.String(), func(t *testing.T) {
			s := newStage(t, code.Config{})
			s.issue(purpose, annMail)
			right := s.sentCode()
			s.Pass(validity - time.Microsecond)
			if _, err := s.check(purpose, right); err != nil {
				t.Errorf("just in time: got %v", err)
			}
			s.Pass(time.Microsecond)
			if _, err := s.check(purpose, right); !fault.Has(err, fault.ExpiredCode) {
				t.Errorf("too late: got %v, want ExpiredCode", err)
			}
		})
	}
}

func TestGuessing(t *testing.T) {
	t.Run("kills the code after five wrong answers, however many come at once", func(t *testing.T) {
		s := newStage(t, code.Config{})
		s.issue(code.ForgotPassword, annMail)
		right := s.sentCode()
		var mu sync.Mutex
		count := map[fault.Code]int{}
		var wg sync.WaitGroup
		for range 200 {
			wg.Go(func() {
				var verdict error
				err := s.Store.Update(t.Context(), func(tx *store.Tx) error {
					_, verdict = s.codes.Check(tx, s.pool.ID, s.user.Sub, code.ForgotPassword, wrong(right))
					return nil
				})
				f, ok := fault.As(verdict)
				if err != nil || !ok {
					t.Errorf("got %v, %v", verdict, err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				count[f.Code]++
			})
		}
		wg.Wait()
		if count[fault.CodeMismatch] != code.MaxAttempts || count[fault.ExpiredCode] != 200-code.MaxAttempts {
			t.Errorf("got %v, want %d mismatches and the rest expired", count, code.MaxAttempts)
		}
		if _, err := s.check(code.ForgotPassword, right); !fault.Has(err, fault.ExpiredCode) {
			t.Errorf("the right code afterwards: got %v, want ExpiredCode", err)
		}
	})
	t.Run("is not helped by the database", func(t *testing.T) {
		s := newStage(t, code.Config{})
		s.issue(code.SignUp, annMail)
		var row *model.Code
		var notices []*model.Notice
		s.Update(func(tx *store.Tx) (err error) {
			if row, err = tx.Code(s.pool.ID, s.user.Sub, string(code.SignUp)); err != nil {
				return err
			}
			notices, err = tx.Lease(s.Clock(), s.Clock(), 10)
			return err
		})
		right := s.sentCode()
		if bytes.Contains(row.Digest, []byte(right)) || strings.Contains(row.Value, right) {
			t.Error("the code's row holds the code")
		}
		for _, n := range notices {
			if bytes.Contains(n.Payload, []byte(right)) || bytes.Contains(n.Payload, []byte(annMail.Value)) {
				t.Error("the outbox holds the code or the address in the clear")
			}
		}
	})
}

func TestDigitsAreUnbiased(t *testing.T) {
	// 4,294,000,000 is the first number beyond the last whole million: it is drawn again.
	s := newStage(t, code.Config{Rand: bytes.NewReader([]byte{0xff, 0xf1, 0x3d, 0x80, 0xff, 0xf1, 0x3d, 0x7f})})
	s.issue(code.SignUp, annMail)
	if got := s.sentCode(); got != "999999" {
		t.Errorf("got %s, want 999999", got)
	}
}

func TestPretending(t *testing.T) {
	s := newStage(t, code.Config{})
	pretend := func(name, attribute string) (d code.Delivery) {
		s.Update(func(tx *store.Tx) (err error) {
			d, err = s.codes.Pretend(tx, s.pool, name, code.ForgotPassword, attribute)
			return err
		})
		return d
	}
	t.Run("gives the same masked destination each time, and each name its own", func(t *testing.T) {
		first, again := pretend("nobody", "email"), pretend("nobody", "email")
		if first != again {
			t.Errorf("got %v, then %v", first, again)
		}
		if !regexp.MustCompile(`^[a-z]\*\*\*@[a-z]\*\*\*$`).MatchString(first.Destination) {
			t.Errorf("got %q, which no real user has", first.Destination)
		}
		seen := map[string]bool{}
		for _, name := range strings.Split("abcdefghij", "") {
			seen[pretend(name, "email").Destination] = true
		}
		if len(seen) < 5 {
			t.Errorf("ten names gave %d destinations", len(seen))
		}
	})
	t.Run("shows an address as it would be shown if it were known", func(t *testing.T) {
		if got := pretend("zoe@example.org", "email").Destination; got != "z***@e***" {
			t.Errorf("got %q", got)
		}
		if got := pretend("nobody", "phone_number").Destination; !regexp.MustCompile(`^\+\*{7}[0-9]{4}$`).MatchString(got) {
			t.Errorf("got %q", got)
		}
	})
	t.Run("sends nothing and leaves nothing in the outbox", func(t *testing.T) {
		if s.deliver() == 0 {
			t.Error("nothing waited: a known user costs a row more")
		}
		if mails := s.Mails(); len(mails) != 0 {
			t.Errorf("got %d messages", len(mails))
		}
		if due := s.Due(); !due.IsZero() {
			t.Error("the outbox is not empty")
		}
	})
	t.Run("makes a code that counts like any other and is never right", func(t *testing.T) {
		nobody := s.codes.Nobody(s.pool, "nobody")
		for i, want := range []fault.Code{fault.CodeMismatch, fault.CodeMismatch, fault.CodeMismatch, fault.CodeMismatch, fault.CodeMismatch, fault.ExpiredCode} {
			var verdict error
			s.Update(func(tx *store.Tx) error {
				_, verdict = s.codes.Check(tx, s.pool.ID, nobody, code.ForgotPassword, "000000")
				return nil
			})
			if !fault.Has(verdict, want) {
				t.Errorf("answer %d: got %v, want %s", i+1, verdict, want)
			}
		}
	})
}

func TestACodeOfASignIn(t *testing.T) {
	issue := func(s *stage, session string, to code.Address) string {
		s.Pass(time.Microsecond) // the store's resolution: what comes later is newer
		s.Update(func(tx *store.Tx) error {
			_, err := s.codes.IssueSignIn(tx, s.pool, s.user, session, to, s.Clock().Add(3*time.Minute))
			return err
		})
		return s.sentCode()
	}
	t.Run("is good in that sign-in alone, beside those of others", func(t *testing.T) {
		s := newStage(t, code.Config{})
		s.pool.MFA = new(shape.SetUserPoolMfaConfigResponse)
		first := issue(s, "one", annMail)
		second := issue(s, "two", annPhone)
		for session, c := range map[string]struct {
			right, other string
			to           code.Address
		}{"one": {first, second, annMail}, "two": {second, first, annPhone}} {
			if _, err := s.check(code.SignIn(session), c.other); c.other != c.right && !fault.Has(err, fault.CodeMismatch) {
				t.Errorf("the code of another sign-in: got %v", err)
			}
			if to, err := s.check(code.SignIn(session), c.right); err != nil || to != c.to {
				t.Errorf("sign-in %s: got %v, %v", session, to, err)
			}
		}
	})
	t.Run("ends with its session, and its message with it", func(t *testing.T) {
		s := newStage(t, code.Config{})
		s.pool.MFA = new(shape.SetUserPoolMfaConfigResponse)
		right := issue(s, "one", annMail)
		s.Pass(3 * time.Minute)
		if _, err := s.check(code.SignIn("one"), right); !fault.Has(err, fault.ExpiredCode) {
			t.Errorf("got %v", err)
		}
		s.Update(func(tx *store.Tx) error {
			_, err := s.codes.IssueSignIn(tx, s.pool, s.user, "two", annMail, s.Clock().Add(time.Minute))
			return err
		})
		s.Pass(time.Minute)
		s.deliver()
		if n := len(s.Mails()); n != 1 {
			t.Errorf("%d messages were kept, want the first alone", n)
		}
	})
	t.Run("comes in the words of the pool", func(t *testing.T) {
		s := newStage(t, code.Config{})
		s.pool.MFA = new(shape.SetUserPoolMfaConfigResponse)
		right := issue(s, "one", annMail)
		if m := s.Mails()[0]; m.Kind != "Authentication" || m.Subject != "Your authentication code" || m.Text != "Your authentication code is "+right+"." {
			t.Errorf("got %+v", m)
		}
		s.pool.MFA = &shape.SetUserPoolMfaConfigResponse{
			EmailMfaConfiguration: &shape.EmailMfaConfigType{Subject: new("Sign in"), Message: new("<b>{####}</b> for {username}")},
			SmsMfaConfiguration:   &shape.SmsMfaConfigType{SmsAuthenticationMessage: new("{####}, says the factor")},
		}
		right = issue(s, "two", annMail)
		if m := s.Mails()[0]; m.Subject != "Sign in" || m.HTML != "<b>"+right+"</b> for ann" || m.Text != right+" for ann" {
			t.Errorf("got %+v", m)
		}
		right = issue(s, "three", annPhone)
		if m := s.Mails()[0]; m.Text != right+", says the factor" || m.Channel != "sms" {
			t.Errorf("got %+v", m)
		}
		s.pool.Doc.SmsAuthenticationMessage = new("{####}, says the pool")
		right = issue(s, "four", annPhone)
		if m := s.Mails()[0]; m.Text != right+", says the pool" {
			t.Errorf("got %+v", m)
		}
	})
}
