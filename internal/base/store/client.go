package store

import (
	"errors"
	"fmt"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// Party reads a client with its pool, which is how most requests begin;
// ErrNotFound when there is no such client. Both values are shared: do not change them.
func (tx *Tx) Party(clientID string) (*model.Pool, *model.Client, error) {
	var poolID string
	var clientVersion, poolVersion int64
	err := tx.one(`
		SELECT c.version, p.id, p.version
		FROM client c JOIN pool p ON p.id = c.pool_id
		WHERE c.id = ?`, []any{clientID}, &clientVersion, &poolID, &poolVersion)
	if err != nil {
		return nil, nil, err
	}
	pool, err := tx.poolAt(poolID, poolVersion)
	if err != nil {
		return nil, nil, err
	}
	client, err := tx.clientAt(clientID, clientVersion)
	return pool, client, err
}

// Client reads a client of a pool; ErrNotFound when the pool has none with this id.
func (tx *Tx) Client(poolID, id string) (*model.Client, error) {
	var version int64
	if err := tx.one(`SELECT version FROM client WHERE id = ? AND pool_id = ?`, []any{id, poolID}, &version); err != nil {
		return nil, err
	}
	return tx.clientAt(id, version)
}

func (tx *Tx) clientAt(id string, version int64) (*model.Client, error) {
	if c, ok := tx.store.clients.at(id, version); ok {
		return c, nil
	}
	c := &model.Client{ID: id, Doc: new(shape.UserPoolClientType)}
	var doc, risk []byte
	err := tx.one(`SELECT pool_id, version, document, secret, risk FROM client WHERE id = ?`, []any{id},
		&c.PoolID, &c.Version, &doc, &c.Secret, &risk)
	if err != nil {
		return nil, err
	}
	if err := wire.Read(doc, c.Doc); err != nil {
		return nil, fmt.Errorf("client %s: %w", id, err)
	}
	if c.Risk, err = readRisk(risk); err != nil {
		return nil, fmt.Errorf("client %s: %w", id, err)
	}
	if c.Policy, err = tx.currentPolicy(c.PoolID, id); err != nil {
		return nil, fmt.Errorf("client %s: %w", id, err)
	}
	if tx.reading {
		tx.store.clients.put(id, c.Version, c)
	}
	return c, nil
}

// CreateClient stores a new client; ErrExists when the id is taken,
// ErrNotFound when the pool is not there.
func (tx *Tx) CreateClient(c *model.Client, now time.Time) error {
	doc, risk, err := clientText(c)
	if err != nil {
		return err
	}
	err = tx.insert(`
		INSERT INTO client (id, pool_id, version, document, secret, risk, srp, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		c.ID, c.PoolID, firstVersion(now), string(doc), c.Secret, risk, number(c.UsesSRP()), micros(now))
	if err != nil {
		return err
	}
	// Whether the pool needs SRP verifiers depends on its clients.
	return tx.renewPool(c.PoolID)
}

// SaveClient replaces a client. ErrNotFound when it is gone, ErrChanged when
// the stored client no longer has c.Version.
func (tx *Tx) SaveClient(c *model.Client) error {
	doc, risk, err := clientText(c)
	if err != nil {
		return err
	}
	err = tx.touch(`
		UPDATE client SET version = version + 1, document = ?, secret = ?, risk = ?, srp = ?
		WHERE id = ? AND version = ?`,
		string(doc), c.Secret, risk, number(c.UsesSRP()), c.ID, c.Version)
	if errors.Is(err, ErrNotFound) {
		return tx.changed(`SELECT COUNT(*) FROM client WHERE id = ?`, c.ID)
	}
	if err != nil {
		return err
	}
	return tx.renewPool(c.PoolID)
}

func clientText(c *model.Client) (doc []byte, risk string, err error) {
	if doc, err = wire.Encode(c.Doc); err != nil {
		return
	}
	risk, err = riskText(c.Risk)
	return
}

// DeleteClient removes a client; ErrNotFound when the pool has none with this
// id. The families that it began count as revoked from then on, and stay until
// they expire: there may be too many for one transaction.
func (tx *Tx) DeleteClient(poolID, id string) error {
	if err := tx.touch(`DELETE FROM client WHERE pool_id = ? AND id = ?`, poolID, id); err != nil {
		return err
	}
	for _, query := range []string{
		`DELETE FROM policy WHERE pool_id = ? AND client_id = ?`,
		`DELETE FROM resource WHERE pool_id = ? AND client_id = ?`,
	} {
		if _, err := tx.exec(query, poolID, id); err != nil {
			return err
		}
	}
	return tx.renewPool(poolID)
}

// Clients lists up to limit clients of a pool with ids after the given one.
func (tx *Tx) Clients(poolID, after string, limit int) ([]*model.Client, error) {
	ids, err := tx.texts(`SELECT id FROM client WHERE pool_id = ? AND id > ? ORDER BY id LIMIT ?`, poolID, after, limit)
	if err != nil {
		return nil, err
	}
	list := make([]*model.Client, len(ids))
	for i, id := range ids {
		if list[i], err = tx.Client(poolID, id); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// CountClients counts the clients of a pool.
func (tx *Tx) CountClients(poolID string) (n int, err error) {
	err = tx.one(`SELECT COUNT(*) FROM client WHERE pool_id = ?`, []any{poolID}, &n)
	return n, err
}
