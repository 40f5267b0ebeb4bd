package store

import (
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
)

const familyColumns = `id, pool_id, client_id, sub, origin_jti, auth_time, expires_at, revoked_at, generation, rotated_at, device_key, device_bound`

// Family reads the tokens that one sign-in began; ErrNotFound when they are gone.
func (tx *Tx) Family(poolID, id string) (*model.Family, error) {
	f := new(model.Family)
	var auth, expires, revoked, rotated int64
	err := tx.one(`SELECT `+familyColumns+` FROM family WHERE id = ? AND pool_id = ?`, []any{id, poolID},
		&f.ID, &f.PoolID, &f.ClientID, &f.Sub, &f.OriginJTI, &auth, &expires, &revoked, &f.Generation, &rotated, &f.Device, &f.DeviceBound)
	if err != nil {
		return nil, err
	}
	f.AuthTime, f.ExpiresAt, f.RevokedAt, f.RotatedAt = moment(auth), moment(expires), moment(revoked), moment(rotated)
	return f, nil
}

// CreateFamily stores a new family.
func (tx *Tx) CreateFamily(f *model.Family) error {
	return tx.insert(`
		INSERT INTO family (`+familyColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		f.ID, f.PoolID, f.ClientID, f.Sub, f.OriginJTI, micros(f.AuthTime), micros(f.ExpiresAt),
		micros(f.RevokedAt), f.Generation, micros(f.RotatedAt), f.Device, number(f.DeviceBound))
}

// RotateFamily moves a family to its next generation.
func (tx *Tx) RotateFamily(id string, generation int64, now time.Time) error {
	return tx.touch(`UPDATE family SET generation = ?, rotated_at = ? WHERE id = ?`, generation, micros(now), id)
}

// BindFamily ties a family to the device that its sign-in was offered.
func (tx *Tx) BindFamily(poolID, id string) error {
	return tx.touch(`UPDATE family SET device_bound = 1 WHERE id = ? AND pool_id = ?`, id, poolID)
}

// RevokeFamily ends one family; being ended already, or gone, is fine.
func (tx *Tx) RevokeFamily(poolID, id string, now time.Time) error {
	_, err := tx.exec(`UPDATE family SET revoked_at = ? WHERE id = ? AND pool_id = ? AND revoked_at = 0`, micros(now), id, poolID)
	return err
}

// RevokeFamilies ends all families of a user.
func (tx *Tx) RevokeFamilies(poolID, sub string, now time.Time) error {
	_, err := tx.exec(`UPDATE family SET revoked_at = ? WHERE pool_id = ? AND sub = ? AND revoked_at = 0`, micros(now), poolID, sub)
	return err
}

// FamilyRevoked tells whether the family with this id was ended, or is gone, or its client is.
func (tx *Tx) FamilyRevoked(poolID, id string) (bool, error) {
	var alive int
	err := tx.one(`
		SELECT COUNT(*) FROM family f JOIN client c ON c.id = f.client_id
		WHERE f.id = ? AND f.pool_id = ? AND f.revoked_at = 0`, []any{id, poolID}, &alive)
	return alive == 0, err
}
