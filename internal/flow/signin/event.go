package signin

import (
	"errors"
	"fmt"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

// What an event tells of the second factor; proof.go has the first.
var (
	rightFactor = model.ChallengeResult{Name: shape.ChallengeNameMfa, Response: "Success"}
	wrongFactor = model.ChallengeResult{Name: shape.ChallengeNameMfa, Response: "Failure"}
)

// record saves the attempt's event, where the pool keeps any, or what has become
// of it by now: an attempt has one event, whatever it was asked on the way, and
// what was found out at its beginning stays in it.
func (s *Signin) record(tx *store.Tx, m *party, response model.EventResponse, results ...model.ChallengeResult) error {
	e := s.cfg.Threat.Record(m.pool, m.client.ID, m.subject, model.EventSignIn, response, m.finding, m.origin, m.eventID)
	if e == nil {
		return nil
	}
	if m.user == nil {
		// Nobody to attach an event to, and no bound on the names that strangers
		// make up. A statement goes out all the same, or its absence would tell.
		return tx.ClearLockout(m.pool.ID, "")
	}
	if m.eventAt != 0 {
		e.CreatedAt = time.UnixMicro(m.eventAt).UTC()
	}
	if m.session.EventID != "" {
		begun, err := tx.Event(m.pool.ID, m.subject, e.CreatedAt, m.eventID)
		switch {
		case err == nil:
			begun.Response, begun.Detail.Abandoned = response, false
			if m.judged != nil { // by where this request came from
				begun.Detail.From(&e.Detail)
			}
			e = begun
		case !errors.Is(err, store.ErrNotFound): // the pool kept none yet when the attempt began
			return fmt.Errorf("read event: %w", err)
		}
	}
	if m.brought.proven {
		e.Detail.Device, e.Detail.Remembered = m.brought.device.KnownAs, true
	}
	m.judged.Explain(e, m.blocked)
	if m.blocked {
		e.Detail.RiskDecision = shape.RiskDecisionTypeBlock
	}
	if !m.lockedUntil.IsZero() {
		e.Detail.LockedUntil = m.lockedUntil
	}
	if len(results) > 0 {
		e.Detail.Challenges = results
	}
	if err := tx.SaveEvent(e); err != nil {
		return fmt.Errorf("save event: %w", err)
	}
	return s.tell(tx, m, e)
}
