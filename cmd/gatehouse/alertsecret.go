package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/notice"
)

type policyAlertSecretCmd struct {
	Storage storageSettings `embed:"" group:"Storage"`
	Pool    string          `required:"" placeholder:"ID" help:"The pool."`
}

// Run prints what a receiver verifies the pool's alerts with. It is derived from
// the keys of the database, and the same each time.
func (c *policyAlertSecretCmd) Run(ctx context.Context, src *sources, std streams) (err error) {
	parts, err := c.Storage.openExisting(ctx, src)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, parts.Close()) }()
	err = parts.Store.View(ctx, func(tx *store.Tx) error {
		_, err := tx.Pool(c.Pool)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("there is no pool %s", c.Pool)
	}
	if err != nil {
		return fmt.Errorf("read pool: %w", err)
	}
	_, err = fmt.Fprintln(std.out, notice.WebhookSecret(parts.Ring, c.Pool).Reveal())
	return err
}
