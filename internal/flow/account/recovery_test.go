package account_test

import (
	"slices"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/account"
)

func TestForgotPassword(t *testing.T) {
	ctx := t.Context()
	t.Run("sends a code, and the code sets a password", func(t *testing.T) {
		s := newStage(t)
		ann := s.signUp("ann", "ann@example.com")
		s.update(func(tx *store.Tx) error {
			return tx.SaveLockout(model.Lockout{PoolID: s.pool.ID, Subject: ann.Sub, Failures: 9, LastAt: s.now})
		})
		d, err := s.accounts.ForgotPassword(ctx, web("ann@example.com"))
		s.must(err)
		if d.Destination != "a***@e***" || d.Medium != "EMAIL" || d.Attribute != "email" {
			t.Errorf("got %v", d)
		}
		in := account.Recovery{Caller: web("ann"), Code: s.code("ann@example.com"), Password: better}
		s.must(s.accounts.ConfirmForgotPassword(ctx, in))
		if !s.has("ann", better) || s.has("ann", good) {
			t.Error("the password was not replaced")
		}
		s.view(func(tx *store.Tx) error {
			l, err := tx.Lockout(s.pool.ID, ann.Sub)
			if l.Failures != 0 {
				t.Error("the lockout was not cleared")
			}
			return err
		})
		s.refused(s.accounts.ConfirmForgotPassword(ctx, in), fault.ExpiredCode, "Invalid code provided, please request a code again.")
	})
	t.Run("keeps the code when the new password is refused", func(t *testing.T) {
		s := newStage(t)
		ann := s.signUp("ann", "ann@example.com")
		_, err := s.accounts.ForgotPassword(ctx, web("ann"))
		s.must(err)
		in := account.Recovery{Caller: web("ann"), Code: s.code("ann@example.com")}
		in.Password = "weak"
		s.refused(s.accounts.ConfirmForgotPassword(ctx, in), fault.InvalidPassword, "Password did not conform with policy: Password not long enough")
		in.Password = good
		s.refused(s.accounts.ConfirmForgotPassword(ctx, in), fault.PasswordHistoryViolation, "Password has previously been used.")
		in.Password = leaked
		s.refused(s.accounts.ConfirmForgotPassword(ctx, in), fault.InvalidPassword, "Provided password cannot be used for security reasons.")
		if !s.has("ann", good) {
			t.Error("a refused password was stored")
		}
		found := func(e model.Event) bool {
			return e.Type == model.EventForgotPassword && e.Response == model.EventFail && e.Detail.Compromised
		}
		if list := s.events(ann.Sub); !slices.ContainsFunc(list, found) { // refusals of one moment stand in any order
			t.Errorf("got events %+v", list)
		}
		in.Password = better
		s.must(s.accounts.ConfirmForgotPassword(ctx, in))
	})
	t.Run("tells nothing of the user's passwords without the code", func(t *testing.T) {
		s := newStage(t)
		s.signUp("ann", "ann@example.com")
		_, err := s.accounts.ForgotPassword(ctx, web("ann"))
		s.must(err)
		for _, plain := range []string{good, better, leaked} {
			err := s.accounts.ConfirmForgotPassword(ctx, account.Recovery{Caller: web("ann"), Code: s.wrong("ann@example.com"), Password: plain})
			s.refused(err, fault.CodeMismatch, "Invalid verification code provided, please try again.")
		}
	})
	t.Run("confirms who was reset by an administrator", func(t *testing.T) {
		s := newStage(t)
		s.signUp("ann", "ann@example.com")
		s.must(s.accounts.AdminResetPassword(ctx, s.target("ann")))
		if got := s.user("ann").Status; got != model.ResetRequired {
			t.Errorf("got %s", got)
		}
		s.must(s.accounts.ConfirmForgotPassword(ctx, account.Recovery{Caller: web("ann"), Code: s.code("ann@example.com"), Password: better}))
		if got := s.user("ann").Status; got != model.Confirmed {
			t.Errorf("got %s", got)
		}
	})
	t.Run("is refused, with the reason where clients may know", func(t *testing.T) {
		s := newStage(t)
		s.signUp("off", "off@example.com")
		s.must(s.accounts.AdminDisable(ctx, s.target("off")))
		_, err := s.accounts.SignUp(ctx, account.Registration{Caller: web("new"), Password: good, Attributes: map[string]string{"email": "new@example.com"}})
		s.must(err)
		_, err = s.accounts.AdminCreate(ctx, account.Invitation{PoolID: s.pool.ID, Username: "invited", Suppress: true, Attributes: map[string]string{"email": "i@example.com", "email_verified": "true"}})
		s.must(err)
		mails := s.deliver()
		for name, want := range map[string]struct {
			code    fault.Code
			message string
		}{
			"nobody":  {fault.UserNotFound, "Username/client id combination not found."},
			"off":     {fault.NotAuthorized, "User is disabled."},
			"new":     {fault.InvalidParameter, "Cannot reset password for the user as there is no registered/verified email or phone_number"},
			"invited": {fault.NotAuthorized, "User password cannot be reset in the current state."},
		} {
			_, err := s.accounts.ForgotPassword(ctx, web(name))
			s.refused(err, want.code, want.message)
		}
		if s.deliver() != mails {
			t.Error("a message was sent")
		}
	})
}

// A client that hides users gets the same answers for every name, whatever is behind it.
func TestHiddenUsers(t *testing.T) {
	ctx := t.Context()
	s := newStage(t)
	s.signUp("ann", "ann@example.com")
	s.signUp("off", "off@example.com")
	s.must(s.accounts.AdminDisable(ctx, s.target("off")))
	_, err := s.accounts.SignUp(ctx, account.Registration{Caller: web("new"), Password: good})
	s.must(err)
	_, err = s.accounts.AdminCreate(ctx, account.Invitation{PoolID: s.pool.ID, Username: "invited", Suppress: true})
	s.must(err)
	mails := s.deliver()
	for _, name := range []string{"ann", "off", "new", "invited", "nobody"} {
		t.Run(name, func(t *testing.T) {
			s.t = t
			confirm := func() error {
				return s.accounts.ConfirmForgotPassword(ctx, account.Recovery{Caller: shy(name), Code: "no code", Password: better})
			}
			s.refused(confirm(), fault.ExpiredCode, "Invalid code provided, please request a code again.")
			s.pass(time.Hour) // its limit
			first, err := s.accounts.ForgotPassword(ctx, shy(name))
			s.must(err)
			again, err := s.accounts.ForgotPassword(ctx, shy(name))
			s.must(err)
			if first != again || first.Attribute != "email" || len(first.Destination) != len("a***@e***") {
				t.Errorf("got %v, then %v", first, again)
			}
			for range 5 {
				s.refused(confirm(), fault.CodeMismatch, "Invalid verification code provided, please try again.")
			}
			s.refused(confirm(), fault.LimitExceeded, "Attempt limit exceeded, please try after some time.")
			if _, err := s.accounts.ResendCode(ctx, shy(name)); err != nil {
				t.Errorf("resend: got %v", err)
			}
			s.flush()
		})
	}
	s.t = t
	if got := s.deliver(); got != mails+2 { // ann's two
		t.Errorf("got %d messages, want %d", got, mails+2)
	}
}

func TestWhereARecoveryGoes(t *testing.T) {
	both := map[string]string{
		"email": "ann@example.com", "email_verified": "true", "phone_number": "+12065550123", "phone_number_verified": "true",
	}
	mechanisms := func(names ...string) func(*shape.UserPoolType) {
		return func(p *shape.UserPoolType) {
			p.AccountRecoverySetting = &shape.AccountRecoverySettingType{}
			for i, name := range names { // listed in the wrong order: the priority counts
				p.AccountRecoverySetting.RecoveryMechanisms = append([]shape.RecoveryOptionType{{Name: &name, Priority: new(int32(i + 1))}},
					p.AccountRecoverySetting.RecoveryMechanisms...)
			}
		}
	}
	for _, c := range []struct {
		name       string
		pool       func(*shape.UserPoolType)
		attributes map[string]string
		mfa        []model.Factor
		want       string // the attribute, or a refusal
	}{
		{"by phone, where the pool says nothing", func(*shape.UserPoolType) {}, both, nil, "phone_number"},
		{"by mail, where there is no phone", func(*shape.UserPoolType) {}, map[string]string{"email": "ann@example.com", "email_verified": "true"}, nil, "email"},
		{"by the first of two", mechanisms("verified_email", "verified_phone_number"), both, nil, "email"},
		{"by the second, where the first is not proven", mechanisms("verified_email", "verified_phone_number"),
			map[string]string{"email": "ann@example.com", "phone_number": "+12065550123", "phone_number_verified": "true"}, nil, "phone_number"},
		{"never by the second factor", mechanisms("verified_phone_number", "verified_email"), both, []model.Factor{model.FactorSMS}, "email"},
		{"nowhere, where only administrators recover", mechanisms("admin_only"), both, nil, "Contact administrator to reset password."},
		{"nowhere, where nothing is proven", func(*shape.UserPoolType) {}, map[string]string{"email": "ann@example.com"}, nil,
			"Cannot reset password for the user as there is no registered/verified email or phone_number"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(t, c.pool)
			_, err := s.accounts.AdminCreate(t.Context(), account.Invitation{PoolID: s.pool.ID, Username: "ann", Suppress: true, Attributes: c.attributes})
			s.must(err)
			s.must(s.accounts.AdminSetPassword(t.Context(), s.target("ann"), good, true))
			s.update(func(tx *store.Tx) error {
				u := s.user("ann").Clone()
				u.MFA.Enabled = c.mfa
				return tx.SaveUser(s.pool, u)
			})
			d, err := s.accounts.ForgotPassword(t.Context(), web("ann"))
			if f, ok := fault.As(err); ok {
				if f.Message != c.want {
					t.Errorf("got %v, want %s", err, c.want)
				}
				return
			}
			s.must(err)
			if d.Attribute != c.want {
				t.Errorf("got %s, want %s", d.Attribute, c.want)
			}
		})
	}
}

func TestARecoveryEndsWithTheAddress(t *testing.T) {
	ctx := t.Context()
	for name, change := range map[string]func(s *stage) error{
		"by an administrator": func(s *stage) error {
			return s.accounts.AdminUpdateAttributes(ctx, s.target("ann"), map[string]string{"email": "new@example.com", "email_verified": "true"})
		},
		"by the user": func(s *stage) error {
			_, err := s.accounts.UpdateAttributes(ctx, s.self("ann", "web"), map[string]string{"email": "new@example.com"})
			return err
		},
	} {
		t.Run("changed "+name, func(t *testing.T) {
			s := newStage(t)
			s.signUp("ann", "ann@example.com")
			_, err := s.accounts.ForgotPassword(ctx, web("ann"))
			s.must(err)
			old := s.code("ann@example.com")
			s.must(change(s))
			err = s.accounts.ConfirmForgotPassword(ctx, account.Recovery{Caller: web("ann"), Code: old, Password: better})
			s.refused(err, fault.ExpiredCode, "Invalid code provided, please request a code again.")
		})
	}
	t.Run("and with the hour", func(t *testing.T) {
		s := newStage(t)
		s.signUp("ann", "ann@example.com")
		_, err := s.accounts.ForgotPassword(ctx, web("ann"))
		s.must(err)
		old := s.code("ann@example.com")
		s.pass(time.Hour)
		err = s.accounts.ConfirmForgotPassword(ctx, account.Recovery{Caller: web("ann"), Code: old, Password: better})
		s.refused(err, fault.ExpiredCode, "Invalid code provided, please request a code again.")
	})
}

// A known and an unknown name should cost about the same where users are hidden.
func BenchmarkForgotPassword(b *testing.B) {
	s := newStage(b)
	s.signUp("ann", "ann@example.com")
	for _, name := range []string{"ann", "nobody"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				s.pass(time.Hour)
				if _, err := s.accounts.ForgotPassword(b.Context(), shy(name)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
