package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
)

// writer writes to the one file, one Update at a time. Updates that wait at
// the same time are committed together, each behind a savepoint of its own, so
// that one disk flush answers all of them:
//
//	first    BEGIN  SAVEPOINT fn RELEASE ─┐ others wait: leave it open
//	second          SAVEPOINT fn RELEASE ─┤
//	last            SAVEPOINT fn RELEASE ─┴ COMMIT, and all three return
//
// Each fn runs on its caller's goroutine. Whoever waits for the turn takes it
// for certain, so an open group never waits for anybody else to come.
type writer struct {
	waiting atomic.Int64 // Updates that are going to take the turn

	turn  sync.Mutex
	link  *link  // guarded by turn
	group *group // guarded by turn: the open transaction, nil between two
}

// group is the Updates that one commit answers.
type group struct {
	size int
	err  error         // why the group is lost; settled before done is closed
	done chan struct{} // closed when the commit is over
}

// maxGroup bounds how many Updates share one commit, so that the first does not wait for ever.
const maxGroup = 128

func (w *writer) update(ctx context.Context, fn func(context.Context, runner) error) error {
	g, err := w.join(ctx, fn)
	if g == nil {
		return err
	}
	<-g.done
	if g.err != nil {
		// Also for an fn that failed: what it read was never true.
		return fmt.Errorf("commit: %w", g.err)
	}
	return err
}

// join runs fn in the open group, or in a new one, and commits the group when
// nobody waits to join it. The group is nil when there was nothing to commit.
func (w *writer) join(ctx context.Context, fn func(context.Context, runner) error) (*group, error) {
	w.waiting.Add(1)
	w.turn.Lock()
	w.waiting.Add(-1)
	// Deferred, for fn may panic or end its goroutine.
	defer w.turn.Unlock()
	defer w.finish()

	// Here and not before: whoever was counted as waiting has to finish the group.
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	ctx = unwatched(ctx)
	if w.group == nil {
		if err := w.link.do(ctx, "BEGIN IMMEDIATE"); err != nil {
			return nil, fmt.Errorf("begin: %w", err)
		}
		w.group = &group{done: make(chan struct{})}
	}
	w.group.size++
	return w.group, w.attempt(ctx, fn)
}

// attempt runs fn behind a savepoint, so that its failure undoes its own writes alone.
func (w *writer) attempt(ctx context.Context, fn func(context.Context, runner) error) (err error) {
	g, ln := w.group, w.link
	if g.err = ln.do(ctx, "SAVEPOINT one"); g.err != nil {
		return g.err
	}
	kept := false
	defer func() {
		// A savepoint that cannot be undone is gone because SQLite, for want
		// of disk or memory, rolled back the whole group.
		if !kept {
			g.err = ln.do(ctx, "ROLLBACK TO one")
		}
		if g.err == nil {
			g.err = ln.do(ctx, "RELEASE one")
		}
		if g.err != nil {
			g.err = errors.Join(err, g.err)
		}
	}()
	if err := fn(ctx, ln); err != nil {
		return err
	}
	kept = true
	return nil
}

// finish commits the group unless somebody waits to join it.
func (w *writer) finish() {
	g := w.group
	if g == nil || g.err == nil && g.size < maxGroup && w.waiting.Load() > 0 {
		return
	}
	w.group = nil
	ctx := context.Background()
	if g.err == nil {
		g.err = w.link.do(ctx, "COMMIT")
	}
	if g.err != nil {
		w.link.do(ctx, "ROLLBACK") //nolint:errcheck // SQLite may have rolled back by itself
	}
	close(g.done)
}
