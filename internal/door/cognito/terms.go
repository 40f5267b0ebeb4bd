package cognito

import (
	"context"

	"github.com/gatehouse-id/gatehouse/internal/base/shape"
)

func (d *Door) createTerms(ctx context.Context, _ *call, in *shape.CreateTermsRequest) (*shape.CreateTermsResponse, error) {
	terms, err := d.Branding.CreateTerms(ctx, in)
	return &shape.CreateTermsResponse{Terms: terms}, err
}

func (d *Door) describeTerms(ctx context.Context, _ *call, in *shape.DescribeTermsRequest) (*shape.DescribeTermsResponse, error) {
	terms, err := d.Branding.Terms(ctx, *in.UserPoolId, *in.TermsId)
	return &shape.DescribeTermsResponse{Terms: terms}, err
}

func (d *Door) updateTerms(ctx context.Context, _ *call, in *shape.UpdateTermsRequest) (*shape.UpdateTermsResponse, error) {
	terms, err := d.Branding.UpdateTerms(ctx, in)
	return &shape.UpdateTermsResponse{Terms: terms}, err
}

func (d *Door) deleteTerms(ctx context.Context, _ *call, in *shape.DeleteTermsRequest) error {
	return d.Branding.DeleteTerms(ctx, *in.UserPoolId, *in.TermsId)
}

func (d *Door) listTerms(ctx context.Context, _ *call, in *shape.ListTermsRequest) (*shape.ListTermsResponse, error) {
	bind := []string{"ListTerms", *in.UserPoolId}
	after, err := d.after(in.NextToken, bind...)
	if err != nil {
		return nil, err
	}
	size := pageSize(in.MaxResults)
	list, err := d.Branding.ListTerms(ctx, *in.UserPoolId, after, size+1)
	if err != nil {
		return nil, err
	}
	list, next := page(d, list, size, func(t *shape.TermsType) string { return *t.TermsId }, bind...)
	out := &shape.ListTermsResponse{Terms: []shape.TermsDescriptionType{}, NextToken: next}
	for _, t := range list {
		out.Terms = append(out.Terms, shape.TermsDescriptionType{
			TermsId: t.TermsId, TermsName: t.TermsName, Enforcement: t.Enforcement,
			CreationDate: t.CreationDate, LastModifiedDate: t.LastModifiedDate,
		})
	}
	return out, nil
}
