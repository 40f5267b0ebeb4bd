package account

import (
	"fmt"
	"maps"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/code"
)

// CheckAttributes returns the user with attributes that came beside a new
// password at the first sign-in, checked like those of UpdateAttributes, except
// that one which can never change may be set where there is none yet: whoever was
// created without it could not sign in otherwise. Nothing is stored: see
// SaveAttributes.
func (a *Accounts) CheckAttributes(p *model.Pool, c *model.Client, u *model.User, given map[string]string) (*model.User, error) {
	if err := permit(c, given); err != nil {
		return nil, err
	}
	was := maps.Clone(u.Attributes)
	for name, value := range given {
		if was[name] == "" && was != nil {
			was[name] = value // set, not changed
		}
	}
	if err := conform(p, given, was); err != nil {
		return nil, err
	}
	changed := u.Clone()
	for name, value := range given {
		if flag := verifiedOf[name]; flag != "" && value != changed.Attributes[name] {
			delete(changed.Attributes, flag)
		}
		set(changed, name, value)
	}
	return changed, consistent(changed)
}

// SaveAttributes stores the user as CheckAttributes and its caller changed it,
// and the names that follow from the attributes, inside the caller's Update.
func (a *Accounts) SaveAttributes(tx *store.Tx, p *model.Pool, u *model.User) error {
	if err := a.rename(tx, p, u, false); err != nil {
		return err
	}
	if err := tx.SaveUser(p, u); err != nil {
		return fmt.Errorf("save user %s: %w", u.Sub, err)
	}
	return nil
}

// ConfirmBy is Prove for a code that stood for the password: it also confirms a
// user who was not confirmed yet (spec 4.8).
func (a *Accounts) ConfirmBy(tx *store.Tx, p *model.Pool, u *model.User, to code.Address) error {
	if err := a.Prove(tx, p, u, to); err != nil || u.Status != model.Unconfirmed {
		return err
	}
	return a.confirm(tx, p, u, false)
}

// Prove marks an address of the user as proven, by a code that a sign-in sent
// there, inside the caller's Update. An address that the user no longer has
// proves nothing; one that is another user's name stays unproven, which is no
// reason to keep this user out.
func (a *Accounts) Prove(tx *store.Tx, p *model.Pool, u *model.User, to code.Address) error {
	flag := verifiedOf[to.Attribute]
	if flag == "" || u.Attributes[to.Attribute] != to.Value || u.Is(flag) {
		return nil
	}
	was, modified := u.Attributes[flag], u.ModifiedAt
	u.Attributes[flag], u.ModifiedAt = "true", a.cfg.Now()
	err := a.SaveAttributes(tx, p, u)
	if fault.Has(err, fault.AliasExists) {
		set(u, flag, was)
		u.ModifiedAt = modified
		return nil
	}
	return err
}
