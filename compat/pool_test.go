package compat

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/smithy-go"
)

const (
	good   = "Quiet-Harbour-71-lanterns"
	better = "Slow-Copper-39-windmills"
	leaked = "Password123!"
)

// connect makes the SDK's client as an application would, with these credentials.
func (s *server) connect(t *testing.T, keyID, secret string) *idp.Client {
	t.Helper()
	cfg, err := config.LoadDefaultConfig(t.Context(),
		config.WithRegion("us-east-1"),
		config.WithBaseEndpoint(s.url),
		config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(keyID, secret, "")),
		config.WithRetryMaxAttempts(1), // an error that goes away by itself is a bug too
	)
	if err != nil {
		t.Fatal(err)
	}
	return idp.NewFromConfig(cfg)
}

// pool is a user pool of one story, with the SDK's client to reach it.
type pool struct {
	*idp.Client
	ctx      context.Context
	server   *server
	id       *string
	clientID *string
}

// newPool makes a pool that enforces the refusal of leaked passwords, with one public client.
func newPool(t *testing.T, s *server, options ...func(*idp.CreateUserPoolInput)) *pool {
	t.Helper()
	p := &pool{Client: s.connect(t, s.id, s.secret), ctx: t.Context(), server: s}
	in := &idp.CreateUserPoolInput{
		PoolName:               aws.String(strings.ReplaceAll(strings.ReplaceAll(t.Name(), "/", " "), "_", " ")),
		UserPoolTier:           types.UserPoolTierTypePlus,
		UserPoolAddOns:         &types.UserPoolAddOnsType{AdvancedSecurityMode: types.AdvancedSecurityModeTypeEnforced},
		AutoVerifiedAttributes: []types.VerifiedAttributeType{types.VerifiedAttributeTypeEmail},
	}
	if len(*in.PoolName) > 128 {
		in.PoolName = aws.String((*in.PoolName)[:128])
	}
	in.PoolName = aws.String(strings.Map(onlyPoolName, *in.PoolName))
	for _, option := range options {
		option(in)
	}
	out, err := p.CreateUserPool(p.ctx, in)
	if err != nil {
		t.Fatalf("CreateUserPool: %v", err)
	}
	p.id = out.UserPool.Id
	p.clientID = p.newClient(t, nil).ClientId
	_, err = p.SetRiskConfiguration(p.ctx, &idp.SetRiskConfigurationInput{
		UserPoolId: p.id,
		CompromisedCredentialsRiskConfiguration: &types.CompromisedCredentialsRiskConfigurationType{
			Actions: &types.CompromisedCredentialsActionsType{EventAction: types.CompromisedCredentialsEventActionTypeBlock},
		},
	})
	if err != nil {
		t.Fatalf("SetRiskConfiguration: %v", err)
	}
	return p
}

// onlyPoolName keeps what the API allows in the name of a pool.
func onlyPoolName(r rune) rune {
	if strings.ContainsRune(" +=,.@-", r) || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
		return r
	}
	return -1
}

// newClient makes an app client for every password flow, changed by option.
func (p *pool) newClient(t *testing.T, option func(*idp.CreateUserPoolClientInput)) *types.UserPoolClientType {
	t.Helper()
	in := &idp.CreateUserPoolClientInput{
		UserPoolId: p.id,
		ClientName: aws.String("app"),
		ExplicitAuthFlows: []types.ExplicitAuthFlowsType{
			types.ExplicitAuthFlowsTypeAllowUserPasswordAuth,
			types.ExplicitAuthFlowsTypeAllowAdminUserPasswordAuth,
			types.ExplicitAuthFlowsTypeAllowUserSrpAuth,
			types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth,
		},
		PreventUserExistenceErrors: types.PreventUserExistenceErrorTypesEnabled,
	}
	if option != nil {
		option(in)
	}
	out, err := p.CreateUserPoolClient(p.ctx, in)
	if err != nil {
		t.Fatalf("CreateUserPoolClient: %v", err)
	}
	return out.UserPoolClient
}

// signUp asks for an account.
func (p *pool) signUp(name, password string) error {
	_, err := p.SignUp(p.ctx, &idp.SignUpInput{
		ClientId: p.clientID, Username: &name, Password: &password,
		UserAttributes: []types.AttributeType{{Name: aws.String("email"), Value: aws.String(name + "@example.com")}},
	})
	return err
}

// join makes a confirmed user.
func (p *pool) join(t *testing.T, name, password string) {
	t.Helper()
	if err := p.signUp(name, password); err != nil {
		t.Fatalf("SignUp %s: %v", name, err)
	}
	if _, err := p.AdminConfirmSignUp(p.ctx, &idp.AdminConfirmSignUpInput{UserPoolId: p.id, Username: &name}); err != nil {
		t.Fatalf("AdminConfirmSignUp %s: %v", name, err)
	}
}

// signIn sends name and password.
func (p *pool) signIn(name, password string) (*idp.InitiateAuthOutput, error) {
	return p.InitiateAuth(p.ctx, &idp.InitiateAuthInput{
		ClientId: p.clientID, AuthFlow: types.AuthFlowTypeUserPasswordAuth,
		AuthParameters: map[string]string{"USERNAME": name, "PASSWORD": password},
	})
}

// enter signs in and returns the tokens.
func (p *pool) enter(t *testing.T, name, password string) *types.AuthenticationResultType {
	t.Helper()
	out, err := p.signIn(name, password)
	if err != nil {
		t.Fatalf("sign in as %s: %v", name, err)
	}
	if out.AuthenticationResult == nil {
		t.Fatalf("sign in as %s: no tokens but challenge %q", name, out.ChallengeName)
	}
	return out.AuthenticationResult
}

// status is what AdminGetUser says of a user.
func (p *pool) status(t *testing.T, name string) types.UserStatusType {
	t.Helper()
	out, err := p.AdminGetUser(p.ctx, &idp.AdminGetUserInput{UserPoolId: p.id, Username: &name})
	if err != nil {
		t.Fatalf("AdminGetUser %s: %v", name, err)
	}
	return out.UserStatus
}

// setPassword sets a password as an administrator, who may set any.
func (p *pool) setPassword(t *testing.T, name, password string, permanent bool) {
	t.Helper()
	_, err := p.AdminSetUserPassword(p.ctx, &idp.AdminSetUserPasswordInput{
		UserPoolId: p.id, Username: &name, Password: &password, Permanent: permanent,
	})
	if err != nil {
		t.Fatalf("AdminSetUserPassword %s: %v", name, err)
	}
}

// wantFault wants the SDK to have made this typed error of the answer, with this text.
func wantFault[E smithy.APIError](t *testing.T, err error, message string) {
	t.Helper()
	var fault E
	if !errors.As(err, &fault) {
		t.Fatalf("got error %v, want %T", err, fault)
	}
	if got := fault.ErrorMessage(); got != message {
		t.Errorf("got message %q, want %q", got, message)
	}
}

// wantCode wants an error that the SDK has no type for.
func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	var fault smithy.APIError
	if !errors.As(err, &fault) || fault.ErrorCode() != code {
		t.Fatalf("got error %v, want %s", err, code)
	}
}
