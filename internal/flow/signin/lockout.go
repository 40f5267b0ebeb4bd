package signin

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/report"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/risk"
)

// Wrong passwords are counted for
//
//	the account   over all clients and from everywhere; by the pool's curve it locks
//	a known place the device or network for which the user is known: what may still
//	              fail from there while the account is locked
//	a network     over all accounts, where the policy limits it
//
// While an account is locked, nothing is told of a password. Where its owner is
// known the right one signs in all the same, until five wrong ones came from there;
// they read like everybody's, and take as long, so that nobody learns by them who
// is known where. lockoutrule.go has the rule, without a database.
//
// How many guesses are looked at, from the first one or the last success on: no
// more than the curve lets pass, and five a day for each known place that they come
// from. For whoever can speak from none of the owner's places that is the curve
// alone, as if there were no places: Cognito's lets pass 11 guesses in 17 minutes
// and 7 seconds, in the long run, and no faster. TestGuessesAreBounded plays it.

// counts reads what an attempt is held against.
func (s *Signin) counts(tx *store.Tx, m *party) (c counts, err error) {
	c.rule = ruleOf(m.pool)
	c.device = m.place.device
	if c.account, c.place, err = tx.LockoutPair(m.pool.ID, m.subject, m.place.subject); err != nil {
		return c, fmt.Errorf("read lockout: %w", err)
	}
	if c.rule.PerNetwork > 0 {
		c.network, err = tx.Spent(m.pool.ID, model.Network(m.origin.IP), model.NetworkFailures, time.Duration(c.rule.Window), s.cfg.Now())
		if err != nil {
			return c, fmt.Errorf("read failures of a network: %w", err)
		}
	}
	return c, nil
}

// hasPlaces tells whether users of the pool are known by where they sign in. What
// is learned in AUDIT changes nothing.
func hasPlaces(p *model.Pool) bool { return p.Mode() == model.ModeEnforced }

// place is one where the user is known.
type place struct {
	subject string // of the failures from there; "" for none
	device  bool
}

// placeOf finds the known place that an attempt comes from. The device counts
// before the network, which neighbours share.
func (s *Signin) placeOf(m *party) place {
	if !hasPlaces(m.pool) {
		return place{}
	}
	known := s.cfg.Threat.Recognise(m.pool, m.client, m.profile, m.origin)
	kind, of := "device", known.Device
	if of == "" && known.Network {
		kind, of = "network", model.Network(m.origin.IP)
	}
	if of == "" {
		return place{}
	}
	name := hex.EncodeToString(s.cfg.Ring.Derive("known place", m.pool.ID, m.subject, of)[:8])
	return place{model.PlaceSubject(m.subject, kind+"/"+name), known.Device != ""}
}

// turnedAway tells whether an attempt is refused before its password is looked at,
// which spares the hashing; settle and wrong look again. Where users have known
// places, passwords of a locked account are all looked at: the clock would tell
// otherwise who is known where.
func (s *Signin) turnedAway(m *party) bool {
	m.shut = m.lockout.view(s.cfg.Now()) == shut
	return m.shut && (m.lockout.crowded() || !hasPlaces(m.pool))
}

// settle holds a success against the lockout, inside the Update that is about
// to tell it: a right password during a lockout is told like a wrong one.
func (s *Signin) settle(tx *store.Tx, m *party) (lockedOut bool, err error) {
	m.lockedUntil = time.Time{}
	if m.first == byCustom { // an answer to a custom challenge is no guess at a password
		return false, nil
	}
	c, err := s.counts(tx, m)
	if err != nil {
		return false, err
	}
	now := s.cfg.Now()
	if c.view(now) == shut {
		return true, nil
	}
	after := c.passed(now)
	for _, l := range []struct{ before, after model.Lockout }{{c.account, after.account}, {c.place, after.place}} {
		if l.after.Failures < l.before.Failures {
			if err := tx.ClearLockout(m.pool.ID, l.before.Subject); err != nil {
				return false, fmt.Errorf("forget failures: %w", err)
			}
		}
	}
	return false, nil
}

// wrong counts a wrong password and tells so, unless the user is locked out by
// now: then nothing is told of the password.
func (s *Signin) wrong(ctx context.Context, m *party) error {
	return s.failed(ctx, m, func(*store.Tx) (*fault.Fault, error) { return incorrect, nil })
}

// failed is wrong for a first proof of any kind: look says, in the Update that
// counts it, what was wrong. That there was nothing to guess counts as nothing.
func (s *Signin) failed(ctx context.Context, m *party, look func(*store.Tx) (*fault.Fault, error)) error {
	var verdict *fault.Fault
	s.judge(m, false)
	err := s.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		verdict, m.lesson, m.lockedUntil = exceeded, nil, time.Time{}
		c, err := s.counts(tx, m)
		if err != nil {
			return err
		}
		now := s.cfg.Now()
		v := c.view(now)
		if v == shut || m.shut {
			return s.countNothing(tx, m)
		}
		why, err := look(tx)
		switch {
		case err != nil:
			return err
		case why == nil:
			return errChanged // it was wrong when it was looked at first
		case v == open:
			verdict = why
		}
		switch {
		case why.Code == fault.ExpiredCode:
			return s.countNothing(tx, m)
		case v == quiet:
			return s.count(tx, m, c.failed(now).place)
		}
		if err := s.countAll(tx, m, c, now); err != nil {
			return err
		}
		if err := s.learn(tx, m, risk.WrongPassword); err != nil {
			return err
		}
		return s.record(tx, m, model.EventFail, m.first.wrong())
	})
	if err != nil {
		return err
	}
	s.spread(m)
	s.tellLock(m, "password")
	return verdict
}

// countNothing sends out the statement that a failure at a known place would cost,
// where users have any, or its absence would tell.
func (s *Signin) countNothing(tx *store.Tx, m *party) error {
	if !hasPlaces(m.pool) {
		return nil
	}
	return tx.ClearLockout(m.pool.ID, "")
}

// countAll counts a wrong password wherever it counts.
func (s *Signin) countAll(tx *store.Tx, m *party, c counts, now time.Time) error {
	if err := s.countUser(tx, m, c, now); err != nil {
		return err
	}
	return s.countNetwork(tx, m, c.rule, now)
}

// countUser counts it for the account, and the place where the user is known.
func (s *Signin) countUser(tx *store.Tx, m *party, c counts, now time.Time) error {
	after := c.failed(now)
	if err := s.count(tx, m, after.account); err != nil {
		return err
	}
	if c.place.Subject != "" {
		return s.count(tx, m, after.place)
	}
	return s.countNothing(tx, m)
}

// countNetwork counts it for the network, over all accounts.
func (s *Signin) countNetwork(tx *store.Tx, m *party, r rule, now time.Time) error {
	if r.PerNetwork == 0 {
		return nil
	}
	_, err := tx.Spend(m.pool.ID, model.Network(m.origin.IP), model.NetworkFailures, int64(r.PerNetwork), time.Duration(r.Window), now)
	if err != nil {
		return fmt.Errorf("count failures of a network: %w", err)
	}
	return nil
}

// count stores a count, and notes what it locks.
func (s *Signin) count(tx *store.Tx, m *party, l model.Lockout) error {
	if err := tx.SaveLockout(l); err != nil {
		return fmt.Errorf("count failure: %w", err)
	}
	if locked(l, s.cfg.Now()) {
		m.lockedUntil = l.LockedUntil
	}
	return nil
}

// tellLock tells operations of a lock, once it is committed.
func (s *Signin) tellLock(m *party, of string) {
	if !m.lockedUntil.IsZero() {
		s.cfg.Meter.Add(report.Lockouts, m.pool.ID, of)
	}
}
