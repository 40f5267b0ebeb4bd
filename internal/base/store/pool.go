package store

import (
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
	s := tx.store
	s.mu.Lock()
	seen, ok := s.pools[id]
	s.mu.Unlock()
	if ok && seen.Version == version {
		return seen, nil
	}
	p, err := tx.readPool(id)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	// Never replace a newer version: another request may have read it meanwhile.
	if seen, ok := s.pools[id]; !ok || seen.Version < p.Version {
		makeRoom(s.pools)
		s.pools[id] = p
	}
	return p, nil
}

// maxCached bounds how many decoded pools, and how many clients, are kept in memory.
const maxCached = 2000

// makeRoom drops an entry when the map is full; which one does not matter much.
func makeRoom[T any](m map[string]T) {
	if len(m) < maxCached {
		return
	}
	for k := range m {
		delete(m, k)
		return
	}
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
	if p.NeedsSRP, err = tx.needsSRP(id); err != nil {
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

// CreatePool stores a new pool with its keys; ErrExists when the id is taken.
func (tx *Tx) CreatePool(p *model.Pool, now time.Time) error {
	doc, mfa, risk, err := poolText(p)
	if err != nil {
		return err
	}
	err = tx.insert(`
		INSERT INTO pool (id, version, document, mfa, risk, created_at)
		VALUES (?, 1, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		p.ID, string(doc), string(mfa), risk, micros(now))
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

// SavePool replaces the pool's documents. ErrNotFound when the stored pool is
// gone or no longer has p.Version: read it again and repeat the change.
func (tx *Tx) SavePool(p *model.Pool) error {
	doc, mfa, risk, err := poolText(p)
	if err != nil {
		return err
	}
	return tx.touch(`
		UPDATE pool SET version = version + 1, document = ?, mfa = ?, risk = ?
		WHERE id = ? AND version = ?`,
		string(doc), string(mfa), risk, p.ID, p.Version)
}

// DeletePool removes the pool and everything in it.
func (tx *Tx) DeletePool(id string) error {
	if err := tx.touch(`DELETE FROM pool WHERE id = ?`, id); err != nil {
		return err
	}
	for _, table := range []string{
		"pool_key", "client", "users", "login", "user_search", "user_group", "membership",
		"family", "lockout", "quota", "code", "event", "outbox", "mailbox",
	} {
		if _, err := tx.exec(`DELETE FROM `+table+` WHERE pool_id = ?`, id); err != nil {
			return fmt.Errorf("empty %s of pool %s: %w", table, id, err)
		}
	}
	tx.store.mu.Lock()
	delete(tx.store.pools, id)
	tx.store.mu.Unlock()
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

// texts reads one text column.
func (tx *Tx) texts(query string, args ...any) ([]string, error) {
	var list []string
	err := tx.each(query, args, func(scan func(...any) error) error {
		var v string
		if err := scan(&v); err != nil {
			return err
		}
		list = append(list, v)
		return nil
	})
	return list, err
}

// signingKeys reads a pool's keys, newest first.
func (tx *Tx) signingKeys(poolID string) ([]model.SigningKey, error) {
	var keys []model.SigningKey
	err := tx.each(`
		SELECT id, use_for, box, created_at, retires_at FROM pool_key
		WHERE pool_id = ? ORDER BY created_at DESC, id`, []any{poolID},
		func(scan func(...any) error) error {
			var k model.SigningKey
			var created, retires int64
			if err := scan(&k.ID, &k.Use, &k.Box, &created, &retires); err != nil {
				return err
			}
			k.CreatedAt, k.RetiresAt = moment(created), moment(retires)
			keys = append(keys, k)
			return nil
		})
	return keys, err
}

// AddSigningKey stores a key of a pool. After changing keys, SavePool the pool
// so that its version tells every node.
func (tx *Tx) AddSigningKey(poolID string, k model.SigningKey) error {
	return tx.insert(`
		INSERT INTO pool_key (pool_id, id, use_for, box, created_at, retires_at)
		VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		poolID, k.ID, string(k.Use), k.Box, micros(k.CreatedAt), micros(k.RetiresAt))
}

// RetireSigningKey sets when a key leaves the JWKS.
func (tx *Tx) RetireSigningKey(poolID, id string, at time.Time) error {
	return tx.touch(`UPDATE pool_key SET retires_at = ? WHERE pool_id = ? AND id = ?`, micros(at), poolID, id)
}

// DropSigningKeys removes the keys that retired before the given time.
func (tx *Tx) DropSigningKeys(poolID string, before time.Time) error {
	_, err := tx.exec(`DELETE FROM pool_key WHERE pool_id = ? AND retires_at > 0 AND retires_at < ?`, poolID, micros(before))
	return err
}
