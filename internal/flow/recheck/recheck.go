// Package recheck holds the passwords of known users against pairs that leaked, on the day a list of them arrives.
//
//	import ── each pair ──> Names: a user of ours? ── yes ──> queue ── sealed ──> candidates (table)
//	                             └ no: forgotten                                       │
//	                                     user's own record (SRP or Argon2id) <── worker, throttled
//	                                          │ matches
//	                                          └> known to be leaked · event · what the policy says
//
// To try a candidate is an ordinary sign-in that we make ourselves: the record
// of the password is all that is needed, so users who only ever use SRP are
// covered, and nothing is kept of a password that could be tested faster than
// the record itself. A candidate lies sealed in the database until it was tried.
//
// A worker that dies gives its candidates back after a minute; any server, or
// the next import, goes on with them.
package recheck

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/report"
	"github.com/gatehouse-id/gatehouse/internal/base/seal"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/credential"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
)

// Config of the checks.
type Config struct {
	Store      *store.Store
	Ring       *seal.Ring
	Credential *credential.Keeper
	Threat     *threat.Threat

	// Share of one processor that the worker may take, above 0, at most 1; 0 = a quarter.
	Share float64
	// Waiting is how many candidates may wait before an import is held up; 0 = 10 000.
	Waiting int

	Meter *report.Meter
	Log   *slog.Logger
	Now   func() time.Time
	Rand  io.Reader
}

// Recheck is safe for concurrent use.
type Recheck struct {
	cfg    Config
	tried  atomic.Int64
	leaked atomic.Int64
}

// New makes a Recheck.
func New(cfg Config) *Recheck {
	if cfg.Share <= 0 {
		cfg.Share = 0.25
	}
	cfg.Share = min(cfg.Share, 1)
	if cfg.Waiting == 0 {
		cfg.Waiting = 10_000
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	return &Recheck{cfg: cfg}
}

// Done tells how many candidates were tried here, and how many were a user's password.
func (r *Recheck) Done() (tried, leaked int64) { return r.tried.Load(), r.leaked.Load() }

const (
	leaseTime = time.Minute
	batch     = 16
	// idleTime is how long a worker that found nothing waits before it looks again.
	idleTime = 15 * time.Second
)

// Run tries candidates until ctx ends.
func (r *Recheck) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		n, err := r.some(ctx)
		if err != nil && ctx.Err() == nil {
			r.cfg.Log.Error("leaked pairs cannot be held against users", "error", err)
		}
		if n == 0 {
			pause(ctx, idleTime)
		}
	}
	return nil
}

// Drain tries candidates until none is due.
func (r *Recheck) Drain(ctx context.Context) error {
	for {
		if n, err := r.some(ctx); err != nil || n == 0 {
			return err
		}
	}
}

// some leases a few candidates and tries them.
func (r *Recheck) some(ctx context.Context) (n int, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	var list []model.Candidate
	err = r.cfg.Store.View(ctx, func(tx *store.Tx) (err error) {
		n, err = tx.CountCandidates(1)
		return err
	})
	if err != nil || n == 0 {
		return 0, err // without writing anything: this is asked for ever
	}
	now := r.cfg.Now()
	err = r.cfg.Store.Update(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.LeaseCandidates(now, now.Add(leaseTime), batch)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("lease candidates: %w", err)
	}
	for _, c := range list {
		began := time.Now()
		if err := r.try(ctx, c); err != nil {
			return 0, err
		}
		// The rest of the processor belongs to people who sign in.
		pause(ctx, time.Duration(float64(time.Since(began))*(1/r.cfg.Share-1)))
	}
	return len(list), nil
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

const purpose = "leaked candidates"

// outcomes of a try, for the metric.
const (
	match = "match"
	other = "other" // another password than the user's
	gone  = "gone"  // the user, or the password that was to be checked
)

// try holds one candidate against its user's record.
func (r *Recheck) try(ctx context.Context, c model.Candidate) error {
	outcome := other
	p, u, err := r.load(ctx, c)
	switch {
	case errors.Is(err, store.ErrNotFound):
		outcome = gone
	case err != nil:
		return err
	case u.Exposure.Leaked() && u.Exposure.LeakedBy == model.MatchPairs:
		outcome = gone // found by another line of the list
	default:
		plain, err := r.cfg.Ring.Open(purpose, c.Box, c.PoolID, c.Sub, c.ID)
		if err != nil {
			r.cfg.Log.Error("a candidate cannot be opened and is dropped", "pool", c.PoolID, "sub", c.Sub, "error", err)
			outcome = gone
			break
		}
		same, _, err := r.cfg.Credential.Verify(ctx, p, u, string(plain))
		clear(plain)
		if err != nil {
			return fmt.Errorf("check the password of user %s: %w", u.Sub, err)
		}
		if same {
			outcome = match
		}
	}
	changed, err := r.conclude(ctx, c, p, u, outcome)
	if err != nil || changed {
		return err // it comes again when its lease ends, against the password that is there by then
	}
	r.tried.Add(1)
	if outcome == match {
		r.leaked.Add(1)
		r.cfg.Log.Warn("the password of a user is in a list of leaked pairs", "pool", c.PoolID, "sub", c.Sub)
	}
	r.cfg.Meter.Add(report.CandidatesTried, c.PoolID, outcome)
	return nil
}

func (r *Recheck) load(ctx context.Context, c model.Candidate) (p *model.Pool, u *model.User, err error) {
	err = r.cfg.Store.View(ctx, func(tx *store.Tx) (err error) {
		if p, err = tx.Pool(c.PoolID); err != nil {
			return err
		}
		u, err = tx.User(c.PoolID, c.Sub)
		return err
	})
	return p, u, err
}

// conclude forgets the candidate, and for a match notes what was found and does
// what the pool wants. changed says that the user's password is another by now.
func (r *Recheck) conclude(ctx context.Context, c model.Candidate, p *model.Pool, u *model.User, outcome string) (changed bool, err error) {
	err = r.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		changed = false
		if outcome != match {
			return tx.DropCandidate(c.ID)
		}
		same, err := tx.UserUnchanged(u)
		if err != nil {
			return err
		}
		if changed = !same; changed {
			return nil
		}
		if err := r.expose(tx, p, u.Sub); err != nil {
			return err
		}
		return tx.DropCandidate(c.ID)
	})
	if err != nil {
		err = fmt.Errorf("conclude the check of user %s: %w", c.Sub, err)
	}
	return changed, err
}

// expose notes that the password is known to be leaked. Tokens that are out stay
// good, as when a sign-in finds the same.
func (r *Recheck) expose(tx *store.Tx, p *model.Pool, sub string) error {
	u, err := tx.User(p.ID, sub) // again: its attributes may have changed
	if err != nil {
		return err
	}
	now := r.cfg.Now()
	u.Exposure = model.Exposure{LeakedAt: now, LeakedBy: model.MatchPairs}
	finding := r.cfg.Threat.Stored(p, nil, u)
	if finding.Block && u.Status == model.Confirmed {
		u.Status, u.ModifiedAt = model.ResetRequired, now
	}
	if err := tx.SaveUser(p, u); err != nil {
		return err
	}
	finding.Compromised, finding.Matched = true, model.MatchPairs
	e := r.cfg.Threat.Record(p, "", sub, model.EventCredentialCheck, model.EventFail, finding, model.Origin{}, "")
	if e == nil {
		return nil
	}
	return tx.SaveEvent(e)
}
