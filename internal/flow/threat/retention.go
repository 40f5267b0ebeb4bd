package threat

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/seal"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

// How many rows one transaction of a sweep touches: sign-ins pass in between.
const (
	forgetStep = 1000
	moveStep   = 200 // read and written, not only removed
	pageOfMany = 100
)

// historyOf is the pool's policy for events, with its defaults.
func historyOf(p *model.Pool) (h model.HistoryPolicy) {
	if p.Policy != nil && p.Policy.History != nil {
		h = *p.Policy.History
	}
	if h.Days == 0 {
		h.Days = 730
	}
	if h.AfterDeletion == "" {
		h.AfterDeletion = model.EraseEvents
	}
	return h
}

// Pseudonym is under what the events of a user are kept once the user is
// deleted; empty where the pool's policy keeps none. Only who has the master key
// can tell whose it is.
func Pseudonym(ring *seal.Ring, p *model.Pool, sub string) string {
	if historyOf(p).AfterDeletion != model.PseudonymiseEvents {
		return ""
	}
	return hex.EncodeToString(ring.Derive("user who departed", p.ID, sub)[:16])
}

// Sweep forgets events that are older than their pool keeps them, and those of
// deleted users, or what of them may not be kept.
func (h *History) Sweep(ctx context.Context) error {
	return errors.Join(h.expire(ctx), h.settle(ctx))
}

func (h *History) expire(ctx context.Context) error {
	for after := ""; ; {
		var pools, due []*model.Pool
		err := h.store.View(ctx, func(tx *store.Tx) (err error) {
			due = nil
			if pools, err = tx.Pools(after, pageOfMany); err != nil {
				return err
			}
			for _, p := range pools {
				oldest, err := tx.OldestEvent(p.ID)
				if err != nil && !errors.Is(err, store.ErrNotFound) {
					return err
				}
				if err == nil && oldest.Before(h.keepsFrom(p)) {
					due = append(due, p)
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("look for old events: %w", err)
		}
		for _, p := range due {
			err := h.steps(ctx, func(tx *store.Tx) (bool, error) { return tx.ExpireEvents(p.ID, h.keepsFrom(p), forgetStep) })
			if err != nil {
				return fmt.Errorf("forget old events of pool %s: %w", p.ID, err)
			}
		}
		if len(pools) < pageOfMany {
			return nil
		}
		after = pools[len(pools)-1].ID
	}
}

// keepsFrom is since when a pool's events are kept.
func (h *History) keepsFrom(p *model.Pool) time.Time {
	return h.now().AddDate(0, 0, -historyOf(p).Days)
}

func (h *History) settle(ctx context.Context) error {
	for after := (store.Departed{}); ; {
		var list []store.Departed
		err := h.store.View(ctx, func(tx *store.Tx) (err error) {
			list, err = tx.Departed(after, pageOfMany)
			return err
		})
		if err != nil {
			return fmt.Errorf("list deleted users: %w", err)
		}
		for _, d := range list {
			if err := h.part(ctx, d); err != nil {
				return fmt.Errorf("forget events of deleted user %s of pool %s: %w", d.Sub, d.PoolID, err)
			}
		}
		if len(list) < pageOfMany {
			return nil
		}
		after = list[len(list)-1]
	}
}

// part takes everything from under the sub of a deleted user.
func (h *History) part(ctx context.Context, d store.Departed) error {
	step := func(tx *store.Tx) (bool, error) { return tx.DropEvents(d.PoolID, d.Sub, forgetStep) }
	if d.Pseudonym != "" {
		step = func(tx *store.Tx) (bool, error) { return pseudonymise(tx, d) }
	}
	if err := h.steps(ctx, step); err != nil {
		return err
	}
	return h.store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.DropProfile(d.PoolID, d.Sub); err != nil { // that an attempt under way has written again
			return err
		}
		return tx.Settle(d)
	})
}

func pseudonymise(tx *store.Tx, d store.Departed) (more bool, err error) {
	events, err := tx.Events(d.PoolID, d.Sub, model.Event{}, moveStep)
	if err != nil {
		return false, err
	}
	for i := range events {
		e := &events[i]
		e.Sub, e.Detail = d.Pseudonym, e.Detail.Pseudonymous()
		if e.Response == model.EventInProgress {
			e.Detail.Abandoned = true // nobody is left of whom that could be learned
		}
		if err := tx.MoveEvent(e, d.Sub); err != nil {
			return false, err
		}
	}
	return len(events) == moveStep, nil
}

// steps repeats a step, each in a transaction of its own, while there is more.
func (h *History) steps(ctx context.Context, step func(*store.Tx) (more bool, err error)) error {
	for more := true; more; {
		err := h.store.Update(ctx, func(tx *store.Tx) (err error) {
			more, err = step(tx)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
