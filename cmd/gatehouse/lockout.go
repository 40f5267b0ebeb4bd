package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	accounts "github.com/gatehouse-id/gatehouse/internal/flow/account"
	"github.com/gatehouse-id/gatehouse/internal/server"
)

type lockoutCmd struct {
	Show   lockoutShowCmd   `cmd:"" help:"Tell what failures of a user still count, and what they lock."`
	Unlock lockoutUnlockCmd `cmd:"" help:"Forget the failures of a user, or of a network."`
}

type lockoutShowCmd struct {
	Storage storageSettings `embed:"" group:"Storage"`
	Pool    string          `required:"" placeholder:"ID" help:"The pool."`
	User    string          `required:"" placeholder:"NAME" help:"The user, by any name or by the sub."`
}

// Run lists what is counted.
func (c *lockoutShowCmd) Run(ctx context.Context, src *sources, std streams) error {
	return c.Storage.with(ctx, src, func(parts *server.Parts) error {
		flow := accounts.New(accounts.Config{Store: parts.Store})
		u, list, err := flow.Lockouts(ctx, accounts.Target{PoolID: c.Pool, Username: c.User})
		if err != nil {
			return err
		}
		if len(list) == 0 {
			_, err := fmt.Fprintf(std.out, "nothing is held against user %s\n", cell(u.Username))
			return err
		}
		table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "OF\tFAILURES\tLAST\tLOCKED UNTIL\tFORGOTTEN")
		for _, l := range list {
			until := "-"
			if time.Now().Before(l.LockedUntil) {
				until = l.LockedUntil.UTC().Format(time.DateTime)
			}
			fmt.Fprintf(table, "%s\t%d\t%s\t%s\t%s\n", failuresOf(l, u.Sub), l.Failures,
				l.LastAt.UTC().Format(time.DateTime), until, l.ForgetAt.UTC().Format(time.DateTime))
		}
		return table.Flush()
	})
}

// failuresOf names what is counted: the account's passwords, its second factors,
// or a known place, "device 0123456789abcdef".
func failuresOf(l model.Lockout, sub string) string {
	if place, ok := strings.CutPrefix(l.Subject, model.PlaceSubject(sub, "")); ok {
		return strings.ReplaceAll(place, "/", " ")
	}
	if l.Subject == model.FactorSubject(sub) {
		return "second factor"
	}
	return "account"
}

type lockoutUnlockCmd struct {
	Storage storageSettings `embed:"" group:"Storage"`
	Pool    string          `required:"" placeholder:"ID" help:"The pool."`
	User    string          `xor:"whose" required:"" placeholder:"NAME" help:"A user, by any name or by the sub: passwords and second factor."`
	Network string          `xor:"whose" required:"" placeholder:"ADDRESS" help:"A network, by any of its addresses: its /24, or /48 of IPv6, over all accounts."`
}

// Run forgets failures.
func (c *lockoutUnlockCmd) Run(ctx context.Context, src *sources, std streams) error {
	return c.Storage.with(ctx, src, func(parts *server.Parts) error {
		flow := accounts.New(accounts.Config{Store: parts.Store})
		if c.Network != "" {
			if _, err := netip.ParseAddr(c.Network); err != nil {
				return errors.New("--network: want an address, such as 203.0.113.9")
			}
			if err := flow.UnlockNetwork(ctx, c.Pool, c.Network); err != nil {
				return err
			}
			_, err := fmt.Fprintf(std.out, "network %s is unlocked\n", model.Network(c.Network))
			return err
		}
		if err := flow.Unlock(ctx, accounts.Target{PoolID: c.Pool, Username: c.User}); err != nil {
			return err
		}
		_, err := fmt.Fprintf(std.out, "user %s is unlocked\n", cell(c.User))
		return err
	})
}
