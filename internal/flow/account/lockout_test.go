package account_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/account"
)

func TestLockouts(t *testing.T) {
	s := newStage(t)
	s.signUp("ann", "ann@example.com")
	s.signUp("bob", "bob@example.com")
	ann, bob := account.Target{PoolID: s.pool.ID, Username: "ann"}, account.Target{PoolID: s.pool.ID, Username: "bob"}
	held := func(who account.Target) (of []string) {
		t.Helper()
		u, list, err := s.accounts.Lockouts(t.Context(), who)
		s.must(err)
		for _, l := range list {
			of = append(of, strings.TrimPrefix(l.Subject, u.Sub))
		}
		return of
	}
	fail := func() {
		t.Helper()
		for _, who := range []account.Target{ann, bob} {
			u, _, err := s.accounts.Lockouts(t.Context(), who)
			s.must(err)
			s.must(s.store.Update(t.Context(), func(tx *store.Tx) error {
				var errs []error
				for _, subject := range []string{u.Sub, model.FactorSubject(u.Sub), model.PlaceSubject(u.Sub, "device/1")} {
					errs = append(errs, tx.SaveLockout(model.Lockout{
						PoolID: s.pool.ID, Subject: subject, Failures: 9, LastAt: s.clock(), ForgetAt: s.clock().Add(time.Hour),
					}))
				}
				return errors.Join(errs...)
			}))
		}
	}
	all := []string{"", "/at/device/1", "/mfa"}
	expect := func(when string, who account.Target, want []string) {
		t.Helper()
		if got := held(who); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", when, got, want)
		}
	}

	for what, unlock := range map[string]struct {
		do   func() error
		left []string
	}{
		"unlocked":      {func() error { return s.accounts.Unlock(t.Context(), ann) }, nil},
		"set by admin":  {func() error { return s.accounts.AdminSetPassword(t.Context(), ann, better, true) }, []string{"/mfa"}},
		"reset by code": {func() error { return s.recover("ann", best) }, []string{"/mfa"}},
	} {
		fail()
		expect(what+", before", ann, all)
		s.must(unlock.do())
		expect(what, ann, unlock.left)
		expect(what+", somebody else", bob, all)
	}
	fail()
	s.must(s.accounts.AdminResetPassword(t.Context(), ann))
	expect("reset by an administrator", ann, []string{"/mfa"})
	fail()
	s.pass(time.Hour)
	expect("an hour later", ann, nil)

	nobody := account.Target{PoolID: s.pool.ID, Username: "nobody"}
	if err := s.accounts.Unlock(t.Context(), nobody); !fault.Has(err, fault.UserNotFound) {
		t.Errorf("got %v", err)
	}
	if err := s.accounts.UnlockNetwork(t.Context(), "eu_nowhere", "203.0.113.9"); !fault.Has(err, fault.ResourceNotFound) {
		t.Errorf("got %v", err)
	}
}

// recover sets a new password by the code of a mail.
func (s *stage) recover(name, plain string) error {
	s.t.Helper()
	_, err := s.accounts.ForgotPassword(s.t.Context(), web(name))
	s.must(err)
	return s.accounts.ConfirmForgotPassword(s.t.Context(), account.Recovery{Caller: web(name), Code: s.code(name + "@example.com"), Password: plain})
}
