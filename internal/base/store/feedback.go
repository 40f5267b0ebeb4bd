package store

import (
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
)

// AddFeedback stores an answer about an event. Two answers of one moment about
// one event cannot be told apart: the second is ErrExists.
func (tx *Tx) AddFeedback(f *model.Feedback) error {
	n, err := tx.exec(`
		INSERT INTO feedback (pool_id, sub, event_id, created_at, value, provider, effect, undone_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, 0) ON CONFLICT DO NOTHING`,
		f.PoolID, f.Sub, f.EventID, micros(f.At), f.Value, f.Provider, string(f.Effect))
	if err == nil && n == 0 {
		err = ErrExists
	}
	return err
}

// Feedback lists the answers about an event, the newest first, at most limit.
func (tx *Tx) Feedback(poolID, sub, eventID string, limit int) ([]model.Feedback, error) {
	var list []model.Feedback
	err := tx.each(`
		SELECT created_at, value, provider, effect, undone_at FROM feedback
		WHERE pool_id = ? AND sub = ? AND event_id = ? ORDER BY created_at DESC LIMIT ?`, []any{poolID, sub, eventID, limit},
		func(scan func(...any) error) error {
			f := model.Feedback{PoolID: poolID, Sub: sub, EventID: eventID}
			var created, undone int64
			if err := scan(&created, &f.Value, &f.Provider, &f.Effect, &undone); err != nil {
				return err
			}
			f.At, f.UndoneAt = moment(created), moment(undone)
			list = append(list, f)
			return nil
		})
	return list, err
}

// UndoFeedback notes that what an answer changed was taken back; ErrNotFound
// when there is no such answer, or it was taken back already.
func (tx *Tx) UndoFeedback(poolID, sub, eventID string, at, now time.Time) error {
	n, err := tx.exec(`
		UPDATE feedback SET undone_at = ? WHERE pool_id = ? AND sub = ? AND event_id = ? AND created_at = ? AND undone_at = 0`,
		micros(now), poolID, sub, eventID, micros(at))
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	return err
}
