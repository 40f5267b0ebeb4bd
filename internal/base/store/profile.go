package store

import "time"

// Profile reads what is learned of a user, as its package wrote it; ErrNotFound when nothing is.
func (tx *Tx) Profile(poolID, sub string) (image []byte, err error) {
	err = tx.one(`SELECT image FROM profile WHERE pool_id = ? AND sub = ?`, []any{poolID, sub}, &image)
	return image, err
}

// SaveProfile stores what is learned of a user in the place of what was.
func (tx *Tx) SaveProfile(poolID, sub string, image []byte) error {
	_, err := tx.exec(`
		INSERT INTO profile (pool_id, sub, image) VALUES (?, ?, ?)
		ON CONFLICT (pool_id, sub) DO UPDATE SET image = excluded.image`, poolID, sub, image)
	return err
}

// DropProfile forgets what is learned of a user. There need be nothing.
func (tx *Tx) DropProfile(poolID, sub string) error {
	_, err := tx.exec(`DELETE FROM profile WHERE pool_id = ? AND sub = ?`, poolID, sub)
	return err
}

// World reads the newest snapshot of what is learned of everybody in a pool; ErrNotFound when there is none.
func (tx *Tx) World(poolID string) (image []byte, err error) {
	err = tx.one(`SELECT image FROM world WHERE pool_id = ?`, []any{poolID}, &image)
	return image, err
}

// SaveWorld stores a snapshot in the place of the one before.
func (tx *Tx) SaveWorld(poolID string, image []byte, at time.Time) error {
	_, err := tx.exec(`
		INSERT INTO world (pool_id, image, saved_at) VALUES (?, ?, ?)
		ON CONFLICT (pool_id) DO UPDATE SET image = excluded.image, saved_at = excluded.saved_at`, poolID, image, micros(at))
	return err
}
