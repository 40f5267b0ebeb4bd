package signin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/part/token"
)

var (
	refreshInvalid = fault.New(fault.NotAuthorized, "Invalid Refresh Token")
	refreshExpired = fault.New(fault.NotAuthorized, "Refresh Token has expired")
	refreshRevoked = fault.New(fault.NotAuthorized, "Refresh Token has been revoked")
	refreshReused  = fault.New(fault.RefreshTokenReuse, "Refresh token has been used already; all tokens of its sign-in are revoked")
)

const noRefresh = "REFRESH_TOKEN_AUTH flow not enabled for this client"

// Renewal asks for new tokens with a refresh token: GetTokensFromRefreshToken.
type Renewal struct {
	ClientID     string
	ClientSecret string
	Token        string
	DeviceKey    string
	Metadata     map[string]string
	Origin       model.Origin
}

// startRefresh is REFRESH_TOKEN and REFRESH_TOKEN_AUTH.
func (s *Signin) startRefresh(ctx context.Context, a Attempt) (*Outcome, error) {
	m, err := s.meet(ctx, a.PoolID, a.ClientID, "", a.Origin)
	if err != nil {
		return nil, err
	}
	if rotates, _ := m.client.Rotates(); rotates || !m.client.Allows("REFRESH_TOKEN_AUTH") {
		return nil, notEnabled(a, noRefresh)
	}
	text, err := required(a.Parameters, "REFRESH_TOKEN")
	if err != nil {
		return nil, err
	}
	r, f, err := s.openRefresh(ctx, m, text, a.Parameters[deviceKeyParameter])
	if err != nil {
		return nil, err
	}
	// There is no USERNAME in this flow: clients hash the real user name.
	if err := s.checkSecretHash(m, a.Parameters); err != nil {
		return nil, err
	}
	return s.renew(ctx, m, r, f)
}

// Renew hands out new tokens; where the client rotates, a new refresh token too.
func (s *Signin) Renew(ctx context.Context, r Renewal) (*Outcome, error) {
	m, err := s.meet(ctx, "", r.ClientID, "", r.Origin)
	if err != nil {
		return nil, err
	}
	if err := s.checkClientSecret(m.client, r.ClientSecret); err != nil {
		return nil, err
	}
	// A client that may not refresh may not do it by this door either.
	if rotates, _ := m.client.Rotates(); !rotates && !m.client.Allows("REFRESH_TOKEN_AUTH") {
		return nil, notEnabled(Attempt{}, noRefresh)
	}
	opened, f, err := s.openRefresh(ctx, m, r.Token, r.DeviceKey)
	if err != nil {
		return nil, err
	}
	return s.renew(ctx, m, opened, f)
}

func (s *Signin) checkClientSecret(c *model.Client, sent string) error {
	switch {
	case !c.Confidential() && sent == "":
		return nil
	case !c.Confidential():
		return fault.Newf(fault.NotAuthorized, "Client %s has no secret but a client secret was received", c.ID)
	case sent == "":
		return fault.Newf(fault.NotAuthorized, "Client %s is configured with secret but no client secret was received", c.ID)
	}
	return s.cfg.Credential.CheckSecret(c, sent)
}

// openRefresh reads a refresh token and loads the user whom it renews.
func (s *Signin) openRefresh(ctx context.Context, m *party, text, deviceKey string) (token.Refresh, *model.Family, error) {
	r, err := token.OpenRefresh(s.cfg.Ring, m.pool.ID, text)
	if err != nil {
		return r, nil, refreshInvalid.Because(err)
	}
	var f *model.Family
	err = s.cfg.Store.View(ctx, func(tx *store.Tx) (err error) {
		if f, err = tx.Family(m.pool.ID, r.FamilyID); err != nil {
			return err
		}
		if m.user, err = tx.User(m.pool.ID, f.Sub); err != nil {
			return err
		}
		if m.groups, err = tx.GroupsOf(m.pool.ID, f.Sub, "", maxGroups); err != nil {
			return err
		}
		return s.checkDevice(tx, m, f, deviceKey)
	})
	if errors.Is(err, store.ErrNotFound) {
		return r, nil, refreshInvalid
	}
	if err != nil {
		return r, nil, fmt.Errorf("load token family: %w", err)
	}
	m.name = m.user.Username
	return r, f, s.renewable(m, f)
}

func (s *Signin) renewable(m *party, f *model.Family) error {
	switch {
	case f.ClientID != m.client.ID:
		return refreshInvalid
	case !f.RevokedAt.IsZero():
		return refreshRevoked
	case !s.cfg.Now().Before(f.ExpiresAt):
		return refreshExpired
	case !m.user.Enabled:
		return disabled
	}
	return nil
}

// renew mints tokens for a family that lives, and rotates it where the client does.
func (s *Signin) renew(ctx context.Context, m *party, r token.Refresh, f *model.Family) (*Outcome, error) {
	tokens, err := s.mint(m, m.user, f)
	if err != nil {
		return nil, err
	}
	out := &Outcome{Tokens: tokens, Parameters: map[string]string{}}
	rotates, grace := m.client.Rotates()
	if !rotates && r.Generation == f.Generation {
		return out, nil
	}
	// A token that was rotated out stays out, even where the client has stopped rotating.
	generation, err := s.rotate(ctx, m, r, grace)
	if err != nil {
		return nil, err
	}
	// The chain keeps its end: the new token lives as long as the old one would have.
	tokens.Refresh = token.SealRefresh(s.cfg.Ring, token.Refresh{PoolID: f.PoolID, FamilyID: f.ID, Generation: generation})
	return out, nil
}

// rotate moves the family on. A token of an earlier generation is either a
// retry within the grace period, which gets what the first try got, or a
// stolen token: then nobody can tell the thief from the owner, and both are out.
func (s *Signin) rotate(ctx context.Context, m *party, r token.Refresh, grace time.Duration) (generation int64, err error) {
	var told *fault.Fault
	err = s.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		told = nil
		f, err := tx.Family(m.pool.ID, r.FamilyID)
		if err != nil {
			return fmt.Errorf("load token family: %w", err)
		}
		now := s.cfg.Now()
		switch {
		case !f.RevokedAt.IsZero():
			told = refreshRevoked
			return nil
		case r.Generation == f.Generation:
			generation = f.Generation + 1
			return tx.RotateFamily(f.ID, generation, now)
		case r.Generation == f.Generation-1 && now.Before(f.RotatedAt.Add(grace)):
			generation = f.Generation
			return nil
		}
		told = refreshReused
		return tx.RevokeFamily(m.pool.ID, f.ID, now)
	})
	if err != nil {
		return 0, err
	}
	if told != nil {
		if told == refreshReused {
			s.cfg.Log.Warn("a refresh token was used twice; its family is revoked", "pool", m.pool.ID, "sub", m.user.Sub, "family", r.FamilyID)
		}
		return 0, told
	}
	return generation, nil
}

// Revoke ends the family of a refresh token: RevokeToken. A token that is not
// ours, or was revoked before, is no error (RFC 7009).
func (s *Signin) Revoke(ctx context.Context, clientID, clientSecret, text string) error {
	m, err := s.meet(ctx, "", clientID, "", model.Origin{})
	if err != nil {
		return err
	}
	if err := s.checkClientSecret(m.client, clientSecret); err != nil {
		return err
	}
	if !m.client.Revocable() {
		return fault.New(fault.UnsupportedOperation, "Token revocation is disabled for this client.")
	}
	if token.Issuer(text) != "" {
		return fault.New(fault.UnsupportedTokenType, "Only refresh tokens can be revoked.")
	}
	r, err := token.OpenRefresh(s.cfg.Ring, m.pool.ID, text)
	if err != nil {
		return nil
	}
	return s.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		f, err := tx.Family(m.pool.ID, r.FamilyID)
		if errors.Is(err, store.ErrNotFound) || err == nil && f.ClientID != m.client.ID {
			return nil
		}
		if err != nil {
			return err
		}
		return tx.RevokeFamily(m.pool.ID, f.ID, s.cfg.Now())
	})
}

// SignOut ends every sign-in of a user: GlobalSignOut and its admin twin.
func (s *Signin) SignOut(ctx context.Context, p *model.Pool, sub string) error {
	return s.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		return tx.RevokeFamilies(p.ID, sub, s.cfg.Now())
	})
}
