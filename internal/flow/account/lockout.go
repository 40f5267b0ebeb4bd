package account

import (
	"context"
	"fmt"
	"slices"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

// Lockouts lists the failures of a user that still count: of the account, of its
// second factors, and of each place where it is known.
func (a *Accounts) Lockouts(ctx context.Context, t Target) (u *model.User, list []model.Lockout, err error) {
	err = a.cfg.Store.View(ctx, func(tx *store.Tx) (err error) {
		var p *model.Pool
		if p, u, err = find(tx, t); err != nil {
			return err
		}
		if list, err = tx.LockoutsOf(p.ID, u.Sub); err != nil {
			return fmt.Errorf("read lockouts of user %s: %w", u.Sub, err)
		}
		return nil
	})
	now := a.cfg.Now()
	return u, slices.DeleteFunc(list, func(l model.Lockout) bool { return !now.Before(l.ForgetAt) }), err
}

// Unlock forgets all failures of a user, also those of second factors.
func (a *Accounts) Unlock(ctx context.Context, t Target) error {
	return a.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		p, u, err := find(tx, t)
		if err != nil {
			return err
		}
		if err := tx.ClearLockouts(p.ID, u.Sub); err != nil {
			return fmt.Errorf("unlock user %s: %w", u.Sub, err)
		}
		return nil
	})
}

// UnlockNetwork forgets the failures of a network, over all accounts, by any of its addresses.
func (a *Accounts) UnlockNetwork(ctx context.Context, poolID, ip string) error {
	return a.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if _, err := findPool(tx, poolID); err != nil {
			return err
		}
		if err := tx.DropQuota(poolID, model.Network(ip), model.NetworkFailures); err != nil {
			return fmt.Errorf("unlock a network: %w", err)
		}
		return nil
	})
}

// forgetFailures begins anew with a new password. The wrong codes of second factors
// stay: whoever can reset the password, by mail, must not get more tries at them.
func forgetFailures(tx *store.Tx, p *model.Pool, sub string) error {
	if err := tx.ClearPasswordLockouts(p.ID, sub); err != nil {
		return fmt.Errorf("clear lockout of user %s: %w", sub, err)
	}
	return nil
}
