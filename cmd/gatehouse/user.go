package main

import (
	"context"
	"fmt"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
	"github.com/gatehouse-id/gatehouse/internal/server"
)

type userCmd struct {
	Export       userExportCmd `cmd:"" help:"Print what is kept of a user's sign-ins as JSON: events, answers about them, and what was learned."`
	EraseHistory userEraseCmd  `cmd:"" help:"Forget what is kept of a user's sign-ins. The user stays."`
}

// oneUser is the user that a command is about.
type oneUser struct {
	Storage storageSettings `embed:"" group:"Storage"`
	Pool    string          `required:"" placeholder:"ID" help:"The pool."`
	User    string          `required:"" placeholder:"NAME" help:"The user, by any name or by the sub."`
}

type userExportCmd struct {
	oneUser `embed:""`
}

// Run exports a user's history.
func (c *userExportCmd) Run(ctx context.Context, src *sources, std streams) error {
	return c.Storage.with(ctx, src, func(parts *server.Parts) error {
		return threat.NewHistory(parts.Store, time.Now).Export(ctx, c.Pool, c.User, std.out)
	})
}

type userEraseCmd struct {
	oneUser     `embed:""`
	KeepProfile bool `help:"Keep what was learned of the user: otherwise the next sign-in is judged as a first one."`
}

// Run erases a user's history.
func (c *userEraseCmd) Run(ctx context.Context, src *sources, std streams) error {
	return c.Storage.with(ctx, src, func(parts *server.Parts) error {
		if err := threat.NewHistory(parts.Store, time.Now).Erase(ctx, c.Pool, c.User, c.KeepProfile); err != nil {
			return err
		}
		_, err := fmt.Fprintln(std.out, "erased")
		return err
	})
}
