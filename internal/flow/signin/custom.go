package signin

import (
	"context"
	"fmt"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/device"
	"github.com/gatehouse-id/gatehouse/internal/flow/mfa"
	"github.com/gatehouse-id/gatehouse/internal/part/srp"
	"github.com/gatehouse-id/gatehouse/risk"
)

// CUSTOM_AUTH lets functions of the operator decide what is asked, and when it is enough:
//
//	Start ── define ─┬─ CUSTOM_CHALLENGE ── create ── answerCustom: verify ─┐
//	         ↑       ├─ PASSWORD_VERIFIER ── answerSRP ── provedCustom ─────┤
//	         │       ├─ SMS_MFA ... ── answerFactor ── finish ──────────────┤
//	         │       ├─ failAuthentication: refused                         │
//	         │       └─ issueTokens ── next, as after any first proof       │
//	         └──────────────────────────────────────────────────────────────┘
//
// customflow.go asks the functions, customstate.go is what a sign-in carries from
// one challenge to the next. No function is asked inside a transaction.
//
// Where the client hides users, a name that nobody has is asked the same, with
// userNotFound, and ends without tokens whatever the functions say.

var noFunctions = fault.New(fault.InvalidParameter, "Custom auth lambda trigger is not configured for the user pool.")

// startCustom is CUSTOM_AUTH.
func (s *Signin) startCustom(ctx context.Context, a Attempt) (*Outcome, error) {
	m, err := s.meetAs(ctx, a.PoolID, a.ClientID, a.Parameters["USERNAME"], a.Origin, true)
	if err != nil {
		return nil, err
	}
	if !m.client.Allows("CUSTOM_AUTH") {
		return nil, notEnabled(a, "CUSTOM_AUTH is not enabled for the client.")
	}
	if _, err := required(a.Parameters, "USERNAME"); err != nil {
		return nil, err
	}
	if err := s.checkSecretHash(m, a.Parameters); err != nil {
		return nil, err
	}
	if m.custom, err = beginCustom(a.Parameters); err != nil {
		return nil, err
	}
	m.brings(a.Parameters)
	if err := s.admit(ctx, m); err != nil {
		return nil, err
	}
	if err := s.known(m); err != nil {
		return nil, err
	}
	now := s.cfg.Now()
	m.eventID, m.eventAt = s.cfg.Threat.NewID(now), now.UnixMicro()
	return s.define(ctx, m, nil) // what the client tells at the start is not for these functions
}

// beginCustom reads whether the sign-in begins with a password, by SRP. The guide and
// the model's text differ in the name.
func beginCustom(parameters map[string]string) (*custom, error) {
	c := new(custom)
	first := parameters["CHALLENGE_NAME"]
	if first == "" {
		first = parameters["ChallengeName"]
	}
	switch first {
	case "":
		return c, nil
	case srpA:
	default:
		return nil, fault.New(fault.InvalidParameter, "CHALLENGE_NAME must be SRP_A.")
	}
	var err error
	if c.A, err = required(parameters, srpA); err != nil {
		return nil, err
	}
	c.add(srpA, true, nil)
	return c, srp.ParseA(c.A)
}

// answerCustom is the answer to CUSTOM_CHALLENGE. A session is good for one answer,
// right or wrong: it is spent before anybody is asked, or whoever has one could try
// many answers at once. What a wrong one leads to is for DefineAuthChallenge to say.
func (s *Signin) answerCustom(ctx context.Context, a Answer) (*Outcome, error) {
	m, err := s.resumeCustom(ctx, a)
	if err != nil {
		return nil, err
	}
	answer, err := required(a.Responses, "ANSWER")
	if err != nil {
		return nil, err
	}
	if err := s.cfg.Store.Update(ctx, func(tx *store.Tx) error { return s.spend(tx, m) }); err != nil {
		return nil, err
	}
	m.session.ID = ""
	right, err := s.verifyCustom(ctx, m, answer, a.Metadata)
	if err != nil {
		return nil, err
	}
	m.custom.answered(right)
	if right && m.first == byNothing {
		m.first = byCustom
	}
	return s.define(ctx, m, a.Metadata)
}

// resumeCustom goes on with a sign-in whose name may be nobody's, and of which
// nothing may be proved yet.
func (s *Signin) resumeCustom(ctx context.Context, a Answer) (*party, error) {
	ss, err := s.sessionOf(a)
	if err != nil {
		return nil, err
	}
	m, err := s.meetAs(ctx, a.PoolID, ss.ClientID, ss.Name, a.Origin, true)
	if err != nil {
		return nil, err
	}
	if err := s.unspent(ctx, ss); err != nil {
		return nil, err
	}
	sub := nobody
	if m.user != nil {
		sub = m.user.Sub
	}
	p, err := s.prover(m)
	if err != nil {
		return nil, err
	}
	name := a.Responses["USERNAME"]
	if ss.Custom == nil || ss.Sub != sub || !m.client.Allows("CUSTOM_AUTH") || name != p.userID && !m.answersTo(name) {
		return nil, invalidSession
	}
	if ss.First != byNothing && !ss.holds(m) {
		return nil, invalidSession
	}
	m.carry(ss)
	if err := s.checkSecretHashOf(m, a.Responses, p.userID); err != nil {
		return nil, err
	}
	if err := s.admit(ctx, m); err != nil {
		return nil, err
	}
	if err := s.known(m); err != nil {
		return nil, err
	}
	return m, s.recall(ctx, m, a.Responses)
}

// recall reads the rest of what the session stands for, and the device that the
// answer names. One that is none of the user's is told before the session is spent,
// and only where something was proved before: else it is as if none was named.
func (s *Signin) recall(ctx context.Context, m *party, responses map[string]string) error {
	if err := s.unpark(ctx, m); err != nil {
		return err
	}
	m.brings(responses)
	m.brought.sent = m.brought.sent && m.first != byNothing
	if m.user == nil {
		return nil
	}
	if err := s.findDevice(ctx, m); err != nil {
		return err
	}
	if m.brought.missing {
		return device.Missing
	}
	return nil
}

// provedCustom goes on with a custom sign-in whose password was just proved: with a
// second factor, where user or pool ask for one, and then with DefineAuthChallenge.
// How risky it is is judged once that says that it is enough.
func (s *Signin) provedCustom(ctx context.Context, m *party) (*Outcome, error) {
	m.custom.add(shape.ChallengeNameTypePasswordVerifier, true, nil)
	temporary, err := s.temporary(m)
	if err != nil {
		return nil, err
	}
	switch {
	case !m.user.Enabled:
		return nil, s.refuse(ctx, m, disabled)
	case m.user.Status == model.Unconfirmed:
		return nil, s.refuse(ctx, m, notConfirmed)
	case temporary == expired:
		return nil, s.refuse(ctx, m, staleInvite)
	case temporary == fresh:
		return s.askNewPassword(ctx, m)
	}
	if err := s.findDevice(ctx, m); err != nil {
		return nil, err
	}
	if m.brought.missing {
		return nil, s.refuseMissing(ctx, m)
	}
	u := m.user.Clone()
	if u.Status == model.ResetRequired { // the new password is asked for at the end, and the factor after it
		return s.stepCustom(ctx, m, u, nothingTold)
	}
	return s.conclude(ctx, m, u, nothing)
}

// nothingTold is what a step saves and tells that changes nobody.
func nothingTold(*store.Tx) (*fault.Fault, error) { return nil, nil }

// stepCustom stands in the place of the tokens, see finish, while it is not yet
// decided that there are any.
func (s *Signin) stepCustom(ctx context.Context, m *party, u *model.User, save func(*store.Tx) (*fault.Fault, error)) (*Outcome, error) {
	err := s.settled(ctx, m, func(tx *store.Tx) (*fault.Fault, error) {
		if told, err := save(tx); told != nil || err != nil {
			return told, err
		}
		return nil, s.spend(tx, m)
	})
	if err != nil {
		return nil, err
	}
	if m.session.ofFactor() {
		m.custom.add(m.session.Challenge, true, nil)
	}
	m.session.Answered, m.session.Passed = m.answered(), m.passedFactor()
	m.session.ID, m.session.Challenge = "", ""
	err = s.cfg.Store.View(ctx, func(tx *store.Tx) error {
		if m.user, err = tx.User(m.pool.ID, u.Sub); err == nil && m.pool.MFAMode() != shape.UserPoolMfaTypeOff {
			m.authenticator, err = mfa.Find(tx, m.pool.ID, u.Sub)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read user %s: %w", u.Sub, err)
	}
	return s.define(ctx, m, m.metadata)
}

// failCustom refuses a sign-in of which DefineAuthChallenge says that it failed. A
// wrong answer is no wrong password: it locks nobody out.
func (s *Signin) failCustom(ctx context.Context, m *party) error {
	if m.first == byNothing {
		m.first = byCustom
	}
	s.judge(m, false)
	err := s.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		m.lesson = nil
		if err := s.learn(tx, m, risk.WrongPassword); err != nil {
			return err
		}
		return s.record(tx, m, model.EventFail, m.custom.results(m)...)
	})
	if err != nil {
		return err
	}
	s.spread(m)
	return incorrect
}
