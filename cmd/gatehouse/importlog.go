package main

import (
	"context"

	"github.com/gatehouse-id/gatehouse/internal/flow/userimport"
	"github.com/gatehouse-id/gatehouse/internal/server"
)

type importLogCmd struct {
	Storage storageSettings `embed:"" group:"Storage"`
	Pool    string          `required:"" placeholder:"ID" help:"The pool."`
	Job     string          `required:"" placeholder:"ID" help:"The job, such as import-A1b2C3d4E5."`
}

// Run prints the log of a job, as far as it is there.
func (c *importLogCmd) Run(ctx context.Context, src *sources, std streams) error {
	return c.Storage.with(ctx, src, func(parts *server.Parts) error {
		jobs := userimport.New(userimport.Config{Store: parts.Store, Ring: parts.Ring})
		return jobs.WriteLog(ctx, c.Pool, c.Job, std.out)
	})
}
