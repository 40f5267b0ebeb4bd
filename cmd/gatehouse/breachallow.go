package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/gatehouse-id/gatehouse/breach"
)

type breachAllowCmd struct {
	Index  breachDir    `embed:""`
	Author policyAuthor `embed:""`
	Why    string       `required:"" placeholder:"TEXT" help:"Why, noted beside the name."`
	Days   int          `required:"" placeholder:"N" help:"For how many days, 1 to 3650."`
}

// Run allows passwords. They are known by their SHA-1 alone from then on.
func (c *breachAllowCmd) Run(ctx context.Context, std streams) error {
	if c.Days < 1 || c.Days > 3650 {
		return fmt.Errorf("--days %d: 1 to 3650", c.Days)
	}
	if strings.TrimSpace(c.Why) == "" {
		return errors.New("--why: say why")
	}
	if err := c.Index.exists(); err != nil {
		return err
	}
	until := time.Now().Add(time.Duration(c.Days) * 24 * time.Hour)
	n, err := eachPassword(ctx, std, func(h breach.Hash) error {
		_, err := breach.Allow(c.Index.Dir, h, c.Author.name(), c.Why, until)
		return err
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(std.out, "%d allowed until %s\n", n, until.UTC().Format(time.DateTime))
	return err
}

type breachDisallowCmd struct {
	Index breachDir `embed:""`
}

// Run takes allowances back.
func (c *breachDisallowCmd) Run(ctx context.Context, std streams) error {
	if err := c.Index.exists(); err != nil {
		return err
	}
	n, err := eachPassword(ctx, std, func(h breach.Hash) error {
		_, err := breach.Disallow(c.Index.Dir, h)
		return err
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(std.out, "%d no longer allowed\n", n)
	return err
}

// eachPassword hashes each password of standard input.
func eachPassword(ctx context.Context, std streams, fn func(breach.Hash) error) (n int, err error) {
	next := passwords(std)
	for ctx.Err() == nil {
		password, err := next()
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, fmt.Errorf("read password %d: %w", n+1, err)
		}
		if err := fn(breach.Sum(password)); err != nil {
			return n, err
		}
		n++
	}
	return n, ctx.Err()
}

type breachAllowedCmd struct {
	Index breachDir `embed:""`
}

// Run lists allowances.
func (c *breachAllowedCmd) Run(std streams) error {
	m, err := c.Index.manifest()
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "SHA-1\tUNTIL\tBY\tSINCE\tWHY")
	for _, a := range m.Allow {
		// Not all of it: whoever has the whole hash of such a password has the password.
		fmt.Fprintf(table, "%s...\t%s\t%s\t%s\t%s\n", strings.ToUpper(hex.EncodeToString(a.SHA1[:4])),
			a.Until.UTC().Format(time.DateTime), a.Who, a.When.UTC().Format(time.DateTime), a.Why)
	}
	return table.Flush()
}
