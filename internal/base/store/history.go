package store

import (
	"errors"
	"fmt"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// FindEvent reads an event of a pool by its id alone, which tells when it was
// created; ErrNotFound when there is none.
func (tx *Tx) FindEvent(poolID, id string) (*model.Event, error) {
	at, ok := model.EventIDTime(id)
	if !ok {
		return nil, ErrNotFound
	}
	e := &model.Event{PoolID: poolID, ID: id}
	var detail []byte
	var created int64
	err := tx.one(`
		SELECT sub, client_id, type, response, detail, created_at FROM event
		WHERE pool_id = ? AND created_at >= ? AND created_at < ? AND id = ?`,
		[]any{poolID, micros(at), micros(at.Add(time.Millisecond)), id},
		&e.Sub, &e.ClientID, &e.Type, &e.Response, &detail, &created)
	if err != nil {
		return nil, err
	}
	e.CreatedAt = moment(created)
	if err := wire.Read(detail, &e.Detail); err != nil {
		return nil, fmt.Errorf("event %s: %w", id, err)
	}
	return e, nil
}

// OldestEvent tells when the oldest event of a pool was created; ErrNotFound when there is none.
func (tx *Tx) OldestEvent(poolID string) (time.Time, error) {
	var at int64
	err := tx.one(`SELECT created_at FROM event WHERE pool_id = ? ORDER BY created_at LIMIT 1`, []any{poolID}, &at)
	return moment(at), err
}

// ExpireEvents removes the oldest events of a pool that were created before a
// time, at most about limit of them, with the answers about them. It tells
// whether there may be more.
func (tx *Tx) ExpireEvents(poolID string, before time.Time, limit int) (more bool, err error) {
	end := micros(before)
	err = tx.one(`
		SELECT created_at FROM event WHERE pool_id = ? AND created_at < ?
		ORDER BY created_at LIMIT 1 OFFSET ?`, []any{poolID, end, limit - 1}, &end)
	switch {
	case errors.Is(err, ErrNotFound):
	case err != nil:
		return false, err
	default:
		more = true
		end++ // up to this one
	}
	for _, query := range []string{
		`DELETE FROM feedback WHERE (pool_id, sub, event_id) IN
			(SELECT pool_id, sub, id FROM event WHERE pool_id = ? AND created_at < ?)`,
		`DELETE FROM event WHERE pool_id = ? AND created_at < ?`,
	} {
		if _, err := tx.exec(query, poolID, end); err != nil {
			return false, err
		}
	}
	return more, nil
}

// DropEvents removes events of a user, any of them, at most limit, with the
// answers about them. It tells whether there may be more.
func (tx *Tx) DropEvents(poolID, sub string, limit int) (more bool, err error) {
	// An answer may be left without its event: all of the user's go, they are few.
	if _, err := tx.exec(`DELETE FROM feedback WHERE pool_id = ? AND sub = ?`, poolID, sub); err != nil {
		return false, err
	}
	n, err := tx.exec(`
		DELETE FROM event WHERE (pool_id, sub, created_at, id) IN
			(SELECT pool_id, sub, created_at, id FROM event WHERE pool_id = ? AND sub = ? LIMIT ?)`, poolID, sub, limit)
	return n >= int64(limit), err
}

// MoveEvent stores an event in the place of one of another sub.
func (tx *Tx) MoveEvent(e *model.Event, from string) error {
	_, err := tx.exec(`DELETE FROM event WHERE pool_id = ? AND sub = ? AND created_at = ? AND id = ?`, e.PoolID, from, micros(e.CreatedAt), e.ID)
	if err != nil {
		return err
	}
	return tx.SaveEvent(e)
}

// Departed is a user who was deleted and whose events are still there.
type Departed struct {
	PoolID, Sub string
	Pseudonym   string // under which they are kept; empty: not at all
	Settled     bool   // that was done once
}

// Departed lists up to limit departed users after the given one, in order of pool and sub.
func (tx *Tx) Departed(after Departed, limit int) ([]Departed, error) {
	var list []Departed
	err := tx.each(`
		SELECT pool_id, sub, pseudonym, settled FROM departed
		WHERE (pool_id, sub) > (?, ?) ORDER BY pool_id, sub LIMIT ?`, []any{after.PoolID, after.Sub, limit},
		func(scan func(...any) error) error {
			var d Departed
			var settled int
			if err := scan(&d.PoolID, &d.Sub, &d.Pseudonym, &settled); err != nil {
				return err
			}
			d.Settled = settled != 0
			list = append(list, d)
			return nil
		})
	return list, err
}

// KeepEvents decides that the events of a user who was deleted in this
// transaction are kept, under a pseudonym.
func (tx *Tx) KeepEvents(poolID, sub, pseudonym string) error {
	return tx.touch(`UPDATE departed SET pseudonym = ? WHERE pool_id = ? AND sub = ?`, pseudonym, poolID, sub)
}

// Settle notes that the events of a departed user are gone from under its sub.
// The second time it forgets the user: attempts that were under way at the
// first have ended by then.
func (tx *Tx) Settle(d Departed) error {
	query := `UPDATE departed SET settled = 1 WHERE pool_id = ? AND sub = ?`
	if d.Settled {
		query = `DELETE FROM departed WHERE pool_id = ? AND sub = ?`
	}
	_, err := tx.exec(query, d.PoolID, d.Sub)
	return err
}
