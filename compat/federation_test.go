package compat

import (
	"crypto/x509"
	"encoding/base64"
	"errors"
	"maps"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// What federation stands on goes through the SDK and comes back as it was set.
func TestFederationSettings(t *testing.T) {
	eachMode(t, func(t *testing.T, s *server) {
		p := newPool(t, s)
		t.Run("an identity provider", p.identityProvider)
		t.Run("a resource server", p.resourceServer)
		t.Run("a domain", p.domain)
		t.Run("a certificate", p.certificate)
	})
}

func (p *pool) identityProvider(t *testing.T) {
	given := map[string]string{
		"client_id": "one", "client_secret": "hush", "authorize_scopes": "openid email",
		"oidc_issuer": "https://login.example.com", "attributes_request_method": "GET",
	}
	_, err := p.CreateIdentityProvider(p.ctx, &idp.CreateIdentityProviderInput{
		UserPoolId: p.id, ProviderName: aws.String("Example"), ProviderType: types.IdentityProviderTypeTypeOidc,
		ProviderDetails: given, AttributeMapping: map[string]string{"email": "mail"}, IdpIdentifiers: []string{"example.com"},
	})
	if err != nil {
		t.Fatalf("CreateIdentityProvider: %v", err)
	}
	told, err := p.GetIdentityProviderByIdentifier(p.ctx, &idp.GetIdentityProviderByIdentifierInput{UserPoolId: p.id, IdpIdentifier: aws.String("example.com")})
	if err != nil {
		t.Fatalf("GetIdentityProviderByIdentifier: %v", err)
	}
	want := maps.Clone(given)
	want["attributes_url_add_attributes"] = "false"
	if got := told.IdentityProvider.ProviderDetails; !maps.Equal(got, want) {
		t.Errorf("the details are %v, want %v", got, want)
	}
	if got, want := told.IdentityProvider.AttributeMapping, map[string]string{"email": "mail", "username": "sub"}; !maps.Equal(got, want) {
		t.Errorf("the mapping is %v, want %v", got, want)
	}
	p.link(t)
	if _, err := p.DeleteIdentityProvider(p.ctx, &idp.DeleteIdentityProviderInput{UserPoolId: p.id, ProviderName: aws.String("Example")}); err != nil {
		t.Errorf("DeleteIdentityProvider: %v", err)
	}
	_, err = p.DescribeIdentityProvider(p.ctx, &idp.DescribeIdentityProviderInput{UserPoolId: p.id, ProviderName: aws.String("Example")})
	if gone := new(types.ResourceNotFoundException); !errors.As(err, &gone) {
		t.Errorf("a deleted provider: got %v", err)
	}
}

// link gives a user an identity of the provider, which the user tells from then on.
func (p *pool) link(t *testing.T) {
	_, err := p.AdminCreateUser(p.ctx, &idp.AdminCreateUserInput{UserPoolId: p.id, Username: aws.String("linked"), MessageAction: types.MessageActionTypeSuppress})
	if err != nil {
		t.Fatalf("AdminCreateUser: %v", err)
	}
	source := &types.ProviderUserIdentifierType{
		ProviderName: aws.String("Example"), ProviderAttributeName: aws.String("Cognito_Subject"), ProviderAttributeValue: aws.String("1234"),
	}
	in := &idp.AdminLinkProviderForUserInput{
		UserPoolId: p.id, SourceUser: source,
		DestinationUser: &types.ProviderUserIdentifierType{ProviderName: aws.String("Cognito"), ProviderAttributeValue: aws.String("linked")},
	}
	if _, err := p.AdminLinkProviderForUser(p.ctx, in); err != nil {
		t.Fatalf("AdminLinkProviderForUser: %v", err)
	}
	u, err := p.AdminGetUser(p.ctx, &idp.AdminGetUserInput{UserPoolId: p.id, Username: aws.String("Example_1234")})
	if err != nil || *u.Username != "linked" {
		t.Errorf("the name of the identity finds %+v, %v", u, err)
	}
	_, err = p.AdminLinkProviderForUser(p.ctx, in)
	if refused := new(types.InvalidParameterException); !errors.As(err, &refused) {
		t.Errorf("linked twice: got %v", err)
	}
	if _, err := p.AdminDisableProviderForUser(p.ctx, &idp.AdminDisableProviderForUserInput{UserPoolId: p.id, User: source}); err != nil {
		t.Errorf("AdminDisableProviderForUser: %v", err)
	}
}

func (p *pool) resourceServer(t *testing.T) {
	_, err := p.CreateResourceServer(p.ctx, &idp.CreateResourceServerInput{
		UserPoolId: p.id, Identifier: aws.String("https://api.example.com"), Name: aws.String("API"),
		Scopes: []types.ResourceServerScopeType{{ScopeName: aws.String("read"), ScopeDescription: aws.String("Reads")}},
	})
	if err != nil {
		t.Fatalf("CreateResourceServer: %v", err)
	}
	list, err := p.ListResourceServers(p.ctx, &idp.ListResourceServersInput{UserPoolId: p.id, MaxResults: aws.Int32(50)})
	if err != nil || len(list.ResourceServers) != 1 || *list.ResourceServers[0].Scopes[0].ScopeName != "read" {
		t.Errorf("ListResourceServers: %+v, %v", list, err)
	}
	c := p.newClient(t, func(in *idp.CreateUserPoolClientInput) {
		in.AllowedOAuthScopes = []string{"openid", "https://api.example.com/read"}
	})
	if len(c.AllowedOAuthScopes) != 2 {
		t.Errorf("the client may ask for %v", c.AllowedOAuthScopes)
	}
	_, err = p.UpdateUserPoolClient(p.ctx, &idp.UpdateUserPoolClientInput{UserPoolId: p.id, ClientId: c.ClientId, AllowedOAuthScopes: []string{"https://api.example.com/write"}})
	if refused := new(types.ScopeDoesNotExistException); !errors.As(err, &refused) {
		t.Errorf("an unknown scope: got %v", err)
	}
}

func (p *pool) domain(t *testing.T) {
	name := aws.String("auth.example.com")
	certificate := &types.CustomDomainConfigType{CertificateArn: aws.String("arn:aws:acm:us-east-1:000000000000:certificate/one")}
	if _, err := p.CreateUserPoolDomain(p.ctx, &idp.CreateUserPoolDomainInput{UserPoolId: p.id, Domain: name, CustomDomainConfig: certificate}); err != nil {
		t.Fatalf("CreateUserPoolDomain: %v", err)
	}
	told, err := p.DescribeUserPoolDomain(p.ctx, &idp.DescribeUserPoolDomainInput{Domain: name})
	if err != nil || told.DomainDescription.Status != types.DomainStatusTypeActive || *told.DomainDescription.CustomDomainConfig.CertificateArn != *certificate.CertificateArn {
		t.Errorf("DescribeUserPoolDomain: %+v, %v", told.DomainDescription, err)
	}
	if _, err := p.DeleteUserPoolDomain(p.ctx, &idp.DeleteUserPoolDomainInput{UserPoolId: p.id, Domain: name}); err != nil {
		t.Fatalf("DeleteUserPoolDomain: %v", err)
	}
	gone, err := p.DescribeUserPoolDomain(p.ctx, &idp.DescribeUserPoolDomainInput{Domain: name})
	if err != nil || gone.DomainDescription.Status != "" {
		t.Errorf("a deleted domain: %+v, %v", gone, err)
	}
}

func (p *pool) certificate(t *testing.T) {
	out, err := p.GetSigningCertificate(p.ctx, &idp.GetSigningCertificateInput{UserPoolId: p.id})
	if err != nil {
		t.Fatalf("GetSigningCertificate: %v", err)
	}
	der, err := base64.StdEncoding.DecodeString(*out.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := x509.ParseCertificate(der); err != nil || c.Subject.CommonName != *p.id {
		t.Errorf("got %+v, %v", c, err)
	}
}
