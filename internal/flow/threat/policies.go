package threat

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// Policies keeps the policy documents of pools and clients, with their history.
// It is safe for concurrent use.
type Policies struct {
	store *store.Store
	now   func() time.Time
}

// NewPolicies makes Policies; a nil now is time.Now.
func NewPolicies(s *store.Store, now func() time.Time) *Policies {
	if now == nil {
		now = time.Now
	}
	return &Policies{s, now}
}

// Place is whose policy is meant: a pool's, or with ClientID a client's.
type Place struct{ PoolID, ClientID string }

func (at Place) String() string {
	if at.ClientID == "" {
		return "pool " + at.PoolID
	}
	return "client " + at.ClientID + " of pool " + at.PoolID
}

// What a Policies refuses.
var (
	ErrNoPlace   = errors.New("there is no such pool or client")
	ErrNoVersion = errors.New("there is no such version")
	// ErrSuperseded says that another version was set meanwhile.
	ErrSuperseded = errors.New("the policy was changed meanwhile")
	// ErrAhead says that the version to be replaced never held.
	ErrAhead = errors.New("there is no such version yet")
)

// Held is what holds in one place.
type Held struct {
	Current   model.PolicyVersion // Version 0: none was ever set
	Effective model.ThreatPolicy  // with the pool's, where the client has none, and with defaults
}

// Get tells what holds.
func (k *Policies) Get(ctx context.Context, at Place) (h Held, err error) {
	err = k.store.View(ctx, func(tx *store.Tx) error {
		p, c, err := at.find(tx)
		if err != nil {
			return err
		}
		list, err := tx.PolicyVersions(at.PoolID, at.ClientID, 0, 1)
		if err != nil {
			return err
		}
		h.Current = model.PolicyVersion{PoolID: at.PoolID, ClientID: at.ClientID}
		if len(list) > 0 {
			h.Current = list[0]
		}
		h.Effective = Effective(p, c)
		return nil
	})
	return h, err
}

// find reads whose policy is meant; the client is nil for the pool's own.
func (at Place) find(tx *store.Tx) (*model.Pool, *model.Client, error) {
	p, err := tx.Pool(at.PoolID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil, fmt.Errorf("%v: %w", at, ErrNoPlace)
	}
	if err != nil || at.ClientID == "" {
		return p, nil, err
	}
	c, err := tx.Client(at.PoolID, at.ClientID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil, fmt.Errorf("%v: %w", at, ErrNoPlace)
	}
	return p, c, err
}

// AnyVersion lets Set replace whichever version holds.
const AnyVersion = -1

// Set makes a policy hold from now on; nil takes it away, so that the defaults
// hold, or for a client the pool's. was is the version that it replaces, or
// AnyVersion. It returns the new version.
func (k *Policies) Set(ctx context.Context, at Place, was int64, p *model.ThreatPolicy, author string) (version int64, err error) {
	if p != nil {
		if err := p.Check(); err != nil {
			return 0, err
		}
	}
	err = k.store.Update(ctx, func(tx *store.Tx) error {
		if _, _, err := at.find(tx); err != nil {
			return err
		}
		newest, err := tx.PolicyVersions(at.PoolID, at.ClientID, 0, 1)
		if err != nil {
			return err
		}
		base, last := was, int64(0)
		if len(newest) > 0 {
			last = newest[0].Version
		}
		switch {
		case base == AnyVersion:
			base = last
		case base > last:
			return fmt.Errorf("%v, version %d: %w", at, base, ErrAhead)
		}
		err = tx.AddPolicy(at.PoolID, at.ClientID, base, p, author, k.now())
		if errors.Is(err, store.ErrChanged) {
			return fmt.Errorf("%v: %w", at, ErrSuperseded)
		}
		version = base + 1
		return err
	})
	return version, err
}

// Versions lists the versions of one place older than before (0: all), newest first, at most limit.
func (k *Policies) Versions(ctx context.Context, at Place, before int64, limit int) (list []model.PolicyVersion, err error) {
	err = k.store.View(ctx, func(tx *store.Tx) (err error) {
		if _, _, err := at.find(tx); err != nil {
			return err
		}
		list, err = tx.PolicyVersions(at.PoolID, at.ClientID, before, limit)
		return err
	})
	return list, err
}

// Rollback makes an earlier version hold again, as a new one. was is as in Set.
func (k *Policies) Rollback(ctx context.Context, at Place, was, to int64, author string) (version int64, err error) {
	list, err := k.Versions(ctx, at, to+1, 1)
	if err != nil {
		return 0, err
	}
	if to < 1 || len(list) == 0 || list[0].Version != to {
		return 0, fmt.Errorf("%v, version %d: %w", at, to, ErrNoVersion)
	}
	return k.Set(ctx, at, was, list[0].Policy, author)
}

// ParsePolicy reads a policy document of JSON. A member that nobody knows is
// refused: a setting that was misspelt would otherwise silently not hold.
func ParsePolicy(text []byte) (*model.ThreatPolicy, error) {
	p := new(model.ThreatPolicy)
	if err := wire.ReadKnown(text, p); err != nil {
		return nil, fmt.Errorf("read policy: %w", err)
	}
	if err := p.Check(); err != nil {
		return nil, fmt.Errorf("read policy: %w", err)
	}
	return p, nil
}
