package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/gatehouse-id/gatehouse/breach/feed"
	"github.com/gatehouse-id/gatehouse/internal/flow/credential"
	"github.com/gatehouse-id/gatehouse/internal/flow/recheck"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
	"github.com/gatehouse-id/gatehouse/internal/part/password"
	"github.com/gatehouse-id/gatehouse/internal/server"
)

// breachUsers holds the pairs of a list against the users of a database while it is imported.
type breachUsers struct {
	CheckUsers bool `help:"Hold each pair against the user of that name in the database, as a sign-in would, and do with those whose password it is what their pool's policy says."`
	Share      int  `default:"50" placeholder:"PERCENT" help:"How much of one processor --check-users may take, 1 to 100."`
	// RiskNoDefaults is the server's setting, since what a pool wants may depend on it.
	RiskNoDefaults bool            `help:"For --check-users, as the server has it: a section that is absent from a risk configuration has no effect."`
	Storage        storageSettings `embed:"" group:"Storage, for --check-users"`
}

// usersCheck is the check while it runs; nil where none was asked for.
type usersCheck struct {
	parts   *server.Parts
	recheck *recheck.Recheck
	queue   *recheck.Queue
	names   int
	ctx     context.Context
	stop    context.CancelFunc
	ended   chan struct{}
}

// begin reads who the users are and lets the import tell of their pairs.
func (c breachUsers) begin(ctx context.Context, src *sources, cfg *feed.Config) (*usersCheck, error) {
	if !c.CheckUsers {
		return nil, nil
	}
	if c.Share < 1 || c.Share > 100 {
		return nil, fmt.Errorf("--share %d: 1 to 100 percent", c.Share)
	}
	parts, err := c.Storage.openExisting(ctx, src)
	if err != nil {
		return nil, err
	}
	u := &usersCheck{parts: parts, ended: make(chan struct{})}
	u.recheck, err = c.recheck(parts)
	if err != nil {
		return nil, errors.Join(err, parts.Close())
	}
	names, err := u.recheck.Names(ctx)
	if err != nil {
		return nil, errors.Join(err, parts.Close())
	}
	u.names, u.ctx = names.Len(), ctx
	u.queue = u.recheck.Queue(ctx, names)
	cfg.Candidate, cfg.Settle = u.queue.Candidate, u.queue.Settle
	run, stop := context.WithCancel(ctx)
	u.stop = stop
	go func() {
		defer close(u.ended)
		u.recheck.Run(run) //nolint:errcheck // ends with the context, and says so to nobody
	}()
	return u, nil
}

func (c breachUsers) recheck(parts *server.Parts) (*recheck.Recheck, error) {
	hasher, err := password.NewHasher(password.Config{Params: password.DefaultParams()})
	if err != nil {
		return nil, fmt.Errorf("password hashing: %w", err)
	}
	return recheck.New(recheck.Config{
		Store: parts.Store, Ring: parts.Ring, Threat: threat.New(threat.Config{NoDefaults: c.RiskNoDefaults}), Share: float64(c.Share) / 100,
		Credential: credential.New(credential.Config{Ring: parts.Ring, Hasher: hasher}),
	}), nil
}

// finish tries what still waits, and tells what was found. What a stop leaves, a
// server goes on with.
func (u *usersCheck) finish(std streams) error {
	if u == nil {
		return nil
	}
	u.halt()
	if err := u.recheck.Drain(u.ctx); err != nil && u.ctx.Err() == nil {
		return fmt.Errorf("hold pairs against users: %w", err)
	}
	tried, leaked := u.recheck.Done()
	_, err := fmt.Fprintf(std.out, "%s names of users, %s pairs of theirs in the list, %s tried here: %s users have a leaked password\n",
		grouped(int64(u.names)), grouped(u.queue.Queued()), grouped(tried), grouped(leaked))
	return err
}

func (u *usersCheck) halt() {
	u.stop()
	<-u.ended
}

// close ends the check, whatever became of the import.
func (u *usersCheck) close() error {
	if u == nil {
		return nil
	}
	u.halt()
	return u.parts.Close()
}
