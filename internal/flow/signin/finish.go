package signin

import (
	"context"
	"fmt"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/account"
	"github.com/gatehouse-id/gatehouse/internal/part/token"
)

// finish ends a sign-in with tokens. The same Update may change the user: the
// tokens tell what u will be by then, save writes it. What save tells ends the
// sign-in instead.
//
// They are signed after the Update, because signing takes long: a right
// password that the Update answers like a wrong one, for the lockout, would
// otherwise stand out by its time.
func (s *Signin) finish(ctx context.Context, m *party, u *model.User, save func(*store.Tx) (*fault.Fault, error)) (*Outcome, error) {
	if m.custom.pending() {
		return s.stepCustom(ctx, m, u, save)
	}
	if m.asksDevice() {
		return s.askDevice(ctx, m, u, save)
	}
	f, err := s.newFamily(m)
	if err != nil {
		return nil, err
	}
	err = s.settled(ctx, m, func(tx *store.Tx) (*fault.Fault, error) {
		if told, err := save(tx); told != nil || err != nil {
			return told, err
		}
		if err := s.spend(tx, m); err != nil {
			return nil, err
		}
		if told, err := s.useDevice(tx, m); told != nil || err != nil {
			return told, err
		}
		if err := tx.CreateFamily(f); err != nil {
			return nil, fmt.Errorf("save token family: %w", err)
		}
		if err := s.learn(tx, m, m.passed()); err != nil {
			return nil, err
		}
		return nil, s.record(tx, m, model.EventPass, m.results()...)
	})
	if err != nil {
		return nil, err
	}
	tokens, err := s.mint(m, u, f)
	if err != nil {
		return nil, err
	}
	tokens.Refresh = token.SealRefresh(s.cfg.Ring, token.Refresh{PoolID: m.pool.ID, FamilyID: f.ID})
	tokens.NewDevice = s.offer(m, f)
	s.renewRecord(ctx, m)
	return &Outcome{Tokens: tokens, Parameters: map[string]string{}}, nil
}

func (s *Signin) newFamily(m *party) (*model.Family, error) {
	origin, err := s.newID()
	if err != nil {
		return nil, err
	}
	now := s.cfg.Now()
	f := &model.Family{
		ID: m.eventID, PoolID: m.pool.ID, ClientID: m.client.ID, Sub: m.user.Sub,
		OriginJTI: origin, AuthTime: now, ExpiresAt: now.Add(m.client.Validity().Refresh),
	}
	return f, s.tieDevice(m, f)
}

// apiScope is the scope of every sign-in through the API, and what user operations ask for.
const apiScope = "aws.cognito.signin.user.admin"

// mint signs an ID and an access token for a family.
func (s *Signin) mint(m *party, u *model.User, f *model.Family) (*Tokens, error) {
	set, err := s.cfg.Keys.Of(m.pool)
	if err != nil {
		return nil, err
	}
	now := s.cfg.Now()
	life := m.client.Validity()
	grant := token.Grant{
		Issuer: s.Issuer(m.pool.ID), ClientID: m.client.ID, Subject: u.Sub, Username: u.Username,
		Groups: groupNames(m.groups), EventID: f.ID, AuthTime: f.AuthTime, IssuedAt: now,
		NewPasswordDue: s.cfg.Threat.Due(m.standard, m.client, u),
	}
	var accessID, idID string
	if m.client.Revocable() {
		grant.OriginJTI = f.OriginJTI
		if accessID, err = s.newID(); err != nil {
			return nil, err
		}
		if idID, err = s.newID(); err != nil {
			return nil, err
		}
	}
	access, err := set.Access.Sign(grant.AccessClaims(accessID, now.Add(life.Access), []string{apiScope}, f.Device))
	if err != nil {
		return nil, fmt.Errorf("sign access token: %w", err)
	}
	id, err := set.ID.Sign(grant.IDClaims(idID, now.Add(life.ID), idAttributes(m, u)))
	if err != nil {
		return nil, fmt.Errorf("sign ID token: %w", err)
	}
	return &Tokens{Access: access, ID: id, ExpiresIn: life.Access.Truncate(time.Second)}, nil
}

func groupNames(groups []*model.Group) []string {
	names := make([]string, len(groups))
	for i, g := range groups {
		names[i] = g.Name
	}
	return names
}

// idAttributes are the user's attributes that the client may read, and the roles of the groups.
func idAttributes(m *party, u *model.User) map[string]any {
	claims := make(map[string]any, len(u.Attributes)+2)
	for name, value := range u.Attributes {
		switch {
		case !account.Readable(m.client, name):
		case name == model.IdentitiesAttribute:
			claims[name] = identityClaims(value)
		case name == "email_verified" || name == "phone_number_verified":
			claims[name] = value == "true"
		case name == "address": // OpenID Connect Core 5.1.1; Cognito knows no other part of it
			claims[name] = map[string]string{"formatted": value}
		default:
			claims[name] = value
		}
	}
	if roles, preferred := groupRoles(m.groups); roles != nil {
		claims["cognito:roles"] = roles
		if preferred != "" {
			claims["cognito:preferred_role"] = preferred
		}
	}
	return claims
}

// groupRoles lists the roles of the groups. The preferred one belongs to the
// group with the lowest precedence; where groups of equal precedence disagree,
// there is none.
func groupRoles(groups []*model.Group) (roles []string, preferred string) {
	var best *int32
	for _, g := range groups {
		if g.RoleARN == nil {
			continue
		}
		roles = append(roles, *g.RoleARN)
		switch {
		case g.Precedence == nil:
		case best == nil || *g.Precedence < *best:
			best, preferred = g.Precedence, *g.RoleARN
		case *g.Precedence == *best && *g.RoleARN != preferred:
			preferred = ""
		}
	}
	return roles, preferred
}
