package store

import "github.com/gatehouse-id/gatehouse/internal/base/model"

// Authenticator reads the authenticator app of a user; ErrNotFound when there is none.
func (tx *Tx) Authenticator(poolID, sub string) (*model.Authenticator, error) {
	a := &model.Authenticator{PoolID: poolID, Sub: sub}
	err := tx.one(`SELECT secret, name, last_step, pending FROM authenticator WHERE pool_id = ? AND sub = ?`,
		[]any{poolID, sub}, &a.Secret, &a.Name, &a.LastStep, &a.Pending)
	if err != nil {
		return nil, err
	}
	return a, nil
}

// SaveAuthenticator stores the authenticator app of a user in the place of the one before.
func (tx *Tx) SaveAuthenticator(a *model.Authenticator) error {
	_, err := tx.exec(`
		INSERT INTO authenticator (pool_id, sub, secret, name, last_step, pending) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (pool_id, sub) DO UPDATE SET
			secret = excluded.secret, name = excluded.name, last_step = excluded.last_step, pending = excluded.pending`,
		a.PoolID, a.Sub, a.Secret, a.Name, a.LastStep, a.Pending)
	return err
}
