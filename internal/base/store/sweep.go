package store

import (
	"context"
	"fmt"
	"time"
)

// sweeps lists what may be forgotten, and when.
var sweeps = []struct {
	query string
	age   time.Duration // how long after the time in the query's column
}{
	{`DELETE FROM spent WHERE id IN (SELECT id FROM spent WHERE expires_at < ? LIMIT 1000)`, 0},
	{`DELETE FROM family WHERE id IN (SELECT id FROM family WHERE expires_at < ? LIMIT 1000)`, 24 * time.Hour},
	{`DELETE FROM lockout WHERE last_at < ?`, time.Hour},
	{`DELETE FROM quota WHERE since < ?`, 2 * time.Hour},
	{`DELETE FROM code WHERE expires_at < ?`, 7 * 24 * time.Hour},
	{`DELETE FROM mailbox WHERE created_at < ?`, 7 * 24 * time.Hour},
}

// Sweep removes rows that have outlived their use. Lockouts outlive the quiet
// period that voids them; codes are kept for a week so that a late one is told
// from a wrong one.
func (s *Store) Sweep(ctx context.Context, now time.Time) error {
	for _, sweep := range sweeps {
		err := s.Update(ctx, func(tx *Tx) error {
			_, err := tx.exec(sweep.query, micros(now.Add(-sweep.age)))
			return err
		})
		if err != nil {
			return fmt.Errorf("sweep: %w", err)
		}
	}
	return nil
}
