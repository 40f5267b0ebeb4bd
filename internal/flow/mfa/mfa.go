// Package mfa gives second factors: what a sign-in asks for, what a user has, what a code is worth.
//
//	decide.go         the one decision after a password: pass, challenge, choose, set up, refuse
//	authenticator.go  an app is associated, confirmed by a code, and asked for codes
//	preference.go     what a user or an administrator switches on, off, and prefers
//
// Sessions, lockout and messages are flow/signin's.
package mfa

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/seal"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

// Config of the second factors.
type Config struct {
	Store *store.Store
	Ring  *seal.Ring
	Now   func() time.Time
	Rand  io.Reader
}

// Keeper keeps the second factors of users. It is safe for concurrent use.
type Keeper struct{ cfg Config }

// New makes a Keeper.
func New(cfg Config) *Keeper {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	return &Keeper{cfg}
}

var noUser = fault.New(fault.UserNotFound, "User does not exist.")

// change runs fn on a user, and the authenticator that the user may have, in one Update, and saves the user.
func (k *Keeper) change(tx *store.Tx, p *model.Pool, sub string, fn func(*model.User, *model.Authenticator) error) error {
	u, err := tx.User(p.ID, sub)
	if errors.Is(err, store.ErrNotFound) {
		return noUser
	}
	if err != nil {
		return fmt.Errorf("read user %s: %w", sub, err)
	}
	a, err := Find(tx, p.ID, sub)
	if err != nil {
		return err
	}
	u = u.Clone()
	if err := fn(u, a); err != nil {
		return err
	}
	u.ModifiedAt = k.cfg.Now()
	if err := tx.SaveUser(p, u); err != nil {
		return fmt.Errorf("save user %s: %w", sub, err)
	}
	return nil
}

// Find reads the authenticator of a user; nil when there is none.
func Find(tx *store.Tx, poolID, sub string) (*model.Authenticator, error) {
	a, err := tx.Authenticator(poolID, sub)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the authenticator of user %s: %w", sub, err)
	}
	return a, nil
}
