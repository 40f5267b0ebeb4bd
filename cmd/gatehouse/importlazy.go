package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/former"
	"github.com/gatehouse-id/gatehouse/internal/server"
)

type importLazyCmd struct {
	Set   importLazySetCmd   `cmd:"" help:"Ask a pool of Cognito for the passwords of users who have none here, at their first sign-in."`
	Show  importLazyShowCmd  `cmd:"" help:"Tell which pool is asked."`
	Unset importLazyUnsetCmd `cmd:"" help:"Ask nobody any more. Users who came stay."`
}

// lazyPool is the pool that a command is about.
type lazyPool struct {
	Storage storageSettings `embed:"" group:"Storage"`
	Pool    string          `required:"" placeholder:"ID" help:"The pool here."`
}

type importLazySetCmd struct {
	lazyPool         `embed:""`
	FromPool         string `required:"" placeholder:"ID" help:"The pool that is asked, such as eu-west-1_AbCdEfGhI."`
	FromClient       string `required:"" placeholder:"ID" help:"An app client of it that passwords are asked through: it must allow USER_PASSWORD_AUTH, or ADMIN_USER_PASSWORD_AUTH with --admin."`
	ClientSecretFile string `placeholder:"FILE" help:"File with the secret of that client, where it has one."`
	Admin            bool   `help:"Ask as an administrator, with the credentials that AWS's tools would find where the server runs. Then ForgotPassword finds users there too."`
	FromProfile      string `placeholder:"NAME" help:"Profile of AWS's shared files, for --admin."`
	FromEndpoint     string `placeholder:"URL" help:"Another server with Cognito's API. Unset: Amazon's."`
	KeepSub          bool   `default:"true" negatable:"" help:"Users keep their sub."`
}

// Run sets the former pool.
func (c *importLazySetCmd) Run(ctx context.Context, src *sources, std streams) error {
	doc := &model.FormerPool{
		PoolID: c.FromPool, ClientID: c.FromClient, Admin: c.Admin, Profile: c.FromProfile, Endpoint: c.FromEndpoint, NewSubs: !c.KeepSub,
	}
	if c.ClientSecretFile != "" {
		text, err := os.ReadFile(c.ClientSecretFile)
		if err != nil {
			return fmt.Errorf("read the secret of the client: %w", err)
		}
		if doc.ClientSecret = strings.TrimSpace(string(text)); doc.ClientSecret == "" {
			return errors.New("read the secret of the client: the file is empty")
		}
	}
	return c.Storage.with(ctx, src, func(parts *server.Parts) error {
		if err := former.Set(ctx, parts.Store, parts.Ring, c.Pool, doc); err != nil {
			return err
		}
		_, err := fmt.Fprintf(std.out, "pool %s asks %v\n", c.Pool, doc)
		return err
	})
}

type importLazyShowCmd struct {
	lazyPool `embed:""`
}

// Run shows the former pool, without its secret.
func (c *importLazyShowCmd) Run(ctx context.Context, src *sources, std streams) error {
	return c.Storage.with(ctx, src, func(parts *server.Parts) error {
		var p *model.Pool
		err := parts.Store.View(ctx, func(tx *store.Tx) (err error) {
			p, err = tx.Pool(c.Pool)
			return err
		})
		if errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("pool %s: there is no such pool", c.Pool)
		}
		if err != nil {
			return err
		}
		if p.Former == nil {
			_, err = fmt.Fprintf(std.out, "pool %s asks nobody\n", c.Pool)
			return err
		}
		doc, err := former.Read(parts.Ring, p)
		if err != nil {
			return err
		}
		as := "as anybody"
		if doc.Admin {
			as = "as an administrator"
		}
		_, err = fmt.Fprintf(std.out, "pool %s asks %v, %s\n", c.Pool, doc, as)
		return err
	})
}

type importLazyUnsetCmd struct {
	lazyPool `embed:""`
}

// Run takes the former pool away.
func (c *importLazyUnsetCmd) Run(ctx context.Context, src *sources, std streams) error {
	return c.Storage.with(ctx, src, func(parts *server.Parts) error {
		if err := former.Set(ctx, parts.Store, parts.Ring, c.Pool, nil); err != nil {
			return err
		}
		_, err := fmt.Fprintf(std.out, "pool %s asks nobody\n", c.Pool)
		return err
	})
}
