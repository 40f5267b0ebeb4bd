package account

import (
	"context"
	"fmt"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/code"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
)

// fresh refuses a password that the user has or had, as far back as the pool
// remembers. It hashes, so it runs outside transactions; and it tells about
// the user's passwords, so only somebody who proved to be the user, or an
// administrator, may come this far.
func (a *Accounts) fresh(ctx context.Context, p *model.Pool, u *model.User, plain string) error {
	var history []byte
	err := a.cfg.Store.View(ctx, func(tx *store.Tx) (err error) {
		history, err = tx.History(p.ID, u.Sub)
		return err
	})
	if err != nil {
		return fmt.Errorf("read password history of user %s: %w", u.Sub, err)
	}
	reused, err := a.cfg.Credential.Reused(ctx, p, u, history, plain)
	if err != nil {
		return err
	}
	if reused {
		return fault.New(fault.PasswordHistoryViolation, "Password has previously been used.")
	}
	return nil
}

// setPassword replaces the record of a user read in this transaction, which
// the caller saves. The former one is remembered, the failures of guessing it
// are forgotten, and no code that could set another one survives. The finding
// is that of the new password; a zero one where nobody judged it.
func (a *Accounts) setPassword(tx *store.Tx, p *model.Pool, u *model.User, record []byte, f threat.Finding) error {
	history, err := tx.History(p.ID, u.Sub)
	if err != nil {
		return fmt.Errorf("read password history of user %s: %w", u.Sub, err)
	}
	if history, err = a.cfg.Credential.Remember(p, u, history); err != nil {
		return err
	}
	if err := tx.SetHistory(p.ID, u.Sub, history); err != nil {
		return fmt.Errorf("keep password history of user %s: %w", u.Sub, err)
	}
	if err := tx.DropCode(p.ID, u.Sub, string(code.ForgotPassword)); err != nil {
		return fmt.Errorf("drop code of user %s: %w", u.Sub, err)
	}
	if err := forgetFailures(tx, p, u.Sub); err != nil {
		return err
	}
	u.Credential, u.Exposure = record, f.Fresh(a.cfg.Now())
	return nil
}

// ChangePassword replaces the password of a signed-in user who knows the
// present one. Other sessions live on, as at Cognito: to end them is GlobalSignOut.
func (a *Accounts) ChangePassword(ctx context.Context, s Self, previous, proposed string) error {
	if err := a.cfg.Credential.CheckPolicy(s.Pool, proposed); err != nil {
		return err
	}
	u, err := a.tryPassword(ctx, s)
	if err != nil {
		return err
	}
	// A user who signed in by other means sets a first password without knowing one.
	if u.Credential != nil {
		right, _, err := a.cfg.Credential.Verify(ctx, s.Pool, u, previous)
		if err != nil {
			return err
		}
		if !right {
			return a.refused(ctx, s, threat.Finding{}, incorrect)
		}
	}
	if err := a.fresh(ctx, s.Pool, u, proposed); err != nil {
		return a.refused(ctx, s, threat.Finding{}, err)
	}
	finding := a.cfg.Threat.Password(s.Pool, s.Client, u, threat.PasswordChange, proposed)
	if err := finding.Refusal(); err != nil {
		return a.refused(ctx, s, finding, err)
	}
	record, err := a.cfg.Credential.Make(ctx, s.Pool, u, proposed, false)
	if err != nil {
		return err
	}
	return a.update(ctx, func(tx *store.Tx) error {
		now, err := s.again(tx)
		if err != nil {
			return err
		}
		if err := changeable(now); err != nil {
			return err
		}
		if string(now.Credential) != string(u.Credential) { // what was verified is not the password any more
			return incorrect
		}
		if err := a.setPassword(tx, s.Pool, now, record, finding); err != nil {
			return err
		}
		if err := a.save(tx, s.Pool, now); err != nil {
			return err
		}
		return a.record(tx, s.Pool, s.Client, now.Sub, model.EventPasswordChange, model.EventPass, finding, s.Origin)
	})
}

// tryPassword pays for one attempt before it is made, so that requests at once
// cannot try more passwords than the limit allows.
func (a *Accounts) tryPassword(ctx context.Context, s Self) (u *model.User, err error) {
	err = a.update(ctx, func(tx *store.Tx) error {
		if u, err = s.again(tx); err != nil {
			return err
		}
		if err := a.spend(tx, s.Pool.ID, u.Sub, limitChangePassword); err != nil {
			return err
		}
		if err := changeable(u); err != nil {
			return remember(err)
		}
		return nil
	})
	return u, err
}

// changeable refuses states in which only a reset or an administrator sets the password.
func changeable(u *model.User) error {
	switch u.Status {
	case model.ResetRequired:
		return fault.New(fault.PasswordResetRequired, "Password reset required for the user")
	case model.Unconfirmed:
		return fault.New(fault.UserNotConfirmed, "User is not confirmed.")
	case model.ExternalProvider:
		return wrongState
	}
	return nil
}

// refused keeps the event of a change that was refused, and returns why.
func (a *Accounts) refused(ctx context.Context, s Self, f threat.Finding, why error) error {
	if _, refused := fault.As(why); !refused {
		return why
	}
	return a.update(ctx, func(tx *store.Tx) error {
		if err := a.record(tx, s.Pool, s.Client, s.User.Sub, model.EventPasswordChange, model.EventFail, f, s.Origin); err != nil {
			return err
		}
		return remember(why)
	})
}
