package notice

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

// gone is the refusal where nothing is left to answer for.
var gone = fault.New(fault.ResourceNotFound, "Event does not exist.")

// Event reads what a token is about. A fault says that there is no such event any more.
func (n *Notices) Event(ctx context.Context, c Claim) (e *model.Event, err error) {
	err = n.cfg.Store.View(ctx, func(tx *store.Tx) (err error) {
		// A deleted user's events may be kept for a while: they are nobody's to answer.
		if _, err = tx.User(c.PoolID, c.Sub); err == nil {
			e, err = tx.Event(c.PoolID, c.Sub, c.At, c.EventID)
		}
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, gone
	}
	if err != nil {
		return nil, fmt.Errorf("read event %s: %w", c.EventID, err)
	}
	return e, nil
}

// maxAnswers is how often in an hour one user is heard: each answer is learned
// from, which takes longer than asking.
const maxAnswers = 20

var tooMany = fault.New(fault.TooManyRequests, "Rate exceeded")

// Answer takes what the holder of a token says of its event: FeedbackValid or
// FeedbackInvalid of package model. Operations are told of an event that is
// disowned, where the policy says so.
func (n *Notices) Answer(ctx context.Context, c Claim, value string) error {
	err := n.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		within, err := tx.Spend(c.PoolID, c.Sub, "answers about events", maxAnswers, time.Hour, n.cfg.Now())
		if err != nil {
			return fmt.Errorf("count answers: %w", err)
		}
		if !within {
			return tooMany
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := n.cfg.Feedback.Record(ctx, c.PoolID, c.Sub, c.EventID, c.At, value, model.ProviderUser); err != nil {
		return err
	}
	if value != model.FeedbackInvalid {
		return nil
	}
	if err := n.tellDisowned(ctx, c); err != nil {
		// The answer was taken: it must not seem as if it were not.
		n.cfg.Log.Error("operations cannot be told of an event that its user disowned", "pool", c.PoolID, "event", c.EventID, "error", err)
	}
	return nil
}

// tellDisowned alerts operations.
func (n *Notices) tellDisowned(ctx context.Context, c Claim) error {
	err := n.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		p, err := tx.Pool(c.PoolID)
		if err != nil {
			return fmt.Errorf("read pool %s: %w", c.PoolID, err)
		}
		u, err := tx.User(c.PoolID, c.Sub)
		if err != nil {
			return fmt.Errorf("read user %s: %w", c.Sub, err)
		}
		e, err := tx.Event(c.PoolID, c.Sub, c.At, c.EventID)
		if err != nil {
			return fmt.Errorf("read event %s: %w", c.EventID, err)
		}
		client, err := tx.Client(c.PoolID, e.ClientID)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("read client %s: %w", e.ClientID, err)
		}
		return n.Alert(tx, p, client, model.AlertInvalid, e, u.Username)
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil // deleted meanwhile: nobody is left to tell of
	}
	n.Wake()
	return err
}
