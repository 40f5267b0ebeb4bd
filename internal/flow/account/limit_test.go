package account_test

import (
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/flow/account"
)

// attempt runs n requests at once and counts how they ended; "" is success.
func (s *stage) attempt(n int, request func() error) map[fault.Code]int {
	s.t.Helper()
	var mu sync.Mutex
	count := map[fault.Code]int{}
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			err := request()
			f, ok := fault.As(err)
			if err != nil && !ok {
				s.t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if ok {
				count[f.Code]++
			} else {
				count[""]++
			}
		})
	}
	wg.Wait()
	return count
}

// Each limit holds against 200 requests at once, and ends with its hour.
func TestLimitsHoldAgainstAStorm(t *testing.T) {
	ctx := t.Context()
	for name, c := range map[string]struct {
		request func(s *stage, self account.Self) error
		allowed int
	}{
		"ForgotPassword": {func(s *stage, _ account.Self) error {
			_, err := s.accounts.ForgotPassword(ctx, web("ann"))
			return err
		}, 5},
		"ForgotPassword of nobody": {func(s *stage, _ account.Self) error {
			_, err := s.accounts.ForgotPassword(ctx, shy("nobody"))
			return err
		}, 5},
		"ConfirmForgotPassword": {func(s *stage, _ account.Self) error {
			return s.accounts.ConfirmForgotPassword(ctx, account.Recovery{Caller: web("ann"), Code: "x", Password: better})
		}, 5},
		"ConfirmForgotPassword of nobody": {func(s *stage, _ account.Self) error {
			return s.accounts.ConfirmForgotPassword(ctx, account.Recovery{Caller: shy("nobody"), Code: "x", Password: better})
		}, 5},
		"ResendConfirmationCode of nobody": {func(s *stage, _ account.Self) error {
			_, err := s.accounts.ResendCode(ctx, shy("nobody"))
			return err
		}, 5},
		"ConfirmSignUp of nobody": {func(s *stage, _ account.Self) error {
			return s.confirm(account.Confirmation{Caller: shy("nobody"), Code: "x"})
		}, 15},
		"ChangePassword": {func(s *stage, self account.Self) error {
			return s.accounts.ChangePassword(ctx, self, "wrong", better)
		}, 5},
		"GetUserAttributeVerificationCode": {func(s *stage, self account.Self) error {
			_, err := s.accounts.SendVerification(ctx, self, "email")
			return err
		}, 5},
		"VerifyUserAttribute": {func(s *stage, self account.Self) error {
			return s.accounts.VerifyAttribute(ctx, self, "email", "x")
		}, 15},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			s.signUp("ann", "ann@example.com")
			self := s.self("ann", "web")
			count := s.attempt(200, func() error { return c.request(s, self) })
			if count[fault.LimitExceeded] != 200-c.allowed {
				t.Errorf("got %v, want %d refused by the limit", count, 200-c.allowed)
			}
			s.pass(time.Hour - time.Second)
			if err := c.request(s, self); !fault.Has(err, fault.LimitExceeded) {
				t.Errorf("within the hour: got %v", err)
			}
			s.pass(time.Second)
			if err := c.request(s, self); fault.Has(err, fault.LimitExceeded) {
				t.Errorf("after the hour: got %v", err)
			}
		})
	}
}

func TestOneCodeSetsOnePassword(t *testing.T) {
	s := newStage(t)
	s.signUp("ann", "ann@example.com")
	_, err := s.accounts.ForgotPassword(t.Context(), web("ann"))
	s.must(err)
	right := s.code("ann@example.com")
	count := s.attempt(8, func() error {
		return s.accounts.ConfirmForgotPassword(t.Context(), account.Recovery{Caller: web("ann"), Code: right, Password: better})
	})
	if count[""] != 1 {
		t.Errorf("got %v, want one success", count)
	}
}
