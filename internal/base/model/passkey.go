package model

import (
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// Limits of passkeys (spec 13; WebAuthn level 3, section 5.1, bounds the id).
const (
	MaxPasskeys      = 20   // of one user
	MaxCredentialID  = 1023 // bytes
	MaxCredentialKey = 1024 // bytes of the public key, as COSE
)

// Passkey is a WebAuthn credential that a user registered.
type Passkey struct {
	PoolID string
	ID     string // the credential id, base64url; unique in the pool
	Sub    string
	// RelyingParty is the domain that it was made for. It is of no use to a pool
	// that stands for another by now.
	RelyingParty string
	PublicKey    []byte // COSE_Key, RFC 9052
	// SignCount is the last signature counter that was seen; 0 for the many that do not count.
	SignCount int64
	// BackupEligible tells whether it may be copied between devices. It never changes.
	BackupEligible bool
	Name           string // made by us: the API lets nobody choose one
	Transports     []string
	Attachment     string // platform, cross-platform, or not told
	CreatedAt      time.Time
	UsedAt         time.Time // the last sign-in; zero before the first
}

// RelyingParty is the domain that the pool stands for towards authenticators: the
// one that is configured, else the pool's custom domain; empty where it has neither.
func (p *Pool) RelyingParty() string {
	if c := p.MFA.WebAuthnConfiguration; c != nil && c.RelyingPartyId != nil {
		return *c.RelyingPartyId
	}
	return wire.Of(p.Doc.CustomDomain)
}

// PasskeyIsBoth tells whether a passkey that verified its user counts as both
// factors, as the pool has it.
func (p *Pool) PasskeyIsBoth() bool {
	c := p.MFA.WebAuthnConfiguration
	return c != nil && wire.Of(c.FactorConfiguration) == shape.WebAuthnFactorConfigurationTypeMultiFactorWithUserVerification
}

// VerifiesByPasskey tells whether every passkey of the pool must verify its user.
func (p *Pool) VerifiesByPasskey() bool {
	c := p.MFA.WebAuthnConfiguration
	return p.PasskeyIsBoth() || c != nil && wire.Of(c.UserVerification) == shape.UserVerificationTypeRequired
}
