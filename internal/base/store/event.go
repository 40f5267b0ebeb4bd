package store

import (
	"fmt"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// SaveEvent stores the record of an attempt, or replaces it as its challenges are answered.
func (tx *Tx) SaveEvent(e *model.Event) error {
	detail, err := wire.Encode(e.Detail)
	if err != nil {
		return err
	}
	_, err = tx.exec(`
		INSERT INTO event (pool_id, sub, id, client_id, type, response, detail, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (pool_id, sub, created_at, id) DO UPDATE SET response = excluded.response, detail = excluded.detail`,
		e.PoolID, e.Sub, e.ID, e.ClientID, string(e.Type), string(e.Response), string(detail), micros(e.CreatedAt))
	return err
}

// Event reads one event of a user; ErrNotFound when there is none.
func (tx *Tx) Event(poolID, sub string, at time.Time, id string) (*model.Event, error) {
	e := &model.Event{PoolID: poolID, Sub: sub, ID: id, CreatedAt: moment(micros(at))}
	var detail []byte
	err := tx.one(`
		SELECT client_id, type, response, detail FROM event
		WHERE pool_id = ? AND sub = ? AND created_at = ? AND id = ?`,
		[]any{poolID, sub, micros(at), id}, &e.ClientID, &e.Type, &e.Response, &detail)
	if err != nil {
		return nil, err
	}
	if err := wire.Read(detail, &e.Detail); err != nil {
		return nil, fmt.Errorf("event %s: %w", id, err)
	}
	return e, nil
}

// Events lists up to limit events of a user, newest first, before the given
// event; a zero one begins at the newest.
func (tx *Tx) Events(poolID, sub string, before model.Event, limit int) ([]model.Event, error) {
	at := int64(1) << 62
	if !before.CreatedAt.IsZero() {
		at = micros(before.CreatedAt)
	}
	var list []model.Event
	err := tx.each(`
		SELECT id, client_id, type, response, detail, created_at FROM event
		WHERE pool_id = ? AND sub = ? AND (created_at, id) < (?, ?)
		ORDER BY created_at DESC, id DESC LIMIT ?`, []any{poolID, sub, at, before.ID, limit},
		func(scan func(...any) error) error {
			e := model.Event{PoolID: poolID, Sub: sub}
			var detail []byte
			var created int64
			if err := scan(&e.ID, &e.ClientID, &e.Type, &e.Response, &detail, &created); err != nil {
				return err
			}
			e.CreatedAt = moment(created)
			if err := wire.Read(detail, &e.Detail); err != nil {
				return fmt.Errorf("event %s: %w", e.ID, err)
			}
			list = append(list, e)
			return nil
		})
	return list, err
}

// EventRow is an event as it is stored, its detail not decoded: for those who read very many.
type EventRow struct {
	model.Event
	Raw []byte // wire form of an EventDetail
}

// EventsOf lists up to limit events of a pool in the order of time, after the
// given one; a zero one begins at the oldest.
func (tx *Tx) EventsOf(poolID string, after model.Event, limit int) ([]EventRow, error) {
	at := int64(-1)
	if !after.CreatedAt.IsZero() {
		at = micros(after.CreatedAt)
	}
	list := make([]EventRow, 0, limit)
	err := tx.each(`
		SELECT sub, id, client_id, type, response, detail, created_at FROM event
		WHERE pool_id = ? AND (created_at, id) > (?, ?)
		ORDER BY created_at, id LIMIT ?`, []any{poolID, at, after.ID, limit},
		func(scan func(...any) error) error {
			r := EventRow{Event: model.Event{PoolID: poolID}}
			var created int64
			if err := scan(&r.Sub, &r.ID, &r.ClientID, &r.Type, &r.Response, &r.Raw, &created); err != nil {
				return err
			}
			r.CreatedAt = moment(created)
			list = append(list, r)
			return nil
		})
	return list, err
}
