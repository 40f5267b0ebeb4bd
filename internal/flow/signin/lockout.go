package signin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

// Cognito's lockout (spec 10.1): the fifth failure locks for a second, each
// further one doubles that, up to about 15 minutes. 15 quiet minutes after the
// last failure and its lock forget all.
const (
	freeFailures = 5
	longestLock  = 15 * time.Minute
	quietPeriod  = 15 * time.Minute
)

// locked tells whether attempts are refused unseen.
func locked(l model.Lockout, now time.Time) bool { return now.Before(l.LockedUntil) }

// failed counts one more failure: 2^(n-5) seconds from the fifth on.
func failed(l model.Lockout, now time.Time) model.Lockout {
	if !now.Before(l.LastAt.Add(quietPeriod)) && !now.Before(l.LockedUntil.Add(quietPeriod)) {
		l.Failures = 0
	}
	l.Failures++
	l.LastAt = now
	if over := l.Failures - freeFailures; over >= 0 {
		lock := longestLock
		if over < 10 { // 2^10 s is past the longest already
			lock = min(lock, time.Second<<over)
		}
		l.LockedUntil = now.Add(lock)
	}
	return l
}

// settle holds a success against the lockout, inside the Update that is about
// to tell it: a right password during a lockout is told like a wrong one.
func (s *Signin) settle(tx *store.Tx, m *party) (lockedOut bool, err error) {
	l, err := tx.Lockout(m.pool.ID, m.subject)
	if err != nil {
		return false, fmt.Errorf("read lockout: %w", err)
	}
	if locked(l, s.cfg.Now()) {
		return true, nil
	}
	if l.Failures > 0 {
		return false, tx.ClearLockout(m.pool.ID, m.subject)
	}
	return false, nil
}

// wrong counts a wrong password and tells so, unless the user is locked out by
// now: then nothing is counted and nothing is told of the password.
func (s *Signin) wrong(ctx context.Context, m *party) error {
	verdict := incorrect
	err := s.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		verdict = incorrect
		now := s.cfg.Now()
		l, err := tx.Lockout(m.pool.ID, m.subject)
		if err != nil {
			return fmt.Errorf("read lockout: %w", err)
		}
		if locked(l, now) {
			verdict = exceeded
			return nil
		}
		if err := tx.SaveLockout(failed(l, now)); err != nil {
			return fmt.Errorf("count failure: %w", err)
		}
		return s.record(tx, m, model.EventFail, wrongPassword)
	})
	if err != nil {
		return err
	}
	return verdict
}

// What an event tells of its challenges.
var (
	rightPassword = model.ChallengeResult{Name: "Password", Response: "Success"}
	wrongPassword = model.ChallengeResult{Name: "Password", Response: "Failure"}
	rightFactor   = model.ChallengeResult{Name: "Mfa", Response: "Success"}
	wrongFactor   = model.ChallengeResult{Name: "Mfa", Response: "Failure"}
)

// record saves the attempt's event, where the pool keeps any, or what has become
// of it by now: an attempt has one event, whatever it was asked on the way, and
// what was found out at its beginning stays in it.
func (s *Signin) record(tx *store.Tx, m *party, response model.EventResponse, results ...model.ChallengeResult) error {
	e := s.cfg.Threat.Record(m.pool, m.client.ID, m.subject, model.EventSignIn, response, m.finding, m.origin, m.eventID)
	if e == nil {
		return nil
	}
	if m.user == nil {
		// Nobody to attach an event to, and no bound on the names that strangers
		// make up. A statement goes out all the same, or its absence would tell.
		return tx.ClearLockout(m.pool.ID, "")
	}
	if m.eventAt != 0 {
		e.CreatedAt = time.UnixMicro(m.eventAt).UTC()
	}
	if m.session.EventID != "" {
		begun, err := tx.Event(m.pool.ID, m.subject, e.CreatedAt, m.eventID)
		switch {
		case err == nil:
			begun.Response = response
			e = begun
		case !errors.Is(err, store.ErrNotFound): // the pool kept none yet when the attempt began
			return fmt.Errorf("read event: %w", err)
		}
	}
	e.Detail.Challenges = results
	if err := tx.SaveEvent(e); err != nil {
		return fmt.Errorf("save event: %w", err)
	}
	return nil
}
