package model

import "time"

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
