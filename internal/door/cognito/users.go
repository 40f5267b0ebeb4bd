package cognito

import (
	"context"
	"slices"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/flow/account"
)

func (d *Door) adminCreateUser(ctx context.Context, _ *call, in *shape.AdminCreateUserRequest) (*shape.AdminCreateUserResponse, error) {
	action := wire.Of(in.MessageAction)
	invitation := account.Invitation{
		PoolID: wire.Of(in.UserPoolId), Username: wire.Of(in.Username), Attributes: given(in.UserAttributes),
		Password: wire.Of(in.TemporaryPassword), Force: wire.Of(in.ForceAliasCreation),
		Mediums: in.DesiredDeliveryMediums, Suppress: action == shape.MessageActionTypeSuppress,
	}
	create := d.Accounts.AdminCreate
	if action == shape.MessageActionTypeResend {
		create = d.Accounts.AdminInviteAgain
	}
	u, err := create(ctx, invitation)
	if err != nil {
		return nil, err
	}
	shown := userType(u, everything)
	return &shape.AdminCreateUserResponse{User: &shown}, nil
}

func (d *Door) adminGetUser(ctx context.Context, _ *call, in *shape.AdminGetUserRequest) (*shape.AdminGetUserResponse, error) {
	u, err := d.Accounts.AdminGet(ctx, targetOf(in.UserPoolId, in.Username))
	if err != nil {
		return nil, err
	}
	return &shape.AdminGetUserResponse{
		Username: &u.Username, UserAttributes: attributes(u, everything),
		UserCreateDate: wire.At(u.CreatedAt), UserLastModifiedDate: wire.At(u.ModifiedAt),
		Enabled: &u.Enabled, UserStatus: (*string)(&u.Status),
		MFAOptions: mfaOptions(u), PreferredMfaSetting: preferredMFA(u), UserMFASettingList: enabledMFA(u),
	}, nil
}

func (d *Door) adminSetUserPassword(ctx context.Context, _ *call, in *shape.AdminSetUserPasswordRequest) (*shape.AdminSetUserPasswordResponse, error) {
	err := d.Accounts.AdminSetPassword(ctx, targetOf(in.UserPoolId, in.Username), wire.Of(in.Password), wire.Of(in.Permanent))
	return &shape.AdminSetUserPasswordResponse{}, err
}

func (d *Door) adminResetUserPassword(ctx context.Context, _ *call, in *shape.AdminResetUserPasswordRequest) (*shape.AdminResetUserPasswordResponse, error) {
	return &shape.AdminResetUserPasswordResponse{}, d.Accounts.AdminResetPassword(ctx, targetOf(in.UserPoolId, in.Username))
}

func (d *Door) adminConfirmSignUp(ctx context.Context, _ *call, in *shape.AdminConfirmSignUpRequest) (*shape.AdminConfirmSignUpResponse, error) {
	return &shape.AdminConfirmSignUpResponse{}, d.Accounts.AdminConfirm(ctx, targetOf(in.UserPoolId, in.Username))
}

func (d *Door) adminDeleteUser(ctx context.Context, _ *call, in *shape.AdminDeleteUserRequest) error {
	return d.Accounts.AdminDelete(ctx, targetOf(in.UserPoolId, in.Username))
}

func (d *Door) adminDisableUser(ctx context.Context, _ *call, in *shape.AdminDisableUserRequest) (*shape.AdminDisableUserResponse, error) {
	return &shape.AdminDisableUserResponse{}, d.Accounts.AdminDisable(ctx, targetOf(in.UserPoolId, in.Username))
}

func (d *Door) adminEnableUser(ctx context.Context, _ *call, in *shape.AdminEnableUserRequest) (*shape.AdminEnableUserResponse, error) {
	return &shape.AdminEnableUserResponse{}, d.Accounts.AdminEnable(ctx, targetOf(in.UserPoolId, in.Username))
}

func (d *Door) adminUpdateUserAttributes(ctx context.Context, _ *call, in *shape.AdminUpdateUserAttributesRequest) (*shape.AdminUpdateUserAttributesResponse, error) {
	err := d.Accounts.AdminUpdateAttributes(ctx, targetOf(in.UserPoolId, in.Username), given(in.UserAttributes))
	return &shape.AdminUpdateUserAttributesResponse{}, err
}

func (d *Door) adminDeleteUserAttributes(ctx context.Context, _ *call, in *shape.AdminDeleteUserAttributesRequest) (*shape.AdminDeleteUserAttributesResponse, error) {
	err := d.Accounts.AdminDeleteAttributes(ctx, targetOf(in.UserPoolId, in.Username), in.UserAttributeNames)
	return &shape.AdminDeleteUserAttributesResponse{}, err
}

func (d *Door) listUsers(ctx context.Context, _ *call, in *shape.ListUsersRequest) (*shape.ListUsersResponse, error) {
	users, token, err := d.Accounts.List(ctx, account.Search{
		PoolID: wire.Of(in.UserPoolId), Filter: wire.Of(in.Filter),
		Limit: int(wire.Of(in.Limit)), Token: wire.Of(in.PaginationToken),
	})
	if err != nil {
		return nil, err
	}
	wanted := everything
	if len(in.AttributesToGet) > 0 {
		wanted = func(name string) bool { return slices.Contains(in.AttributesToGet, name) }
	}
	out := &shape.ListUsersResponse{Users: make([]shape.UserType, len(users))}
	for i, u := range users {
		out.Users[i] = userType(u, wanted)
	}
	if token != "" {
		out.PaginationToken = &token
	}
	return out, nil
}

func targetOf(poolID, username *string) account.Target {
	return account.Target{PoolID: wire.Of(poolID), Username: wire.Of(username)}
}

// userType is a user as lists show it.
func userType(u *model.User, wanted func(string) bool) shape.UserType {
	return shape.UserType{
		Username: &u.Username, Attributes: attributes(u, wanted),
		UserCreateDate: wire.At(u.CreatedAt), UserLastModifiedDate: wire.At(u.ModifiedAt),
		Enabled: &u.Enabled, UserStatus: (*string)(&u.Status), MFAOptions: mfaOptions(u),
	}
}

func everything(string) bool { return true }

// attributes lists the wanted attributes of a user: sub first, the others by name.
func attributes(u *model.User, wanted func(string) bool) []shape.AttributeType {
	names := make([]string, 0, len(u.Attributes))
	for name := range u.Attributes {
		if wanted(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	values := make([]string, len(names))
	list := make([]shape.AttributeType, 0, len(names)+1)
	if wanted("sub") {
		sub := "sub"
		list = append(list, shape.AttributeType{Name: &sub, Value: &u.Sub})
	}
	for i := range names {
		values[i] = u.Attributes[names[i]]
		list = append(list, shape.AttributeType{Name: &names[i], Value: &values[i]})
	}
	return list
}
