// Package branding gives the look of a pool's sign-in pages: what an administrator sets, checked and kept.
//
//	style.go    managed login: settings and pictures of a client's pages
//	picture.go  what a picture must be
//	classic.go  the classic pages: a style sheet and a logo, of a client or of all
//	css.go      what a style sheet may say
//	terms.go    links to terms and privacy policies
package branding

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/flow/pool"
)

// Config of the branding.
type Config struct {
	Store *store.Store
	// BaseURL is where this server is reached, without a slash at its end: logos are served there.
	BaseURL string
	Now     func() time.Time // nil = time.Now
	Rand    io.Reader        // nil = crypto/rand
}

// Branding keeps the look of sign-in pages. It is safe for concurrent use.
type Branding struct{ cfg Config }

// New makes a Branding.
func New(cfg Config) *Branding {
	cfg.BaseURL = strings.TrimSuffix(cfg.BaseURL, "/")
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	return &Branding{cfg}
}

func invalid(format string, args ...any) error {
	return fault.Newf(fault.InvalidParameter, format, args...)
}

// newID is a version 4 UUID, which is what the API's pattern asks for.
func (b *Branding) newID() (string, error) {
	id, err := uuid.NewRandomFromReader(b.cfg.Rand)
	if err != nil {
		return "", fmt.Errorf("make an id: %w", err)
	}
	return id.String(), nil
}

// find reads a resource of a pool into its wire shape; what is missing is told by missing.
func find(tx *store.Tx, poolID string, kind model.ResourceKind, name string, missing error, into any) (*model.Resource, error) {
	if _, err := pool.Find(tx, poolID); err != nil {
		return nil, err
	}
	r, err := tx.Resource(poolID, kind, name)
	if errors.Is(err, store.ErrNotFound) {
		return nil, missing
	}
	if err != nil {
		return nil, fmt.Errorf("read %s of pool %s: %w", kind, poolID, err)
	}
	return r, wire.Read(r.Document, into)
}

// remove removes a resource of a pool; what is missing is told by missing.
func (b *Branding) remove(ctx context.Context, poolID string, kind model.ResourceKind, name string, missing error) error {
	return b.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if _, err := pool.Find(tx, poolID); err != nil {
			return err
		}
		err := tx.DeleteResource(poolID, kind, name)
		if errors.Is(err, store.ErrNotFound) {
			return missing
		}
		return err
	})
}

// room refuses what would be more of a kind than a pool may have.
func room(tx *store.Tx, poolID string, kind model.ResourceKind, most int, what string) error {
	n, err := tx.CountResources(poolID, kind)
	if err != nil {
		return fmt.Errorf("count %s of pool %s: %w", kind, poolID, err)
	}
	if n >= most {
		return fault.Newf(fault.LimitExceeded, "A user pool can have at most %d %s.", most, what)
	}
	return nil
}
