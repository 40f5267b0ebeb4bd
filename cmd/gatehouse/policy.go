package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"text/tabwriter"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
)

type policyCmd struct {
	Show     policyShowCmd     `cmd:"" help:"Print the policy that holds, as YAML."`
	Set      policySetCmd      `cmd:"" help:"Make a policy hold, from a file of YAML or JSON."`
	Unset    policyUnsetCmd    `cmd:"" help:"Take the policy away: a client follows its pool again, a pool the defaults."`
	History  policyHistoryCmd  `cmd:"" help:"List the versions, newest first."`
	Rollback policyRollbackCmd `cmd:"" help:"Make an earlier version hold again, as a new one."`

	AlertSecret policyAlertSecretCmd `cmd:"" help:"Print the secret that the alerts of a pool are signed with."`
}

// policyPlace is whose policy a command is about.
type policyPlace struct {
	Storage storageSettings `embed:"" group:"Storage"`
	Pool    string          `required:"" placeholder:"ID" help:"The pool."`
	Client  string          `placeholder:"ID" help:"An app client of the pool, whose policy replaces the pool's as a whole. Unset: the pool's own."`
}

func (c policyPlace) at() threat.Place { return threat.Place{PoolID: c.Pool, ClientID: c.Client} }

// with runs fn on the policies of the configured database.
func (c policyPlace) with(ctx context.Context, src *sources, fn func(*threat.Policies) error) (err error) {
	parts, err := c.Storage.openExisting(ctx, src)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, parts.Close()) }()
	return fn(threat.NewPolicies(parts.Store, time.Now))
}

// policyAuthor is who changes a policy.
type policyAuthor struct {
	Author string `placeholder:"NAME" help:"Who is noted in the history. Unset: the user of this machine."`
}

func (a policyAuthor) name() string {
	if a.Author != "" {
		return a.Author
	}
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "unknown"
}

type policyShowCmd struct {
	Place     policyPlace `embed:""`
	Effective bool        `help:"What holds in the end: the pool's policy where the client has none, and the defaults. What is then still absent follows the risk configuration and the server's settings."`
}

// Run prints a policy.
func (c *policyShowCmd) Run(ctx context.Context, src *sources, std streams) error {
	return c.Place.with(ctx, src, func(k *threat.Policies) error {
		held, err := k.Get(ctx, c.Place.at())
		if err != nil {
			return err
		}
		policy := held.Current.Policy
		if c.Effective {
			policy = &held.Effective
		}
		if policy == nil {
			_, err = fmt.Fprintf(std.out, "# no policy is set for %v\n", c.Place.at())
			return err
		}
		if held.Current.Version > 0 {
			fmt.Fprintf(std.out, "# version %d\n", held.Current.Version)
		}
		text, err := yaml.JSONToYAML(wire.Must(policy))
		if err != nil {
			return fmt.Errorf("write policy: %w", err)
		}
		_, err = std.out.Write(text)
		return err
	})
}

type policySetCmd struct {
	Place   policyPlace  `embed:""`
	Author  policyAuthor `embed:""`
	File    string       `arg:"" help:"The policy: YAML or JSON, - for standard input. docs/guides/policy.md tells what it can say."`
	Version int64        `default:"-1" help:"The version that it replaces, as show tells it: refused if another was set meanwhile. -1: whichever holds. 0: none was ever set."`
}

// maxPolicy bounds a document.
const maxPolicy = 64 << 10

// Run sets a policy.
func (c *policySetCmd) Run(ctx context.Context, src *sources, std streams) error {
	policy, err := readPolicy(c.File)
	if err != nil {
		return err
	}
	return c.Place.with(ctx, src, func(k *threat.Policies) error {
		version, err := k.Set(ctx, c.Place.at(), c.Version, policy, c.Author.name())
		return told(std, c.Place, version, err)
	})
}

func readPolicy(path string) (*model.ThreatPolicy, error) {
	in := io.Reader(os.Stdin)
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("read policy: %w", err)
		}
		defer f.Close()
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, maxPolicy+1))
	if err != nil {
		return nil, fmt.Errorf("read policy: %w", err)
	}
	if len(text) > maxPolicy {
		return nil, fmt.Errorf("read policy: %s has more than %d bytes", path, maxPolicy)
	}
	document, err := yaml.YAMLToJSON(text)
	if err != nil {
		return nil, fmt.Errorf("read policy: %s is no YAML: %s", path, yaml.FormatError(err, false, false))
	}
	return threat.ParsePolicy(document)
}

func told(std streams, at policyPlace, version int64, err error) error {
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(std.out, "version %d holds for %v\n", version, at.at())
	return err
}

type policyUnsetCmd struct {
	Place  policyPlace  `embed:""`
	Author policyAuthor `embed:""`
}

// Run takes a policy away.
func (c *policyUnsetCmd) Run(ctx context.Context, src *sources, std streams) error {
	return c.Place.with(ctx, src, func(k *threat.Policies) error {
		version, err := k.Set(ctx, c.Place.at(), threat.AnyVersion, nil, c.Author.name())
		return told(std, c.Place, version, err)
	})
}

type policyHistoryCmd struct {
	Place policyPlace `embed:""`
	Limit int         `default:"20" help:"How many versions are listed, 1 to 1000."`
}

// Run lists versions.
func (c *policyHistoryCmd) Run(ctx context.Context, src *sources, std streams) error {
	return c.Place.with(ctx, src, func(k *threat.Policies) error {
		list, err := k.Versions(ctx, c.Place.at(), 0, min(max(c.Limit, 1), 1000))
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "VERSION\tSET\tBY\tPOLICY")
		for _, v := range list {
			text := "(none)"
			if v.Policy != nil {
				text = string(wire.Must(v.Policy))
			}
			fmt.Fprintf(table, "%d\t%s\t%s\t%s\n", v.Version, v.CreatedAt.UTC().Format(time.DateTime), v.Author, text)
		}
		return table.Flush()
	})
}

type policyRollbackCmd struct {
	Place  policyPlace  `embed:""`
	Author policyAuthor `embed:""`
	To     int64        `arg:"" help:"The version, as history lists it."`
}

// Run makes an earlier version hold.
func (c *policyRollbackCmd) Run(ctx context.Context, src *sources, std streams) error {
	return c.Place.with(ctx, src, func(k *threat.Policies) error {
		version, err := k.Rollback(ctx, c.Place.at(), threat.AnyVersion, c.To, c.Author.name())
		return told(std, c.Place, version, err)
	})
}
