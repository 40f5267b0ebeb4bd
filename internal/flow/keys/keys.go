// Package keys gives every pool its signing keys: made, sealed, opened, rotated, published.
//
//	pool ── id key      signs ID tokens      ┐ kid differs, both in the JWKS
//	     └─ access key  signs access tokens  ┘
//
// A rotation adds a new key of each use, which signs from then on; the old one
// stays in the JWKS until every token that it signed has expired.
package keys

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/seal"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/part/token"
)

// Config of the keys.
type Config struct {
	Store *store.Store
	Ring  *seal.Ring
	// NewKey makes a key pair; nil = token.NewKey. Tests hand out ready-made ones.
	NewKey func() (*token.Key, error)
	Now    func() time.Time
}

// Keys is safe for concurrent use.
type Keys struct {
	cfg Config

	mu     sync.Mutex
	opened map[string]*Set // by pool id, guarded by mu
}

// Set is a pool's keys, opened.
type Set struct {
	version int64
	until   time.Time // when the next key of Public leaves it; zero = none will
	// ID and Access sign; Public also holds retired keys whose tokens live on.
	ID, Access *token.Key
	Public     token.KeySet
}

// purpose names the sealing of private keys.
const purpose = "signing key"

// maxOpened bounds how many pools' keys are kept open in memory.
const maxOpened = 2000

// New makes Keys.
func New(cfg Config) *Keys {
	if cfg.NewKey == nil {
		cfg.NewKey = token.NewKey
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Keys{cfg: cfg, opened: map[string]*Set{}}
}

// Make makes a pool's first keys, one for each use, sealed. It takes a good
// part of a second: call it outside a transaction.
func (k *Keys) Make(poolID string) ([]model.SigningKey, error) {
	uses := []model.KeyUse{model.KeyForID, model.KeyForAccess}
	made := make([]model.SigningKey, len(uses))
	var group errgroup.Group
	for i, use := range uses {
		group.Go(func() error {
			key, err := k.cfg.NewKey()
			if err != nil {
				return fmt.Errorf("make the %s key of pool %s: %w", use, poolID, err)
			}
			made[i] = model.SigningKey{
				ID: key.ID, Use: use, CreatedAt: k.cfg.Now(),
				Box: k.cfg.Ring.Seal(purpose, key.Marshal(), poolID, key.ID),
			}
			return nil
		})
	}
	return made, group.Wait()
}

// good tells whether the set still is what the pool says.
func (s *Set) good(p *model.Pool, now time.Time) bool {
	return s.version == p.Version && (s.until.IsZero() || now.Before(s.until))
}

// Of opens the keys of a pool. They are kept in memory until the pool changes
// or one of them leaves.
func (k *Keys) Of(p *model.Pool) (*Set, error) {
	k.mu.Lock()
	set, ok := k.opened[p.ID]
	k.mu.Unlock()
	if ok && set.good(p, k.cfg.Now()) {
		return set, nil
	}
	set, err := k.open(p)
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if seen, ok := k.opened[p.ID]; !ok || seen.version <= set.version {
		for id := range k.opened {
			if len(k.opened) < maxOpened {
				break
			}
			delete(k.opened, id)
		}
		k.opened[p.ID] = set
	}
	return set, nil
}

func (k *Keys) open(p *model.Pool) (*Set, error) {
	set := &Set{version: p.Version}
	var all []*token.Key
	now := k.cfg.Now()
	for _, stored := range p.Keys {
		retires := !stored.RetiresAt.IsZero()
		if retires && !now.Before(stored.RetiresAt) {
			continue
		}
		der, err := k.cfg.Ring.Open(purpose, stored.Box, p.ID, stored.ID)
		if err != nil {
			return nil, fmt.Errorf("open key %s of pool %s: %w", stored.ID, p.ID, err)
		}
		key, err := token.ParseKey(der)
		if err != nil {
			return nil, fmt.Errorf("read key %s of pool %s: %w", stored.ID, p.ID, err)
		}
		all = append(all, key)
		switch { // newest first: the first unretired one of each use signs
		case retires:
			if set.until.IsZero() || stored.RetiresAt.Before(set.until) {
				set.until = stored.RetiresAt
			}
		case stored.Use == model.KeyForID && set.ID == nil:
			set.ID = key
		case stored.Use == model.KeyForAccess && set.Access == nil:
			set.Access = key
		}
	}
	if set.ID == nil || set.Access == nil {
		return nil, fmt.Errorf("pool %s lacks a signing key", p.ID)
	}
	set.Public = token.NewKeySet(all...)
	return set, nil
}

// Rotate makes new keys for a pool. The old ones verify for the overlap: the
// longest life of an ID or access token (one day) costs nobody a sign-in, 0 is
// for a key that leaked.
func (k *Keys) Rotate(ctx context.Context, poolID string, overlap time.Duration) error {
	fresh, err := k.Make(poolID)
	if err != nil {
		return err
	}
	now := k.cfg.Now()
	leaves := now.Add(max(overlap, 0))
	err = k.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		p, err := tx.Pool(poolID)
		if err != nil {
			return err
		}
		if err := tx.DropSigningKeys(poolID, now); err != nil {
			return err
		}
		for _, old := range p.Keys {
			if !old.RetiresAt.IsZero() && old.RetiresAt.Before(leaves) {
				continue // it leaves sooner, or is dropped already
			}
			if err := tx.RetireSigningKey(poolID, old.ID, leaves); err != nil {
				return err
			}
		}
		for _, key := range fresh {
			if err := tx.AddSigningKey(poolID, key); err != nil {
				return err
			}
		}
		return tx.SavePool(p)
	})
	if err != nil {
		return fmt.Errorf("rotate the keys of pool %s: %w", poolID, err)
	}
	return nil
}
