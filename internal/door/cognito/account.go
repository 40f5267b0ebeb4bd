package cognito

import (
	"context"

	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/flow/account"
	"github.com/gatehouse-id/gatehouse/internal/flow/code"
)

func (d *Door) signUp(ctx context.Context, c *call, in *shape.SignUpRequest) (*shape.SignUpResponse, error) {
	r, err := d.Accounts.SignUp(ctx, account.Registration{
		Caller:     accountCaller(c, in.ClientId, in.SecretHash, in.Username),
		Password:   wire.Of(in.Password),
		Attributes: given(in.UserAttributes),
	})
	if err != nil {
		return nil, err
	}
	out := &shape.SignUpResponse{UserConfirmed: new(bool), UserSub: &r.Sub}
	if r.Delivery != nil {
		out.CodeDeliveryDetails = delivered(*r.Delivery)
	}
	if r.Session != "" {
		out.Session = &r.Session
	}
	return out, nil
}

func (d *Door) confirmSignUp(ctx context.Context, c *call, in *shape.ConfirmSignUpRequest) (*shape.ConfirmSignUpResponse, error) {
	session, err := d.Accounts.ConfirmSignUp(ctx, account.Confirmation{
		Caller:  accountCaller(c, in.ClientId, in.SecretHash, in.Username),
		Code:    wire.Of(in.ConfirmationCode),
		Force:   wire.Of(in.ForceAliasCreation),
		Session: wire.Of(in.Session),
	})
	out := &shape.ConfirmSignUpResponse{}
	if session != "" {
		out.Session = &session
	}
	return out, err
}

func (d *Door) resendConfirmationCode(ctx context.Context, c *call, in *shape.ResendConfirmationCodeRequest) (*shape.ResendConfirmationCodeResponse, error) {
	sent, err := d.Accounts.ResendCode(ctx, accountCaller(c, in.ClientId, in.SecretHash, in.Username))
	return &shape.ResendConfirmationCodeResponse{CodeDeliveryDetails: delivered(sent)}, err
}

func (d *Door) forgotPassword(ctx context.Context, c *call, in *shape.ForgotPasswordRequest) (*shape.ForgotPasswordResponse, error) {
	sent, err := d.Accounts.ForgotPassword(ctx, accountCaller(c, in.ClientId, in.SecretHash, in.Username))
	return &shape.ForgotPasswordResponse{CodeDeliveryDetails: delivered(sent)}, err
}

func (d *Door) confirmForgotPassword(ctx context.Context, c *call, in *shape.ConfirmForgotPasswordRequest) (*shape.ConfirmForgotPasswordResponse, error) {
	err := d.Accounts.ConfirmForgotPassword(ctx, account.Recovery{
		Caller:   accountCaller(c, in.ClientId, in.SecretHash, in.Username),
		Code:     wire.Of(in.ConfirmationCode),
		Password: wire.Of(in.Password),
	})
	return &shape.ConfirmForgotPasswordResponse{}, err
}

// accountCaller is whom the five operations of a client without a token act for.
func accountCaller(c *call, clientID, secretHash, username *string) account.Caller {
	return account.Caller{
		ClientID: wire.Of(clientID), SecretHash: wire.Of(secretHash), Username: wire.Of(username), Origin: c.Origin,
	}
}

// given are attributes as the flows take them; of a name that comes twice, the last value holds.
func given(list []shape.AttributeType) map[string]string {
	attributes := make(map[string]string, len(list))
	for _, a := range list {
		attributes[wire.Of(a.Name)] = wire.Of(a.Value)
	}
	return attributes
}

func delivered(sent code.Delivery) *shape.CodeDeliveryDetailsType {
	return &shape.CodeDeliveryDetailsType{
		Destination: &sent.Destination, DeliveryMedium: (*string)(&sent.Medium), AttributeName: &sent.Attribute,
	}
}
