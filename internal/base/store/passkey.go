package store

import (
	"strings"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
)

const passkeyColumns = `id, sub, relying_party, public_key, sign_count, backup_eligible, name, transports, attachment, created_at, used_at`

func (tx *Tx) passkeys(poolID, query string, args ...any) ([]*model.Passkey, error) {
	var list []*model.Passkey
	err := tx.each(query, args, func(scan func(...any) error) error {
		k := &model.Passkey{PoolID: poolID}
		var eligible, created, used int64
		var transports string
		err := scan(&k.ID, &k.Sub, &k.RelyingParty, &k.PublicKey, &k.SignCount, &eligible, &k.Name, &transports, &k.Attachment, &created, &used)
		if err != nil {
			return err
		}
		k.BackupEligible, k.Transports = eligible != 0, strings.Fields(transports)
		k.CreatedAt = moment(created)
		if used != 0 {
			k.UsedAt = moment(used)
		}
		list = append(list, k)
		return nil
	})
	return list, err
}

// Passkey reads a passkey of a pool by its credential id, whoever's it is;
// ErrNotFound when there is none.
func (tx *Tx) Passkey(poolID, id string) (*model.Passkey, error) {
	list, err := tx.passkeys(poolID, `SELECT `+passkeyColumns+` FROM passkey WHERE pool_id = ? AND id = ?`, poolID, id)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, ErrNotFound
	}
	return list[0], nil
}

// Passkeys lists the passkeys of a user, the oldest first.
func (tx *Tx) Passkeys(poolID, sub string) ([]*model.Passkey, error) {
	return tx.passkeys(poolID, `
		SELECT `+passkeyColumns+` FROM passkey WHERE pool_id = ? AND sub = ? ORDER BY created_at, id LIMIT ?`,
		poolID, sub, model.MaxPasskeys)
}

// CountPasskeys counts the passkeys of a user.
func (tx *Tx) CountPasskeys(poolID, sub string) (n int, err error) {
	err = tx.one(`SELECT COUNT(*) FROM passkey WHERE pool_id = ? AND sub = ?`, []any{poolID, sub}, &n)
	return n, err
}

// CreatePasskey stores a new passkey, never used; ErrExists when anybody of the
// pool has its credential id.
func (tx *Tx) CreatePasskey(k *model.Passkey) error {
	eligible := 0
	if k.BackupEligible {
		eligible = 1
	}
	return tx.insert(`
		INSERT INTO passkey (pool_id, `+passkeyColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		k.PoolID, k.ID, k.Sub, k.RelyingParty, k.PublicKey, k.SignCount, eligible, k.Name,
		strings.Join(k.Transports, " "), k.Attachment, micros(k.CreatedAt), 0)
}

// UsePasskey moves the counter of a passkey from what it was; ErrNotFound when it
// is another by now, or the passkey is gone.
func (tx *Tx) UsePasskey(k *model.Passkey, count int64, at time.Time) error {
	return tx.touch(`
		UPDATE passkey SET sign_count = ?, used_at = ? WHERE pool_id = ? AND id = ? AND sub = ? AND sign_count = ?`,
		count, micros(at), k.PoolID, k.ID, k.Sub, k.SignCount)
}

// DeletePasskey removes a passkey of a user; ErrNotFound when the user has no such.
func (tx *Tx) DeletePasskey(poolID, sub, id string) error {
	return tx.touch(`DELETE FROM passkey WHERE pool_id = ? AND id = ? AND sub = ?`, poolID, id, sub)
}
