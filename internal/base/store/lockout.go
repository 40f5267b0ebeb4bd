package store

import (
	"errors"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
)

// Lockout reads the failures of a subject; the zero count when there are none.
func (tx *Tx) Lockout(poolID, subject string) (model.Lockout, error) {
	l := model.Lockout{PoolID: poolID, Subject: subject}
	var last, until int64
	err := tx.one(`SELECT failures, last_at, locked_until FROM lockout WHERE pool_id = ? AND subject = ?`,
		[]any{poolID, subject}, &l.Failures, &last, &until)
	if errors.Is(err, ErrNotFound) {
		return l, nil
	}
	l.LastAt, l.LockedUntil = moment(last), moment(until)
	return l, err
}

// SaveLockout stores the failures of a subject.
func (tx *Tx) SaveLockout(l model.Lockout) error {
	_, err := tx.exec(`
		INSERT INTO lockout (pool_id, subject, failures, last_at, locked_until) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (pool_id, subject) DO UPDATE SET
			failures = excluded.failures, last_at = excluded.last_at, locked_until = excluded.locked_until`,
		l.PoolID, l.Subject, l.Failures, micros(l.LastAt), micros(l.LockedUntil))
	return err
}

// ClearLockout forgets the failures of a subject.
func (tx *Tx) ClearLockout(poolID, subject string) error {
	_, err := tx.exec(`DELETE FROM lockout WHERE pool_id = ? AND subject = ?`, poolID, subject)
	return err
}

// MaxWindow is the longest window of Spend.
const MaxWindow = 24 * time.Hour

// Spend counts one use against a limit per window, MaxWindow at most, and
// tells whether it was within it. Refused uses are not counted, so the window
// does not move.
func (tx *Tx) Spend(poolID, subject, kind string, limit int64, window time.Duration, now time.Time) (bool, error) {
	var since, used int64
	err := tx.one(`SELECT since, used FROM quota WHERE pool_id = ? AND subject = ? AND kind = ?`,
		[]any{poolID, subject, kind}, &since, &used)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return false, err
	}
	if errors.Is(err, ErrNotFound) || !now.Before(moment(since).Add(window)) {
		since, used = micros(now), 0
	}
	if used >= limit {
		return false, nil
	}
	_, err = tx.exec(`
		INSERT INTO quota (pool_id, subject, kind, since, used) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (pool_id, subject, kind) DO UPDATE SET since = excluded.since, used = excluded.used`,
		poolID, subject, kind, since, used+1)
	return err == nil, err
}
