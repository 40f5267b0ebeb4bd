package threat

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/risk"
)

// A second factor that is asked for and never answered is what somebody leaves
// behind who has the password and no more. Nothing happens when it is not answered,
// so somebody has to look: SettleAbandoned does, from time to time, at the events
// whose challenge can be answered no longer. An event is settled once, by whichever
// node comes first.

// No challenge is open for longer than longestSession. Events that lie further back
// than watched were there for an earlier look, or for no server that ran.
const (
	longestSession = time.Hour + time.Minute // a sign-in ends within the hour that it began
	watched        = time.Hour
)

// SettleAbandoned learns from challenges that were left unanswered, in all pools.
func (t *Threat) SettleAbandoned(ctx context.Context) error {
	until := t.cfg.Now().Add(-longestSession)
	var errs []error
	for after := ""; ; {
		var pools []*model.Pool
		err := t.cfg.Store.View(ctx, func(tx *store.Tx) (err error) {
			pools, err = tx.Pools(after, pageSize)
			return err
		})
		if err != nil {
			return fmt.Errorf("list pools: %w", err)
		}
		if len(pools) == 0 {
			return errors.Join(errs...)
		}
		for _, p := range pools {
			if p.Mode() != model.ModeOff {
				errs = append(errs, t.settlePool(ctx, p, until))
			}
		}
		after = pools[len(pools)-1].ID
	}
}

// settlePool goes on from where the look before it ended.
func (t *Threat) settlePool(ctx context.Context, p *model.Pool, until time.Time) error {
	after := model.Event{CreatedAt: until.Add(-watched)}
	if was, ok := t.settled.Load(p.ID); ok {
		after = was.(model.Event)
	}
	for {
		var rows []store.EventRow
		err := t.cfg.Store.View(ctx, func(tx *store.Tx) (err error) {
			rows, err = tx.EventsOf(p.ID, after, pageSize)
			return err
		})
		if err != nil {
			return fmt.Errorf("read events of pool %s: %w", p.ID, err)
		}
		for i := range rows {
			if !rows[i].CreatedAt.Before(until) {
				rows = rows[:i]
				break
			}
			if rows[i].Type == model.EventSignIn && rows[i].Response == model.EventInProgress {
				if err := t.settle(ctx, p, &rows[i].Event); err != nil {
					return fmt.Errorf("settle event %s: %w", rows[i].ID, err)
				}
			}
		}
		if len(rows) == 0 {
			t.settled.Store(p.ID, after)
			return nil
		}
		after = rows[len(rows)-1].Event
	}
}

// settle learns from one event, unless it was answered or settled meanwhile.
func (t *Threat) settle(ctx context.Context, p *model.Pool, of *model.Event) error {
	var at *Context
	err := t.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		at = nil
		e, err := tx.Event(p.ID, of.Sub, of.CreatedAt, of.ID)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		// What was never judged asked for a new password, and not for a factor.
		if e.Response != model.EventInProgress || e.Detail.Abandoned || e.Detail.Risk == nil {
			return nil
		}
		e.Detail.Abandoned = true
		if err := tx.SaveEvent(e); err != nil {
			return err
		}
		seen := t.ContextOf(e)
		at = &seen
		return t.Learn(tx, p, nil, seen, risk.Abandoned, risk.None, true)
	})
	if err == nil && at != nil {
		t.LearnWorld(p, nil, *at, risk.Abandoned, risk.None)
	}
	return err
}
