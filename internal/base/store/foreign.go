package store

import "github.com/gatehouse-id/gatehouse/internal/base/model"

// AddForeign counts users who came with a password hash of another system. cost
// is what all such hashes have in common.
func (tx *Tx) AddForeign(poolID, cost string, users int) error {
	_, err := tx.exec(`
		INSERT INTO foreign_hash (pool_id, cost, users, of_users) VALUES (?, ?, ?, ?)
		ON CONFLICT (pool_id, cost) DO UPDATE SET users = foreign_hash.users + excluded.users`,
		poolID, cost, users, users)
	return err
}

// SettleForeign notes how many users the pool has, once all have come.
func (tx *Tx) SettleForeign(poolID string) error {
	n, err := tx.CountUsers(poolID)
	if err != nil {
		return err
	}
	if _, err := tx.exec(`UPDATE foreign_hash SET of_users = ? WHERE pool_id = ?`, n, poolID); err != nil {
		return err
	}
	return tx.renewPool(poolID)
}

// DropForeign counts a user whose hash was replaced. Nodes hear of it now and
// then: every hundredth part of the pool.
func (tx *Tx) DropForeign(poolID, cost string) error {
	var users, of int64
	err := tx.one(`SELECT users, of_users FROM foreign_hash WHERE pool_id = ? AND cost = ?`, []any{poolID, cost}, &users, &of)
	if err == ErrNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	if users <= 1 {
		_, err = tx.exec(`DELETE FROM foreign_hash WHERE pool_id = ? AND cost = ?`, poolID, cost)
	} else {
		_, err = tx.exec(`UPDATE foreign_hash SET users = ? WHERE pool_id = ? AND cost = ?`, users-1, poolID, cost)
	}
	if err != nil || (users-1)%max(1, of/100) != 0 {
		return err
	}
	return tx.renewPool(poolID)
}

// foreign lists what is left in a pool, the costs in order.
func (tx *Tx) foreign(poolID string) ([]model.ForeignHashes, error) {
	var list []model.ForeignHashes
	err := tx.each(`SELECT cost, users, of_users FROM foreign_hash WHERE pool_id = ? ORDER BY cost`, []any{poolID},
		func(scan func(...any) error) error {
			var f model.ForeignHashes
			var users, of int64
			if err := scan(&f.Cost, &users, &of); err != nil {
				return err
			}
			f.Share = float64(users) / float64(max(1, users, of))
			list = append(list, f)
			return nil
		})
	return list, err
}
