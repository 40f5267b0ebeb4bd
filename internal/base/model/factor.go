package model

import (
	"slices"

	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// Factor is a second factor, named as in challenges, preferences and answers.
type Factor string

// The factors.
const (
	FactorSMS   = Factor(shape.ChallengeNameTypeSmsMfa)
	FactorTOTP  = Factor(shape.ChallengeNameTypeSoftwareTokenMfa)
	FactorEmail = Factor(shape.ChallengeNameTypeEmailOtp)
)

// FactorPasskey, which a user can switch on beside one of the factors, says that a
// passkey which verifies its user stands for both. It is no factor to be asked for,
// for it comes first. Only lists of what a user switched on know its name.
const FactorPasskey = Factor("WEB_AUTHN_MFA")

// Factors are all of them, in the order in which they are listed.
func Factors() []Factor { return []Factor{FactorSMS, FactorTOTP, FactorEmail} }

// Address is the attribute that the factor sends its codes to; empty for an
// authenticator app, which needs none.
func (f Factor) Address() string {
	switch f {
	case FactorSMS:
		return "phone_number"
	case FactorEmail:
		return "email"
	}
	return ""
}

// UserMFA is the second factors that a user switched on.
type UserMFA struct {
	Enabled   []Factor `json:"enabled,omitzero"`   // in the order of Factors, FactorPasskey last
	Preferred Factor   `json:"preferred,omitzero"` // one of Enabled, or none
}

// Has tells whether the user switched the factor on.
func (m UserMFA) Has(f Factor) bool { return slices.Contains(m.Enabled, f) }

// Enable switches a factor on.
func (m *UserMFA) Enable(f Factor) {
	var enabled []Factor
	for _, each := range append(Factors(), FactorPasskey) {
		if each == f || m.Has(each) {
			enabled = append(enabled, each)
		}
	}
	m.Enabled = enabled
}

// Disable switches a factor off; it is no longer preferred either. With the last one
// goes what a passkey stands for: it must not be all that a user has.
func (m *UserMFA) Disable(f Factor) {
	m.Enabled = slices.DeleteFunc(slices.Clone(m.Enabled), func(each Factor) bool { return each == f })
	if len(m.Enabled) == 0 || m.Enabled[0] == FactorPasskey {
		m.Enabled = nil
	}
	if m.Preferred == f {
		m.Preferred = ""
	}
}

// Authenticator is the app with which a user makes one-time passwords.
type Authenticator struct {
	PoolID string
	Sub    string
	Secret []byte // sealed; nil until a code of the app confirmed it
	Name   string // what the user calls the device
	// LastStep is the newest time step that a code was accepted of.
	LastStep int64
	// Pending is a sealed secret that was handed out and not confirmed yet. The
	// one before stays good until then.
	Pending []byte
}

// Registered tells whether the app can be asked for a code; nil has none.
func (a *Authenticator) Registered() bool { return a != nil && a.Secret != nil }

// MFAMode is the pool's MfaConfiguration: OFF, OPTIONAL or ON.
func (p *Pool) MFAMode() string {
	if p.Doc.MfaConfiguration == nil {
		return shape.UserPoolMfaTypeOff
	}
	return *p.Doc.MfaConfiguration
}

// Offers tells whether users of the pool can have the factor.
func (p *Pool) Offers(f Factor) bool {
	switch {
	case p.MFAMode() == shape.UserPoolMfaTypeOff:
		return false
	case f == FactorSMS:
		return p.MFA.SmsMfaConfiguration != nil
	case f == FactorEmail:
		return p.MFA.EmailMfaConfiguration != nil
	}
	return p.MFA.SoftwareTokenMfaConfiguration != nil && wire.Of(p.MFA.SoftwareTokenMfaConfiguration.Enabled)
}
