package cognito

import (
	"context"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/flow/mfa"
	"github.com/gatehouse-id/gatehouse/internal/flow/pool"
)

func (d *Door) associateSoftwareToken(ctx context.Context, c *call, in *shape.AssociateSoftwareTokenRequest) (*shape.AssociateSoftwareTokenResponse, error) {
	if b := c.Bearer; b != nil {
		secret, err := d.Factors.Associate(ctx, b.Pool, b.User.Sub)
		if err != nil {
			return nil, err
		}
		return &shape.AssociateSoftwareTokenResponse{SecretCode: new(secret.Reveal())}, nil
	}
	secret, session, err := d.Signin.Associate(ctx, *in.Session, c.Origin)
	if err != nil {
		return nil, err
	}
	return &shape.AssociateSoftwareTokenResponse{SecretCode: new(secret.Reveal()), Session: &session}, nil
}

func (d *Door) verifySoftwareToken(ctx context.Context, c *call, in *shape.VerifySoftwareTokenRequest) (*shape.VerifySoftwareTokenResponse, error) {
	out := &shape.VerifySoftwareTokenResponse{Status: new(shape.VerifySoftwareTokenResponseTypeSuccess)}
	name := wire.Of(in.FriendlyDeviceName)
	if b := c.Bearer; b != nil {
		return out, d.Factors.Verify(ctx, b.Pool, b.User.Sub, *in.UserCode, name)
	}
	session, err := d.Signin.VerifyToken(ctx, *in.Session, *in.UserCode, name, c.Origin)
	out.Session = &session
	return out, err
}

func (d *Door) getUserAuthFactors(ctx context.Context, c *call, _ *shape.GetUserAuthFactorsRequest) (*shape.GetUserAuthFactorsResponse, error) {
	u := c.Bearer.User
	available, err := d.Signin.Available(ctx, c.Bearer.Pool, u)
	return &shape.GetUserAuthFactorsResponse{
		Username: &u.Username, ConfiguredUserAuthFactors: available,
		PreferredMfaSetting: preferredMFA(u), UserMFASettingList: enabledMFA(u),
	}, err
}

func (d *Door) setUserMFAPreference(ctx context.Context, c *call, in *shape.SetUserMFAPreferenceRequest) (*shape.SetUserMFAPreferenceResponse, error) {
	wishes := preference(in.SMSMfaSettings, in.SoftwareTokenMfaSettings, in.EmailMfaSettings, in.WebAuthnMfaSettings)
	return &shape.SetUserMFAPreferenceResponse{}, d.Factors.SetPreference(ctx, c.Bearer.Pool, c.Bearer.User.Sub, wishes)
}

func (d *Door) adminSetUserMFAPreference(ctx context.Context, _ *call, in *shape.AdminSetUserMFAPreferenceRequest) (*shape.AdminSetUserMFAPreferenceResponse, error) {
	wishes := preference(in.SMSMfaSettings, in.SoftwareTokenMfaSettings, in.EmailMfaSettings, in.WebAuthnMfaSettings)
	p, u, err := d.member(ctx, *in.UserPoolId, *in.Username)
	if err != nil {
		return nil, err
	}
	return &shape.AdminSetUserMFAPreferenceResponse{}, d.Factors.AdminSetPreference(ctx, p, u.Sub, wishes)
}

func (d *Door) setUserSettings(ctx context.Context, c *call, in *shape.SetUserSettingsRequest) (*shape.SetUserSettingsResponse, error) {
	return &shape.SetUserSettingsResponse{}, d.Factors.SetDeliveries(ctx, c.Bearer.Pool, c.Bearer.User.Sub, deliveries(in.MFAOptions))
}

func (d *Door) adminSetUserSettings(ctx context.Context, _ *call, in *shape.AdminSetUserSettingsRequest) (*shape.AdminSetUserSettingsResponse, error) {
	p, u, err := d.member(ctx, *in.UserPoolId, *in.Username)
	if err != nil {
		return nil, err
	}
	return &shape.AdminSetUserSettingsResponse{}, d.Factors.SetDeliveries(ctx, p, u.Sub, deliveries(in.MFAOptions))
}

// member reads a pool and a user of it.
func (d *Door) member(ctx context.Context, poolID, name string) (p *model.Pool, u *model.User, err error) {
	err = d.Store.View(ctx, func(tx *store.Tx) (err error) {
		if p, err = pool.Find(tx, poolID); err != nil {
			return err
		}
		u, err = findMember(tx, poolID, name)
		return err
	})
	return p, u, err
}

// preference reads what a request says of each factor.
func preference(sms *shape.SMSMfaSettingsType, totp *shape.SoftwareTokenMfaSettingsType, email *shape.EmailMfaSettingsType, passkey *shape.WebAuthnMfaSettingsType) mfa.Preference {
	wishes := mfa.Preference{}
	if sms != nil {
		wishes[model.FactorSMS] = mfa.Wish{Enabled: wire.Of(sms.Enabled), Preferred: wire.Of(sms.PreferredMfa)}
	}
	if totp != nil {
		wishes[model.FactorTOTP] = mfa.Wish{Enabled: wire.Of(totp.Enabled), Preferred: wire.Of(totp.PreferredMfa)}
	}
	if email != nil {
		wishes[model.FactorEmail] = mfa.Wish{Enabled: wire.Of(email.Enabled), Preferred: wire.Of(email.PreferredMfa)}
	}
	if passkey != nil {
		wishes[model.FactorPasskey] = mfa.Wish{Enabled: wire.Of(passkey.Enabled)}
	}
	return wishes
}

func deliveries(options []shape.MFAOptionType) []mfa.Delivery {
	var list []mfa.Delivery
	for _, o := range options {
		list = append(list, mfa.Delivery{Medium: wire.Of(o.DeliveryMedium), Attribute: wire.Of(o.AttributeName)})
	}
	return list
}

// enabledMFA is UserMFASettingList.
func enabledMFA(u *model.User) []string {
	var list []string
	for _, f := range u.MFA.Enabled {
		list = append(list, string(f))
	}
	return list
}

func preferredMFA(u *model.User) *string {
	if u.MFA.Preferred == "" {
		return nil
	}
	return new(string(u.MFA.Preferred))
}

// mfaOptions is the list from before there were other factors than SMS, which
// is all that it tells of.
func mfaOptions(u *model.User) []shape.MFAOptionType {
	if !u.MFA.Has(model.FactorSMS) {
		return nil
	}
	return []shape.MFAOptionType{{
		DeliveryMedium: new(shape.DeliveryMediumTypeSms), AttributeName: new(model.FactorSMS.Address()),
	}}
}
