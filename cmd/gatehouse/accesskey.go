package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/flow/access"
)

type accessKeyCmd struct {
	Create accessKeyCreateCmd `cmd:"" help:"Make a key and print it; the secret is told this once."`
	List   accessKeyListCmd   `cmd:"" help:"List the keys, without secrets."`
	Delete accessKeyDeleteCmd `cmd:"" help:"Delete a key: what it signs is refused from then on."`
}

type accessKeyCreateCmd struct {
	Storage  storageSettings `embed:"" group:"Storage"`
	Name     string          `required:"" placeholder:"NAME" help:"Whose key it is: a word for lists and logs."`
	Action   []string        `placeholder:"ACTION" default:"*" help:"What it may do, as in cognito-idp:ListUsers or cognito-idp:Admin*; * matches any characters. May be given several times."`
	Resource []string        `placeholder:"ARN" default:"*" help:"The pools it may do it to, as in arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_abcdEFGHI; * matches any characters. May be given several times."`
}

// Run makes a key.
func (c *accessKeyCreateCmd) Run(ctx context.Context, src *sources, std streams) (err error) {
	parts, err := c.Storage.open(ctx, src)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, parts.Close()) }()
	key, secret, err := parts.Access.Create(ctx, c.Name, model.Policy{Actions: c.Action, Resources: c.Resource})
	if err != nil {
		return fmt.Errorf("create access key: %w", err)
	}
	_, err = fmt.Fprintf(std.out, "export AWS_ACCESS_KEY_ID=%s\nexport AWS_SECRET_ACCESS_KEY=%s\n", key.ID, secret.Reveal())
	return err
}

type accessKeyListCmd struct {
	Storage storageSettings `embed:"" group:"Storage"`
}

// Run lists the keys.
func (c *accessKeyListCmd) Run(ctx context.Context, src *sources, std streams) (err error) {
	parts, err := c.Storage.openExisting(ctx, src)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, parts.Close()) }()
	keys, err := parts.Access.List(ctx)
	if err != nil {
		return fmt.Errorf("list access keys: %w", err)
	}
	table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tNAME\tCREATED\tACTIONS\tRESOURCES")
	for _, key := range keys {
		name := key.Name
		if key.Disabled {
			name += " (disabled)"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", key.ID, name, key.CreatedAt.UTC().Format(time.DateTime),
			strings.Join(key.Policy.Actions, ","), strings.Join(key.Policy.Resources, ","))
	}
	return table.Flush()
}

type accessKeyDeleteCmd struct {
	Storage storageSettings `embed:"" group:"Storage"`
	ID      string          `arg:"" help:"The key's id, AKIA..."`
}

// Run deletes a key.
func (c *accessKeyDeleteCmd) Run(ctx context.Context, src *sources, std streams) (err error) {
	parts, err := c.Storage.openExisting(ctx, src)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, parts.Close()) }()
	switch err := parts.Access.Delete(ctx, c.ID); {
	case errors.Is(err, access.ErrUnknown):
		return fmt.Errorf("there is no access key %q", c.ID)
	case err != nil:
		return fmt.Errorf("delete access key: %w", err)
	}
	_, err = fmt.Fprintln(std.out, "deleted", c.ID)
	return err
}
