package signin

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/part/token"
)

// Bearer is who an access token speaks for.
type Bearer struct {
	Pool     *model.Pool
	Client   *model.Client
	User     *model.User
	FamilyID string
	// NewPasswordDue: the user must set a new password first, and the token can
	// do nothing else but sign out. It ends with the password, not with the token.
	NewPasswordDue bool
}

var (
	accessInvalid = fault.New(fault.NotAuthorized, "Invalid Access Token")
	accessExpired = fault.New(fault.NotAuthorized, "Access Token has expired")
	accessRevoked = fault.New(fault.NotAuthorized, "Access Token has been revoked")
	accessScope   = fault.New(fault.NotAuthorized, "Access Token does not have required scopes")
)

// Bearer verifies an access token that asks to act for its user.
func (s *Signin) Bearer(ctx context.Context, accessToken string) (*Bearer, error) {
	b := new(Bearer)
	// Whoever sent the token chose the issuer: it only says which keys to try.
	poolID, ours := strings.CutPrefix(token.Issuer(accessToken), s.cfg.IssuerBase+"/")
	if !ours {
		return nil, accessInvalid
	}
	err := s.cfg.Store.View(ctx, func(tx *store.Tx) (err error) {
		b.Pool, err = tx.Pool(poolID)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, accessInvalid
	}
	if err != nil {
		return nil, err
	}
	set, err := s.cfg.Keys.Of(b.Pool)
	if err != nil {
		return nil, err
	}
	v, err := set.Public.Verify(accessToken, s.cfg.Now(), token.Expect{Issuer: s.Issuer(poolID), Use: token.Access})
	switch {
	case errors.Is(err, token.ErrExpired):
		return nil, accessExpired
	case err != nil:
		return nil, accessInvalid.Because(err)
	case !slices.Contains(v.Scopes, apiScope):
		return nil, accessScope
	}
	b.FamilyID = v.EventID
	err = s.cfg.Store.View(ctx, func(tx *store.Tx) (err error) { return b.load(tx, v) })
	if err != nil {
		return nil, err
	}
	b.NewPasswordDue = v.NewPasswordDue && s.cfg.Threat.Due(b.Pool, b.Client, b.User)
	return b, nil
}

// load reads what may have changed since the token was signed.
func (b *Bearer) load(tx *store.Tx, v token.Verified) (err error) {
	b.User, err = tx.User(b.Pool.ID, v.Subject)
	if errors.Is(err, store.ErrNotFound) {
		return noUser
	}
	if err != nil {
		return err
	}
	if !b.User.Enabled {
		return disabled
	}
	revoked, err := tx.FamilyRevoked(b.Pool.ID, b.FamilyID)
	if err != nil {
		return err
	}
	if revoked {
		return accessRevoked
	}
	b.Client, err = tx.Client(b.Pool.ID, v.ClientID)
	if errors.Is(err, store.ErrNotFound) {
		return accessRevoked
	}
	return err
}
