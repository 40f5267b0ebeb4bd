package threat

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/report"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/risk"
)

// Feedback learns from answers to the question whether a user knows an event.
// It is safe for concurrent use.
//
// One answer about an event stands at a time. Another one takes back first what
// that one changed, so whoever changes his mind, or says the same twice, counts
// once.
type Feedback struct {
	t *Threat
	// turn makes answers wait for each other: what one takes from everybody's
	// tables depends on what the one before has left there.
	turn chan struct{}
	// mine marks the changes of everybody's tables that were made here: only whose
	// tables they are in may take them back.
	mine string
}

// NewFeedback makes a Feedback.
func NewFeedback(t *Threat) *Feedback {
	return &Feedback{t, make(chan struct{}, 1), t.NewID(t.cfg.Now())}
}

// effect is what an answer changed, as it is stored.
type effect struct {
	risk.Change
	// Process is whose tables of everybody the change is about; empty: nobody's yet.
	Process string `json:"process,omitzero"`
}

// await waits for the turn of an answer, which ends with the returned function.
func (k *Feedback) await(ctx context.Context) (done func(), err error) {
	select {
	case k.turn <- struct{}{}:
		return func() { <-k.turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

var (
	noVerdict  = fault.New(fault.InvalidParameter, "Feedback is Valid or Invalid.")
	noStanding = fault.New(fault.ResourceNotFound, "No feedback on the event stands.")
)

// maxAnswers is how many answers about one event are kept.
const maxAnswers = 20

// answer is one answer while it is taken.
type answer struct {
	model.Feedback
	verdict risk.Verdict
	level   string // that the event had
	engine  *risk.Engine
	attempt risk.Attempt
	effect  effect
	former  effect // what was taken back for it
	fresh   bool   // it says something new
}

// Record takes an answer about an event of the user with this sub. at is the
// event's time where it is known; the zero time finds it by its id alone. value
// is FeedbackValid or FeedbackInvalid, provider who answers, as the event shows it.
func (k *Feedback) Record(ctx context.Context, poolID, sub, eventID string, at time.Time, value, provider string) error {
	verdict := map[string]risk.Verdict{model.FeedbackValid: risk.Valid, model.FeedbackInvalid: risk.Invalid}[value]
	if verdict == 0 {
		return noVerdict
	}
	done, err := k.await(ctx)
	if err != nil {
		return err
	}
	defer done()
	var a *answer
	err = k.t.cfg.Store.Update(ctx, func(tx *store.Tx) (err error) {
		a = &answer{verdict: verdict, Feedback: model.Feedback{
			PoolID: poolID, Sub: sub, EventID: eventID, Value: value, Provider: provider, At: k.t.cfg.Now(),
		}}
		return k.take(tx, a, at)
	})
	if err != nil || !a.fresh {
		return err
	}
	k.t.cfg.Meter.Add(report.EventsAnswered, poolID, value, provider, a.level)
	k.tellWorld(ctx, a)
	return nil
}

// take does with an answer everything that is stored.
func (k *Feedback) take(tx *store.Tx, a *answer, at time.Time) error {
	p, err := findProtected(tx, a.PoolID)
	if err != nil {
		return err
	}
	u, err := tx.User(p.ID, a.Sub)
	if errors.Is(err, store.ErrNotFound) {
		return noUser
	}
	if err != nil {
		return fmt.Errorf("read user %s: %w", a.Sub, err)
	}
	e, c, err := findAnswered(tx, a, at)
	if err != nil {
		return err
	}
	e.Detail.Feedback = &model.EventFeedback{Value: a.Value, Provider: a.Provider, At: a.At}
	if err := tx.SaveEvent(e); err != nil {
		return fmt.Errorf("save event %s: %w", e.ID, err)
	}
	former, err := newest(tx, e)
	if err != nil {
		return err
	}
	if former.stands() && former.Value == a.Value {
		return nil
	}
	a.fresh, a.level = true, levelOf(e)
	a.engine, a.attempt = k.t.engine(p, c).live, k.t.ContextOf(e).Attempt
	if err := k.learn(tx, p, a, former); err != nil {
		return err
	}
	if a.verdict != risk.Invalid {
		return nil
	}
	policy := Effective(p, c)
	return k.disown(tx, p, u, policy.Disowned())
}

// findAnswered reads the event that is answered, and the client it came through;
// nil where that is gone.
func findAnswered(tx *store.Tx, a *answer, at time.Time) (e *model.Event, c *model.Client, err error) {
	if at.IsZero() {
		e, err = tx.FindEvent(a.PoolID, a.EventID)
	} else {
		e, err = tx.Event(a.PoolID, a.Sub, at, a.EventID)
	}
	switch {
	case errors.Is(err, store.ErrNotFound) || err == nil && (e.Sub != a.Sub || e.Type == model.EventCredentialCheck):
		return nil, nil, noEvent
	case err != nil:
		return nil, nil, fmt.Errorf("read event %s: %w", a.EventID, err)
	}
	c, err = clientOf(tx, e)
	return e, c, err
}

func clientOf(tx *store.Tx, e *model.Event) (*model.Client, error) {
	if e.ClientID == "" {
		return nil, nil
	}
	c, err := tx.Client(e.PoolID, e.ClientID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read client %s: %w", e.ClientID, err)
	}
	return c, nil
}

// former is the newest answer about an event; the zero one where there is none.
type former struct{ model.Feedback }

func (f former) stands() bool { return f.Value != "" && f.UndoneAt.IsZero() }

// effect is what the answer changed.
func (f former) effect() (e effect, err error) {
	if err := wire.Read(f.Effect, &e); err != nil {
		return e, fmt.Errorf("read what the feedback on event %s changed: %w", f.EventID, err)
	}
	return e, nil
}

func newest(tx *store.Tx, e *model.Event) (f former, err error) {
	list, err := tx.Feedback(e.PoolID, e.Sub, e.ID, 1)
	if err != nil {
		return f, fmt.Errorf("read feedback on event %s: %w", e.ID, err)
	}
	if len(list) > 0 {
		f.Feedback = list[0]
	}
	return f, nil
}

// learn changes the profile and stores the answer with what it changed.
func (k *Feedback) learn(tx *store.Tx, p *model.Pool, a *answer, was former) error {
	var profile risk.Profile
	if err := k.t.readProfile(tx, p, a.Sub, &profile); err != nil {
		return err
	}
	if was.stands() {
		var err error
		if a.former, err = was.effect(); err != nil {
			return err
		}
		a.engine.Undo(a.former.Change, &profile, nil)
		if err := tx.UndoFeedback(p.ID, a.Sub, a.EventID, was.At, a.At); err != nil {
			return fmt.Errorf("undo feedback on event %s: %w", a.EventID, err)
		}
	}
	if !a.At.After(was.At) { // answers are told apart by their time
		a.At = was.At.Add(time.Microsecond)
	}
	a.effect = effect{Change: a.engine.Feedback(&a.attempt, &profile, nil, a.verdict)}
	if err := writeProfile(tx, p, a.Sub, &profile); err != nil {
		return err
	}
	a.Effect = wire.Must(a.effect)
	if err := tx.AddFeedback(&a.Feedback); err != nil {
		return fmt.Errorf("save feedback on event %s: %w", a.EventID, err)
	}
	if err := tx.TrimFeedback(p.ID, a.Sub, a.EventID, maxAnswers); err != nil {
		return fmt.Errorf("trim feedback on event %s: %w", a.EventID, err)
	}
	return nil
}

// disown does what the policy wants done to a user whose event was not theirs.
// It is not taken back with the answer: a reset may have been used by then.
func (k *Feedback) disown(tx *store.Tx, p *model.Pool, u *model.User, does model.OnInvalid) error {
	now := k.t.cfg.Now()
	if does.SignOut {
		if err := tx.RevokeFamilies(p.ID, u.Sub, now); err != nil {
			return fmt.Errorf("sign user %s out: %w", u.Sub, err)
		}
	}
	if !does.Reset || u.Status != model.Confirmed {
		return nil
	}
	u = u.Clone()
	u.Status, u.ModifiedAt = model.ResetRequired, now
	if err := tx.SaveUser(p, u); err != nil {
		return fmt.Errorf("save user %s: %w", u.Sub, err)
	}
	return nil
}

// tellWorld changes what is known of everybody, which is memory of this process,
// and notes what that changed beside the rest. Where another one took the answer
// back before it could be noted, it is taken back here.
func (k *Feedback) tellWorld(ctx context.Context, a *answer) {
	k.forget(a.engine, a.PoolID, a.former)
	h := k.t.world(a.PoolID)
	everybody := a.engine.Feedback(&a.attempt, nil, h.world, a.verdict)
	h.fresh.Store(true)
	a.effect.Process, a.effect.Marks = k.mine, append(a.effect.Marks, everybody.Marks...)
	a.Effect = wire.Must(a.effect)
	err := k.t.cfg.Store.Update(ctx, func(tx *store.Tx) error { return tx.SetEffect(&a.Feedback) })
	if err == nil {
		return
	}
	a.engine.Undo(everybody, nil, h.world)
	if !errors.Is(err, store.ErrNotFound) {
		k.t.cfg.Log.Error("feedback is not known to everybody", "pool", a.PoolID, "event", a.EventID, "error", err)
	}
}

// forget takes back from what is known of everybody what was added here. What
// another process added is not in our tables: to take it from them would hide
// failures that they hold for other reasons.
func (k *Feedback) forget(engine *risk.Engine, poolID string, was effect) {
	if was.Process != k.mine {
		return
	}
	h := k.t.world(poolID)
	engine.Undo(was.Change, nil, h.world)
	h.fresh.Store(true)
}

// Undo takes back what the answer that stands about an event changed, and returns
// it. What is known of everybody is corrected only in the process that took the
// answer; elsewhere it fades.
func (k *Feedback) Undo(ctx context.Context, poolID, eventID string) (*model.Feedback, error) {
	done, err := k.await(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	var a *answer
	err = k.t.cfg.Store.Update(ctx, func(tx *store.Tx) (err error) {
		a, err = k.takeBack(tx, poolID, eventID)
		return err
	})
	if err != nil {
		return nil, err
	}
	k.forget(a.engine, poolID, a.effect)
	return &a.Feedback, nil
}

// takeBack undoes the answer that stands, as far as it is stored.
func (k *Feedback) takeBack(tx *store.Tx, poolID, eventID string) (*answer, error) {
	p, err := findPool(tx, poolID)
	if err != nil {
		return nil, err
	}
	e, err := tx.FindEvent(poolID, eventID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, noEvent
	}
	if err != nil {
		return nil, fmt.Errorf("read event %s: %w", eventID, err)
	}
	if _, err := tx.User(p.ID, e.Sub); errors.Is(err, store.ErrNotFound) {
		return nil, noUser // nothing may be learned again of who was deleted
	} else if err != nil {
		return nil, fmt.Errorf("read user %s: %w", e.Sub, err)
	}
	was, err := newest(tx, e)
	if err != nil {
		return nil, err
	}
	if !was.stands() {
		return nil, noStanding
	}
	a := &answer{Feedback: was.Feedback}
	if a.effect, err = was.effect(); err != nil {
		return nil, err
	}
	c, err := clientOf(tx, e)
	if err != nil {
		return nil, err
	}
	a.engine = k.t.engine(p, c).live
	return a, k.unlearn(tx, p, e, a)
}

// unlearn takes an answer back from profile and event.
func (k *Feedback) unlearn(tx *store.Tx, p *model.Pool, e *model.Event, a *answer) error {
	var profile risk.Profile
	if err := k.t.readProfile(tx, p, e.Sub, &profile); err != nil {
		return err
	}
	a.engine.Undo(a.effect.Change, &profile, nil)
	if err := writeProfile(tx, p, e.Sub, &profile); err != nil {
		return err
	}
	if err := tx.UndoFeedback(p.ID, e.Sub, e.ID, a.At, k.t.cfg.Now()); err != nil {
		return fmt.Errorf("undo feedback on event %s: %w", e.ID, err)
	}
	e.Detail.Feedback = nil
	if err := tx.SaveEvent(e); err != nil {
		return fmt.Errorf("save event %s: %w", e.ID, err)
	}
	return nil
}

func (t *Threat) readProfile(tx *store.Tx, p *model.Pool, sub string, into *risk.Profile) error {
	image, err := tx.Profile(p.ID, sub)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("read profile of user %s: %w", sub, err)
	}
	t.open(p, sub, image, into)
	return nil
}

func writeProfile(tx *store.Tx, p *model.Pool, sub string, profile *risk.Profile) error {
	image, err := profile.MarshalBinary()
	if err != nil {
		return fmt.Errorf("write profile of user %s: %w", sub, err)
	}
	if err := tx.SaveProfile(p.ID, sub, image); err != nil {
		return fmt.Errorf("save profile of user %s: %w", sub, err)
	}
	return nil
}

// levelOf is the level that an event had, for a metric.
func levelOf(e *model.Event) string {
	if e.Detail.RiskLevel == "" {
		return "none"
	}
	return e.Detail.RiskLevel
}
