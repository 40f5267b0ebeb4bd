package signin

import (
	"context"

	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

// startPassword is USER_PASSWORD_AUTH and ADMIN_USER_PASSWORD_AUTH.
func (s *Signin) startPassword(ctx context.Context, a Attempt, flow string) (*Outcome, error) {
	m, err := s.meet(ctx, a.PoolID, a.ClientID, a.Parameters["USERNAME"], a.Origin)
	if err != nil {
		return nil, err
	}
	if !m.client.Allows(flow) {
		return nil, notEnabled(a, flow+" flow not enabled for this client")
	}
	if _, err := required(a.Parameters, "USERNAME"); err != nil {
		return nil, err
	}
	m.first = byPassword
	m.brings(a.Parameters)
	if m.password, err = required(a.Parameters, "PASSWORD"); err != nil {
		return nil, err
	}
	if err := s.checkSecretHash(m, a.Parameters); err != nil {
		return nil, err
	}
	if err := s.admit(ctx, m); err != nil {
		return nil, err
	}
	if m, err = s.fetch(ctx, m); err != nil {
		return nil, err
	}
	if err := s.known(m); err != nil {
		return nil, err
	}
	return s.provePassword(ctx, m)
}

// provePassword goes on with a sign-in whose password was given in plaintext.
func (s *Signin) provePassword(ctx context.Context, m *party) (*Outcome, error) {
	if s.turnedAway(m) {
		return nil, exceeded
	}
	ok, err := s.verifyPassword(ctx, m)
	if err != nil {
		return nil, err
	}
	if !ok || m.shut {
		s.dally(ctx, m)
		return nil, s.wrong(ctx, m)
	}
	return s.next(ctx, m)
}

// verifyPassword runs outside any transaction, and for unknown users too.
func (s *Signin) verifyPassword(ctx context.Context, m *party) (ok bool, err error) {
	if m.user == nil {
		return false, s.cfg.Credential.PretendUnknown(ctx, m.pool, m.name, m.password)
	}
	ok, m.outdated, err = s.cfg.Credential.Verify(ctx, m.pool, m.user, m.password)
	return ok, err
}

// renewRecord brings the record of the password that was just proved along with
// its pool. That it was right is told already: what goes wrong here is only told to us.
func (s *Signin) renewRecord(ctx context.Context, m *party) {
	if !m.outdated {
		return
	}
	renewed := false
	cost := s.cfg.Credential.ForeignCost(m.user)
	box, err := s.cfg.Credential.Renew(ctx, m.pool, m.user, m.password)
	if err == nil {
		err = s.cfg.Store.Update(ctx, func(tx *store.Tx) error {
			renewed, err = tx.SetCredential(m.pool.ID, m.user.Sub, m.user.Credential, box)
			if err != nil || !renewed || cost == "" {
				return err
			}
			return tx.DropForeign(m.pool.ID, cost)
		})
	}
	if err == nil && renewed {
		m.user.Credential = box
	}
	if err != nil {
		s.cfg.Log.Error("a password record stays as it was", "pool", m.pool.ID, "sub", m.user.Sub, "error", err)
	}
}
