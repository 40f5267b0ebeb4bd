package store

import "github.com/gatehouse-id/gatehouse/internal/base/model"

// UserUnchanged tells whether what sign-in relies on is still as it was read:
// the user's status, whether it is enabled, and its password record.
func (tx *Tx) UserUnchanged(u *model.User) (bool, error) {
	credential := any(u.Credential)
	same := `credential = ?`
	if u.Credential == nil {
		credential, same = 1, `credential IS NULL AND 1 = ?`
	}
	var n int
	err := tx.one(`
		SELECT COUNT(*) FROM users
		WHERE pool_id = ? AND sub = ? AND status = ? AND enabled = ? AND `+same,
		[]any{u.PoolID, u.Sub, string(u.Status), number(u.Enabled), credential}, &n)
	return n == 1, err
}
