package account_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/account"
)

// life is what one user should be after some steps.
type life struct {
	status   model.Status // "" while there is none
	enabled  bool
	proven   bool
	password string
	invited  bool // by a password that an administrator has set
}

// TestTheLifeOfAUser takes random steps and compares the user with the table
// of spec 4.8 after each.
func TestTheLifeOfAUser(t *testing.T) {
	s := newStage(t)
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		name := "user" + time.Unix(int64(round), 0).UTC().Format("150405")
		email := name + "@example.com"
		ctx, want, before := t.Context(), life{}, life{}
		expect := func(err error, allowed bool) bool {
			if _, refused := fault.As(err); err != nil && !refused {
				rt.Fatalf("broken: %v", err)
			}
			if (err == nil) != allowed {
				rt.Fatalf("from %+v: got %v", want, err)
			}
			return allowed
		}
		// other is the one of three passwords that is neither the present one nor the one before.
		other := func() string {
			next := map[string]string{"": good, good: better, better: best, best: good}
			return next[want.password]
		}

		rt.Repeat(map[string]func(*rapid.T){
			"sign up": func(*rapid.T) {
				p := other()
				_, err := s.accounts.SignUp(ctx, account.Registration{Caller: web(name), Password: p, Attributes: map[string]string{"email": email}})
				if expect(err, want.status == "") {
					want = life{model.Unconfirmed, true, false, p, false}
					s.flush() // or the mailbox has two messages of one moment
				}
			},
			"confirm": func(rt *rapid.T) {
				answer := "none"
				if want.status == model.Unconfirmed {
					_, _ = s.accounts.ResendCode(ctx, web(name)) // refused while disabled
					answer = s.code(email)
				}
				err := s.confirm(account.Confirmation{Caller: web(name), Code: answer})
				if expect(err, want.status == model.Unconfirmed && want.enabled) {
					want.status, want.proven = model.Confirmed, true
				}
			},
			"recover": func(*rapid.T) {
				_, err := s.accounts.ForgotPassword(ctx, web(name))
				may := want.enabled && want.proven && !want.invited
				if !expect(err, may) {
					return
				}
				p := other()
				s.must(s.accounts.ConfirmForgotPassword(ctx, account.Recovery{Caller: web(name), Code: s.code(email), Password: p}))
				want.password = p
				if want.status != model.ForceChangePassword { // another change is due, as before
					want.status = model.Confirmed
				}
			},
			"change": func(*rapid.T) {
				if want.status == "" {
					return
				}
				p := other()
				err := s.accounts.ChangePassword(ctx, s.self(name, "web"), want.password, p)
				if expect(err, want.enabled && want.status != model.Unconfirmed && want.status != model.ResetRequired) {
					want.password, want.invited = p, false
				}
			},
			"admin confirms": func(*rapid.T) {
				if expect(s.accounts.AdminConfirm(ctx, s.target(name)), want.status == model.Unconfirmed) {
					want.status = model.Confirmed
				}
			},
			"admin resets": func(*rapid.T) {
				may := want.enabled && want.proven && (want.status == model.Confirmed || want.status == model.ResetRequired)
				if expect(s.accounts.AdminResetPassword(ctx, s.target(name)), may) {
					want.status = model.ResetRequired
				}
			},
			"admin sets": func(rt *rapid.T) {
				p, permanent := other(), rapid.Bool().Draw(rt, "permanent")
				if expect(s.accounts.AdminSetPassword(ctx, s.target(name), p, permanent), want.status != "") {
					want.password, want.status, want.invited = p, model.ForceChangePassword, !permanent
					if permanent {
						want.status = model.Confirmed
					}
				}
			},
			"admin disables": func(*rapid.T) {
				if expect(s.accounts.AdminDisable(ctx, s.target(name)), want.status != "") {
					want.enabled = false
				}
			},
			"admin enables": func(*rapid.T) {
				if expect(s.accounts.AdminEnable(ctx, s.target(name)), want.status != "") {
					want.enabled = true
				}
			},
			"admin deletes": func(*rapid.T) {
				if expect(s.accounts.AdminDelete(ctx, s.target(name)), want.status != "") {
					want = life{}
				}
			},
			"": func(*rapid.T) {
				s.pass(time.Hour) // the limits have their own test
				s.same(rt, name, email, want)
				if want != before && want.status != "" && !s.has(name, want.password) {
					rt.Fatalf("the password is not that of %+v", want)
				}
				before = want
			},
		})
	})
}

// same compares the user with what it should be.
func (s *stage) same(rt *rapid.T, name, email string, want life) {
	u, err := s.accounts.AdminGet(s.t.Context(), s.target(name))
	if want.status == "" {
		if !fault.Has(err, fault.UserNotFound) || s.owner(email) != "" {
			rt.Fatalf("got %v, %v; want nobody", u, err)
		}
		return
	}
	if err != nil {
		rt.Fatal(err)
	}
	if u.Status != want.status || u.Enabled != want.enabled || u.Is("email_verified") != want.proven {
		rt.Fatalf("got %s, enabled %v, proven %v; want %+v", u.Status, u.Enabled, u.Is("email_verified"), want)
	}
	if (s.owner(email) == name) != want.proven {
		rt.Fatalf("the alias belongs to %q, proven %v", s.owner(email), want.proven)
	}
	s.view(func(tx *store.Tx) error {
		logins, err := tx.Logins(s.pool.ID, u.Sub)
		if n := len(logins); want.proven && n != 2 || !want.proven && n != 1 {
			rt.Fatalf("got names %v", logins)
		}
		return err
	})
}
