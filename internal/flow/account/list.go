package account

import (
	"context"
	"encoding/base64"
	"fmt"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/filter"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// Search is the input of List.
type Search struct {
	PoolID string
	Filter string // as filter.Parse reads it
	Limit  int    // 1 to 60; 0 = 60
	Token  string // of the page before
}

const (
	maxPage       = 60
	purposeCursor = "user list"
)

// List reads a page of users, and the token of the next one; empty on the last.
func (a *Accounts) List(ctx context.Context, in Search) (users []*model.User, token string, err error) {
	f, err := filter.Parse(in.Filter)
	if err != nil {
		return nil, "", err
	}
	after, err := a.openCursor(in, f)
	if err != nil {
		return nil, "", err
	}
	limit := in.Limit
	if limit <= 0 || limit > maxPage {
		limit = maxPage
	}
	var next *store.Cursor
	err = a.cfg.Store.View(ctx, func(tx *store.Tx) error {
		p, err := findPool(tx, in.PoolID)
		if err != nil {
			return err
		}
		users, next, err = tx.Users(p, f, after, limit)
		if err != nil {
			return fmt.Errorf("list users of pool %s: %w", p.ID, err)
		}
		return nil
	})
	if err != nil || next == nil {
		return users, "", err
	}
	return users, a.sealCursor(in, f, *next), nil
}

// A cursor holds a value of some user, so it is sealed; and it means something
// only with the filter that made it, so it is bound to it.
func (a *Accounts) sealCursor(in Search, f filter.Filter, c store.Cursor) string {
	box := a.cfg.Ring.Seal(purposeCursor, wire.Must([]string{c.Value, c.Sub}), in.PoolID, f.String())
	return base64.RawURLEncoding.EncodeToString(box)
}

func (a *Accounts) openCursor(in Search, f filter.Filter) (store.Cursor, error) {
	if in.Token == "" {
		return store.Cursor{}, nil
	}
	invalid := fault.New(fault.InvalidParameter, "Invalid pagination token.")
	box, err := base64.RawURLEncoding.DecodeString(in.Token)
	if err != nil {
		return store.Cursor{}, invalid.Because(err)
	}
	plain, err := a.cfg.Ring.Open(purposeCursor, box, in.PoolID, f.String())
	if err != nil {
		return store.Cursor{}, invalid.Because(err)
	}
	var pair []string
	if err := wire.Read(plain, &pair); err != nil || len(pair) != 2 {
		return store.Cursor{}, invalid.Because(err)
	}
	return store.Cursor{Value: pair[0], Sub: pair[1]}, nil
}
