package account

import (
	"context"
	"errors"
	"fmt"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

// draft makes a new user from the name and the attributes sent, not stored yet.
func (a *Accounts) draft(p *model.Pool, sent string, given map[string]string, status model.Status) (*model.User, error) {
	sub, err := a.newSub()
	if err != nil {
		return nil, err
	}
	now := a.cfg.Now()
	u := &model.User{PoolID: p.ID, Sub: sub, Status: status, Enabled: true, Attributes: map[string]string{}, CreatedAt: now, ModifiedAt: now}
	if err := conform(p, given, nil); err != nil {
		return nil, err
	}
	for name, value := range given {
		if value != "" {
			u.Attributes[name] = value
		}
	}
	if err := christen(p, u, sent); err != nil {
		return nil, err
	}
	return u, consistent(u)
}

// vacant refuses a user name that somebody has. Another's sub counts as one:
// whoever had it as a name would be found where that user is meant.
func vacant(tx *store.Tx, p *model.Pool, sent string, exists *fault.Fault) error {
	_, kind, err := tx.LoginOwner(p.ID, p.Fold(sent))
	if errors.Is(err, store.ErrNotFound) && couldBeSub(p.Fold(sent)) {
		_, err = tx.User(p.ID, p.Fold(sent))
		kind = kindUsername
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil:
		return fmt.Errorf("look for the name: %w", err)
	case len(p.Doc.UsernameAttributes) > 0 && kind != kindUsername:
		return fault.Newf(fault.UsernameExists, "An account with the given %s already exists.", kind)
	}
	return exists
}

// create stores the draft under its names. force takes proven addresses from whoever has them as an alias.
func (a *Accounts) create(tx *store.Tx, p *model.Pool, u *model.User, sent string, force bool, exists *fault.Fault) error {
	if err := vacant(tx, p, sent, exists); err != nil {
		return err
	}
	names := firstLogins(p, u, sent)
	for _, login := range names {
		if force {
			if err := a.displace(tx, p, u, login); err != nil {
				return err
			}
		}
		if err := notASub(tx, p, u, login); err != nil {
			return err
		}
		if _, _, err := tx.LoginOwner(p.ID, login.Name); err == nil {
			return taken(login.Kind)
		} else if !errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("look for the name: %w", err)
		}
	}
	if err := tx.CreateUser(p, u, names); err != nil {
		return fmt.Errorf("create user %s: %w", u.Sub, err)
	}
	return nil
}

// free tells early, before any hashing, whether the name can be had.
func (a *Accounts) free(ctx context.Context, p *model.Pool, sent string, exists *fault.Fault) error {
	return a.cfg.Store.View(ctx, func(tx *store.Tx) error { return vacant(tx, p, sent, exists) })
}
