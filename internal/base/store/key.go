package store

import (
	"fmt"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/seal"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// DataKeys lists the wrapped data keys, oldest first.
func (tx *Tx) DataKeys() ([]seal.WrappedKey, error) {
	var list []seal.WrappedKey
	err := tx.each(`SELECT id, master_id, box, created_at FROM data_key ORDER BY created_at, id`, nil,
		func(scan func(...any) error) error {
			var k seal.WrappedKey
			var created int64
			err := scan(&k.ID, &k.MasterID, &k.Box, &created)
			k.CreatedAt = moment(created)
			list = append(list, k)
			return err
		})
	return list, err
}

// AddDataKey stores a wrapped data key.
func (tx *Tx) AddDataKey(k seal.WrappedKey) error {
	return tx.insert(`INSERT INTO data_key (id, master_id, box, created_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		k.ID, k.MasterID, k.Box, micros(k.CreatedAt))
}

// AccessKeys lists all access keys in order of id: an operator makes a handful.
func (tx *Tx) AccessKeys() ([]*model.AccessKey, error) {
	return tx.accessKeys(`SELECT id, name, secret, policy, disabled, created_at FROM access_key ORDER BY id`)
}

// AccessKey reads one access key; ErrNotFound when there is none.
func (tx *Tx) AccessKey(id string) (*model.AccessKey, error) {
	list, err := tx.accessKeys(`SELECT id, name, secret, policy, disabled, created_at FROM access_key WHERE id = ?`, id)
	if err == nil && len(list) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

func (tx *Tx) accessKeys(query string, args ...any) ([]*model.AccessKey, error) {
	var list []*model.AccessKey
	err := tx.each(query, args, func(scan func(...any) error) error {
		k := new(model.AccessKey)
		var policy []byte
		var created int64
		if err := scan(&k.ID, &k.Name, &k.Secret, &policy, &k.Disabled, &created); err != nil {
			return err
		}
		k.CreatedAt = moment(created)
		list = append(list, k)
		if err := wire.Read(policy, &k.Policy); err != nil {
			return fmt.Errorf("access key %s: %w", k.ID, err)
		}
		return nil
	})
	return list, err
}

// CreateAccessKey stores a new access key; ErrExists when the id is taken.
func (tx *Tx) CreateAccessKey(k *model.AccessKey) error {
	policy, err := wire.Encode(k.Policy)
	if err != nil {
		return err
	}
	return tx.insert(`
		INSERT INTO access_key (id, name, secret, policy, disabled, created_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		k.ID, k.Name, k.Secret, string(policy), number(k.Disabled), micros(k.CreatedAt))
}

// DeleteAccessKey removes an access key; ErrNotFound when there is none.
func (tx *Tx) DeleteAccessKey(id string) error {
	return tx.touch(`DELETE FROM access_key WHERE id = ?`, id)
}
