package signin

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/flow/mfa"
	"github.com/gatehouse-id/gatehouse/internal/part/trigger"
)

// unrecognizable is the refusal of what a function decided and nobody can do.
var unrecognizable = fault.New(fault.InvalidLambdaResponse, "Unrecognizable lambda output")

// define asks DefineAuthChallenge what comes next, and does it.
func (s *Signin) define(ctx context.Context, m *party, metadata map[string]string) (*Outcome, error) {
	if len(m.custom.Results) > maxAnswers {
		return nil, s.failCustom(ctx, m)
	}
	arn := trigger.DefineAuthChallenge.ARN(m.pool.Doc.LambdaConfig)
	if arn == "" {
		return nil, noFunctions
	}
	of, who, err := s.about(m, metadata)
	if err != nil {
		return nil, err
	}
	e := trigger.NewEvent(trigger.DefineAuthChallenge, trigger.Authentication, of,
		trigger.DefineRequest{Who: who, Session: m.custom.session()}, trigger.DefineResponse{})
	says, err := trigger.Run(ctx, s.cfg.Functions, trigger.DefineAuthChallenge, arn, e)
	if err != nil {
		return nil, err
	}
	switch name := wire.Of(says.ChallengeName); {
	case wire.Of(says.FailAuthentication), wire.Of(says.IssueTokens) && m.user == nil:
		return nil, s.failCustom(ctx, m)
	case wire.Of(says.IssueTokens):
		m.custom.decided()
		if m.first == byNothing {
			m.first = byCustom
		}
		return s.next(ctx, m)
	case name == shape.ChallengeNameTypeCustomChallenge:
		return s.askCustom(ctx, m, metadata)
	case name == shape.ChallengeNameTypePasswordVerifier:
		return s.askPassword(m)
	default:
		return s.askBuiltIn(ctx, m, model.Factor(name))
	}
}

// about is whom the functions decide on.
func (s *Signin) about(m *party, metadata map[string]string) (trigger.Of, trigger.Who, error) {
	p, err := s.prover(m)
	if err != nil {
		return trigger.Of{}, trigger.Who{}, err
	}
	who := trigger.Who{Attributes: map[string]string{}, Metadata: metadata}
	if m.user != nil {
		maps.Copy(who.Attributes, m.user.Attributes)
		who.Attributes["sub"] = m.user.Sub
		who.Attributes["cognito:user_status"] = string(m.user.Status)
	}
	if m.client.HidesUsers() {
		who.NotFound = new(m.user == nil)
	}
	return trigger.Of{PoolID: m.pool.ID, ClientID: m.client.ID, UserName: p.userID}, who, nil
}

// How many custom challenges are made for a user in an hour: for a network, and for
// all together. Each may be a message that the operator's function sends, and each
// can be answered once, so this bounds guessing too.
const (
	challengesToNetwork = 60
	challengesToAll     = 600
)

// askCustom has CreateAuthChallenge make a challenge, and asks it.
func (s *Signin) askCustom(ctx context.Context, m *party, metadata map[string]string) (*Outcome, error) {
	arn := trigger.CreateAuthChallenge.ARN(m.pool.Doc.LambdaConfig)
	if arn == "" || trigger.VerifyAuthChallengeResponse.ARN(m.pool.Doc.LambdaConfig) == "" {
		return nil, noFunctions
	}
	if err := s.spendChallenge(ctx, m); err != nil {
		return nil, err
	}
	of, who, err := s.about(m, metadata)
	if err != nil {
		return nil, err
	}
	const name = shape.ChallengeNameTypeCustomChallenge
	e := trigger.NewEvent(trigger.CreateAuthChallenge, trigger.Authentication, of,
		trigger.CreateRequest{Who: who, ChallengeName: name, Session: m.custom.session()}, trigger.CreateResponse{})
	made, err := trigger.Run(ctx, s.cfg.Functions, trigger.CreateAuthChallenge, arn, e)
	if err != nil {
		return nil, err
	}
	m.custom.Private, m.custom.Metadata = made.Private, made.Metadata
	ss := session{Challenge: name, Answered: m.answered(), Passed: m.passedFactor()}
	if m.user != nil {
		ss = m.proven(ss, m.user)
	}
	text, err := s.sealText(ctx, m, ss)
	if err != nil {
		return nil, err
	}
	parameters := map[string]string{}
	maps.Copy(parameters, made.Public)
	parameters["USERNAME"] = of.UserName
	return &Outcome{Challenge: name, Session: text, Parameters: parameters}, nil
}

func (s *Signin) spendChallenge(ctx context.Context, m *party) error {
	return s.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		for _, l := range []struct {
			kind string
			uses int64
		}{{"custom challenge", challengesToAll}, {"custom challenge to " + network(m.origin.IP), challengesToNetwork}} {
			within, err := tx.Spend(m.pool.ID, m.subject, l.kind, l.uses, time.Hour, s.cfg.Now())
			if err != nil {
				return fmt.Errorf("count challenges: %w", err)
			}
			if !within {
				return tooMany
			}
		}
		return nil
	})
}

// verifyCustom asks VerifyAuthChallengeResponse whether an answer is right.
func (s *Signin) verifyCustom(ctx context.Context, m *party, answer string, metadata map[string]string) (bool, error) {
	arn := trigger.VerifyAuthChallengeResponse.ARN(m.pool.Doc.LambdaConfig)
	if arn == "" {
		return false, noFunctions
	}
	of, who, err := s.about(m, metadata)
	if err != nil {
		return false, err
	}
	private := m.custom.Private
	if private == nil {
		private = map[string]string{}
	}
	e := trigger.NewEvent(trigger.VerifyAuthChallengeResponse, trigger.Authentication, of,
		trigger.VerifyRequest{Who: who, Private: private, Answer: answer}, trigger.VerifyResponse{})
	says, err := trigger.Run(ctx, s.cfg.Functions, trigger.VerifyAuthChallengeResponse, arn, e)
	return wire.Of(says.Correct), err
}

// askPassword asks for the proof of a password, of a sign-in that began with SRP_A.
func (s *Signin) askPassword(m *party) (*Outcome, error) {
	if m.custom.A == "" {
		return nil, unrecognizable.Because(errors.New("PASSWORD_VERIFIER was asked for, and the sign-in did not begin with SRP_A"))
	}
	if s.turnedAway(m) {
		return nil, exceeded
	}
	p, err := s.prover(m)
	if err != nil {
		return nil, err
	}
	clientA := m.custom.A
	m.custom.A = "" // the session has a place of its own for it
	return s.askSRP(m, p, clientA)
}

// askBuiltIn asks for a second factor because a function says so: one that the user
// has, and only after something else was proved.
func (s *Signin) askBuiltIn(ctx context.Context, m *party, f model.Factor) (*Outcome, error) {
	switch f {
	case model.FactorSMS, model.FactorTOTP, model.FactorEmail:
	default:
		return nil, unrecognizable.Because(errors.New("a challenge was asked for that there is not"))
	}
	switch {
	case m.user == nil:
		return nil, s.failCustom(ctx, m)
	case m.first == byNothing:
		return nil, unrecognizable.Because(fmt.Errorf("%s was asked for before anything was proved", f))
	case m.pool.MFAMode() == shape.UserPoolMfaTypeOff, f == model.FactorTOTP && !m.authenticator.Registered(),
		f != model.FactorTOTP && (!m.pool.Offers(f) || m.user.Attributes[f.Address()] == ""):
		return nil, unrecognizable.Because(fmt.Errorf("%s was asked for, which the user does not have", f))
	}
	if err := m.standing(); err != nil {
		return nil, err
	}
	return s.ask(ctx, m, m.user.Clone(), mfa.Step{Action: mfa.Challenge, Factors: []model.Factor{f}}, nothing)
}
