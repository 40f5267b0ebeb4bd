package signin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/account"
	"github.com/gatehouse-id/gatehouse/risk"
)

// Former is the pool that users come from. Whoever has no password here is asked
// for there, by the flows that show us the password.
type Former interface {
	// Ready tells whether it can be asked now. It is not, for a while, after it did not answer.
	Ready(p *model.Pool) bool
	// Ask is account.ErrNotThere where nobody has this name and password there. Any
	// other error means that it could not be asked.
	Ask(ctx context.Context, p *model.Pool, name, password string) (account.Arrival, error)
	// Dally takes as long as a refusal of it does.
	Dally(ctx context.Context, p *model.Pool)
}

// asksFormer tells whether the former pool knows the password, if somebody does:
// nobody has the name here, or its user came without a password. One whose
// password was reset here does not wait for the former one.
func (s *Signin) asksFormer(m *party) bool {
	if s.cfg.Former == nil || m.pool.Former == nil {
		return false
	}
	if m.user == nil {
		return true
	}
	return m.user.Enabled && (m.user.Status == model.Confirmed || m.user.Status == model.ForceChangePassword) && s.cfg.Credential.Awaits(m.user)
}

// fetch takes over a user from the former pool, and returns the party with them.
//
// The attempt is counted as a wrong one before anybody is asked, and forgotten if
// it was right: however many run at once, the former pool hears no more guesses
// than the lockout allows, and answers none for us beyond them.
func (s *Signin) fetch(ctx context.Context, m *party) (*party, error) {
	if !s.asksFormer(m) {
		return m, nil
	}
	if !s.cfg.Former.Ready(m.pool) {
		return nil, s.unasked(ctx, m)
	}
	if err := s.countBefore(ctx, m); err != nil {
		return nil, err
	}
	in, err := s.cfg.Former.Ask(ctx, m.pool, m.name, m.password)
	if err == nil {
		err = s.cfg.Accounts.Welcome(ctx, m.pool, m.user, in, m.password)
	}
	_, refused := fault.As(err)
	switch {
	case errors.Is(err, account.ErrNotThere):
		return nil, s.notThere(ctx, m)
	case refused: // what the former pool has does not fit here
		s.cfg.Log.Error("a user of the former pool cannot be taken over", "pool", m.pool.ID, "error", err)
		return nil, s.notThere(ctx, m)
	case err != nil:
		s.cfg.Log.Error("the former pool was not asked", "pool", m.pool.ID, "error", err)
		return nil, s.unasked(ctx, m)
	}
	return s.fetched(ctx, m)
}

// fetched meets the user who is here now.
func (s *Signin) fetched(ctx context.Context, m *party) (*party, error) {
	err := s.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		for _, subject := range []string{m.subject, m.place.subject} {
			if subject == "" {
				continue
			}
			if err := tx.ClearLockout(m.pool.ID, subject); err != nil {
				return fmt.Errorf("forget failures: %w", err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	now, err := s.meet(ctx, m.pool.ID, m.client.ID, m.name, m.origin)
	if err != nil {
		return nil, err
	}
	if now.user == nil { // the name is an alias there, and not here
		return nil, s.notThere(ctx, m)
	}
	now.first, now.password, now.session, now.brought = m.first, m.password, m.session, m.brought
	return now, nil
}

// countBefore counts an attempt that nobody has answered yet, for the user alone:
// what a network failed is never forgotten, and a whole office may come from one.
func (s *Signin) countBefore(ctx context.Context, m *party) error {
	shutOut := false
	err := s.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		shutOut, m.lockedUntil = false, time.Time{}
		c, err := s.counts(tx, m)
		if err != nil {
			return err
		}
		now := s.cfg.Now()
		if v := c.view(now); v == shut || v == quiet {
			shutOut = true
			return nil
		}
		return s.countUser(tx, m, c, now)
	})
	if err == nil && shutOut {
		err = exceeded
	}
	return err
}

// notThere refuses what the former pool refused, which was counted already.
func (s *Signin) notThere(ctx context.Context, m *party) error {
	if err := s.cfg.Credential.PretendUnknown(ctx, m.pool, m.name, m.password); err != nil {
		return err
	}
	told := s.known(m)
	if told == nil {
		s.judge(m, false)
	}
	err := s.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		m.lesson = nil
		if err := s.countNetwork(tx, m, m.lockout.rule, s.cfg.Now()); err != nil {
			return err
		}
		if told != nil {
			return nil
		}
		if err := s.learn(tx, m, risk.WrongPassword); err != nil {
			return err
		}
		return s.record(tx, m, model.EventFail, m.first.wrong())
	})
	if err != nil {
		return err
	}
	s.tellLock(m, "password")
	if told != nil {
		return told
	}
	s.spread(m)
	return incorrect
}

// unasked refuses while the former pool does not answer: nobody is let in because
// it is down. The words are Cognito's, of a migration that fails.
func (s *Signin) unasked(ctx context.Context, m *party) error {
	if err := s.cfg.Credential.PretendUnknown(ctx, m.pool, m.name, m.password); err != nil {
		return err
	}
	if m.client.HidesUsers() {
		return incorrect
	}
	return fault.Newf(fault.UserNotFound, "Exception migrating user in app client %s", m.client.ID)
}

// dally makes a wrong password of a user who has one here take as long as one that
// the former pool refused.
func (s *Signin) dally(ctx context.Context, m *party) {
	if s.cfg.Former != nil && m.pool.Former != nil && m.user != nil && !m.shut {
		s.cfg.Former.Dally(ctx, m.pool)
	}
}
