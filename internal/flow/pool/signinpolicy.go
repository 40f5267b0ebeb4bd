package pool

import (
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// checkSignIn holds what users may sign in by against the second factors that the
// pool asks for. After a code there can be no second factor, and a passkey is both
// only where it verifies its user.
func checkSignIn(next *model.Pool, _ settings) error {
	if !next.SignsInBy(shape.AuthFactorTypePassword) {
		return invalid("Password should be configured as one of the allowed first auth factors.")
	}
	if next.MFAMode() != shape.UserPoolMfaTypeOn {
		return nil
	}
	passkeys := next.MFA.WebAuthnConfiguration
	both := passkeys != nil && wire.Of(passkeys.FactorConfiguration) == shape.WebAuthnFactorConfigurationTypeMultiFactorWithUserVerification
	switch {
	case next.SignsInBy(shape.AuthFactorTypeEmailOtp) || next.SignsInBy(shape.AuthFactorTypeSmsOtp):
		return invalid("Cannot set MFA to required if EMAIL_OTP or SMS_OTP is an allowed first auth factor")
	case next.SignsInBy(shape.AuthFactorTypeWebAuthn) && !both:
		return invalid("Cannot set WebAuthn factor configuration to SINGLE_FACTOR if MFA is required and WebAuthn is an allowed first auth factor")
	}
	return nil
}

// passwordless tells whether the pool lets users sign in by anything but a password.
func passwordless(p *model.Pool) bool {
	for _, factor := range p.Doc.Policies.SignInPolicy.AllowedFirstAuthFactors {
		if factor != shape.AuthFactorTypePassword {
			return true
		}
	}
	return false
}
