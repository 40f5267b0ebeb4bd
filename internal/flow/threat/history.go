package threat

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// History keeps the events of users: lists, exports and forgets them. It is safe
// for concurrent use.
type History struct {
	store *store.Store
	now   func() time.Time
}

// NewHistory makes a History; a nil now is time.Now.
func NewHistory(s *store.Store, now func() time.Time) *History {
	if now == nil {
		now = time.Now
	}
	return &History{s, now}
}

var (
	noUser  = fault.New(fault.UserNotFound, "User does not exist.")
	noAddOn = fault.New(fault.UserPoolAddOnNotEnabled, "User pool add-ons are not enabled for the user pool.")
	noEvent = fault.New(fault.ResourceNotFound, "Event does not exist.")
)

// List reads up to limit events of a user by any name, newest first, before the
// given one; a zero one begins at the newest. Events of types that Cognito does
// not know are left out.
func (h *History) List(ctx context.Context, poolID, name string, before model.Event, limit int) (list []model.Event, err error) {
	err = h.store.View(ctx, func(tx *store.Tx) error {
		p, err := findProtected(tx, poolID)
		if err != nil {
			return err
		}
		u, err := findUser(tx, p, name)
		if err != nil {
			return err
		}
		list, err = shown(tx, u, before, limit)
		return err
	})
	return list, err
}

// Sub finds the user of a name, for an operation on events.
func (h *History) Sub(ctx context.Context, poolID, name string) (sub string, err error) {
	err = h.store.View(ctx, func(tx *store.Tx) error {
		p, err := findProtected(tx, poolID)
		if err != nil {
			return err
		}
		u, err := findUser(tx, p, name)
		if err != nil {
			return err
		}
		sub = u.Sub
		return nil
	})
	return sub, err
}

// shown reads events of the types that Cognito knows. Those of our own are few:
// at most one for each password that was found in a list.
func shown(tx *store.Tx, u *model.User, before model.Event, limit int) (list []model.Event, err error) {
	for {
		some, err := tx.Events(u.PoolID, u.Sub, before, limit)
		if err != nil {
			return nil, fmt.Errorf("list events of user %s: %w", u.Sub, err)
		}
		for _, e := range some {
			if e.Type != model.EventCredentialCheck {
				list = append(list, e)
			}
		}
		if len(list) >= limit || len(some) < limit {
			return list[:min(len(list), limit)], nil
		}
		before = some[len(some)-1]
	}
}

func findPool(tx *store.Tx, poolID string) (*model.Pool, error) {
	p, err := tx.Pool(poolID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, fault.Newf(fault.ResourceNotFound, "User pool %s does not exist.", poolID)
	}
	return p, err
}

// findProtected reads a pool, and refuses one that keeps no events: its threat
// protection is off for the standard flows and for custom authentication.
func findProtected(tx *store.Tx, poolID string) (*model.Pool, error) {
	p, err := findPool(tx, poolID)
	if err == nil && p.Mode() == model.ModeOff && !protectsCustom(p) {
		err = noAddOn
	}
	return p, err
}

func protectsCustom(p *model.Pool) bool {
	a := p.Doc.UserPoolAddOns
	return a != nil && a.AdvancedSecurityAdditionalFlows != nil && wire.Of(a.AdvancedSecurityAdditionalFlows.CustomAuthMode) != ""
}

func findUser(tx *store.Tx, p *model.Pool, name string) (*model.User, error) {
	u, err := tx.FindUser(p, name)
	if errors.Is(err, store.ErrNotFound) {
		return nil, noUser
	}
	return u, err
}
