package signin

import (
	"context"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
)

// startPassword is USER_PASSWORD_AUTH and ADMIN_USER_PASSWORD_AUTH.
func (s *Signin) startPassword(ctx context.Context, a Attempt, flow string) (*Outcome, error) {
	m, err := s.meet(ctx, a.PoolID, a.ClientID, a.Parameters["USERNAME"], a.Origin)
	if err != nil {
		return nil, err
	}
	if !m.client.Allows(flow) {
		if a.Admin {
			return nil, fault.New(fault.InvalidParameter, "Auth flow not enabled for this client")
		}
		return nil, fault.Newf(fault.InvalidParameter, "%s flow not enabled for this client", flow)
	}
	if _, err := required(a.Parameters, "USERNAME"); err != nil {
		return nil, err
	}
	if m.password, err = required(a.Parameters, "PASSWORD"); err != nil {
		return nil, err
	}
	if err := s.checkSecretHash(m, a.Parameters); err != nil {
		return nil, err
	}
	if err := s.known(m); err != nil {
		return nil, err
	}
	if locked(m.lockout, s.cfg.Now()) {
		return nil, exceeded // spares the hashing; settle and wrong look again
	}
	ok, err := s.verifyPassword(ctx, m)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, s.wrong(ctx, m)
	}
	return s.next(ctx, m)
}

// verifyPassword runs outside any transaction, and for unknown users too.
func (s *Signin) verifyPassword(ctx context.Context, m *party) (ok bool, err error) {
	if m.user == nil {
		return false, s.cfg.Credential.Pretend(ctx, m.pool, m.password)
	}
	ok, m.upgraded, err = s.cfg.Credential.Verify(ctx, m.pool, m.user, m.password)
	return ok, err
}
