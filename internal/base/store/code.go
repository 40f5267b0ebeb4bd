package store

import (
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
)

// Code reads the code that was sent to a user for a purpose; ErrNotFound when none is waiting.
func (tx *Tx) Code(poolID, sub, purpose string) (*model.Code, error) {
	c := &model.Code{PoolID: poolID, Sub: sub, Purpose: purpose}
	var created, expires int64
	err := tx.one(`
		SELECT digest, value, attempts, created_at, expires_at FROM code
		WHERE pool_id = ? AND sub = ? AND purpose = ?`, []any{poolID, sub, purpose},
		&c.Digest, &c.Value, &c.Attempts, &created, &expires)
	if err != nil {
		return nil, err
	}
	c.CreatedAt, c.ExpiresAt = moment(created), moment(expires)
	return c, nil
}

// SaveCode stores a code in place of the one before for the same purpose.
func (tx *Tx) SaveCode(c *model.Code) error {
	_, err := tx.exec(`
		INSERT INTO code (pool_id, sub, purpose, digest, value, attempts, created_at, expires_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (pool_id, sub, purpose) DO UPDATE SET
			digest = excluded.digest, value = excluded.value, attempts = excluded.attempts,
			created_at = excluded.created_at, expires_at = excluded.expires_at`,
		c.PoolID, c.Sub, c.Purpose, c.Digest, c.Value, c.Attempts, micros(c.CreatedAt), micros(c.ExpiresAt))
	return err
}

// DropCode forgets a code; having none is fine.
func (tx *Tx) DropCode(poolID, sub, purpose string) error {
	_, err := tx.exec(`DELETE FROM code WHERE pool_id = ? AND sub = ? AND purpose = ?`, poolID, sub, purpose)
	return err
}

// SpendSession marks a sealed session as answered; ErrExists when it was already.
func (tx *Tx) SpendSession(id string, expires time.Time) error {
	return tx.insert(`INSERT INTO spent (id, expires_at) VALUES (?, ?) ON CONFLICT DO NOTHING`, id, micros(expires))
}

// SessionSpent tells whether a sealed session was answered already.
func (tx *Tx) SessionSpent(id string) (bool, error) {
	var n int
	err := tx.one(`SELECT COUNT(*) FROM spent WHERE id = ?`, []any{id}, &n)
	return n > 0, err
}
