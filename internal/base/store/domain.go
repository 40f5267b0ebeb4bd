package store

import (
	"fmt"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// Domain reads a domain by its name; ErrNotFound when no pool has it.
func (tx *Tx) Domain(name string) (*model.Domain, error) {
	d := &model.Domain{Name: name, Doc: new(shape.DomainDescriptionType)}
	var doc []byte
	if err := tx.one(`SELECT pool_id, document FROM domain WHERE name = ?`, []any{name}, &d.PoolID, &doc); err != nil {
		return nil, err
	}
	if err := wire.Read(doc, d.Doc); err != nil {
		return nil, fmt.Errorf("domain %s: %w", name, err)
	}
	return d, nil
}

// CreateDomain stores a new domain; ErrExists when any pool has one of this name.
func (tx *Tx) CreateDomain(d *model.Domain) error {
	doc, err := wire.Encode(d.Doc)
	if err != nil {
		return err
	}
	return tx.insert(`
		INSERT INTO domain (name, pool_id, document) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
		d.Name, d.PoolID, string(doc))
}

// SaveDomain replaces a domain's document; ErrNotFound when its pool has none of this name.
func (tx *Tx) SaveDomain(d *model.Domain) error {
	doc, err := wire.Encode(d.Doc)
	if err != nil {
		return err
	}
	return tx.touch(`UPDATE domain SET document = ? WHERE name = ? AND pool_id = ?`, string(doc), d.Name, d.PoolID)
}

// DeleteDomain removes a domain of a pool; ErrNotFound when it has none of this name.
func (tx *Tx) DeleteDomain(poolID, name string) error {
	return tx.touch(`DELETE FROM domain WHERE name = ? AND pool_id = ?`, name, poolID)
}
