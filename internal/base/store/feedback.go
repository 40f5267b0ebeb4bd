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
	return tx.feedback(poolID, sub, `
		SELECT event_id, created_at, value, provider, effect, undone_at FROM feedback
		WHERE pool_id = ? AND sub = ? AND event_id = ? ORDER BY created_at DESC LIMIT ?`, poolID, sub, eventID, limit)
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

// SetEffect replaces what an answer that stands has changed; ErrNotFound when it
// was taken back meanwhile.
func (tx *Tx) SetEffect(f *model.Feedback) error {
	return tx.touch(`
		UPDATE feedback SET effect = ? WHERE pool_id = ? AND sub = ? AND event_id = ? AND created_at = ? AND undone_at = 0`,
		string(f.Effect), f.PoolID, f.Sub, f.EventID, micros(f.At))
}

// TrimFeedback forgets the answers about an event but the newest.
func (tx *Tx) TrimFeedback(poolID, sub, eventID string, keep int) error {
	_, err := tx.exec(`
		DELETE FROM feedback WHERE pool_id = ? AND sub = ? AND event_id = ? AND created_at <=
			(SELECT created_at FROM feedback WHERE pool_id = ? AND sub = ? AND event_id = ?
			ORDER BY created_at DESC LIMIT 1 OFFSET ?)`, poolID, sub, eventID, poolID, sub, eventID, keep)
	return err
}

// AllFeedback lists the answers about all events of a user after the given one,
// in order of event and time, at most limit.
func (tx *Tx) AllFeedback(after model.Feedback, limit int) ([]model.Feedback, error) {
	return tx.feedback(after.PoolID, after.Sub, `
		SELECT event_id, created_at, value, provider, effect, undone_at FROM feedback
		WHERE pool_id = ? AND sub = ? AND (event_id, created_at) > (?, ?) ORDER BY event_id, created_at LIMIT ?`,
		after.PoolID, after.Sub, after.EventID, micros(after.At), limit)
}

func (tx *Tx) feedback(poolID, sub, query string, args ...any) ([]model.Feedback, error) {
	var list []model.Feedback
	err := tx.each(query, args, func(scan func(...any) error) error {
		f := model.Feedback{PoolID: poolID, Sub: sub}
		var created, undone int64
		if err := scan(&f.EventID, &created, &f.Value, &f.Provider, &f.Effect, &undone); err != nil {
			return err
		}
		f.At, f.UndoneAt = moment(created), moment(undone)
		list = append(list, f)
		return nil
	})
	return list, err
}
