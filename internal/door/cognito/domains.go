package cognito

import (
	"context"

	"github.com/gatehouse-id/gatehouse/internal/base/shape"
)

func (d *Door) createUserPoolDomain(ctx context.Context, _ *call, in *shape.CreateUserPoolDomainRequest) (*shape.CreateUserPoolDomainResponse, error) {
	doc, err := d.Pools.CreateDomain(ctx, in)
	if err != nil {
		return nil, err
	}
	return &shape.CreateUserPoolDomainResponse{
		CloudFrontDomain: aliasTarget(doc), ManagedLoginVersion: doc.ManagedLoginVersion, Routing: doc.Routing,
	}, nil
}

func (d *Door) describeUserPoolDomain(ctx context.Context, _ *call, in *shape.DescribeUserPoolDomainRequest) (*shape.DescribeUserPoolDomainResponse, error) {
	doc, err := d.Pools.Domain(ctx, *in.Domain)
	return &shape.DescribeUserPoolDomainResponse{DomainDescription: doc}, err
}

func (d *Door) updateUserPoolDomain(ctx context.Context, _ *call, in *shape.UpdateUserPoolDomainRequest) (*shape.UpdateUserPoolDomainResponse, error) {
	doc, err := d.Pools.UpdateDomain(ctx, in)
	if err != nil {
		return nil, err
	}
	return &shape.UpdateUserPoolDomainResponse{
		CloudFrontDomain: aliasTarget(doc), ManagedLoginVersion: doc.ManagedLoginVersion, Routing: doc.Routing,
	}, nil
}

func (d *Door) deleteUserPoolDomain(ctx context.Context, _ *call, in *shape.DeleteUserPoolDomainRequest) (*shape.DeleteUserPoolDomainResponse, error) {
	return &shape.DeleteUserPoolDomainResponse{}, d.Pools.DeleteDomain(ctx, *in.UserPoolId, *in.Domain)
}

// aliasTarget is where a custom domain is to point: this server. A prefix needs no such record.
func aliasTarget(doc *shape.DomainDescriptionType) *string {
	if doc.CustomDomainConfig == nil {
		return nil
	}
	return doc.CloudFrontDistribution
}
