package store

import (
	"github.com/gatehouse-id/gatehouse/internal/base/model"
)

const resourceColumns = `kind, name, client_id, document, created_at, modified_at`

func (tx *Tx) resources(poolID, query string, args ...any) ([]*model.Resource, error) {
	var list []*model.Resource
	err := tx.each(query, args, func(scan func(...any) error) error {
		r := &model.Resource{PoolID: poolID}
		var created, modified int64
		if err := scan(&r.Kind, &r.Name, &r.ClientID, &r.Document, &created, &modified); err != nil {
			return err
		}
		r.CreatedAt, r.ModifiedAt = moment(created), moment(modified)
		list = append(list, r)
		return nil
	})
	return list, err
}

// Resource reads a resource; ErrNotFound when the pool has none of this kind and name.
func (tx *Tx) Resource(poolID string, kind model.ResourceKind, name string) (*model.Resource, error) {
	list, err := tx.resources(poolID, `SELECT `+resourceColumns+` FROM resource WHERE pool_id = ? AND kind = ? AND name = ?`, poolID, kind, name)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, ErrNotFound
	}
	return list[0], nil
}

// CreateResource stores a new resource; ErrExists when its name is taken.
func (tx *Tx) CreateResource(r *model.Resource) error {
	return tx.insert(`
		INSERT INTO resource (pool_id, `+resourceColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		r.PoolID, r.Kind, r.Name, r.ClientID, r.Document, micros(r.CreatedAt), micros(r.ModifiedAt))
}

// SaveResource replaces the document of a resource; ErrNotFound when there is none.
func (tx *Tx) SaveResource(r *model.Resource) error {
	return tx.touch(`
		UPDATE resource SET document = ?, modified_at = ? WHERE pool_id = ? AND kind = ? AND name = ?`,
		r.Document, micros(r.ModifiedAt), r.PoolID, r.Kind, r.Name)
}

// DeleteResource removes a resource; ErrNotFound when there is none.
func (tx *Tx) DeleteResource(poolID string, kind model.ResourceKind, name string) error {
	return tx.touch(`DELETE FROM resource WHERE pool_id = ? AND kind = ? AND name = ?`, poolID, kind, name)
}

// Resources lists up to limit resources of a kind with names after the given one.
func (tx *Tx) Resources(poolID string, kind model.ResourceKind, after string, limit int) ([]*model.Resource, error) {
	return tx.resources(poolID, `
		SELECT `+resourceColumns+` FROM resource WHERE pool_id = ? AND kind = ? AND name > ? ORDER BY name LIMIT ?`,
		poolID, kind, after, limit)
}

// ResourcesOfClient lists all resources of a kind that a client has.
func (tx *Tx) ResourcesOfClient(poolID, clientID string, kind model.ResourceKind) ([]*model.Resource, error) {
	return tx.resources(poolID, `
		SELECT `+resourceColumns+` FROM resource WHERE pool_id = ? AND client_id = ? AND kind = ? ORDER BY name`,
		poolID, clientID, kind)
}

// CountResources counts the resources of a kind that a pool has.
func (tx *Tx) CountResources(poolID string, kind model.ResourceKind) (n int, err error) {
	err = tx.one(`SELECT COUNT(*) FROM resource WHERE pool_id = ? AND kind = ?`, []any{poolID, kind}, &n)
	return n, err
}
