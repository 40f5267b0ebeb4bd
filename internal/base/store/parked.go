package store

import "time"

// Park keeps what a session stands for and cannot hold, until the session expires.
func (tx *Tx) Park(id string, box []byte, expires time.Time) error {
	_, err := tx.exec(`INSERT INTO parked (id, box, expires_at) VALUES (?, ?, ?)`, id, box, micros(expires))
	return err
}

// Parked reads it again; ErrNotFound when it is gone.
func (tx *Tx) Parked(id string) (box []byte, err error) {
	err = tx.one(`SELECT box FROM parked WHERE id = ?`, []any{id}, &box)
	return box, err
}
