package outbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/report"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/part/notify"
)

const (
	batch    = 32 // messages leased at once
	together = 8  // messages sent at once
	// leaseFor is longer than a batch of the slowest sends: a worker that dies
	// gives its messages back by then.
	leaseFor = 5 * time.Minute
	sendFor  = 30 * time.Second
	// lookAgain is how long an idle worker trusts that nobody else posted
	// anything: other nodes wake their own workers, and may die before sending.
	lookAgain = 30 * time.Second
	// failedLook is how long a worker leaves a failing database alone.
	failedLook = 5 * time.Second
)

// delays are what a message waits after each failed attempt; the last one repeats.
var delays = []time.Duration{time.Second, 5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour}

// Wake tells the worker that a transaction posted messages and was committed.
// It never blocks.
func (o *Outbox) Wake() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// Run delivers messages until ctx ends, and returns nil then. Messages that
// are being sent at that moment are tried again by the next worker.
func (o *Outbox) Run(ctx context.Context) error {
	for {
		n, err := o.Deliver(ctx)
		if ctx.Err() != nil {
			return nil
		}
		pause := failedLook
		switch {
		case err != nil:
			o.cfg.Log.Error("messages cannot be delivered", "error", err)
		case n == batch:
			continue
		default:
			pause = o.idle(ctx)
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
		case <-o.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// idle is how long until the next message is due.
func (o *Outbox) idle(ctx context.Context) time.Duration {
	due, err := o.nextDue(ctx)
	if err != nil {
		return failedLook
	}
	if due.IsZero() {
		return lookAgain
	}
	return min(max(due.Sub(o.cfg.Now()), 0), lookAgain)
}

func (o *Outbox) nextDue(ctx context.Context) (due time.Time, err error) {
	err = o.cfg.Store.View(ctx, func(tx *store.Tx) (err error) {
		due, err = tx.NextDue()
		return err
	})
	if err != nil {
		return due, fmt.Errorf("look for due messages: %w", err)
	}
	return due, nil
}

// Deliver sends the messages that are due now, up to a batch, and tells how
// many it took on; each is sent, put off or dropped when it returns.
func (o *Outbox) Deliver(ctx context.Context) (int, error) {
	now := o.cfg.Now()
	// A look without a lock first: most wakes find nothing to do.
	if due, err := o.nextDue(ctx); err != nil || due.IsZero() || due.After(now) {
		return 0, err
	}
	var leased []*model.Notice
	err := o.cfg.Store.Update(ctx, func(tx *store.Tx) (err error) {
		leased, err = tx.Lease(now, now.Add(leaseFor), batch)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("lease messages: %w", err)
	}
	var group errgroup.Group
	group.SetLimit(together)
	for _, n := range leased {
		group.Go(func() error { return o.deliver(ctx, n) })
	}
	return len(leased), group.Wait()
}

// deliver sends one message and settles what becomes of it. Its error is of
// the store alone: then the lease runs out and the message is sent again.
func (o *Outbox) deliver(ctx context.Context, n *model.Notice) error {
	what, failure := o.send(ctx, n)
	// Settle even while shutting down, or the message waits for its lease.
	settle, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendFor)
	defer cancel()
	log := o.cfg.Log.With("message", n.ID, "kind", what, "pool", n.PoolID, "attempts", n.Attempts)
	switch {
	case failure == nil:
		o.count(n, what, "sent")
	case errors.Is(failure, notify.ErrPermanent):
		log.Error("message dropped", "error", failure)
		o.count(n, what, "refused")
	case errors.Is(failure, errTooLate), o.cfg.Now().Sub(n.CreatedAt) >= GiveUpAfter:
		log.Error("message dropped", "error", failure)
		o.count(n, what, "late")
	default:
		log.Warn("message put off", "error", failure)
		o.count(n, what, "put off")
		return o.putOff(settle, n, failure, ctx.Err() != nil)
	}
	err := o.cfg.Store.Update(settle, func(tx *store.Tx) error { return tx.Done(n.ID) })
	if err != nil {
		return fmt.Errorf("close message %s: %w", n.ID, err)
	}
	return nil
}

var errTooLate = errors.New("it was not sent before it became pointless")

// count counts an attempt, but for a pretence, of which nothing became.
func (o *Outbox) count(n *model.Notice, what, outcome string) {
	if what != pretence {
		o.cfg.Meter.Add(report.Messages, n.PoolID, what, outcome)
	}
}

// What a message is for, where it does not say so itself.
const (
	unreadable = "unreadable"
	pretence   = "pretence"
)

// send makes one attempt, and tells what the message is for.
func (o *Outbox) send(ctx context.Context, n *model.Notice) (what string, err error) {
	ctx, cancel := context.WithTimeout(ctx, sendFor)
	defer cancel()
	if n.Kind == kindCall {
		return o.sendCall(ctx, n)
	}
	return o.sendLetter(ctx, n)
}

func (o *Outbox) sendLetter(ctx context.Context, n *model.Notice) (what string, err error) {
	var l Letter
	if err := o.open(n, purposeLetter, &l); err != nil {
		return unreadable, err
	}
	if l.To == "" {
		return pretence, nil
	}
	if o.cfg.Now().UnixMicro() >= l.Until {
		return l.Kind, errTooLate
	}
	sender := o.cfg.Email
	if l.Channel == notify.SMS {
		sender = o.cfg.SMS
	}
	return l.Kind, sender.Send(ctx, notify.Message{
		ID: n.ID, Channel: l.Channel, To: l.To, From: l.From, ReplyTo: l.ReplyTo, Identity: l.Identity,
		Subject: l.Subject, Text: l.Text, HTML: l.HTML, PoolID: n.PoolID, Kind: l.Kind,
	})
}

func (o *Outbox) sendCall(ctx context.Context, n *model.Notice) (what string, err error) {
	var c Call
	if err := o.open(n, purposeCall, &c); err != nil {
		return unreadable, err
	}
	if o.cfg.Now().UnixMicro() >= c.Until {
		return c.Kind, errTooLate
	}
	return c.Kind, o.cfg.Caller.Post(ctx, notify.Call{ID: n.ID, URL: c.URL, Body: c.Body, Secret: c.Secret})
}

func (o *Outbox) open(n *model.Notice, purpose string, into any) error {
	plain, err := o.cfg.Ring.Open(purpose, n.Payload, n.PoolID, n.ID)
	if err != nil {
		return fmt.Errorf("open message: %w", err) // its key may come back
	}
	if err := wire.Read(plain, into); err != nil {
		return fmt.Errorf("read message: %w", err)
	}
	return nil
}

// putOff stores when a message is tried again: later and later, with some
// chance in it so that what failed together does not come back together.
func (o *Outbox) putOff(ctx context.Context, n *model.Notice, failure error, stopping bool) error {
	now := o.cfg.Now()
	n.DueAt = now
	if !stopping {
		n.DueAt = now.Add(o.delay(n.Attempts))
	}
	n.LastError = strings.ToValidUTF8(failure.Error()[:min(len(failure.Error()), 500)], "")
	err := o.cfg.Store.Update(ctx, func(tx *store.Tx) error { return tx.Postpone(n) })
	if errors.Is(err, store.ErrNotFound) { // another worker had it too, and was done
		return nil
	}
	if err != nil {
		return fmt.Errorf("put off message %s: %w", n.ID, err)
	}
	return nil
}

// delay is what the n-th failed attempt waits, give or take a fifth.
func (o *Outbox) delay(attempts int64) time.Duration {
	d := delays[min(max(attempts, 1), int64(len(delays)))-1]
	var random [1]byte
	if _, err := io.ReadFull(o.cfg.Rand, random[:]); err != nil {
		return d
	}
	return d + d*time.Duration(int(random[0])-128)/640
}
