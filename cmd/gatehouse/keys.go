package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

type keysCmd struct {
	Rotate keysRotateCmd `cmd:"" help:"Make new signing keys for a pool. The old ones verify for a while longer."`
}

type keysRotateCmd struct {
	Storage storageSettings `embed:"" group:"Storage"`
	Pool    string          `required:"" placeholder:"ID" help:"The pool."`
	Overlap time.Duration   `default:"24h" placeholder:"TIME" help:"How long tokens of the old keys stay good: at least 24h, the longest that an ID or access token can live."`
}

// shortestOverlap is the longest life of an ID or access token: with less, good
// tokens would be refused.
const shortestOverlap = 24 * time.Hour

// Validate refuses an overlap that would end sessions.
func (c *keysRotateCmd) Validate() error {
	if c.Overlap < shortestOverlap {
		return fmt.Errorf("--overlap=%s: want at least 24h, or tokens that are still good would be refused", c.Overlap)
	}
	return nil
}

// Run rotates. Servers that run already take the new keys at their next request.
func (c *keysRotateCmd) Run(ctx context.Context, src *sources, std streams) (err error) {
	parts, err := c.Storage.openExisting(ctx, src)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, parts.Close()) }()
	switch err := parts.Keys.Rotate(ctx, c.Pool, c.Overlap); {
	case errors.Is(err, store.ErrNotFound):
		return fmt.Errorf("there is no pool %q", c.Pool)
	case err != nil:
		return err
	}
	_, err = fmt.Fprintf(std.out, "pool %s signs with new keys; the old ones verify for %s more\n", c.Pool, c.Overlap)
	return err
}
