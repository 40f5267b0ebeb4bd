package recheck

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

const (
	// flushAt is how many candidates are stored in one transaction.
	flushAt = 256
	// remembered is how many of the last candidates are not stored twice: lists repeat themselves.
	remembered = 1 << 16
	// fullWait is how long an import waits before it looks whether the queue is shorter.
	fullWait = 200 * time.Millisecond
)

// Queue stores candidates for the worker. Its methods suit feed.Config: it is
// safe for concurrent use, and an import that runs ahead of the worker is held up.
type Queue struct {
	r     *Recheck
	ctx   context.Context
	names *Names

	mu     sync.Mutex
	batch  []model.Candidate
	recent map[uint64]bool
	queued int64
}

// Queue makes a queue for users with these names. ctx ends the waiting.
func (r *Recheck) Queue(ctx context.Context, names *Names) *Queue {
	return &Queue{r: r, ctx: ctx, names: names, recent: map[uint64]bool{}}
}

// Queued is how many candidates were stored, or are about to be.
func (q *Queue) Queued() int64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.queued
}

// Candidate takes a pair, the user name in canonical form. Pairs of strangers are forgotten.
func (q *Queue) Candidate(user, password []byte) error {
	return q.names.find(user, func(poolID, sub string) error { return q.add(poolID, sub, password) })
}

func (q *Queue) add(poolID, sub string, password []byte) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	print := q.names.fingerprint(poolID, sub, password)
	if q.recent[print] {
		return nil
	}
	if len(q.recent) >= remembered {
		clear(q.recent)
	}
	q.recent[print] = true
	id, err := uuid.NewRandomFromReader(q.r.cfg.Rand)
	if err != nil {
		return err
	}
	c := model.Candidate{ID: id.String(), PoolID: poolID, Sub: sub, DueAt: q.r.cfg.Now()}
	c.Box = q.r.cfg.Ring.Seal(purpose, password, c.PoolID, c.Sub, c.ID)
	q.batch = append(q.batch, c)
	q.queued++
	if len(q.batch) < flushAt {
		return nil
	}
	return q.flush()
}

// Settle stores what is still in memory.
func (q *Queue) Settle() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.flush()
}

// flush waits until there is room, and stores the batch. The lock is held
// meanwhile: all others would have to wait for the same.
func (q *Queue) flush() error {
	if len(q.batch) == 0 {
		return nil
	}
	s := q.r.cfg.Store
	for {
		var waiting int
		err := s.View(q.ctx, func(tx *store.Tx) (err error) {
			waiting, err = tx.CountCandidates(q.r.cfg.Waiting)
			return err
		})
		if err != nil {
			return fmt.Errorf("count candidates: %w", err)
		}
		if waiting < q.r.cfg.Waiting {
			break
		}
		if pause(q.ctx, fullWait); q.ctx.Err() != nil {
			return q.ctx.Err()
		}
	}
	if err := s.Update(q.ctx, func(tx *store.Tx) error { return tx.AddCandidates(q.batch) }); err != nil {
		return fmt.Errorf("store candidates: %w", err)
	}
	q.batch = q.batch[:0]
	return nil
}
