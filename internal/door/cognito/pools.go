package cognito

import (
	"context"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/report"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
)

func (d *Door) createUserPool(ctx context.Context, _ *call, in *shape.CreateUserPoolRequest) (*shape.CreateUserPoolResponse, error) {
	made, err := d.Pools.Create(ctx, in)
	if err != nil {
		return nil, err
	}
	report.From(ctx).Pool(made.ID)
	return &shape.CreateUserPoolResponse{UserPool: made.Doc}, nil
}

func (d *Door) describeUserPool(ctx context.Context, _ *call, in *shape.DescribeUserPoolRequest) (*shape.DescribeUserPoolResponse, error) {
	doc, err := d.Pools.Describe(ctx, *in.UserPoolId)
	if err != nil {
		return nil, err
	}
	return &shape.DescribeUserPoolResponse{UserPool: doc}, nil
}

func (d *Door) updateUserPool(ctx context.Context, _ *call, in *shape.UpdateUserPoolRequest) (*shape.UpdateUserPoolResponse, error) {
	_, err := d.Pools.Update(ctx, in)
	return &shape.UpdateUserPoolResponse{}, err
}

func (d *Door) deleteUserPool(ctx context.Context, _ *call, in *shape.DeleteUserPoolRequest) error {
	return d.Pools.Delete(ctx, *in.UserPoolId)
}

func (d *Door) listUserPools(ctx context.Context, _ *call, in *shape.ListUserPoolsRequest) (*shape.ListUserPoolsResponse, error) {
	const list = "ListUserPools"
	after, err := d.after(in.NextToken, list)
	if err != nil {
		return nil, err
	}
	size := pageSize(in.MaxResults)
	pools, err := d.Pools.List(ctx, after, size+1)
	if err != nil {
		return nil, err
	}
	pools, next := page(d, pools, size, func(p *model.Pool) string { return p.ID }, list)
	out := &shape.ListUserPoolsResponse{UserPools: []shape.UserPoolDescriptionType{}, NextToken: next}
	for _, p := range pools {
		out.UserPools = append(out.UserPools, shape.UserPoolDescriptionType{
			Id:               p.Doc.Id,
			Name:             p.Doc.Name,
			LambdaConfig:     p.Doc.LambdaConfig,
			LastModifiedDate: p.Doc.LastModifiedDate,
			CreationDate:     p.Doc.CreationDate,
		})
	}
	return out, nil
}

func (d *Door) addCustomAttributes(ctx context.Context, _ *call, in *shape.AddCustomAttributesRequest) (*shape.AddCustomAttributesResponse, error) {
	return &shape.AddCustomAttributesResponse{}, d.Pools.AddAttributes(ctx, *in.UserPoolId, in.CustomAttributes)
}

func (d *Door) getUserPoolMfaConfig(ctx context.Context, _ *call, in *shape.GetUserPoolMfaConfigRequest) (*shape.GetUserPoolMfaConfigResponse, error) {
	found, err := d.Pools.Pool(ctx, *in.UserPoolId)
	if err != nil {
		return nil, err
	}
	out := shape.GetUserPoolMfaConfigResponse(*found.MFA)
	return &out, nil
}

func (d *Door) setUserPoolMfaConfig(ctx context.Context, _ *call, in *shape.SetUserPoolMfaConfigRequest) (*shape.SetUserPoolMfaConfigResponse, error) {
	return d.Pools.SetMFA(ctx, in)
}

func (d *Door) tagResource(ctx context.Context, _ *call, in *shape.TagResourceRequest) (*shape.TagResourceResponse, error) {
	return &shape.TagResourceResponse{}, d.Pools.Tag(ctx, *in.ResourceArn, in.Tags)
}

func (d *Door) untagResource(ctx context.Context, _ *call, in *shape.UntagResourceRequest) (*shape.UntagResourceResponse, error) {
	return &shape.UntagResourceResponse{}, d.Pools.Untag(ctx, *in.ResourceArn, in.TagKeys)
}

func (d *Door) listTagsForResource(ctx context.Context, _ *call, in *shape.ListTagsForResourceRequest) (*shape.ListTagsForResourceResponse, error) {
	tags, err := d.Pools.Tags(ctx, *in.ResourceArn)
	return &shape.ListTagsForResourceResponse{Tags: tags}, err
}
