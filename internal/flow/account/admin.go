package account

import (
	"context"
	"errors"
	"fmt"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/code"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
)

// Target is the user whom an administrator means: by user name, alias or sub.
type Target struct{ PoolID, Username string }

// pool reads a pool for an administrator.
func (a *Accounts) pool(ctx context.Context, id string) (p *model.Pool, err error) {
	err = a.cfg.Store.View(ctx, func(tx *store.Tx) (err error) {
		p, err = findPool(tx, id)
		return err
	})
	return p, err
}

func findPool(tx *store.Tx, id string) (*model.Pool, error) {
	p, err := tx.Pool(id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, fault.Newf(fault.ResourceNotFound, "User pool %s does not exist.", id)
	}
	if err != nil {
		return nil, fmt.Errorf("read pool %s: %w", id, err)
	}
	return p, nil
}

// find reads the target and its pool; the user may be changed.
func find(tx *store.Tx, t Target) (*model.Pool, *model.User, error) {
	p, err := findPool(tx, t.PoolID)
	if err != nil {
		return nil, nil, err
	}
	u, err := tx.FindUser(p, t.Username)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil, noUser
	}
	if err != nil {
		return nil, nil, fmt.Errorf("find user: %w", err)
	}
	return p, u.Clone(), nil
}

// change runs fn on the target in one Update.
func (a *Accounts) change(ctx context.Context, t Target, fn func(*store.Tx, *model.Pool, *model.User) error) error {
	return a.update(ctx, func(tx *store.Tx) error {
		p, u, err := find(tx, t)
		if err != nil {
			return err
		}
		return fn(tx, p, u)
	})
}

// AdminGet reads a user.
func (a *Accounts) AdminGet(ctx context.Context, t Target) (u *model.User, err error) {
	err = a.cfg.Store.View(ctx, func(tx *store.Tx) (err error) {
		_, u, err = find(tx, t)
		return err
	})
	return u, err
}

// AdminConfirm confirms a sign-up without a code, and without proving any address.
func (a *Accounts) AdminConfirm(ctx context.Context, t Target) error {
	return a.change(ctx, t, func(tx *store.Tx, p *model.Pool, u *model.User) error {
		if u.Status != model.Unconfirmed {
			return notConfirmable(u)
		}
		return a.confirm(tx, p, u, false)
	})
}

// AdminDelete removes a user with all that belongs to it.
func (a *Accounts) AdminDelete(ctx context.Context, t Target) error {
	return a.change(ctx, t, func(tx *store.Tx, p *model.Pool, u *model.User) error { return a.remove(tx, p, u.Sub) })
}

// AdminEnable lets a user sign in again.
func (a *Accounts) AdminEnable(ctx context.Context, t Target) error {
	return a.change(ctx, t, func(tx *store.Tx, p *model.Pool, u *model.User) error {
		u.Enabled = true
		return a.save(tx, p, u)
	})
}

// AdminDisable shuts a user out, and voids the tokens that are out there.
func (a *Accounts) AdminDisable(ctx context.Context, t Target) error {
	return a.change(ctx, t, func(tx *store.Tx, p *model.Pool, u *model.User) error {
		now := a.cfg.Now()
		u.Enabled, u.SignedOutAt = false, now
		if err := tx.RevokeFamilies(p.ID, u.Sub, now); err != nil {
			return fmt.Errorf("revoke tokens of user %s: %w", u.Sub, err)
		}
		return a.save(tx, p, u)
	})
}

// AdminDisablePassword takes away a user's password, the way to a new one by a
// code, and what was signed in: a token from before could set a first password.
// The user signs in with another provider from then on, until an administrator
// sets a password.
func (a *Accounts) AdminDisablePassword(ctx context.Context, t Target) error {
	return a.change(ctx, t, func(tx *store.Tx, p *model.Pool, u *model.User) error {
		now := a.cfg.Now()
		u.Credential, u.Exposure, u.Status, u.SignedOutAt = nil, model.Exposure{}, model.ExternalProvider, now
		if err := tx.DropCode(p.ID, u.Sub, string(code.ForgotPassword)); err != nil {
			return fmt.Errorf("drop code of user %s: %w", u.Sub, err)
		}
		if err := tx.RevokeFamilies(p.ID, u.Sub, now); err != nil {
			return fmt.Errorf("revoke tokens of user %s: %w", u.Sub, err)
		}
		return a.save(tx, p, u)
	})
}

// AdminUpdateAttributes changes attributes of a user; an empty value removes.
// An administrator may vouch for an address by its *_verified attribute.
func (a *Accounts) AdminUpdateAttributes(ctx context.Context, t Target, given map[string]string) error {
	return a.change(ctx, t, func(tx *store.Tx, p *model.Pool, u *model.User) error {
		_, err := a.write(tx, p, u, given)
		return err
	})
}

// AdminDeleteAttributes removes attributes of a user.
func (a *Accounts) AdminDeleteAttributes(ctx context.Context, t Target, names []string) error {
	return a.AdminUpdateAttributes(ctx, t, removal(names))
}

// AdminSetPassword sets a password: a permanent one confirms the user, a
// temporary one must be changed at the next sign-in. It is not held against
// the corpus of leaked passwords, as at Cognito.
func (a *Accounts) AdminSetPassword(ctx context.Context, t Target, plain string, permanent bool) error {
	p, u, err := a.judgeFor(ctx, t, plain)
	if err != nil {
		return err
	}
	record, err := a.cfg.Credential.Make(ctx, p, u, plain, !permanent)
	if err != nil {
		return err
	}
	return a.change(ctx, Target{p.ID, u.Sub}, func(tx *store.Tx, p *model.Pool, u *model.User) error {
		if err := a.setPassword(tx, p, u, record, threat.Finding{}); err != nil {
			return err
		}
		if permanent {
			return a.confirm(tx, p, u, false)
		}
		u.Status = model.ForceChangePassword
		return a.save(tx, p, u)
	})
}

// judgeFor holds a password that an administrator chose against the policy and the user's history.
func (a *Accounts) judgeFor(ctx context.Context, t Target, plain string) (p *model.Pool, u *model.User, err error) {
	err = a.cfg.Store.View(ctx, func(tx *store.Tx) (err error) {
		p, u, err = find(tx, t)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	if err := a.cfg.Credential.CheckPolicy(p, plain); err != nil {
		return nil, nil, err
	}
	return p, u, a.fresh(ctx, p, u, plain)
}

// AdminResetPassword voids a password until the user sets another one by the
// code that this sends.
func (a *Accounts) AdminResetPassword(ctx context.Context, t Target) error {
	return a.change(ctx, t, func(tx *store.Tx, p *model.Pool, u *model.User) error {
		switch {
		case !u.Enabled:
			return disabled
		case u.Status != model.Confirmed && u.Status != model.ResetRequired:
			return wrongState
		}
		to, ok := recoveryAddress(p, u)
		if !ok {
			return noChannel
		}
		if _, err := a.cfg.Codes.Issue(tx, p, u, code.ForgotPassword, to); err != nil {
			return err
		}
		if err := forgetFailures(tx, p, u.Sub); err != nil { // nobody can guess a password that is void
			return err
		}
		u.Status = model.ResetRequired
		return a.save(tx, p, u)
	})
}
