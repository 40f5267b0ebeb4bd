package signin

import (
	"context"
	"fmt"
	"slices"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/code"
	"github.com/gatehouse-id/gatehouse/internal/flow/mfa"
	"github.com/gatehouse-id/gatehouse/risk"
)

// wrongCode is the refusal of a code that was sent; that of an authenticator has words of its own.
var wrongCode = fault.New(fault.CodeMismatch, "Invalid code or auth state for the user.")

// answerNames are the names under which clients answer each challenge.
var answerNames = map[model.Factor][]string{
	model.FactorSMS:   {"SMS_MFA_CODE"},
	model.FactorTOTP:  {"SOFTWARE_TOKEN_MFA_CODE"},
	model.FactorEmail: {"EMAIL_OTP_CODE", "EMAIL_MFA_CODE"},
}

// answerFactor ends a sign-in with the code of a second factor.
func (s *Signin) answerFactor(ctx context.Context, a Answer) (*Outcome, error) {
	m, err := s.resume(ctx, a)
	if err != nil {
		return nil, err
	}
	if err := m.standing(); err != nil {
		return nil, err
	}
	f := model.Factor(a.Challenge)
	answer, err := anyOf(a.Responses, answerNames[f]...)
	if err != nil {
		return nil, err
	}
	u := new(model.User) // as prove leaves it
	return s.finish(ctx, m, u, func(tx *store.Tx) (*fault.Fault, error) { return s.prove(tx, m, u, f, answer) })
}

// standing refuses a user who may no longer sign in, although the first proof was right.
func (m *party) standing() error {
	switch u := m.user; {
	case !u.Enabled:
		return disabled
	case u.Status == model.ResetRequired && m.first.ofPassword():
		return resetRequired
	case u.Status == model.Unconfirmed || u.Status == model.ForceChangePassword && m.first != byCustom:
		return invalidSession
	}
	return nil
}

// anyOf returns the first of the parameters that is there.
func anyOf(parameters map[string]string, names ...string) (string, error) {
	for _, name := range names {
		if v := parameters[name]; v != "" {
			return v, nil
		}
	}
	return required(parameters, names[0])
}

// prove holds a code against the second factor, in the one Update that tells
// whether it was right, and fills in the user whom the sign-in is of. Wrong codes
// have a lockout of their own: only who knows the password can try any, and who
// guesses passwords must not find the second factor locked by it.
func (s *Signin) prove(tx *store.Tx, m *party, u *model.User, f model.Factor, answer string) (*fault.Fault, error) {
	switch spent, err := tx.SessionSpent(m.session.ID); {
	case err != nil:
		return nil, err
	case spent: // by an answer that came at the same time; what this one says is not looked at
		return nil, spentSession
	}
	now, subject := s.cfg.Now(), model.FactorSubject(m.user.Sub)
	l, err := tx.Lockout(m.pool.ID, subject)
	if err != nil {
		return nil, fmt.Errorf("read lockout: %w", err)
	}
	if locked(l, now) {
		return exceeded, nil
	}
	to, wrong, err := s.checkCode(tx, m, f, answer)
	switch {
	case err != nil:
		return nil, err
	case wrong != nil && wrong.Code != fault.CodeMismatch && wrong != mfa.Used: // there was nothing to guess
		return wrong, nil
	case wrong != nil:
		if err := s.count(tx, m, ruleOf(m.pool).wrongCode(l, now)); err != nil {
			return nil, err
		}
		if err := s.learn(tx, m, risk.MFAFailed); err != nil {
			return nil, err
		}
		return wrong, s.record(tx, m, model.EventFail, m.first.right(), wrongFactor)
	case l.Failures > 0:
		if err := tx.ClearLockout(m.pool.ID, subject); err != nil {
			return nil, fmt.Errorf("forget failures: %w", err)
		}
	}
	read, err := tx.User(m.pool.ID, m.user.Sub) // again: its attributes may have changed
	if err != nil {
		return nil, fmt.Errorf("read user %s: %w", m.user.Sub, err)
	}
	*u = *read.Clone()
	if m.session.Email != "" {
		return nil, s.saveEmail(tx, m, u)
	}
	return nil, s.cfg.Accounts.Prove(tx, m.pool, u, to)
}

// checkCode tells what is wrong with a code, or the address that it was sent to. A right one is spent.
func (s *Signin) checkCode(tx *store.Tx, m *party, f model.Factor, answer string) (to code.Address, wrong *fault.Fault, err error) {
	if f == model.FactorTOTP {
		wrong, err = s.cfg.Factors.Check(tx, m.pool.ID, m.user.Sub, answer)
		return to, wrong, err
	}
	return s.checkSent(tx, m.pool.ID, m.user.Sub, code.SignIn(m.session.ID), answer)
}

// answerChoice goes on with the factor that the user chose among those offered.
func (s *Signin) answerChoice(ctx context.Context, a Answer) (*Outcome, error) {
	m, err := s.resume(ctx, a)
	if err != nil {
		return nil, err
	}
	if err := m.standing(); err != nil {
		return nil, err
	}
	answer, err := required(a.Responses, "ANSWER")
	if err != nil {
		return nil, err
	}
	if answer == "EMAIL_MFA" { // as the model's text calls it
		answer = string(model.FactorEmail)
	}
	f := model.Factor(answer)
	switch {
	case !slices.Contains(m.session.Factors, f):
		return nil, fault.Newf(fault.InvalidParameter, "ANSWER must be one of %v.", m.session.Factors)
	case f == model.FactorTOTP && !m.authenticator.Registered(), f != model.FactorTOTP && m.user.Attributes[f.Address()] == "":
		return nil, invalidSession // it was there when it was offered
	}
	return s.ask(ctx, m, m.user.Clone(), mfa.Step{Action: mfa.Challenge, Factors: []model.Factor{f}}, nothing)
}
