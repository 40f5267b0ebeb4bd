package store

import (
	"errors"
	"strings"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
)

// Lockout reads the failures of a subject; the zero count when there are none.
func (tx *Tx) Lockout(poolID, subject string) (model.Lockout, error) {
	l, _, err := tx.LockoutPair(poolID, subject, "")
	return l, err
}

// LockoutPair reads the failures of two subjects at once, so that the second
// costs nothing, whether there is any or not: no subject is empty.
func (tx *Tx) LockoutPair(poolID, first, second string) (a, b model.Lockout, err error) {
	a, b = model.Lockout{PoolID: poolID, Subject: first}, model.Lockout{PoolID: poolID, Subject: second}
	err = tx.each(`
		SELECT subject, failures, last_at, locked_until, forget_at FROM lockout
		WHERE pool_id = ? AND subject IN (?, ?)`, []any{poolID, first, second},
		func(scan func(...any) error) error {
			l, err := scanLockout(poolID, scan)
			if l.Subject == first {
				a = l
			} else {
				b = l
			}
			return err
		})
	return a, b, err
}

func scanLockout(poolID string, scan func(...any) error) (model.Lockout, error) {
	l := model.Lockout{PoolID: poolID}
	var last, until, forget int64
	err := scan(&l.Subject, &l.Failures, &last, &until, &forget)
	l.LastAt, l.LockedUntil, l.ForgetAt = moment(last), moment(until), moment(forget)
	return l, err
}

// SaveLockout stores the failures of a subject.
func (tx *Tx) SaveLockout(l model.Lockout) error {
	_, err := tx.exec(`
		INSERT INTO lockout (pool_id, subject, failures, last_at, locked_until, forget_at) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (pool_id, subject) DO UPDATE SET
			failures = excluded.failures, last_at = excluded.last_at,
			locked_until = excluded.locked_until, forget_at = excluded.forget_at`,
		l.PoolID, l.Subject, l.Failures, micros(l.LastAt), micros(l.LockedUntil), micros(l.ForgetAt))
	return err
}

// ClearLockout forgets the failures of a subject.
func (tx *Tx) ClearLockout(poolID, subject string) error {
	_, err := tx.exec(`DELETE FROM lockout WHERE pool_id = ? AND subject = ?`, poolID, subject)
	return err
}

// The parts of a user's subject follow a slash: they stand between the sub and
// the sub with the next character, which is 0.
const pastParts = "0"

// maxLockouts is more than the counts that one user can have: known places are few.
const maxLockouts = 100

// LockoutsOf reads every count of a user: of the account, of its second factors,
// of its known places.
func (tx *Tx) LockoutsOf(poolID, sub string) (list []model.Lockout, err error) {
	err = tx.each(`
		SELECT subject, failures, last_at, locked_until, forget_at FROM lockout
		WHERE pool_id = ? AND subject >= ? AND subject < ? ORDER BY subject LIMIT ?`,
		[]any{poolID, sub, sub + pastParts, maxLockouts},
		func(scan func(...any) error) error {
			l, err := scanLockout(poolID, scan)
			list = append(list, l)
			return err
		})
	return list, err
}

// ClearLockouts forgets every count of a user.
func (tx *Tx) ClearLockouts(poolID, sub string) error {
	return tx.clearLockouts(poolID, sub, sub+pastParts)
}

// ClearPasswordLockouts forgets the failed passwords of a user, and leaves the
// wrong codes of second factors.
func (tx *Tx) ClearPasswordLockouts(poolID, sub string) error {
	places := model.PlaceSubject(sub, "")
	if err := tx.clearLockouts(poolID, places, strings.TrimSuffix(places, "/")+pastParts); err != nil {
		return err
	}
	return tx.ClearLockout(poolID, sub)
}

func (tx *Tx) clearLockouts(poolID, from, before string) error {
	_, err := tx.exec(`DELETE FROM lockout WHERE pool_id = ? AND subject >= ? AND subject < ?`, poolID, from, before)
	return err
}

// MaxWindow is the longest window of Spend.
const MaxWindow = 24 * time.Hour

// Spend counts one use against a limit per window, MaxWindow at most, and
// tells whether it was within it. Refused uses are not counted, so the window
// does not move.
func (tx *Tx) Spend(poolID, subject, kind string, limit int64, window time.Duration, now time.Time) (bool, error) {
	since, used, err := tx.quota(poolID, subject, kind, window, now)
	if err != nil || used >= limit {
		return false, err
	}
	_, err = tx.exec(`
		INSERT INTO quota (pool_id, subject, kind, since, used) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (pool_id, subject, kind) DO UPDATE SET since = excluded.since, used = excluded.used`,
		poolID, subject, kind, micros(since), used+1)
	return err == nil, err
}

// Spent tells how many uses the window that runs has seen.
func (tx *Tx) Spent(poolID, subject, kind string, window time.Duration, now time.Time) (used int64, err error) {
	_, used, err = tx.quota(poolID, subject, kind, window, now)
	return used, err
}

// DropQuota forgets the uses of one kind.
func (tx *Tx) DropQuota(poolID, subject, kind string) error {
	_, err := tx.exec(`DELETE FROM quota WHERE pool_id = ? AND subject = ? AND kind = ?`, poolID, subject, kind)
	return err
}

// quota reads the window that runs; a new one begins now where none does.
func (tx *Tx) quota(poolID, subject, kind string, window time.Duration, now time.Time) (since time.Time, used int64, err error) {
	var began int64
	err = tx.one(`SELECT since, used FROM quota WHERE pool_id = ? AND subject = ? AND kind = ?`,
		[]any{poolID, subject, kind}, &began, &used)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return since, 0, err
	}
	if errors.Is(err, ErrNotFound) || !now.Before(moment(began).Add(window)) {
		return now, 0, nil
	}
	return moment(began), used, nil
}
