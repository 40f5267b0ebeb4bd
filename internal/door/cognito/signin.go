package cognito

import (
	"context"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/flow/signin"
)

func (d *Door) initiateAuth(ctx context.Context, c *call, in *shape.InitiateAuthRequest) (*shape.InitiateAuthResponse, error) {
	o, err := d.Signin.Start(ctx, signin.Attempt{
		ClientID:   *in.ClientId,
		Flow:       *in.AuthFlow,
		Session:    wire.Of(in.Session),
		Parameters: in.AuthParameters,
		Metadata:   in.ClientMetadata,
		Origin:     c.Origin,
	})
	if err != nil {
		return nil, err
	}
	out := started(o)
	return (*shape.InitiateAuthResponse)(&out), nil
}

func (d *Door) adminInitiateAuth(ctx context.Context, c *call, in *shape.AdminInitiateAuthRequest) (*shape.AdminInitiateAuthResponse, error) {
	from, err := d.told(ctx, c.Origin, *in.UserPoolId, *in.ClientId, in.AuthParameters[usernameParameter], in.ContextData)
	if err != nil {
		return nil, err
	}
	o, err := d.Signin.Start(ctx, signin.Attempt{
		Admin:      true,
		PoolID:     *in.UserPoolId,
		ClientID:   *in.ClientId,
		Flow:       *in.AuthFlow,
		Session:    wire.Of(in.Session),
		Parameters: in.AuthParameters,
		Metadata:   in.ClientMetadata,
		Origin:     from,
	})
	if err != nil {
		return nil, err
	}
	out := started(o)
	return &out, nil
}

func (d *Door) respondToAuthChallenge(ctx context.Context, c *call, in *shape.RespondToAuthChallengeRequest) (*shape.RespondToAuthChallengeResponse, error) {
	o, err := d.Signin.Answer(ctx, signin.Answer{
		ClientID:  *in.ClientId,
		Challenge: *in.ChallengeName,
		Session:   wire.Of(in.Session),
		Responses: in.ChallengeResponses,
		Metadata:  in.ClientMetadata,
		Origin:    c.Origin,
	})
	if err != nil {
		return nil, err
	}
	out := answered(o)
	return (*shape.RespondToAuthChallengeResponse)(&out), nil
}

func (d *Door) adminRespondToAuthChallenge(ctx context.Context, c *call, in *shape.AdminRespondToAuthChallengeRequest) (*shape.AdminRespondToAuthChallengeResponse, error) {
	from, err := d.told(ctx, c.Origin, *in.UserPoolId, *in.ClientId, in.ChallengeResponses[usernameParameter], in.ContextData)
	if err != nil {
		return nil, err
	}
	o, err := d.Signin.Answer(ctx, signin.Answer{
		Admin:     true,
		PoolID:    *in.UserPoolId,
		ClientID:  *in.ClientId,
		Challenge: *in.ChallengeName,
		Session:   wire.Of(in.Session),
		Responses: in.ChallengeResponses,
		Metadata:  in.ClientMetadata,
		Origin:    from,
	})
	if err != nil {
		return nil, err
	}
	out := answered(o)
	return &out, nil
}

func (d *Door) getTokensFromRefreshToken(ctx context.Context, c *call, in *shape.GetTokensFromRefreshTokenRequest) (*shape.GetTokensFromRefreshTokenResponse, error) {
	o, err := d.Signin.Renew(ctx, signin.Renewal{
		ClientID:     *in.ClientId,
		ClientSecret: wire.Of(in.ClientSecret),
		Token:        *in.RefreshToken,
		DeviceKey:    wire.Of(in.DeviceKey),
		Metadata:     in.ClientMetadata,
		Origin:       c.Origin,
	})
	if err != nil {
		return nil, err
	}
	return &shape.GetTokensFromRefreshTokenResponse{AuthenticationResult: tokens(o.Tokens)}, nil
}

func (d *Door) revokeToken(ctx context.Context, _ *call, in *shape.RevokeTokenRequest) (*shape.RevokeTokenResponse, error) {
	return &shape.RevokeTokenResponse{}, d.Signin.Revoke(ctx, *in.ClientId, wire.Of(in.ClientSecret), *in.Token)
}

func (d *Door) globalSignOut(ctx context.Context, c *call, _ *shape.GlobalSignOutRequest) (*shape.GlobalSignOutResponse, error) {
	return &shape.GlobalSignOutResponse{}, d.Signin.SignOut(ctx, c.Bearer.Pool, c.Bearer.User.Sub)
}

func (d *Door) adminUserGlobalSignOut(ctx context.Context, _ *call, in *shape.AdminUserGlobalSignOutRequest) (*shape.AdminUserGlobalSignOutResponse, error) {
	p, err := d.Pools.Pool(ctx, *in.UserPoolId)
	if err != nil {
		return nil, err
	}
	var u *model.User
	err = d.Store.View(ctx, func(tx *store.Tx) error {
		u, err = findMember(tx, p.ID, *in.Username)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &shape.AdminUserGlobalSignOutResponse{}, d.Signin.SignOut(ctx, p, u.Sub)
}

// started is the answer to the beginning of a sign-in.
func started(o *signin.Outcome) shape.AdminInitiateAuthResponse {
	a := answered(o)
	return shape.AdminInitiateAuthResponse{
		ChallengeName:        a.ChallengeName,
		Session:              a.Session,
		ChallengeParameters:  a.ChallengeParameters,
		AvailableChallenges:  o.Available,
		AuthenticationResult: a.AuthenticationResult,
	}
}

// answered is the answer to the answer to a challenge: the next challenge, or
// tokens with empty parameters, which clients expect to be there.
func answered(o *signin.Outcome) shape.AdminRespondToAuthChallengeResponse {
	out := shape.AdminRespondToAuthChallengeResponse{
		ChallengeParameters:  o.Parameters,
		AuthenticationResult: tokens(o.Tokens),
	}
	if out.ChallengeParameters == nil {
		out.ChallengeParameters = map[string]string{}
	}
	if o.Challenge != "" {
		out.ChallengeName = &o.Challenge
	}
	if o.Session != "" {
		out.Session = &o.Session
	}
	return out
}

func tokens(t *signin.Tokens) *shape.AuthenticationResultType {
	if t == nil {
		return nil
	}
	out := &shape.AuthenticationResultType{
		AccessToken: &t.Access,
		IdToken:     &t.ID,
		ExpiresIn:   new(int32(t.ExpiresIn / time.Second)),
		TokenType:   new("Bearer"),
	}
	if t.Refresh != "" {
		out.RefreshToken = &t.Refresh
	}
	if n := t.NewDevice; n != nil {
		out.NewDeviceMetadata = &shape.NewDeviceMetadataType{DeviceKey: &n.Key, DeviceGroupKey: &n.GroupKey}
	}
	return out
}
