package cognito

import (
	"context"

	"github.com/gatehouse-id/gatehouse/internal/base/shape"
)

// brandingBody is the size of a request that Cognito takes for a style, in bytes:
// pictures travel in it.
const brandingBody = 2 << 20

func (d *Door) createManagedLoginBranding(ctx context.Context, _ *call, in *shape.CreateManagedLoginBrandingRequest) (*shape.CreateManagedLoginBrandingResponse, error) {
	style, err := d.Branding.CreateStyle(ctx, in)
	return &shape.CreateManagedLoginBrandingResponse{ManagedLoginBranding: style}, err
}

func (d *Door) describeManagedLoginBranding(ctx context.Context, _ *call, in *shape.DescribeManagedLoginBrandingRequest) (*shape.DescribeManagedLoginBrandingResponse, error) {
	style, err := d.Branding.Style(ctx, *in.UserPoolId, *in.ManagedLoginBrandingId)
	return &shape.DescribeManagedLoginBrandingResponse{ManagedLoginBranding: style}, err
}

func (d *Door) describeManagedLoginBrandingByClient(ctx context.Context, _ *call, in *shape.DescribeManagedLoginBrandingByClientRequest) (*shape.DescribeManagedLoginBrandingByClientResponse, error) {
	style, err := d.Branding.StyleOfClient(ctx, *in.UserPoolId, *in.ClientId)
	return &shape.DescribeManagedLoginBrandingByClientResponse{ManagedLoginBranding: style}, err
}

func (d *Door) updateManagedLoginBranding(ctx context.Context, _ *call, in *shape.UpdateManagedLoginBrandingRequest) (*shape.UpdateManagedLoginBrandingResponse, error) {
	style, err := d.Branding.UpdateStyle(ctx, in)
	return &shape.UpdateManagedLoginBrandingResponse{ManagedLoginBranding: style}, err
}

func (d *Door) deleteManagedLoginBranding(ctx context.Context, _ *call, in *shape.DeleteManagedLoginBrandingRequest) error {
	return d.Branding.DeleteStyle(ctx, *in.UserPoolId, *in.ManagedLoginBrandingId)
}

func (d *Door) setUICustomization(ctx context.Context, _ *call, in *shape.SetUICustomizationRequest) (*shape.SetUICustomizationResponse, error) {
	look, err := d.Branding.SetClassic(ctx, in)
	return &shape.SetUICustomizationResponse{UICustomization: look}, err
}

func (d *Door) getUICustomization(ctx context.Context, _ *call, in *shape.GetUICustomizationRequest) (*shape.GetUICustomizationResponse, error) {
	look, err := d.Branding.Classic(ctx, *in.UserPoolId, in.ClientId)
	return &shape.GetUICustomizationResponse{UICustomization: look}, err
}
