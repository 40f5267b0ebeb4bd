package pool

import (
	"context"
	"errors"
	"fmt"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// CreateClient makes an app client. The document told back holds its secret.
func (p *Pools) CreateClient(ctx context.Context, in *shape.CreateUserPoolClientRequest) (*shape.UserPoolClientType, error) {
	id, err := p.draw(clientIDLength, lower)
	if err != nil {
		return nil, err
	}
	secret, err := p.newSecret(in)
	if err != nil {
		return nil, err
	}
	now := wire.At(p.cfg.Now())
	next := &model.Client{ID: id, PoolID: *in.UserPoolId, Doc: clientDocument(clientSettingsOfNew(in))}
	next.Doc.ClientId, next.Doc.CreationDate, next.Doc.LastModifiedDate = &id, now, now
	if secret != "" {
		first, err := p.clientSecret(id, secret)
		if err != nil {
			return nil, err
		}
		next.Secret = p.cfg.Secrets.SealClientSecrets(id, []model.ClientSecret{first})
	}
	if err := p.addClient(ctx, next); err != nil {
		return nil, err
	}
	return p.tellClient(next)
}

// addClient stores a new client.
func (p *Pools) addClient(ctx context.Context, next *model.Client) error {
	return p.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		owner, err := Find(tx, next.PoolID)
		if err != nil {
			return err
		}
		if err := checkClient(tx, owner, next, "creating"); err != nil {
			return err
		}
		n, err := tx.CountClients(owner.ID)
		if err != nil {
			return fmt.Errorf("count clients of pool %s: %w", owner.ID, err)
		}
		if n >= maxClients {
			return fault.Newf(fault.LimitExceeded, "The user pool has reached its limit of %d app clients.", maxClients)
		}
		return tx.CreateClient(next, p.cfg.Now())
	})
}

// newSecret is the secret that the request brings or asks for; "" for a public client.
func (p *Pools) newSecret(in *shape.CreateUserPoolClientRequest) (string, error) {
	switch generate := wire.Of(in.GenerateSecret); {
	case generate && in.ClientSecret != nil:
		return "", invalid("GenerateSecret and ClientSecret cannot be used together.")
	case generate:
		return p.draw(clientSecretLength, lower)
	}
	return wire.Of(in.ClientSecret), nil
}

// tellClient is a client's document with its secret, the oldest where there are two.
func (p *Pools) tellClient(c *model.Client) (*shape.UserPoolClientType, error) {
	doc := *c.Doc
	list, err := p.cfg.Secrets.ClientSecrets(c)
	if err != nil {
		return nil, fmt.Errorf("open the secrets of a client: %w", err)
	}
	if len(list) > 0 {
		doc.ClientSecret = &list[0].Value
	}
	return &doc, nil
}

// DescribeClient tells a client with its secret.
func (p *Pools) DescribeClient(ctx context.Context, poolID, id string) (*shape.UserPoolClientType, error) {
	var found *model.Client
	err := p.cfg.Store.View(ctx, func(tx *store.Tx) (err error) {
		if _, err = Find(tx, poolID); err != nil {
			return err
		}
		found, err = FindClient(tx, poolID, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return p.tellClient(found)
}

// UpdateClient replaces a client's document: members that the request leaves
// out return to their defaults. Its name, secret and risk configuration stay.
func (p *Pools) UpdateClient(ctx context.Context, in *shape.UpdateUserPoolClientRequest) (*shape.UserPoolClientType, error) {
	next, err := p.changeClient(ctx, *in.UserPoolId, *in.ClientId, func(tx *store.Tx, owner *model.Pool, next *model.Client) error {
		was := next.Doc
		next.Doc = clientDocument(*in)
		next.Doc.ClientName = or(in.ClientName, wire.Of(was.ClientName))
		next.Doc.CreationDate = was.CreationDate
		next.Doc.LastModifiedDate = wire.At(p.cfg.Now())
		return checkClient(tx, owner, next, "updating")
	})
	if err != nil {
		return nil, err
	}
	return p.tellClient(next)
}

// DeleteClient removes a client and the tokens that it was given.
func (p *Pools) DeleteClient(ctx context.Context, poolID, id string) error {
	return p.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if _, err := Find(tx, poolID); err != nil {
			return err
		}
		if _, err := FindClient(tx, poolID, id); err != nil {
			return err
		}
		if err := tx.DeleteClient(poolID, id); err != nil {
			return fmt.Errorf("delete client: %w", err)
		}
		return nil
	})
}

// Clients tells up to limit clients of a pool with ids after the given one.
func (p *Pools) Clients(ctx context.Context, poolID, after string, limit int) (list []*model.Client, err error) {
	err = p.cfg.Store.View(ctx, func(tx *store.Tx) error {
		if _, err := Find(tx, poolID); err != nil {
			return err
		}
		list, err = tx.Clients(poolID, after, limit)
		return err
	})
	return list, err
}

// changeClient is change for a client.
func (p *Pools) changeClient(ctx context.Context, poolID, id string, fn func(tx *store.Tx, owner *model.Pool, next *model.Client) error) (next *model.Client, err error) {
	for range maxTries {
		err = p.cfg.Store.Update(ctx, func(tx *store.Tx) error {
			owner, err := Find(tx, poolID)
			if err != nil {
				return err
			}
			was, err := FindClient(tx, poolID, id)
			if err != nil {
				return err
			}
			copied, doc := *was, *was.Doc
			next = &copied
			next.Doc = &doc
			if err := fn(tx, owner, next); err != nil {
				return err
			}
			return tx.SaveClient(next)
		})
		if !errors.Is(err, store.ErrNotFound) {
			return next, err
		}
	}
	return nil, overtaken.Because(err)
}

// clientSettings is what CreateUserPoolClient and UpdateUserPoolClient have in common.
type clientSettings = shape.UpdateUserPoolClientRequest

func clientSettingsOfNew(in *shape.CreateUserPoolClientRequest) clientSettings {
	return clientSettings{
		UserPoolId:                               in.UserPoolId,
		ClientName:                               in.ClientName,
		RefreshTokenValidity:                     in.RefreshTokenValidity,
		AccessTokenValidity:                      in.AccessTokenValidity,
		IdTokenValidity:                          in.IdTokenValidity,
		TokenValidityUnits:                       in.TokenValidityUnits,
		ReadAttributes:                           in.ReadAttributes,
		WriteAttributes:                          in.WriteAttributes,
		ExplicitAuthFlows:                        in.ExplicitAuthFlows,
		SupportedIdentityProviders:               in.SupportedIdentityProviders,
		CallbackURLs:                             in.CallbackURLs,
		LogoutURLs:                               in.LogoutURLs,
		DefaultRedirectURI:                       in.DefaultRedirectURI,
		AllowedOAuthFlows:                        in.AllowedOAuthFlows,
		AllowedOAuthScopes:                       in.AllowedOAuthScopes,
		AllowedOAuthFlowsUserPoolClient:          in.AllowedOAuthFlowsUserPoolClient,
		AnalyticsConfiguration:                   in.AnalyticsConfiguration,
		PreventUserExistenceErrors:               in.PreventUserExistenceErrors,
		EnableTokenRevocation:                    in.EnableTokenRevocation,
		EnablePropagateAdditionalUserContextData: in.EnablePropagateAdditionalUserContextData,
		AuthSessionValidity:                      in.AuthSessionValidity,
		RefreshTokenRotation:                     in.RefreshTokenRotation,
	}
}

// The defaults of a client.
const (
	defaultRefreshDays    = 30
	defaultSessionMinutes = 3
)

// clientDocument is the document of the settings, with the defaults that
// Cognito tells. It leaves others untold, as Cognito does: without
// ExplicitAuthFlows a client may use SRP and refresh, without
// PreventUserExistenceErrors it is LEGACY.
func clientDocument(in clientSettings) *shape.UserPoolClientType {
	doc := &shape.UserPoolClientType{
		UserPoolId:                               in.UserPoolId,
		ClientId:                                 in.ClientId,
		ClientName:                               in.ClientName,
		RefreshTokenValidity:                     or(in.RefreshTokenValidity, defaultRefreshDays),
		AccessTokenValidity:                      in.AccessTokenValidity,
		IdTokenValidity:                          in.IdTokenValidity,
		TokenValidityUnits:                       orNew(in.TokenValidityUnits),
		ReadAttributes:                           some(in.ReadAttributes),
		WriteAttributes:                          some(in.WriteAttributes),
		ExplicitAuthFlows:                        some(in.ExplicitAuthFlows),
		SupportedIdentityProviders:               some(in.SupportedIdentityProviders),
		CallbackURLs:                             some(in.CallbackURLs),
		LogoutURLs:                               some(in.LogoutURLs),
		DefaultRedirectURI:                       in.DefaultRedirectURI,
		AllowedOAuthFlows:                        some(in.AllowedOAuthFlows),
		AllowedOAuthScopes:                       some(in.AllowedOAuthScopes),
		AllowedOAuthFlowsUserPoolClient:          or(in.AllowedOAuthFlowsUserPoolClient, false),
		AnalyticsConfiguration:                   in.AnalyticsConfiguration,
		PreventUserExistenceErrors:               in.PreventUserExistenceErrors,
		EnableTokenRevocation:                    or(in.EnableTokenRevocation, true),
		EnablePropagateAdditionalUserContextData: or(in.EnablePropagateAdditionalUserContextData, false),
		AuthSessionValidity:                      or(in.AuthSessionValidity, defaultSessionMinutes),
		RefreshTokenRotation:                     in.RefreshTokenRotation,
	}
	if *doc.RefreshTokenValidity == 0 { // documented as 30 days, so the unit goes too
		units := *doc.TokenValidityUnits
		units.RefreshToken = nil
		doc.RefreshTokenValidity, doc.TokenValidityUnits = new(int32(defaultRefreshDays)), &units
	}
	return doc
}

// some is the list, or nil where it is empty: Cognito takes and tells an empty list as none.
func some(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	return list
}
