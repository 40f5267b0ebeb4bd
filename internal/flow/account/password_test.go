package account_test

import (
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/account"
)

func TestChangePassword(t *testing.T) {
	ctx := t.Context()
	t.Run("replaces the password of who knows it", func(t *testing.T) {
		s := newStage(t)
		ann := s.signUp("ann", "ann@example.com")
		s.pass(time.Second)
		s.must(s.accounts.ChangePassword(ctx, s.self("ann", "web"), good, better))
		if !s.has("ann", better) || s.has("ann", good) {
			t.Error("the password was not replaced")
		}
		if e := s.events(ann.Sub)[0]; e.Type != model.EventPasswordChange || e.Response != model.EventPass {
			t.Errorf("got event %+v", e)
		}
	})
	t.Run("refuses, and leaves the password as it is,", func(t *testing.T) {
		s := newStage(t)
		s.signUp("ann", "ann@example.com")
		for name, c := range map[string]struct {
			previous, proposed string
			code               fault.Code
			message            string
		}{
			"a wrong previous password":         {"Wrong-horse-7", better, fault.NotAuthorized, "Incorrect username or password."},
			"no previous password":              {"", better, fault.NotAuthorized, "Incorrect username or password."},
			"a weak one":                        {good, "weak", fault.InvalidPassword, "Password did not conform with policy: Password not long enough"},
			"a leaked one":                      {good, leaked, fault.InvalidPassword, "Provided password cannot be used for security reasons."},
			"the same one":                      {good, good, fault.PasswordHistoryViolation, "Password has previously been used."},
			"a leaked one, wrongly authorised,": {"Wrong-horse-7", leaked, fault.NotAuthorized, "Incorrect username or password."},
		} {
			t.Run(name, func(t *testing.T) {
				s.t = t
				s.pass(time.Hour)
				s.refused(s.accounts.ChangePassword(ctx, s.self("ann", "web"), c.previous, c.proposed), c.code, c.message)
				if !s.has("ann", good) {
					t.Error("the password is another")
				}
			})
		}
	})
	t.Run("remembers as many as the pool wants", func(t *testing.T) {
		s := newStage(t) // two: the present one and the one before
		s.signUp("ann", "ann@example.com")
		change := func(from, to string) error { return s.accounts.ChangePassword(ctx, s.self("ann", "web"), from, to) }
		s.must(change(good, better))
		s.refused(change(better, good), fault.PasswordHistoryViolation, "Password has previously been used.")
		s.must(change(better, best))
		s.must(change(best, good))
	})
	t.Run("is no oracle: five attempts an hour, right or wrong", func(t *testing.T) {
		s := newStage(t)
		s.signUp("ann", "ann@example.com")
		self := s.self("ann", "web")
		for range 5 {
			s.refused(s.accounts.ChangePassword(ctx, self, "Wrong-horse-7", better), fault.NotAuthorized, "Incorrect username or password.")
		}
		s.refused(s.accounts.ChangePassword(ctx, self, good, better), fault.LimitExceeded, "Attempt limit exceeded, please try after some time.")
	})
	t.Run("is no way around a required reset", func(t *testing.T) {
		s := newStage(t)
		s.signUp("ann", "ann@example.com")
		self := s.self("ann", "web")
		s.must(s.accounts.AdminResetPassword(ctx, s.target("ann")))
		s.refused(s.accounts.ChangePassword(ctx, self, good, better), fault.PasswordResetRequired, "Password reset required for the user")
	})
	t.Run("is not for a user who was disabled or deleted since", func(t *testing.T) {
		s := newStage(t)
		s.signUp("ann", "ann@example.com")
		self := s.self("ann", "web")
		s.must(s.accounts.AdminDisable(ctx, s.target("ann")))
		s.refused(s.accounts.ChangePassword(ctx, self, good, better), fault.NotAuthorized, "User is disabled.")
		s.must(s.accounts.AdminDelete(ctx, s.target("ann")))
		s.refused(s.accounts.ChangePassword(ctx, self, good, better), fault.UserNotFound, "User does not exist.")
	})
	t.Run("wins once when it races with itself", func(t *testing.T) {
		s := newStage(t)
		s.signUp("ann", "ann@example.com")
		self := s.self("ann", "web")
		if count := s.attempt(5, func() error { return s.accounts.ChangePassword(ctx, self, good, better) }); count[""] != 1 {
			t.Errorf("got %v, want one success", count)
		}
	})
}

func TestAdminSetPassword(t *testing.T) {
	ctx := t.Context()
	t.Run("permanent confirms, temporary must be changed", func(t *testing.T) {
		s := newStage(t)
		ann := s.signUp("ann", "ann@example.com")
		s.must(s.accounts.AdminSetPassword(ctx, s.target("ann"), better, false))
		u := s.user("ann")
		c, err := s.keeper.Open(u)
		s.must(err)
		if u.Status != model.ForceChangePassword || time.UnixMicro(c.ExpiresAt).Sub(s.now) != 7*24*time.Hour {
			t.Errorf("got %s, temporary until %d", u.Status, c.ExpiresAt)
		}
		s.update(func(tx *store.Tx) error {
			return tx.SaveLockout(model.Lockout{PoolID: s.pool.ID, Subject: ann.Sub, Failures: 9, LastAt: s.now})
		})
		s.must(s.accounts.AdminSetPassword(ctx, s.target("ann"), best, true))
		if u := s.user("ann"); u.Status != model.Confirmed || !s.has("ann", best) {
			t.Errorf("got %s", u.Status)
		}
		s.view(func(tx *store.Tx) error {
			l, err := tx.Lockout(s.pool.ID, ann.Sub)
			if l.Failures != 0 {
				t.Error("the lockout was not cleared")
			}
			return err
		})
	})
	t.Run("is held against the policy, and not against the leaked passwords", func(t *testing.T) {
		s := newStage(t)
		s.signUp("ann", "ann@example.com")
		err := s.accounts.AdminSetPassword(ctx, s.target("ann"), "weak", true)
		s.refused(err, fault.InvalidPassword, "Password did not conform with policy: Password not long enough")
		s.must(s.accounts.AdminSetPassword(ctx, s.target("ann"), leaked, true))
	})
	t.Run("ends a recovery that was under way", func(t *testing.T) {
		s := newStage(t)
		s.signUp("ann", "ann@example.com")
		_, err := s.accounts.ForgotPassword(ctx, web("ann"))
		s.must(err)
		old := s.code("ann@example.com")
		s.must(s.accounts.AdminSetPassword(ctx, s.target("ann"), better, true))
		err = s.accounts.ConfirmForgotPassword(ctx, account.Recovery{Caller: web("ann"), Code: old, Password: best})
		s.refused(err, fault.ExpiredCode, "Invalid code provided, please request a code again.")
	})
	t.Run("is not for nobody", func(t *testing.T) {
		s := newStage(t)
		s.refused(s.accounts.AdminSetPassword(ctx, s.target("nobody"), good, true), fault.UserNotFound, "User does not exist.")
		s.refused(s.accounts.AdminSetPassword(ctx, account.Target{PoolID: "us-east-1_None", Username: "ann"}, good, true),
			fault.ResourceNotFound, "User pool us-east-1_None does not exist.")
	})
}
