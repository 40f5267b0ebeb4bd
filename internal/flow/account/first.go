package account

import (
	"fmt"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

// CheckAttributes returns the user with attributes that came beside a new
// password at the first sign-in, checked like those of UpdateAttributes. Nothing
// is stored: see SaveAttributes.
func (a *Accounts) CheckAttributes(p *model.Pool, c *model.Client, u *model.User, given map[string]string) (*model.User, error) {
	if err := permit(c, given); err != nil {
		return nil, err
	}
	if err := conform(p, given, u.Attributes); err != nil {
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
