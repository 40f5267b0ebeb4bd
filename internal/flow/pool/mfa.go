package pool

import (
	"context"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/part/passkey"
)

// replaceMFA takes the MFA mode of CreateUserPool and UpdateUserPool. The
// factors are SetUserPoolMfaConfig's to set, so they stay as they are; where there
// is none yet, a pool that can send messages to phones has those.
func replaceMFA(next *model.Pool, in settings) error {
	mode := or(in.MfaConfiguration, shape.UserPoolMfaTypeOff)
	next.Doc.MfaConfiguration, next.MFA.MfaConfiguration = mode, mode
	if *mode == shape.UserPoolMfaTypeOff || hasFactor(next.MFA) {
		return nil
	}
	if next.Doc.SmsConfiguration == nil {
		return invalid("SMS configuration and Auto verification for phone_number are required when MFA is required/optional")
	}
	next.MFA.SmsMfaConfiguration = &shape.SmsMfaConfigType{
		SmsConfiguration: next.Doc.SmsConfiguration, SmsAuthenticationMessage: next.Doc.SmsAuthenticationMessage,
	}
	return nil
}

// hasFactor tells whether some second factor is switched on.
func hasFactor(m *shape.SetUserPoolMfaConfigResponse) bool {
	return m.SmsMfaConfiguration != nil || m.EmailMfaConfiguration != nil ||
		m.SoftwareTokenMfaConfiguration != nil && wire.Of(m.SoftwareTokenMfaConfiguration.Enabled)
}

// SetMFA replaces the pool's factors: one that the request leaves out is off. A
// request without a mode, as for passkeys alone, leaves the mode as it is.
func (p *Pools) SetMFA(ctx context.Context, in *shape.SetUserPoolMfaConfigRequest) (*shape.SetUserPoolMfaConfigResponse, error) {
	next, err := p.change(ctx, *in.UserPoolId, func(_ *store.Tx, next *model.Pool) error {
		next.MFA = &shape.SetUserPoolMfaConfigResponse{
			SmsMfaConfiguration:           in.SmsMfaConfiguration,
			SoftwareTokenMfaConfiguration: in.SoftwareTokenMfaConfiguration,
			EmailMfaConfiguration:         in.EmailMfaConfiguration,
			WebAuthnConfiguration:         in.WebAuthnConfiguration,
			MfaConfiguration:              or(in.MfaConfiguration, *next.Doc.MfaConfiguration),
		}
		next.Doc.MfaConfiguration = next.MFA.MfaConfiguration
		if err := shareSMS(next); err != nil {
			return err
		}
		p.touch(next.Doc)
		if err := checkMFA(next.MFA); err != nil {
			return err
		}
		if err := checkPasskeys(next.MFA); err != nil {
			return err
		}
		if err := checkSignIn(next, settings{}); err != nil {
			return err
		}
		return p.checkTier(next, settings{})
	})
	if err != nil {
		return nil, err
	}
	return next.MFA, nil
}

// shareSMS keeps the one SMS configuration of a pool in both places that tell it.
func shareSMS(next *model.Pool) error {
	sms := next.MFA.SmsMfaConfiguration
	if sms == nil {
		return nil
	}
	shared := *sms
	if shared.SmsConfiguration == nil {
		shared.SmsConfiguration = next.Doc.SmsConfiguration
	}
	if shared.SmsConfiguration == nil {
		return invalid("SMS configuration and Auto verification for phone_number are required when MFA is required/optional")
	}
	next.MFA.SmsMfaConfiguration = &shared
	next.Doc.SmsConfiguration = shared.SmsConfiguration
	if shared.SmsAuthenticationMessage != nil {
		next.Doc.SmsAuthenticationMessage = shared.SmsAuthenticationMessage
	}
	return nil
}

func checkMFA(m *shape.SetUserPoolMfaConfigResponse) error {
	switch off := *m.MfaConfiguration == shape.UserPoolMfaTypeOff; {
	case off && hasFactor(m):
		return invalid("Invalid MFA configuration given, can't turn off MFA and configure an MFA together.")
	case !off && !hasFactor(m):
		return invalid("Invalid MFA configuration given, can't disable all MFAs with a required or optional configuration.")
	}
	return nil
}

// checkPasskeys refuses a relying party that no browser would speak for.
func checkPasskeys(m *shape.SetUserPoolMfaConfigResponse) error {
	c := m.WebAuthnConfiguration
	if c != nil && c.RelyingPartyId != nil && !passkey.ValidDomain(*c.RelyingPartyId) {
		return invalid("RelyingPartyId must be a domain name in lower case, without scheme and port.")
	}
	return nil
}
