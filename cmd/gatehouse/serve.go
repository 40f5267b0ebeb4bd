package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"path/filepath"
	"time"

	"github.com/alecthomas/kong"
	"golang.org/x/sync/errgroup"

	"github.com/gatehouse-id/gatehouse/internal/door/mailbox"
	"github.com/gatehouse-id/gatehouse/internal/server"
)

type serveCmd struct {
	Settings settings `embed:""`
	Demo     bool     `group:"Development" help:"Development mode with a pool to try: makes it, plays a short story against it and prints lines to copy. Data stay in gatehouse-data/demo unless --data says otherwise."`
}

// Run serves until ctx ends. The first line of standard output is always
// "listening on http://HOST:PORT": scripts wait for it.
func (c *serveCmd) Run(ctx context.Context, command *kong.Context, src *sources, std streams) error {
	if c.Demo {
		c.demoSettings(commandLine(command), src)
	}
	cfg := c.Settings.server(src)
	cfg.Log = c.Settings.Logging.logger(std.err)
	s, err := server.New(ctx, cfg)
	if err != nil {
		return err
	}
	fmt.Fprintf(std.out, "listening on %s\n", s.URL())
	if ops := s.OpsURL(); ops != "" {
		fmt.Fprintf(std.out, "health and metrics on %s/healthz and %s/metrics\n", ops, ops)
	}
	if key := s.FirstKey(); key != nil {
		fmt.Fprintf(std.out, "\nThe first access key, told this once. It may do everything; gatehouse access-key makes narrower ones.\n\n%s\n",
			adminLines(s.URL(), cfg.Region, key.ID, key.Secret.Reveal()))
	}
	if !cfg.Dev && cfg.SMTP == "" && cfg.SES == "" {
		cfg.Log.Warn("no mail server is set: codes and invitations wait in the database, sealed, until one is or they expire", "setting", "smtp")
	}
	cfg.Log.Info("serving", "version", version(), "url", s.URL(), "database", c.Settings.Storage.databaseName(), "development", cfg.Dev)

	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.Run(ctx) })
	if c.Demo {
		group.Go(func() error { return c.demonstrate(ctx, s.URL(), src, std) })
	}
	err = group.Wait()
	cfg.Log.Info("stopped")
	return err
}

// demoSettings are the settings of a first look, where nobody said otherwise.
func (c *serveCmd) demoSettings(given map[string]bool, src *sources) {
	unset := func(name string) bool { return !given[name] && src.from[name] == "" }
	c.Settings.Development.Dev = true
	if unset("data") {
		c.Settings.Storage.Data = filepath.Join("gatehouse-data", "demo")
	}
	if unset("log-level") {
		c.Settings.Logging.LogLevel = "warn" // the story is what there is to read
	}
}

// callTime bounds each call of the demo to its own server.
const callTime = 30 * time.Second

// demonstrate makes the demo pool, tells where everything is and plays the story.
func (c *serveCmd) demonstrate(ctx context.Context, url string, src *sources, std streams) error {
	d := &demo{api: &api{url: url, http: &http.Client{Timeout: callTime}}, region: string(c.Settings.Network.Region), rand: rand.Reader}
	password, err := c.tellDemo(ctx, d, src, std)
	switch {
	case ctx.Err() != nil:
		return nil // stopped by a signal meanwhile
	case err != nil:
		return err
	}
	fmt.Fprint(std.out, "\nTo sign ann in yourself. Any AWS credentials will do.\n")
	for _, s := range snippets(facts{URL: url, Region: d.region, Pool: d.pool, Client: d.client, Username: "ann", Password: password}) {
		fmt.Fprintf(std.out, "\n--- %s\n%s", s.Title, s.Text)
	}
	_, err = fmt.Fprintf(std.out, "\nEverything stays in %s for the next start, which makes ann and bob anew. Ctrl-C stops.\n", c.Settings.Storage.Data)
	return err
}

func (c *serveCmd) tellDemo(ctx context.Context, d *demo, src *sources, std streams) (password string, err error) {
	if err := d.prepare(ctx); err != nil {
		return "", err
	}
	url, storage := d.api.url, c.Settings.Storage
	issuer := url
	if c.Settings.Network.BaseURL != "" {
		issuer = string(c.Settings.Network.BaseURL)
	}
	issuer += "/" + d.pool
	fmt.Fprintf(std.out, `
  API         %s
  pool        %s  %q, threat protection ENFORCED: leaked passwords and strange sign-ins refused
  client      %s  by password and by SRP, no secret
  issuer      %s
  keys        %s/.well-known/jwks.json
  mailbox     %s%s
  database    %s
  master key  %s

Played just now, over HTTP:

`, url, d.pool, demoName, d.client, issuer, issuer, url, mailbox.Path, storage.databaseName(), storage.masterKeyName(src))
	return d.story(ctx, std.out)
}
