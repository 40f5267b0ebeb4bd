package store

import "errors"

// SetFormer sets the sealed document of the pool that users come from; nil takes
// it away. ErrNotFound when the pool is gone.
func (tx *Tx) SetFormer(poolID string, box []byte) error {
	if err := tx.renewPool(poolID); err != nil {
		return err
	}
	if box == nil {
		_, err := tx.exec(`DELETE FROM former WHERE pool_id = ?`, poolID)
		return err
	}
	_, err := tx.exec(`
		INSERT INTO former (pool_id, box) VALUES (?, ?)
		ON CONFLICT (pool_id) DO UPDATE SET box = excluded.box`, poolID, box)
	return err
}

func (tx *Tx) former(poolID string) (box []byte, err error) {
	err = tx.one(`SELECT box FROM former WHERE pool_id = ?`, []any{poolID}, &box)
	if errors.Is(err, ErrNotFound) {
		err = nil
	}
	return box, err
}
