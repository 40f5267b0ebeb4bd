package store

import (
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
)

// AddCandidates stores passwords to be tried.
func (tx *Tx) AddCandidates(list []model.Candidate) error {
	for _, c := range list {
		err := tx.insert(`INSERT INTO candidate (id, pool_id, sub, box, due_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			c.ID, c.PoolID, c.Sub, c.Box, micros(c.DueAt))
		if err != nil {
			return err
		}
	}
	return nil
}

// LeaseCandidates takes up to limit candidates that are due and hides them until
// the given time: a worker that dies gives them back by then.
func (tx *Tx) LeaseCandidates(now, until time.Time, limit int) ([]model.Candidate, error) {
	var list []model.Candidate
	err := tx.each(`SELECT id, pool_id, sub, box, due_at FROM candidate WHERE due_at <= ? ORDER BY due_at, id LIMIT ?`,
		[]any{micros(now), limit},
		func(scan func(...any) error) error {
			var c model.Candidate
			var due int64
			err := scan(&c.ID, &c.PoolID, &c.Sub, &c.Box, &due)
			c.DueAt = moment(due)
			list = append(list, c)
			return err
		})
	if err != nil {
		return nil, err
	}
	for i := range list {
		list[i].DueAt = until
		if err := tx.touch(`UPDATE candidate SET due_at = ? WHERE id = ?`, micros(until), list[i].ID); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// DropCandidate forgets a candidate that was tried.
func (tx *Tx) DropCandidate(id string) error {
	_, err := tx.exec(`DELETE FROM candidate WHERE id = ?`, id)
	return err
}

// CountCandidates counts those that wait, up to a limit.
func (tx *Tx) CountCandidates(limit int) (n int, err error) {
	err = tx.one(`SELECT COUNT(*) FROM (SELECT 1 FROM candidate LIMIT ?) AS few`, []any{limit}, &n)
	return n, err
}
