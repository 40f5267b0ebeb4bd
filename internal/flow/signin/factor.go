package signin

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/flow/code"
	"github.com/gatehouse-id/gatehouse/internal/flow/mfa"
)

var (
	noFactor = fault.New(fault.InvalidParameter, "MFA is required, and the user has no MFA method and cannot set one up. An administrator must add one.")
	tooMany  = fault.New(fault.LimitExceeded, "Attempt limit exceeded, please try after some time.")
)

// nothing is what a step saves that changes nobody.
func nothing(*store.Tx) error { return nil }

// conclude goes on with a sign-in that only lacks a second factor, if that. u is
// the user as the sign-in leaves it by now; save writes it, in the Update that
// tells what follows.
func (s *Signin) conclude(ctx context.Context, m *party, u *model.User, save func(*store.Tx) error) (*Outcome, error) {
	if s.answer(m) {
		return nil, s.refuse(ctx, m, insecure)
	}
	if m.brought.missing {
		return nil, s.refuseMissing(ctx, m)
	}
	step := mfa.Decide(mfa.Situation{Pool: m.pool, User: u, Authenticator: m.authenticator, First: m.worth(), Demand: m.demand})
	if m.spared(step) {
		step = m.spare()
	}
	switch step.Action {
	case mfa.Pass:
		return s.finish(ctx, m, u, func(tx *store.Tx) (*fault.Fault, error) { return nil, save(tx) })
	case mfa.NoFactor:
		return nil, s.refuseWith(ctx, m, noFactor, save)
	case mfa.Block:
		m.blocked = true
		return nil, s.refuse(ctx, m, insecure)
	}
	return s.ask(ctx, m, u, step, save)
}

// ask challenges for a second factor. The code of a message is made in the Update
// that finds the user not locked out, and everything that takes long comes after
// it: see finish.
func (s *Signin) ask(ctx context.Context, m *party, u *model.User, step mfa.Step, save func(*store.Tx) error) (*Outcome, error) {
	id, err := s.newID()
	if err != nil {
		return nil, err
	}
	life := m.client.SessionValidity()
	var sent code.Delivery
	err = s.settled(ctx, m, func(tx *store.Tx) (*fault.Fault, error) {
		if err := s.spend(tx, m); err != nil {
			return nil, err
		}
		if err := save(tx); err != nil {
			return nil, err
		}
		if step.Action == mfa.Challenge {
			if sent, err = s.send(tx, m, u, step.Factors[0], id, s.cfg.Now().Add(life)); err != nil {
				return nil, err
			}
		}
		return nil, s.record(tx, m, model.EventInProgress, m.first.right())
	})
	if err != nil {
		return nil, err
	}
	s.cfg.Codes.Wake()
	if m.outdated {
		s.renewRecord(ctx, m)
		u.Credential = m.user.Credential
	}
	name, parameters := challenge(m, u, step, sent)
	text, err := s.sealText(ctx, m, m.proven(session{ID: id, Challenge: name, Factors: step.Factors, Email: m.newEmail}, u))
	if err != nil {
		return nil, err
	}
	return &Outcome{Challenge: name, Session: text, Parameters: parameters}, nil
}

// challenge is how a step looks to the client.
func challenge(m *party, u *model.User, step mfa.Step, sent code.Delivery) (name string, parameters map[string]string) {
	parameters = map[string]string{"USER_ID_FOR_SRP": u.Username}
	list := string(wire.Must(step.Factors))
	switch step.Action {
	case mfa.Choose: // the guide and the clients differ in the name
		parameters["MFAS_CAN_CHOOSE"], parameters["MFAS_CAN_SELECT"] = list, list
		return shape.ChallengeNameTypeSelectMfaType, parameters
	case mfa.SetUp:
		parameters["MFAS_CAN_SETUP"] = list
		return shape.ChallengeNameTypeMfaSetup, parameters
	}
	switch {
	case sent.Destination != "":
		parameters["CODE_DELIVERY_DELIVERY_MEDIUM"] = string(sent.Medium)
		parameters["CODE_DELIVERY_DESTINATION"] = sent.Destination
	case m.authenticator.Name != "":
		parameters["FRIENDLY_DEVICE_NAME"] = m.authenticator.Name
	}
	return string(step.Factors[0]), parameters
}

// How many codes a user can be sent in an hour: to a network, and to all
// together. Whoever has the password must not be able to pay the owner's
// messages, or to keep the owner from getting any.
const (
	codesToNetwork = 10
	codesToAll     = 50
)

// send posts the code of a factor, unless it is one that needs none.
func (s *Signin) send(tx *store.Tx, m *party, u *model.User, f model.Factor, session string, until time.Time) (code.Delivery, error) {
	if f.Address() == "" {
		return code.Delivery{}, nil
	}
	if err := s.spendCode(tx, m, "MFA code"); err != nil {
		return code.Delivery{}, err
	}
	to := code.Address{Attribute: f.Address(), Value: u.Attributes[f.Address()]}
	return s.cfg.Codes.IssueSignIn(tx, m.pool, u, session, to, until)
}

// spendCode counts a code of a kind that is sent to the party.
func (s *Signin) spendCode(tx *store.Tx, m *party, kind string) error {
	for _, l := range []struct {
		kind string
		uses int64
	}{{kind, codesToAll}, {kind + " to " + network(m.origin.IP), codesToNetwork}} {
		within, err := tx.Spend(m.pool.ID, m.subject, l.kind, l.uses, time.Hour, s.cfg.Now())
		if err != nil {
			return fmt.Errorf("count codes: %w", err)
		}
		if !within {
			return tooMany
		}
	}
	return nil
}

// network is whom an address stands for: one of IPv6 is one of a household's 2^64.
func network(ip string) string {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return "nowhere"
	}
	bits := addr.BitLen()
	if addr.Is6() {
		bits = 64
	}
	return netip.PrefixFrom(addr, bits).Masked().String()
}
