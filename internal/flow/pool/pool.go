// Package pool keeps user pools and their app clients: defaults, limits, keys, replace semantics.
//
// Cognito's own shapes are the documents. An update replaces a document whole:
// what the request leaves out returns to its default (create.go, settings.go,
// client.go). The exceptions are what can never change (id, schema, user name
// and alias attributes) and what the model exempts (UserPoolTier).
//
// A change is made on a copy and saved under the version that was read; a change
// that another one overtook starts again.
package pool

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// Limits of Cognito's quotas.
const (
	maxPools            = 1000
	maxClients          = 1000
	maxCustomAttributes = 50
	maxTags             = 50
)

// Config of the pools.
type Config struct {
	Store   *store.Store
	Region  string // us-east-1
	Account string // 12 digits
	// Host is the name of this server, to which custom domains point; "" where it has none.
	Host string

	Keys    KeyMaker
	Secrets SecretKeeper

	// IgnoreTiers allows every feature in every UserPoolTier.
	IgnoreTiers bool

	Rand io.Reader        // nil = crypto/rand; safe for concurrent use
	Now  func() time.Time // nil = time.Now
}

// KeyMaker makes the sealed signing keys of a new pool: one for each use. It is
// slow, so it is called outside transactions.
type KeyMaker interface {
	Make(poolID string) ([]model.SigningKey, error)
}

// SecretKeeper seals client secrets and opens them again.
type SecretKeeper interface {
	SealClientSecrets(clientID string, list []model.ClientSecret) []byte
	// ClientSecrets are none for a public client.
	ClientSecrets(c *model.Client) ([]model.ClientSecret, error)
}

// Pools keeps pools and clients. It is safe for concurrent use.
type Pools struct{ cfg Config }

// New makes the keeper of pools.
func New(cfg Config) *Pools {
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Pools{cfg: cfg}
}

// ARN names the pool with this id, whether it exists or not.
func (p *Pools) ARN(id string) string { return p.arnPrefix() + id }

func (p *Pools) arnPrefix() string {
	return "arn:aws:cognito-idp:" + p.cfg.Region + ":" + p.cfg.Account + ":userpool/"
}

func invalid(message string) error { return fault.New(fault.InvalidParameter, message) }

func invalidf(format string, args ...any) error {
	return fault.Newf(fault.InvalidParameter, format, args...)
}

// NotFound is the fault for a pool that does not exist.
func NotFound(id string) error {
	return fault.Newf(fault.ResourceNotFound, "User pool %s does not exist.", id)
}

// Find reads a pool inside a transaction.
func Find(tx *store.Tx, id string) (*model.Pool, error) {
	p, err := tx.Pool(id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, NotFound(id)
	}
	if err != nil {
		return nil, fmt.Errorf("read pool %s: %w", id, err)
	}
	return p, nil
}

// Pool reads a pool. The value is shared: do not change it.
func (p *Pools) Pool(ctx context.Context, id string) (found *model.Pool, err error) {
	err = p.cfg.Store.View(ctx, func(tx *store.Tx) error {
		found, err = Find(tx, id)
		return err
	})
	return found, err
}

// Describe tells a pool with the number of its users.
func (p *Pools) Describe(ctx context.Context, id string) (*shape.UserPoolType, error) {
	var doc shape.UserPoolType
	err := p.cfg.Store.View(ctx, func(tx *store.Tx) error {
		found, err := Find(tx, id)
		if err != nil {
			return err
		}
		n, err := tx.CountUsers(id)
		if err != nil {
			return fmt.Errorf("count users of pool %s: %w", id, err)
		}
		doc = *found.Doc
		doc.EstimatedNumberOfUsers = new(int32(min(n, 1<<31-1)))
		return nil
	})
	return &doc, err
}

// List tells up to limit pools with ids after the given one, in order of id.
func (p *Pools) List(ctx context.Context, after string, limit int) (list []*model.Pool, err error) {
	err = p.cfg.Store.View(ctx, func(tx *store.Tx) error {
		list, err = tx.Pools(after, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list pools: %w", err)
	}
	return list, nil
}

// Delete removes a pool and everything in it, unless it is protected.
func (p *Pools) Delete(ctx context.Context, id string) error {
	return p.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		found, err := Find(tx, id)
		if err != nil {
			return err
		}
		if wire.Of(found.Doc.DeletionProtection) == shape.DeletionProtectionTypeActive {
			return invalid("The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first.")
		}
		if found.Doc.Domain != nil || found.Doc.CustomDomain != nil {
			return invalid("User pool cannot be deleted. It has a domain configured that should be deleted first.")
		}
		if err := idle(tx, id); err != nil {
			return err
		}
		if err := tx.DeletePool(id); err != nil {
			return fmt.Errorf("delete pool %s: %w", id, err)
		}
		return nil
	})
}

// idle refuses to change a pool while users are imported into it.
func idle(tx *store.Tx, id string) error {
	n, err := tx.ActiveImports(id)
	if err != nil {
		return fmt.Errorf("count running import jobs: %w", err)
	}
	if n > 0 {
		return fault.New(fault.UserImportInProgress, "A user import job of the user pool is in progress.")
	}
	return nil
}

// maxTries is how often a change starts again when others overtake it.
const maxTries = 5

var overtaken = fault.New(fault.ConcurrentModification, "The resource was changed by other requests at the same time. Try again.")

// change applies a function to a copy of the pool and saves it. The function
// replaces members of Doc, MFA and Risk; what they point to stays as it is.
func (p *Pools) change(ctx context.Context, id string, fn func(tx *store.Tx, next *model.Pool) error) (next *model.Pool, err error) {
	for range maxTries {
		err = p.cfg.Store.Update(ctx, func(tx *store.Tx) error {
			was, err := Find(tx, id)
			if err != nil {
				return err
			}
			copied, doc, mfa := *was, *was.Doc, *was.MFA
			next = &copied
			next.Doc, next.MFA = &doc, &mfa
			if err := fn(tx, next); err != nil {
				return err
			}
			return tx.SavePool(next)
		})
		if !errors.Is(err, store.ErrNotFound) {
			return next, err
		}
	}
	return nil, overtaken.Because(err)
}

// touch notes when the pool's document was changed.
func (p *Pools) touch(doc *shape.UserPoolType) { doc.LastModifiedDate = wire.At(p.cfg.Now()) }
