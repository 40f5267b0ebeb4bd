package store

import (
	"context"
	"fmt"
	"time"
)

// step is how many rows one transaction of a sweep removes.
const step = 1000

// sweeps lists what may be forgotten, and when.
var sweeps = []struct {
	query string
	age   time.Duration // how long after the time in the query's column
}{
	{`DELETE FROM spent WHERE id IN (SELECT id FROM spent WHERE expires_at < ? LIMIT ?)`, 0},
	{`DELETE FROM parked WHERE id IN (SELECT id FROM parked WHERE expires_at < ? LIMIT ?)`, 0},
	{`DELETE FROM family WHERE id IN (SELECT id FROM family WHERE expires_at < ? LIMIT ?)`, 24 * time.Hour},
	{`DELETE FROM lockout WHERE (pool_id, subject) IN
		(SELECT pool_id, subject FROM lockout WHERE forget_at < ? LIMIT ?)`, 0},
	{`DELETE FROM quota WHERE (pool_id, subject, kind) IN
		(SELECT pool_id, subject, kind FROM quota WHERE since < ? LIMIT ?)`, MaxWindow},
	{`DELETE FROM device_wait WHERE (pool_id, sub, client_id, device_key) IN
		(SELECT pool_id, sub, client_id, device_key FROM device_wait WHERE expires_at < ? LIMIT ?)`, 0},
	// A week, so that a late code is told from a wrong one.
	{`DELETE FROM code WHERE (pool_id, sub, purpose) IN
		(SELECT pool_id, sub, purpose FROM code WHERE expires_at < ? LIMIT ?)`, 7 * 24 * time.Hour},
	{`DELETE FROM mailbox WHERE id IN (SELECT id FROM mailbox WHERE created_at < ? LIMIT ?)`, 7 * 24 * time.Hour},
}

// burials remove what a deleted pool leaves behind.
var burials = []string{
	`DELETE FROM users WHERE (pool_id, sub) IN (SELECT pool_id, sub FROM users WHERE pool_id = ? LIMIT ?)`,
	`DELETE FROM login WHERE (pool_id, name) IN (SELECT pool_id, name FROM login WHERE pool_id = ? LIMIT ?)`,
	`DELETE FROM identity WHERE (pool_id, provider, attribute, value) IN
		(SELECT pool_id, provider, attribute, value FROM identity WHERE pool_id = ? LIMIT ?)`,
	`DELETE FROM user_search WHERE (pool_id, attribute, value, sub) IN
		(SELECT pool_id, attribute, value, sub FROM user_search WHERE pool_id = ? LIMIT ?)`,
	`DELETE FROM membership WHERE (pool_id, group_name, sub) IN
		(SELECT pool_id, group_name, sub FROM membership WHERE pool_id = ? LIMIT ?)`,
	`DELETE FROM user_group WHERE (pool_id, name) IN (SELECT pool_id, name FROM user_group WHERE pool_id = ? LIMIT ?)`,
	`DELETE FROM family WHERE id IN (SELECT id FROM family WHERE pool_id = ? LIMIT ?)`,
	`DELETE FROM lockout WHERE (pool_id, subject) IN (SELECT pool_id, subject FROM lockout WHERE pool_id = ? LIMIT ?)`,
	`DELETE FROM quota WHERE (pool_id, subject, kind) IN (SELECT pool_id, subject, kind FROM quota WHERE pool_id = ? LIMIT ?)`,
	`DELETE FROM code WHERE (pool_id, sub, purpose) IN (SELECT pool_id, sub, purpose FROM code WHERE pool_id = ? LIMIT ?)`,
	`DELETE FROM authenticator WHERE (pool_id, sub) IN (SELECT pool_id, sub FROM authenticator WHERE pool_id = ? LIMIT ?)`,
	`DELETE FROM device WHERE (pool_id, sub, device_key) IN
		(SELECT pool_id, sub, device_key FROM device WHERE pool_id = ? LIMIT ?)`,
	`DELETE FROM device_wait WHERE (pool_id, sub, client_id, device_key) IN
		(SELECT pool_id, sub, client_id, device_key FROM device_wait WHERE pool_id = ? LIMIT ?)`,
	`DELETE FROM passkey WHERE (pool_id, id) IN (SELECT pool_id, id FROM passkey WHERE pool_id = ? LIMIT ?)`,
	`DELETE FROM profile WHERE (pool_id, sub) IN (SELECT pool_id, sub FROM profile WHERE pool_id = ? LIMIT ?)`,
	`DELETE FROM world WHERE pool_id IN (SELECT pool_id FROM world WHERE pool_id = ? LIMIT ?)`,
	`DELETE FROM feedback WHERE (pool_id, sub, event_id, created_at) IN
		(SELECT pool_id, sub, event_id, created_at FROM feedback WHERE pool_id = ? LIMIT ?)`,
	`DELETE FROM event WHERE (pool_id, sub, created_at, id) IN
		(SELECT pool_id, sub, created_at, id FROM event WHERE pool_id = ? LIMIT ?)`,
	`DELETE FROM departed WHERE (pool_id, sub) IN (SELECT pool_id, sub FROM departed WHERE pool_id = ? LIMIT ?)`,
	`DELETE FROM candidate WHERE id IN (SELECT id FROM candidate WHERE pool_id = ? LIMIT ?)`,
	`DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE pool_id = ? LIMIT ?)`,
	`DELETE FROM mailbox WHERE id IN (SELECT id FROM mailbox WHERE pool_id = ? LIMIT ?)`,
}

// Sweep removes rows that have outlived their use, and what deleted pools left
// behind, in transactions short enough for sign-ins to pass between them.
func (s *Store) Sweep(ctx context.Context, now time.Time) error {
	for _, sweep := range sweeps {
		if err := s.drain(ctx, sweep.query, micros(now.Add(-sweep.age))); err != nil {
			return fmt.Errorf("sweep: %w", err)
		}
	}
	var graves []string
	err := s.View(ctx, func(tx *Tx) (err error) {
		graves, err = tx.texts(`SELECT pool_id FROM grave ORDER BY pool_id LIMIT ?`, step)
		return err
	})
	if err != nil {
		return fmt.Errorf("list deleted pools: %w", err)
	}
	for _, pool := range graves {
		if err := s.bury(ctx, pool); err != nil {
			return fmt.Errorf("remove what deleted pool %s left: %w", pool, err)
		}
	}
	return nil
}

func (s *Store) bury(ctx context.Context, pool string) error {
	for _, query := range burials {
		if err := s.drain(ctx, query, pool); err != nil {
			return err
		}
	}
	return s.Update(ctx, func(tx *Tx) error {
		_, err := tx.exec(`DELETE FROM grave WHERE pool_id = ?`, pool)
		return err
	})
}

// drain repeats a query, a step at a time, until it finds nothing more.
func (s *Store) drain(ctx context.Context, query string, arg any) error {
	for {
		var n int64
		err := s.Update(ctx, func(tx *Tx) (err error) {
			n, err = tx.exec(query, arg, step)
			return err
		})
		if err != nil || n < step {
			return err
		}
	}
}
