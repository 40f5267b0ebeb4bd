package signin

import (
	"context"
	"fmt"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
)

var (
	resetRequired = fault.New(fault.PasswordResetRequired, "Password reset required for the user")
	// compromised differs from resetRequired by its text alone: clients tell them apart by it.
	compromised  = fault.New(fault.PasswordResetRequired, "Password reset required for user due to security reasons")
	notConfirmed = fault.New(fault.UserNotConfirmed, "User is not confirmed.")
	insecure     = fault.New(fault.NotAuthorized, "Unable to login because of security reasons.")
	staleInvite  = fault.New(fault.NotAuthorized, "Temporary password has expired and must be reset by an administrator.")
)

// next decides what follows the first proof: the one dispatcher. The order is that
// of spec 3.8: states, then leaked passwords, then in conclude the risk of the
// attempt, and last the second factor.
func (s *Signin) next(ctx context.Context, m *party) (*Outcome, error) {
	if m.eventID == "" {
		now := s.cfg.Now()
		m.eventID, m.eventAt = s.cfg.Threat.NewID(now), now.UnixMicro()
	}
	if m.custom.pending() {
		return s.provedCustom(ctx, m)
	}
	temporary, err := s.temporary(m)
	if err != nil {
		return nil, err
	}
	switch {
	case !m.user.Enabled:
		return nil, s.refuse(ctx, m, disabled)
	case m.user.Status == model.ResetRequired && m.resets():
		return s.askNewPassword(ctx, m)
	case m.user.Status == model.ResetRequired && m.first.ofPassword():
		return nil, s.refuse(ctx, m, resetRequired)
	case m.user.Status == model.Unconfirmed && !m.first.ofCode():
		return nil, s.refuse(ctx, m, notConfirmed)
	case temporary == expired:
		return nil, s.refuse(ctx, m, staleInvite)
	case temporary == fresh:
		return s.askNewPassword(ctx, m)
	}
	if err := s.findDevice(ctx, m); err != nil {
		return nil, err
	}
	switch {
	case !m.first.ofPassword(): // there is none to hold against the corpus
	case m.password != "":
		m.finding = s.cfg.Threat.Password(m.pool, m.client, m.user, threat.SignIn, m.password)
	default: // SRP never shows it: what was found when it was set, or by a list of pairs, holds
		m.finding = s.cfg.Threat.Stored(m.standard, m.client, m.user)
	}
	s.judge(m, true) // also what is refused for its password: all that speaks against an attempt stands on its event
	switch {
	case m.finding.Block && !m.finding.Compromised:
		// The corpus cannot be read, and the server fails closed. Nobody has to
		// reset a password for that.
		return nil, s.refuse(ctx, m, insecure)
	case m.finding.Block:
		return nil, s.blockCompromised(ctx, m)
	}
	u := m.user.Clone()
	if m.first.ofPassword() {
		u.Exposure = m.finding.After(m.user.Exposure, s.cfg.Now())
	}
	return s.conclude(ctx, m, u, func(tx *store.Tx) error {
		if m.saveProof != nil {
			if err := s.keepProof(tx, m, u); err != nil {
				return err
			}
		}
		if u.Exposure == m.user.Exposure {
			return nil // as nearly always: the corpus moves seldom
		}
		_, err := tx.SetExposure(u, u.Exposure)
		return err
	})
}

// keepProof saves what the first proof changes of the user, as the user is by now.
func (s *Signin) keepProof(tx *store.Tx, m *party, u *model.User) error {
	read, err := tx.User(m.pool.ID, m.user.Sub)
	if err != nil {
		return fmt.Errorf("read user %s: %w", m.user.Sub, err)
	}
	*u = *read.Clone()
	return m.saveProof(tx, u)
}

// invite is the state of a temporary password.
type invite int

const (
	none invite = iota
	fresh
	expired
)

// temporary tells what state it is in. Whoever signs in by something else has to
// replace it as well, and its age is no matter then.
func (s *Signin) temporary(m *party) (invite, error) {
	switch {
	case m.user.Status != model.ForceChangePassword:
		return none, nil
	case m.first == byCustom: // whoever only ever signs in so has nothing to replace
		return none, nil
	case !m.first.ofPassword():
		return fresh, nil
	}
	c, err := s.cfg.Credential.Open(m.user)
	if err != nil {
		return none, err
	}
	if c.ExpiresAt != 0 && s.cfg.Now().UnixMicro() >= c.ExpiresAt {
		return expired, nil
	}
	return fresh, nil
}

// refuse tells why a right password does not sign in, unless the user is locked out.
func (s *Signin) refuse(ctx context.Context, m *party, why *fault.Fault) error {
	return s.refuseWith(ctx, m, why, nothing)
}

// refuseWith is refuse after something that is kept all the same.
func (s *Signin) refuseWith(ctx context.Context, m *party, why *fault.Fault, save func(*store.Tx) error) error {
	return s.settled(ctx, m, func(tx *store.Tx) (*fault.Fault, error) {
		if err := save(tx); err != nil {
			return nil, err
		}
		return why, s.record(tx, m, model.EventFail, m.first.right())
	})
}

// blockCompromised makes the user reset a password that is known to be leaked.
// Tokens handed out before stay good, unless the policy says otherwise: whoever
// holds them proved themselves then.
func (s *Signin) blockCompromised(ctx context.Context, m *party) error {
	s.answer(m) // whoever would have been blocked for the risk as well hears of it
	return s.settled(ctx, m, func(tx *store.Tx) (*fault.Fault, error) {
		u, err := tx.User(m.pool.ID, m.user.Sub) // again: its attributes may have changed
		if err != nil {
			return nil, fmt.Errorf("read user %s: %w", m.user.Sub, err)
		}
		u.Status, u.ModifiedAt = model.ResetRequired, s.cfg.Now()
		u.Exposure = m.finding.After(u.Exposure, u.ModifiedAt)
		if err := tx.SaveUser(m.pool, u); err != nil {
			return nil, fmt.Errorf("save user %s: %w", u.Sub, err)
		}
		if threat.Effective(m.pool, m.client).Breach.SignOut {
			if err := tx.RevokeFamilies(m.pool.ID, u.Sub, u.ModifiedAt); err != nil {
				return nil, fmt.Errorf("sign user %s out: %w", u.Sub, err)
			}
		}
		return compromised, s.record(tx, m, model.EventFail, m.first.right())
	})
}

// settled runs fn in the one Update that reveals a right password, and returns
// the verdict: what fn tells, or that the user is locked out. What fn wrote is
// kept either way; an error undoes it.
func (s *Signin) settled(ctx context.Context, m *party, fn func(*store.Tx) (told *fault.Fault, err error)) error {
	var told *fault.Fault
	err := s.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		m.lesson = nil
		lockedOut, err := s.settle(tx, m)
		if err != nil {
			return err
		}
		if lockedOut {
			told = exceeded
			return nil
		}
		if err := s.unchanged(tx, m); err != nil {
			return err
		}
		if m.redeem != nil {
			if told, err = m.redeem(tx); told != nil || err != nil {
				return err
			}
		}
		told, err = fn(tx)
		return err
	})
	if err != nil {
		return err
	}
	s.spread(m)
	s.tellLock(m, "factor")
	if told == nil {
		return nil
	}
	return told
}

// unchanged makes sure that the user is still the one that the attempt was decided on.
func (s *Signin) unchanged(tx *store.Tx, m *party) error {
	same, err := tx.UserUnchanged(m.user)
	if err == nil && !same {
		err = errChanged
	}
	return err
}
