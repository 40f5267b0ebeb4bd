package signin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/mfa"
	"github.com/gatehouse-id/gatehouse/internal/flow/notice"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
	"github.com/gatehouse-id/gatehouse/risk"
)

// What the risk of an attempt has to do with it, in the order in which it happens:
//
//	admit    an address that is always blocked is refused before anything is looked at
//	judge    the attempt is weighed, once its password was found right or wrong
//	answer   what the level asks for is done: nothing, a second factor, a refusal
//	learn    how it ended is learned, in the Update that tells it
//	spread   and, once that is committed, known of everybody
//	tell     the user hears of what was done, and operations of what was found

// maxRefusals bounds how many refusals of blocked addresses are kept with a user
// in an hour: such an address may send what it likes, as often as it likes.
const maxRefusals = 20

// admit refuses a request from an address that is always blocked.
func (s *Signin) admit(ctx context.Context, m *party) error {
	if !s.cfg.Threat.Blocks(m.pool, m.client, m.origin.IP) && !s.cfg.Threat.Blocks(m.standard, m.client, m.origin.IP) {
		return nil
	}
	s.cfg.Threat.CountBlocked(m.pool, model.EventSignIn)
	err := s.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		within, err := tx.Spend(m.pool.ID, m.subject, "refusals of blocked addresses", maxRefusals, time.Hour, s.cfg.Now())
		if err != nil {
			return fmt.Errorf("count refusals: %w", err)
		}
		if !within {
			return nil
		}
		m.blocked = true
		return s.record(tx, m, model.EventFail)
	})
	if err != nil {
		return err
	}
	s.wake(m)
	return threat.ErrAddress
}

// look finds out where the attempt comes from, once.
func (s *Signin) look(m *party) {
	if m.looked || m.pool.Mode() == model.ModeOff {
		return
	}
	m.looked, m.context = true, s.cfg.Threat.Context(m.pool, m.subject, m.origin, m.password)
	if m.asksDevice() || m.brought.proven {
		m.context = m.context.WithDevice(m.brought.device.KnownAs)
	}
}

// judge weighs the attempt, once. An unknown name is weighed as a known one is.
func (s *Signin) judge(m *party, proved bool) {
	if m.judged == nil {
		s.look(m)
		m.judged = s.cfg.Threat.Judge(m.pool, m.client, m.profile, m.context, proved)
	}
}

// answer does what the level of a proved attempt asks for; it tells whether that is a refusal.
func (s *Signin) answer(m *party) (refused bool) {
	if m.custom.pending() { // it is judged once, when its functions say that it is enough
		return false
	}
	s.judge(m, true)
	if m.judged == nil {
		return false
	}
	s.cfg.Threat.Count(m.pool, m.judged)
	switch m.judged.Action {
	case model.Block:
		m.blocked = true
	case model.MFARequired:
		m.demand = max(m.demand, mfa.Required)
		if threat.WithoutFactor(m.pool, m.client) == model.WithoutFactorBlock {
			m.demand = max(m.demand, mfa.RequiredNow)
		}
	case model.MFAIfConfigured:
		m.demand = max(m.demand, mfa.IfConfigured)
	}
	return m.blocked
}

// judgeAgain weighs the answer to a second factor that comes from another address
// than the sign-in was judged by, or without the device that it was judged with, and ends the sign-in where that calls for it:
// whoever has password and code may still be on the wrong continent. What asks for
// a factor is being answered; what is no worse than the attempt was is not kept.
func (s *Signin) judgeAgain(ctx context.Context, m *party) error {
	follows := m.session.ofFactor() || m.session.Challenge == shape.ChallengeNameTypeSelectMfaType
	if !follows || m.session.From == m.origin.IP && !m.lostDevice() {
		return nil
	}
	s.judge(m, true)
	switch {
	case m.judged == nil:
		return nil
	case m.judged.Action == model.Block:
		s.cfg.Threat.Count(m.pool, m.judged)
		m.blocked = true
		return s.refuseWith(ctx, m, insecure, func(tx *store.Tx) error { return s.spend(tx, m) })
	case m.judged.Level() <= m.session.Level:
		m.judged = nil
	}
	return nil
}

// level is what the attempt was rated, also by an earlier step of it.
func (m *party) level() risk.Level { return max(m.judged.Level(), m.session.Level) }

// passed is how a sign-in ends well: by a factor that the user had before, which
// is proof, or without. A factor that this very sign-in set up proves nothing; a
// passkey that verified its user is two factors in one.
func (m *party) passed() risk.Outcome {
	if m.passedFactor() || m.verified {
		return risk.Passed
	}
	return risk.Success
}

// learn teaches the user's profile how the attempt ended; see spread.
func (s *Signin) learn(tx *store.Tx, m *party, o risk.Outcome) error {
	if m.pool.Mode() == model.ModeOff {
		return nil
	}
	s.look(m)
	if (m.session.ofFactor() || m.session.ofDevice()) && m.eventAt != 0 { // it was judged where it began, and that is what its end teaches
		begun, err := tx.Event(m.pool.ID, m.subject, time.UnixMicro(m.eventAt).UTC(), m.eventID)
		switch {
		case err == nil && m.session.ofFactor() && begun.Detail.IP != m.session.From && (o == risk.Success || o == risk.Passed):
			return nil // a wrong answer came from elsewhere since, and the event tells of that: nobody is at home there
		case err == nil:
			m.context = s.cfg.Threat.ContextOf(begun)
			if m.brought.proven {
				m.context = m.context.WithDevice(m.brought.device.KnownAs)
			}
		case !errors.Is(err, store.ErrNotFound):
			return fmt.Errorf("read event: %w", err)
		}
	}
	m.lesson = &o
	return s.cfg.Threat.Learn(tx, m.pool, m.client, m.context, o, m.level(), m.user != nil)
}

// spread makes known of everybody what the Update before it learned of one.
func (s *Signin) spread(m *party) {
	s.wake(m)
	if m.lesson != nil {
		s.cfg.Threat.LearnWorld(m.pool, m.client, m.context, *m.lesson, m.level())
		m.lesson = nil
	}
}

// tell puts word of a step of the attempt into the outbox: to the user, of what was
// done about its level, and to operations. Only the request that judged it tells.
func (s *Signin) tell(tx *store.Tx, m *party, e *model.Event) error {
	if s.cfg.Notices == nil {
		return nil
	}
	done := m.done(e)
	if m.tells(e, done) {
		n := notice.Notice{Pool: m.pool, Client: m.client, User: m.user, Event: e, Action: done}
		if err := s.cfg.Notices.Send(tx, n); err != nil {
			return fmt.Errorf("tell user %s: %w", m.user.Sub, err)
		}
		m.told = true
	}
	for _, f := range []struct {
		finding model.AlertFinding
		holds   bool
	}{
		{model.AlertCompromised, m.finding.Compromised},
		{model.AlertBlocked, m.blocked},
		{model.AlertLocked, !m.lockedUntil.IsZero()},
		{model.AlertChallenged, e.Response == model.EventInProgress && done != model.NoAction},
	} {
		if !f.holds {
			continue
		}
		if err := s.cfg.Notices.Alert(tx, m.pool, m.client, f.finding, e, m.user.Username); err != nil {
			return fmt.Errorf("tell operations: %w", err)
		}
		m.told = true
	}
	return nil
}

// tells says whether the user hears of this step. What was refused for other reasons
// than its risk was neither let in nor stopped for it; and what is let in in spite of
// its risk is told of when it is in.
func (m *party) tells(e *model.Event, done model.Action) bool {
	notify := m.session.Notify || m.judged != nil && m.judged.Notify
	switch {
	case !notify || e.Response == model.EventFail && !m.blocked:
		return false
	case e.Response == model.EventInProgress && done == model.NoAction:
		m.later = true
		return false
	}
	return m.judged != nil || m.session.Notify && e.Response == model.EventPass
}

// wake sends what tell has posted, once that is committed.
func (s *Signin) wake(m *party) {
	if m.told {
		s.cfg.Notices.Wake()
		m.told = false
	}
}

// done is what was done in the end about the level of an attempt.
func (m *party) done(e *model.Event) model.Action {
	switch {
	case m.blocked:
		return model.Block
	case m.judged == nil, e.Response == model.EventPass: // no factor could be asked for
		return model.NoAction
	}
	return m.judged.Action
}
