package store

import (
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
)

const deviceColumns = `device_key, group_key, name, remembered, secret, known_as, sdk, last_ip, created_at, modified_at, authenticated_at`

func (tx *Tx) devices(poolID, sub, query string, args ...any) ([]*model.Device, error) {
	var list []*model.Device
	err := tx.each(query, args, func(scan func(...any) error) error {
		d := &model.Device{PoolID: poolID, Sub: sub}
		var created, modified, authenticated int64
		err := scan(&d.Key, &d.GroupKey, &d.Name, &d.Remembered, &d.Secret, &d.KnownAs, &d.SDK, &d.LastIP, &created, &modified, &authenticated)
		d.CreatedAt, d.ModifiedAt, d.AuthenticatedAt = moment(created), moment(modified), moment(authenticated)
		list = append(list, d)
		return err
	})
	return list, err
}

// Device reads a device of a user; ErrNotFound when the user has none with this key.
func (tx *Tx) Device(poolID, sub, key string) (*model.Device, error) {
	list, err := tx.devices(poolID, sub, `
		SELECT `+deviceColumns+` FROM device WHERE pool_id = ? AND sub = ? AND device_key = ?`, poolID, sub, key)
	if err == nil && len(list) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// Devices lists up to limit devices of a user with keys after the given one.
func (tx *Tx) Devices(poolID, sub, after string, limit int) ([]*model.Device, error) {
	return tx.devices(poolID, sub, `
		SELECT `+deviceColumns+` FROM device WHERE pool_id = ? AND sub = ? AND device_key > ?
		ORDER BY device_key LIMIT ?`, poolID, sub, after, limit)
}

// CreateDevice stores a new device; ErrExists when the user has one with this key.
func (tx *Tx) CreateDevice(d *model.Device) error {
	return tx.insert(`
		INSERT INTO device (pool_id, sub, `+deviceColumns+`)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		d.PoolID, d.Sub, d.Key, d.GroupKey, d.Name, number(d.Remembered), d.Secret, d.KnownAs, d.SDK, d.LastIP,
		micros(d.CreatedAt), micros(d.ModifiedAt), micros(d.AuthenticatedAt))
}

// RememberDevice changes whether a device is remembered; ErrNotFound when there is none.
func (tx *Tx) RememberDevice(poolID, sub, key string, remembered bool, now time.Time) error {
	return tx.touch(`UPDATE device SET remembered = ?, modified_at = ? WHERE pool_id = ? AND sub = ? AND device_key = ?`,
		number(remembered), micros(now), poolID, sub, key)
}

// UseDevice notes that the user signed in with a device; ErrNotFound when there is none.
func (tx *Tx) UseDevice(poolID, sub, key, ip string, now time.Time) error {
	return tx.touch(`
		UPDATE device SET last_ip = ?, authenticated_at = ?
		WHERE pool_id = ? AND sub = ? AND device_key = ?`, ip, micros(now), poolID, sub, key)
}

// DeleteDevice removes a device; ErrNotFound when there is none.
func (tx *Tx) DeleteDevice(poolID, sub, key string) error {
	return tx.touch(`DELETE FROM device WHERE pool_id = ? AND sub = ? AND device_key = ?`, poolID, sub, key)
}

// TrimDevices removes the devices of a user that were not used for longest, so that so many are left.
func (tx *Tx) TrimDevices(poolID, sub string, keep int) error {
	var many int
	err := tx.one(`SELECT COUNT(*) FROM (SELECT 1 FROM device WHERE pool_id = ? AND sub = ? LIMIT ?) AS kept`,
		[]any{poolID, sub, 2 * keep}, &many)
	if err != nil || many <= keep {
		return err
	}
	_, err = tx.exec(`
		DELETE FROM device WHERE (pool_id, sub, device_key) IN
			(SELECT pool_id, sub, device_key FROM device WHERE pool_id = ? AND sub = ? ORDER BY authenticated_at, device_key LIMIT ?)`,
		poolID, sub, many-keep)
	return err
}

// SaveDeviceWait stores that a sign-in waits for its device, in the place of the one before.
func (tx *Tx) SaveDeviceWait(w *model.DeviceWait) error {
	_, err := tx.exec(`
		INSERT INTO device_wait (pool_id, sub, client_id, device_key, session, network, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (pool_id, sub, client_id, device_key) DO UPDATE SET
			session = excluded.session, network = excluded.network, expires_at = excluded.expires_at`,
		w.PoolID, w.Sub, w.ClientID, w.DeviceKey, w.Session, w.Network, micros(w.ExpiresAt))
	return err
}

// DeviceWait reads which sign-in waits for a device; ErrNotFound when none does.
func (tx *Tx) DeviceWait(poolID, sub, clientID, key string) (*model.DeviceWait, error) {
	w := &model.DeviceWait{PoolID: poolID, Sub: sub, ClientID: clientID, DeviceKey: key}
	var expires int64
	err := tx.one(`SELECT session, network, expires_at FROM device_wait WHERE pool_id = ? AND sub = ? AND client_id = ? AND device_key = ?`,
		[]any{poolID, sub, clientID, key}, &w.Session, &w.Network, &expires)
	if err != nil {
		return nil, err
	}
	w.ExpiresAt = moment(expires)
	return w, nil
}

// DropDeviceWait forgets that a sign-in waits for a device; that none does is fine.
func (tx *Tx) DropDeviceWait(poolID, sub, clientID, key string) error {
	_, err := tx.exec(`DELETE FROM device_wait WHERE pool_id = ? AND sub = ? AND client_id = ? AND device_key = ?`, poolID, sub, clientID, key)
	return err
}
