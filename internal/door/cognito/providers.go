package cognito

import (
	"context"

	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/flow/federation"
)

func (d *Door) createIdentityProvider(ctx context.Context, _ *call, in *shape.CreateIdentityProviderRequest) (*shape.CreateIdentityProviderResponse, error) {
	doc, err := d.Identity.Create(ctx, in)
	return &shape.CreateIdentityProviderResponse{IdentityProvider: doc}, err
}

func (d *Door) describeIdentityProvider(ctx context.Context, _ *call, in *shape.DescribeIdentityProviderRequest) (*shape.DescribeIdentityProviderResponse, error) {
	doc, err := d.Identity.Describe(ctx, *in.UserPoolId, *in.ProviderName)
	return &shape.DescribeIdentityProviderResponse{IdentityProvider: doc}, err
}

func (d *Door) getIdentityProviderByIdentifier(ctx context.Context, _ *call, in *shape.GetIdentityProviderByIdentifierRequest) (*shape.GetIdentityProviderByIdentifierResponse, error) {
	doc, err := d.Identity.Identified(ctx, *in.UserPoolId, *in.IdpIdentifier)
	return &shape.GetIdentityProviderByIdentifierResponse{IdentityProvider: doc}, err
}

func (d *Door) updateIdentityProvider(ctx context.Context, _ *call, in *shape.UpdateIdentityProviderRequest) (*shape.UpdateIdentityProviderResponse, error) {
	doc, err := d.Identity.Update(ctx, in)
	return &shape.UpdateIdentityProviderResponse{IdentityProvider: doc}, err
}

func (d *Door) deleteIdentityProvider(ctx context.Context, _ *call, in *shape.DeleteIdentityProviderRequest) error {
	return d.Identity.Delete(ctx, *in.UserPoolId, *in.ProviderName)
}

func (d *Door) listIdentityProviders(ctx context.Context, _ *call, in *shape.ListIdentityProvidersRequest) (*shape.ListIdentityProvidersResponse, error) {
	bind := []string{"ListIdentityProviders", *in.UserPoolId}
	after, err := d.after(in.NextToken, bind...)
	if err != nil {
		return nil, err
	}
	size := pageSize(in.MaxResults)
	list, err := d.Identity.List(ctx, *in.UserPoolId, after, size+1)
	list, next := page(d, list, size, func(p shape.ProviderDescription) string { return *p.ProviderName }, bind...)
	return &shape.ListIdentityProvidersResponse{Providers: list, NextToken: next}, err
}

func (d *Door) getSigningCertificate(ctx context.Context, _ *call, in *shape.GetSigningCertificateRequest) (*shape.GetSigningCertificateResponse, error) {
	certificate, err := d.Identity.SigningCertificate(ctx, *in.UserPoolId)
	return &shape.GetSigningCertificateResponse{Certificate: &certificate}, err
}

func (d *Door) adminLinkProviderForUser(ctx context.Context, _ *call, in *shape.AdminLinkProviderForUserRequest) (*shape.AdminLinkProviderForUserResponse, error) {
	return &shape.AdminLinkProviderForUserResponse{}, d.Identity.Link(ctx, in)
}

// adminDisableProviderForUser takes away a way to sign in: an identity of a
// provider, or of the pool's own users the password.
func (d *Door) adminDisableProviderForUser(ctx context.Context, _ *call, in *shape.AdminDisableProviderForUserRequest) (*shape.AdminDisableProviderForUserResponse, error) {
	out := new(shape.AdminDisableProviderForUserResponse)
	if federation.Native(wire.Of(in.User.ProviderName)) {
		return out, d.Accounts.AdminDisablePassword(ctx, targetOf(in.UserPoolId, in.User.ProviderAttributeValue))
	}
	return out, d.Identity.Unlink(ctx, *in.UserPoolId, in.User)
}
