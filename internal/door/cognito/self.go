package cognito

import (
	"context"

	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/flow/account"
)

func (d *Door) changePassword(ctx context.Context, c *call, in *shape.ChangePasswordRequest) (*shape.ChangePasswordResponse, error) {
	err := d.Accounts.ChangePassword(ctx, self(c), wire.Of(in.PreviousPassword), wire.Of(in.ProposedPassword))
	return &shape.ChangePasswordResponse{}, err
}

func (d *Door) updateUserAttributes(ctx context.Context, c *call, in *shape.UpdateUserAttributesRequest) (*shape.UpdateUserAttributesResponse, error) {
	sent, err := d.Accounts.UpdateAttributes(ctx, self(c), given(in.UserAttributes))
	out := &shape.UpdateUserAttributesResponse{}
	for _, s := range sent {
		out.CodeDeliveryDetailsList = append(out.CodeDeliveryDetailsList, *delivered(s))
	}
	return out, err
}

func (d *Door) deleteUserAttributes(ctx context.Context, c *call, in *shape.DeleteUserAttributesRequest) (*shape.DeleteUserAttributesResponse, error) {
	return &shape.DeleteUserAttributesResponse{}, d.Accounts.DeleteAttributes(ctx, self(c), in.UserAttributeNames)
}

// getUser answers from what the token's check has read already.
func (d *Door) getUser(_ context.Context, c *call, _ *shape.GetUserRequest) (*shape.GetUserResponse, error) {
	u := c.Bearer.User
	return &shape.GetUserResponse{
		Username: &u.Username,
		UserAttributes: attributes(u, func(name string) bool {
			return account.Readable(c.Bearer.Client, name)
		}),
		MFAOptions:          mfaOptions(u),
		PreferredMfaSetting: preferredMFA(u),
		UserMFASettingList:  enabledMFA(u),
	}, nil
}

func (d *Door) deleteUser(ctx context.Context, c *call, _ *shape.DeleteUserRequest) error {
	return d.Accounts.Delete(ctx, self(c))
}

func (d *Door) getUserAttributeVerificationCode(ctx context.Context, c *call, in *shape.GetUserAttributeVerificationCodeRequest) (*shape.GetUserAttributeVerificationCodeResponse, error) {
	sent, err := d.Accounts.SendVerification(ctx, self(c), wire.Of(in.AttributeName))
	return &shape.GetUserAttributeVerificationCodeResponse{CodeDeliveryDetails: delivered(sent)}, err
}

func (d *Door) verifyUserAttribute(ctx context.Context, c *call, in *shape.VerifyUserAttributeRequest) (*shape.VerifyUserAttributeResponse, error) {
	err := d.Accounts.VerifyAttribute(ctx, self(c), wire.Of(in.AttributeName), wire.Of(in.Code))
	return &shape.VerifyUserAttributeResponse{}, err
}

func self(c *call) account.Self {
	return account.Self{Pool: c.Bearer.Pool, Client: c.Bearer.Client, User: c.Bearer.User, Origin: c.Origin}
}
