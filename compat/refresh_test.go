package compat

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

func TestRefresh(t *testing.T) {
	t.Parallel()
	eachMode(t, func(t *testing.T, s *server) {
		p := newPool(t, s)
		p.join(t, "ann", good)
		t.Run("gives new tokens, and no new refresh token", func(t *testing.T) {
			first := p.enter(t, "ann", good)
			out, err := p.refresh(first.RefreshToken)
			if err != nil {
				t.Fatalf("REFRESH_TOKEN_AUTH: %v", err)
			}
			if out.RefreshToken != nil {
				t.Error("got a new refresh token, want none without rotation")
			}
			if a, b := claims(t, first.AccessToken)["origin_jti"], claims(t, out.AccessToken)["origin_jti"]; a != b || a == nil {
				t.Errorf("origin_jti is %v after %v, want the same", b, a)
			}
			if _, err := p.GetUser(p.ctx, &idp.GetUserInput{AccessToken: out.AccessToken}); err != nil {
				t.Errorf("GetUser with the new access token: %v", err)
			}
		})
		t.Run("ends with RevokeToken, and so do the access tokens", func(t *testing.T) {
			tokens, other := p.enter(t, "ann", good), p.enter(t, "ann", good)
			if _, err := p.RevokeToken(p.ctx, &idp.RevokeTokenInput{ClientId: p.clientID, Token: tokens.RefreshToken}); err != nil {
				t.Fatalf("RevokeToken: %v", err)
			}
			_, err := p.refresh(tokens.RefreshToken)
			wantFault[*types.NotAuthorizedException](t, err, "Refresh Token has been revoked")
			_, err = p.GetUser(p.ctx, &idp.GetUserInput{AccessToken: tokens.AccessToken})
			wantFault[*types.NotAuthorizedException](t, err, "Access Token has been revoked")
			if _, err := p.refresh(other.RefreshToken); err != nil {
				t.Errorf("another sign-in of the same user must go on: %v", err)
			}
		})
		t.Run("ends everywhere with GlobalSignOut", func(t *testing.T) {
			here, there := p.enter(t, "ann", good), p.enter(t, "ann", good)
			if _, err := p.GlobalSignOut(p.ctx, &idp.GlobalSignOutInput{AccessToken: here.AccessToken}); err != nil {
				t.Fatalf("GlobalSignOut: %v", err)
			}
			_, err := p.refresh(there.RefreshToken)
			wantFault[*types.NotAuthorizedException](t, err, "Refresh Token has been revoked")
			_, err = p.GetUser(p.ctx, &idp.GetUserInput{AccessToken: there.AccessToken})
			wantFault[*types.NotAuthorizedException](t, err, "Access Token has been revoked")
			p.enter(t, "ann", good)
		})
		t.Run("refuses what is no refresh token", func(t *testing.T) {
			_, err := p.refresh(aws.String("not.a.token"))
			wantFault[*types.NotAuthorizedException](t, err, "Invalid Refresh Token")
		})
	})
}

func TestRotation(t *testing.T) {
	t.Parallel()
	p := newPool(t, signed(t))
	p.join(t, "ann", good)
	p.clientID = p.newClient(t, func(in *idp.CreateUserPoolClientInput) {
		in.ExplicitAuthFlows = []types.ExplicitAuthFlowsType{types.ExplicitAuthFlowsTypeAllowUserPasswordAuth}
		in.RefreshTokenRotation = &types.RefreshTokenRotationType{Feature: types.FeatureTypeEnabled, RetryGracePeriodSeconds: aws.Int32(0)}
	}).ClientId
	first := p.enter(t, "ann", good)
	second, err := p.rotate(first.RefreshToken)
	if err != nil {
		t.Fatalf("GetTokensFromRefreshToken: %v", err)
	}
	if aws.ToString(second.RefreshToken) == "" || *second.RefreshToken == *first.RefreshToken {
		t.Fatal("got no new refresh token, want one for each use")
	}
	third, err := p.rotate(second.RefreshToken)
	if err != nil {
		t.Fatalf("GetTokensFromRefreshToken with the second: %v", err)
	}
	t.Run("notices a token that is used twice", func(t *testing.T) {
		_, err := p.rotate(first.RefreshToken)
		var reuse *types.RefreshTokenReuseException
		if !asFault(err, &reuse) {
			t.Fatalf("got %v, want RefreshTokenReuseException", err)
		}
	})
	t.Run("and ends the chain, because one of its two holders is a thief", func(t *testing.T) {
		if _, err := p.rotate(third.RefreshToken); err == nil {
			t.Fatal("the newest token of the chain still works")
		}
		if _, err := p.GetUser(p.ctx, &idp.GetUserInput{AccessToken: third.AccessToken}); err == nil {
			t.Error("the newest access token of the chain still works")
		}
		p.enter(t, "ann", good)
	})
}

func (p *pool) refresh(token *string) (*types.AuthenticationResultType, error) {
	out, err := p.InitiateAuth(p.ctx, &idp.InitiateAuthInput{
		ClientId: p.clientID, AuthFlow: types.AuthFlowTypeRefreshTokenAuth,
		AuthParameters: map[string]string{"REFRESH_TOKEN": aws.ToString(token)},
	})
	if err != nil {
		return nil, err
	}
	return out.AuthenticationResult, nil
}

func (p *pool) rotate(token *string) (*types.AuthenticationResultType, error) {
	out, err := p.GetTokensFromRefreshToken(p.ctx, &idp.GetTokensFromRefreshTokenInput{ClientId: p.clientID, RefreshToken: token})
	if err != nil {
		return nil, err
	}
	return out.AuthenticationResult, nil
}
