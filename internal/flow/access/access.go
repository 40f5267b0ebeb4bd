// Package access gives administrators their keys: made, sealed, listed, found for a signature, and what each may do.
//
// A key is an id of 20 characters (AKIA...) that travels with every request and
// a secret of 40 that never does: it signs. Verifying a signature needs the
// secret itself, so it is sealed, not hashed.
package access

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/seal"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

// ErrUnknown says that there is no such key, or that it is disabled.
var ErrUnknown = errors.New("unknown access key")

// Config of the keys.
type Config struct {
	Store *store.Store
	Ring  *seal.Ring
	Rand  io.Reader        // nil = crypto/rand; safe for concurrent use
	Now   func() time.Time // nil = time.Now
}

// Keys makes and finds access keys. It is safe for concurrent use.
type Keys struct{ cfg Config }

// New makes the keys' keeper.
func New(cfg Config) *Keys {
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Keys{cfg: cfg}
}

// Everything is the policy of the first key: every action on every pool.
var Everything = model.Policy{Actions: []string{"*"}, Resources: []string{"*"}}

// purpose of a sealed secret; it is bound to the id of its key.
const purpose = "access key"

// Create makes a key for the holder of this name. The secret is told here and nowhere else.
func (k *Keys) Create(ctx context.Context, name string, policy model.Policy) (*model.AccessKey, seal.Secret, error) {
	id, secret, err := k.draw()
	if err != nil {
		return nil, seal.Secret{}, fmt.Errorf("draw an access key: %w", err)
	}
	key := &model.AccessKey{
		ID:        id,
		Name:      name,
		Secret:    k.cfg.Ring.Seal(purpose, []byte(secret), id),
		Policy:    policy,
		CreatedAt: k.cfg.Now(),
	}
	err = k.cfg.Store.Update(ctx, func(tx *store.Tx) error { return tx.CreateAccessKey(key) })
	if err != nil {
		return nil, seal.Secret{}, fmt.Errorf("store access key %s: %w", id, err)
	}
	return key, seal.NewSecret(secret), nil
}

// letters of an id: 32 of them, so that every random byte gives one without bias.
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

// draw makes an id of 80 random bits and a secret of 240.
func (k *Keys) draw() (id, secret string, err error) {
	var b [16 + 30]byte
	if _, err := io.ReadFull(k.cfg.Rand, b[:]); err != nil {
		return "", "", err
	}
	text := []byte("AKIA")
	for _, c := range b[:16] {
		text = append(text, letters[c%32])
	}
	return string(text), base64.StdEncoding.EncodeToString(b[16:]), nil
}

// List tells all keys in order of id, their secrets sealed.
func (k *Keys) List(ctx context.Context) (list []*model.AccessKey, err error) {
	err = k.cfg.Store.View(ctx, func(tx *store.Tx) error {
		list, err = tx.AccessKeys()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list access keys: %w", err)
	}
	return list, nil
}

// Delete removes a key; ErrUnknown when there is none.
func (k *Keys) Delete(ctx context.Context, id string) error {
	err := k.cfg.Store.Update(ctx, func(tx *store.Tx) error { return tx.DeleteAccessKey(id) })
	if errors.Is(err, store.ErrNotFound) {
		return ErrUnknown
	}
	if err != nil {
		return fmt.Errorf("delete access key %s: %w", id, err)
	}
	return nil
}

// Find opens a key to check a signature with; ErrUnknown when nobody may use it.
func (k *Keys) Find(ctx context.Context, id string) (*model.AccessKey, seal.Secret, error) {
	var key *model.AccessKey
	err := k.cfg.Store.View(ctx, func(tx *store.Tx) (err error) {
		key, err = tx.AccessKey(id)
		return err
	})
	if errors.Is(err, store.ErrNotFound) || err == nil && key.Disabled {
		return nil, seal.Secret{}, ErrUnknown
	}
	if err != nil {
		return nil, seal.Secret{}, fmt.Errorf("read access key: %w", err)
	}
	secret, err := k.cfg.Ring.Open(purpose, key.Secret, key.ID)
	if err != nil {
		return nil, seal.Secret{}, fmt.Errorf("open access key %s: %w", key.ID, err)
	}
	return key, seal.NewSecret(string(secret)), nil
}
