package signin

import (
	"context"
	"fmt"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/risk"
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
	s.judge(m, false)
	err := s.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		verdict, m.lesson = incorrect, nil
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
		if err := s.learn(tx, m, risk.WrongPassword); err != nil {
			return err
		}
		return s.record(tx, m, model.EventFail, wrongPassword)
	})
	if err != nil {
		return err
	}
	s.spread(m)
	return verdict
}
