package store

import (
	"errors"
	"fmt"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// Pool reads a pool; ErrNotFound when there is none. The value is shared: do
// not change it. Only its version is read when this process has seen it before.
func (tx *Tx) Pool(id string) (*model.Pool, error) {
	var version int64
	if err := tx.one(`SELECT version FROM pool WHERE id = ?`, []any{id}, &version); err != nil {
		return nil, err
	}
	return tx.poolAt(id, version)
}

// poolAt returns the pool from memory when its version is still the stored one.
func (tx *Tx) poolAt(id string, version int64) (*model.Pool, error) {
	if p, ok := tx.store.pools.at(id, version); ok {
		return p, nil
	}
	p, err := tx.readPool(id)
	if err == nil && tx.reading {
		tx.store.pools.put(id, p.Version, p)
	}
	return p, err
}

func (tx *Tx) readPool(id string) (*model.Pool, error) {
	p := &model.Pool{ID: id, Doc: new(shape.UserPoolType), MFA: new(shape.SetUserPoolMfaConfigResponse)}
	var doc, mfa, risk []byte
	err := tx.one(`SELECT version, document, mfa, risk FROM pool WHERE id = ?`, []any{id}, &p.Version, &doc, &mfa, &risk)
	if err != nil {
		return nil, err
	}
	if err := wire.Read(doc, p.Doc); err != nil {
		return nil, fmt.Errorf("pool %s: %w", id, err)
	}
	if err := wire.Read(mfa, p.MFA); err != nil {
		return nil, fmt.Errorf("pool %s: %w", id, err)
	}
	if p.Risk, err = readRisk(risk); err != nil {
		return nil, fmt.Errorf("pool %s: %w", id, err)
	}
	if p.Policy, err = tx.currentPolicy(id, ""); err != nil {
		return nil, fmt.Errorf("pool %s: %w", id, err)
	}
	if p.NeedsSRP, err = tx.needsSRP(id); err != nil {
		return nil, err
	}
	if p.Foreign, err = tx.foreign(id); err != nil {
		return nil, err
	}
	if p.Former, err = tx.former(id); err != nil {
		return nil, err
	}
	p.Keys, err = tx.signingKeys(id)
	return p, err
}

// needsSRP tells whether some client may use SRP. A pool without clients does
// too: its first client may, and a user made before it must be able to sign in.
func (tx *Tx) needsSRP(poolID string) (bool, error) {
	var clients, srp int
	err := tx.one(`SELECT COUNT(*), COALESCE(SUM(srp), 0) FROM client WHERE pool_id = ?`, []any{poolID}, &clients, &srp)
	return clients == 0 || srp > 0, err
}

func readRisk(text []byte) (*model.RiskConfiguration, error) {
	if len(text) == 0 {
		return nil, nil
	}
	r := new(model.RiskConfiguration)
	return r, wire.Read(text, r)
}

func riskText(r *model.RiskConfiguration) (string, error) {
	if r == nil {
		return "", nil
	}
	b, err := wire.Encode(r)
	return string(b), err
}

// poolText is the stored form of a pool's three documents.
func poolText(p *model.Pool) (doc, mfa []byte, risk string, err error) {
	if doc, err = wire.Encode(p.Doc); err != nil {
		return
	}
	if mfa, err = wire.Encode(p.MFA); err != nil {
		return
	}
	risk, err = riskText(p.Risk)
	return
}

// CreatePool stores a new pool with its keys; ErrExists when the id is taken,
// or was and its pool is still being removed.
func (tx *Tx) CreatePool(p *model.Pool, now time.Time) error {
	doc, mfa, risk, err := poolText(p)
	if err != nil {
		return err
	}
	var graves int
	if err := tx.one(`SELECT COUNT(*) FROM grave WHERE pool_id = ?`, []any{p.ID}, &graves); err != nil {
		return err
	}
	if graves > 0 {
		return ErrExists
	}
	err = tx.insert(`
		INSERT INTO pool (id, version, document, mfa, risk, created_at)
		VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		p.ID, firstVersion(now), string(doc), string(mfa), risk, micros(now))
	if err != nil {
		return err
	}
	for _, k := range p.Keys {
		if err := tx.AddSigningKey(p.ID, k); err != nil {
			return err
		}
	}
	return nil
}

// firstVersion is a time, so that a row made again under an old id is newer
// than what another node still has in memory.
func firstVersion(now time.Time) int64 { return max(1, micros(now)) }

// SavePool replaces the pool's documents. ErrNotFound when it is gone,
// ErrChanged when the stored pool no longer has p.Version.
func (tx *Tx) SavePool(p *model.Pool) error {
	doc, mfa, risk, err := poolText(p)
	if err != nil {
		return err
	}
	err = tx.touch(`
		UPDATE pool SET version = version + 1, document = ?, mfa = ?, risk = ?
		WHERE id = ? AND version = ?`,
		string(doc), string(mfa), risk, p.ID, p.Version)
	if !errors.Is(err, ErrNotFound) {
		return err
	}
	return tx.changed(`SELECT COUNT(*) FROM pool WHERE id = ?`, p.ID)
}

// changed tells why no row had the version that was read: ErrNotFound or ErrChanged.
func (tx *Tx) changed(count, id string) error {
	var n int
	if err := tx.one(count, []any{id}, &n); err != nil {
		return err
	}
	if n == 0 {
		return ErrNotFound
	}
	return ErrChanged
}

// renewPool makes every node read the pool again.
func (tx *Tx) renewPool(id string) error {
	return tx.touch(`UPDATE pool SET version = version + 1 WHERE id = ?`, id)
}

// DeletePool removes the pool, its clients and keys, and what it meant to
// send; ErrNotFound when there is none. Its users and their records, however
// many, are out of reach from then on; Sweep removes them in small steps.
func (tx *Tx) DeletePool(id string) error {
	if err := tx.touch(`DELETE FROM pool WHERE id = ?`, id); err != nil {
		return err
	}
	for _, query := range []string{
		`DELETE FROM pool_key WHERE pool_id = ?`,
		`DELETE FROM client WHERE pool_id = ?`,
		`DELETE FROM policy WHERE pool_id = ?`,
		`DELETE FROM domain WHERE pool_id = ?`,
		`DELETE FROM resource WHERE pool_id = ?`,
		`DELETE FROM outbox WHERE pool_id = ?`,
		`DELETE FROM foreign_hash WHERE pool_id = ?`,
		`DELETE FROM import_job WHERE pool_id = ?`,
		`UPDATE import_file SET until = 1 WHERE pool_id = ?`,
		`DELETE FROM former WHERE pool_id = ?`,
		`INSERT INTO grave (pool_id) VALUES (?)`,
	} {
		if _, err := tx.exec(query, id); err != nil {
			return fmt.Errorf("delete pool %s: %w", id, err)
		}
	}
	return nil
}

// Pools lists up to limit pools with ids after the given one, in order of id.
func (tx *Tx) Pools(after string, limit int) ([]*model.Pool, error) {
	ids, err := tx.texts(`SELECT id FROM pool WHERE id > ? ORDER BY id LIMIT ?`, after, limit)
	if err != nil {
		return nil, err
	}
	list := make([]*model.Pool, len(ids))
	for i, id := range ids {
		if list[i], err = tx.Pool(id); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// CountPools counts all pools.
func (tx *Tx) CountPools() (n int, err error) {
	err = tx.one(`SELECT COUNT(*) FROM pool`, nil, &n)
	return n, err
}

// CountUsers counts the users of a pool.
func (tx *Tx) CountUsers(poolID string) (n int, err error) {
	err = tx.one(`SELECT COUNT(*) FROM users WHERE pool_id = ?`, []any{poolID}, &n)
	return n, err
}
