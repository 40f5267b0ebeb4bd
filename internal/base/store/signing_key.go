package store

import (
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
)

// signingKeys reads a pool's keys, newest first.
func (tx *Tx) signingKeys(poolID string) ([]model.SigningKey, error) {
	var keys []model.SigningKey
	err := tx.each(`
		SELECT id, use_for, box, created_at, retires_at FROM pool_key
		WHERE pool_id = ? ORDER BY created_at DESC, id`, []any{poolID},
		func(scan func(...any) error) error {
			var k model.SigningKey
			var created, retires int64
			if err := scan(&k.ID, &k.Use, &k.Box, &created, &retires); err != nil {
				return err
			}
			k.CreatedAt, k.RetiresAt = moment(created), moment(retires)
			keys = append(keys, k)
			return nil
		})
	return keys, err
}

// AddSigningKey stores a key of a pool. After changing keys, SavePool the pool
// so that its version tells every node.
func (tx *Tx) AddSigningKey(poolID string, k model.SigningKey) error {
	return tx.insert(`
		INSERT INTO pool_key (pool_id, id, use_for, box, created_at, retires_at)
		VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		poolID, k.ID, string(k.Use), k.Box, micros(k.CreatedAt), micros(k.RetiresAt))
}

// RetireSigningKey sets when a key leaves the JWKS.
func (tx *Tx) RetireSigningKey(poolID, id string, at time.Time) error {
	return tx.touch(`UPDATE pool_key SET retires_at = ? WHERE pool_id = ? AND id = ?`, micros(at), poolID, id)
}

// DropSigningKeys removes the keys that retired before the given time.
func (tx *Tx) DropSigningKeys(poolID string, before time.Time) error {
	_, err := tx.exec(`DELETE FROM pool_key WHERE pool_id = ? AND retires_at > 0 AND retires_at < ?`, poolID, micros(before))
	return err
}
