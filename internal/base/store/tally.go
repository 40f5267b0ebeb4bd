package store

import (
	"strconv"
	"time"
)

// TallyShards is how many rows a tally has: transactions that count at the same
// time do not wait for one another as long as they choose different ones.
const TallyShards = 16

// Tally counts one more of something, in one of its rows, 0 to TallyShards-1,
// that the caller draws. What is not taken within MaxWindow is forgotten.
func (tx *Tx) Tally(poolID, subject string, shard int, now time.Time) error {
	_, err := tx.exec(`
		INSERT INTO quota (pool_id, subject, kind, since, used) VALUES (?, ?, ?, ?, 1)
		ON CONFLICT (pool_id, subject, kind) DO UPDATE SET since = excluded.since, used = quota.used + 1`,
		poolID, tallied(subject), strconv.Itoa(shard), micros(now))
	return err
}

// TakeTally tells how many were counted, and begins anew.
func (tx *Tx) TakeTally(poolID, subject string) (n int64, err error) {
	err = tx.one(`SELECT COALESCE(SUM(used), 0) FROM quota WHERE pool_id = ? AND subject = ?`, []any{poolID, tallied(subject)}, &n)
	if err != nil || n == 0 {
		return 0, err
	}
	_, err = tx.exec(`DELETE FROM quota WHERE pool_id = ? AND subject = ?`, poolID, tallied(subject))
	return n, err
}

// tallied keeps tallies apart from the subjects of Spend.
func tallied(subject string) string { return "tally/" + subject }
