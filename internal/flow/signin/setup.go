package signin

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/flow/mfa"
	"github.com/gatehouse-id/gatehouse/internal/part/totp"
)

// MFA_SETUP is answered in one of two ways, and each session of it is good once:
//
//	challenge ── Associate ── secret, session ── Verify ── session ── answer ── tokens
//	          └─ answer with an address ── EMAIL_OTP ── tokens
//
// Whoever has the password can take the first factor of a user who has none; it
// is the owner's as a rule. So every step makes sure that there still is none: a
// session that somebody keeps must not replace what the owner has set up since.
// Where it is the risk that asks for it, nothing is stored before the sign-in is
// through: whoever has the password alone and turns back leaves nothing behind.

var (
	notVerified = fault.New(fault.InvalidParameter, "User has not verified software token mfa")
	longName    = fault.New(fault.InvalidParameter, "FriendlyDeviceName is too long.")
	noSetUp     = fault.New(fault.SoftwareTokenMFANotFound, "Software Token MFA has not been enabled by the userPool")
)

// Associate hands out the secret of an authenticator that a sign-in sets up, and
// the session that goes on from there, which holds it: nothing is stored.
func (s *Signin) Associate(ctx context.Context, text string, origin model.Origin) (totp.Secret, string, error) {
	m, err := s.resumeSetUp(ctx, text, origin)
	if err != nil {
		return nil, "", err
	}
	secret, err := s.cfg.Factors.NewSecret()
	if err != nil {
		return nil, "", err
	}
	next := m.session
	next.Secret = secret
	session, err := s.nextSetUp(ctx, m, next, nothing)
	return secret, session, err
}

// maxCarried bounds what a session carries of an app's name, in bytes of JSON: a
// session has 2048 characters in all.
const maxCarried = 520

// VerifyToken takes the authenticator of Associate into use, or has the answer to
// MFA_SETUP do so, and hands out the session for that. A wrong code leaves the
// session good.
func (s *Signin) VerifyToken(ctx context.Context, text, code, name string, origin model.Origin) (string, error) {
	m, err := s.resumeSetUp(ctx, text, origin)
	if err != nil {
		return "", err
	}
	secret := totp.Secret(m.session.Secret)
	if secret == nil {
		return "", invalidSession
	}
	next := m.session
	next.Proven = true
	if m.demand >= mfa.Required && m.pool.MFAMode() != shape.UserPoolMfaTypeOn {
		if len(wire.Must(name)) > maxCarried {
			return "", longName
		}
		if next.Step, err = s.cfg.Factors.Prove(secret, code, name); err != nil {
			return "", err
		}
		next.App = name
		return s.nextSetUp(ctx, m, next, nothing)
	}
	next.Secret = nil
	return s.nextSetUp(ctx, m, next, func(tx *store.Tx) error {
		return s.cfg.Factors.Register(tx, m.pool, m.user.Sub, secret, code, name)
	})
}

// resumeSetUp goes on with a sign-in that sets an authenticator up. These
// requests name no client: the session does.
func (s *Signin) resumeSetUp(ctx context.Context, text string, origin model.Origin) (*party, error) {
	box, err := decodeSession(text)
	if err != nil {
		return nil, err
	}
	ss, err := s.openSession(box, shape.ChallengeNameTypeMfaSetup)
	if err != nil {
		return nil, err
	}
	m, err := s.reopen(ctx, "", ss, origin)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(ss.Factors, model.FactorTOTP) {
		return nil, noSetUp
	}
	if err := s.admit(ctx, m); err != nil {
		return nil, err
	}
	if err := s.judgeAgain(ctx, m); err != nil {
		return nil, err
	}
	return m, m.standing()
}

// nextSetUp spends the session of one step of a set-up and seals that of the next.
func (s *Signin) nextSetUp(ctx context.Context, m *party, next session, save func(*store.Tx) error) (string, error) {
	err := s.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if err := s.unchanged(tx, m); err != nil {
			return err
		}
		if err := s.spend(tx, m); err != nil {
			return err
		}
		if err := s.lacks(tx, m, model.FactorTOTP); err != nil {
			return err
		}
		return save(tx)
	})
	if errors.Is(err, errChanged) {
		return "", invalidSession // another password, another state, or a factor by now
	}
	if err != nil {
		return "", err
	}
	next.ID = ""
	box, err := s.sealSession(m, next, m.client.SessionValidity())
	return encodeSession(box), err
}

// lacks makes sure that the user still has no factor and could set this one up.
func (s *Signin) lacks(tx *store.Tx, m *party, f model.Factor) error {
	u, err := tx.User(m.pool.ID, m.user.Sub)
	if err != nil {
		return fmt.Errorf("read user %s: %w", m.user.Sub, err)
	}
	a, err := mfa.Find(tx, m.pool.ID, m.user.Sub)
	if err != nil {
		return err
	}
	step := mfa.Decide(mfa.Situation{Pool: m.pool, User: u, Authenticator: a, First: m.worth(), Demand: m.demand})
	if step.Action != mfa.SetUp || !slices.Contains(step.Factors, f) {
		return invalidSession
	}
	return nil
}

// answerSetUp ends a sign-in whose authenticator was verified, or goes on to prove an e-mail address.
func (s *Signin) answerSetUp(ctx context.Context, a Answer) (*Outcome, error) {
	m, err := s.resume(ctx, a)
	if err != nil {
		return nil, err
	}
	if err := m.standing(); err != nil {
		return nil, err
	}
	if m.session.Proven {
		return s.finish(ctx, m, m.user.Clone(), func(tx *store.Tx) (*fault.Fault, error) { return nil, s.enrol(tx, m) })
	}
	email, err := anyOf(a.Responses, "EMAIL", "email") // Amplify's name, and the guide's
	if err != nil {
		return nil, notVerified
	}
	if !slices.Contains(m.session.Factors, model.FactorEmail) {
		return nil, fault.Newf(fault.InvalidParameter, "MFA can be set up with one of %v.", m.session.Factors)
	}
	u, err := s.cfg.Accounts.CheckAttributes(m.pool, m.client, m.user, map[string]string{"email": email})
	if err != nil {
		return nil, err
	}
	m.newEmail = u.Attributes["email"]
	return s.ask(ctx, m, u, mfa.Step{Action: mfa.Challenge, Factors: []model.Factor{model.FactorEmail}},
		func(tx *store.Tx) error { return s.lacks(tx, m, model.FactorEmail) })
}

// enrol stores the authenticator that the sign-in has held back so far, if it has.
func (s *Signin) enrol(tx *store.Tx, m *party) error {
	if m.session.Secret == nil {
		return nil
	}
	if err := s.lacks(tx, m, model.FactorTOTP); err != nil {
		return err
	}
	return s.cfg.Factors.Enrol(tx, m.pool, m.user.Sub, m.session.Secret, m.session.Step, m.session.App)
}

// saveEmail gives the user the address that a code just proved, and with it a second factor.
func (s *Signin) saveEmail(tx *store.Tx, m *party, u *model.User) error {
	if err := s.lacks(tx, m, model.FactorEmail); err != nil {
		return err
	}
	u.Attributes["email"], u.Attributes["email_verified"] = m.session.Email, "true"
	u.MFA.Enable(model.FactorEmail)
	u.ModifiedAt = s.cfg.Now()
	return s.cfg.Accounts.SaveAttributes(tx, m.pool, u)
}
