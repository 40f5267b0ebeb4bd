package store

import (
	"errors"
	"fmt"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// currentPolicy is the newest policy of a pool (clientID empty) or a client; nil when there is none.
func (tx *Tx) currentPolicy(poolID, clientID string) (*model.ThreatPolicy, error) {
	v, err := tx.newestPolicy(poolID, clientID)
	return v.Policy, err
}

func (tx *Tx) newestPolicy(poolID, clientID string) (newest model.PolicyVersion, err error) {
	list, err := tx.PolicyVersions(poolID, clientID, 0, 1)
	if len(list) > 0 {
		newest = list[0]
	}
	return newest, err
}

// PolicyVersions lists up to limit versions of a policy, newest first, those
// older than before; 0 begins at the newest.
func (tx *Tx) PolicyVersions(poolID, clientID string, before int64, limit int) ([]model.PolicyVersion, error) {
	if before == 0 {
		before = 1 << 62
	}
	var list []model.PolicyVersion
	err := tx.each(`
		SELECT version, document, author, created_at FROM policy
		WHERE pool_id = ? AND client_id = ? AND version < ? ORDER BY version DESC LIMIT ?`,
		[]any{poolID, clientID, before, limit},
		func(scan func(...any) error) error {
			v := model.PolicyVersion{PoolID: poolID, ClientID: clientID}
			var document []byte
			var created int64
			if err := scan(&v.Version, &document, &v.Author, &created); err != nil {
				return err
			}
			v.CreatedAt = moment(created)
			if len(document) > 0 {
				v.Policy = new(model.ThreatPolicy)
				if err := wire.Read(document, v.Policy); err != nil {
					return fmt.Errorf("policy, version %d: %w", v.Version, err)
				}
			}
			list = append(list, v)
			return nil
		})
	return list, err
}

// PolicyAt tells which version of a policy was the newest at a time, and whether it
// had a document; version 0: none was set by then.
func (tx *Tx) PolicyAt(poolID, clientID string, at time.Time) (version int64, set bool, err error) {
	var length int64
	err = tx.one(`
		SELECT version, length(document) FROM policy
		WHERE pool_id = ? AND client_id = ? AND created_at <= ? ORDER BY version DESC LIMIT 1`,
		[]any{poolID, clientID, micros(at)}, &version, &length)
	if errors.Is(err, ErrNotFound) {
		err = nil
	}
	return version, length > 0, err
}

// AddPolicy makes a policy the newest of its pool or client; nil takes the one
// that holds away. was is the version that the caller has seen, 0 for none:
// ErrChanged when another is the newest by now, ErrNotFound when the pool or
// client is gone.
func (tx *Tx) AddPolicy(poolID, clientID string, was int64, p *model.ThreatPolicy, author string, now time.Time) error {
	newest, err := tx.newestPolicy(poolID, clientID)
	if err != nil {
		return err
	}
	if newest.Version != was {
		return ErrChanged
	}
	document := ""
	if p != nil {
		text, err := wire.Encode(p)
		if err != nil {
			return err
		}
		document = string(text)
	}
	err = tx.insert(`
		INSERT INTO policy (pool_id, client_id, version, document, author, created_at)
		VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		poolID, clientID, was+1, document, author, micros(now))
	if err != nil {
		return err
	}
	if clientID != "" {
		if err := tx.touch(`UPDATE client SET version = version + 1 WHERE id = ? AND pool_id = ?`, clientID, poolID); err != nil {
			return err
		}
	}
	return tx.renewPool(poolID)
}
