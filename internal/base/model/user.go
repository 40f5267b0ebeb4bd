package model

import (
	"maps"
	"slices"
	"time"
)

// Status is a user's place in the life cycle of an account.
type Status string

// The statuses that a user can have. ARCHIVED, UNKNOWN and COMPROMISED exist on the wire and are never used.
const (
	Unconfirmed         = Status("UNCONFIRMED")
	Confirmed           = Status("CONFIRMED")
	ExternalProvider    = Status("EXTERNAL_PROVIDER")
	ResetRequired       = Status("RESET_REQUIRED")
	ForceChangePassword = Status("FORCE_CHANGE_PASSWORD")
)

// User is a person in a pool.
type User struct {
	PoolID   string
	Sub      string // a UUID, for ever
	Username string // as given at sign-up; the sub where the pool signs in with e-mail or phone
	Status   Status
	Enabled  bool
	// Attributes by full name, without sub. email_verified and
	// phone_number_verified are "true" or "false".
	Attributes map[string]string
	MFA        UserMFA
	// Credential is the sealed password record (see Credential); nil for a user without a password.
	Credential []byte
	Exposure   Exposure // of the present password
	// SignedOutAt: tokens issued before it are void.
	SignedOutAt time.Time
	CreatedAt   time.Time
	ModifiedAt  time.Time
}

// Is tells whether a boolean attribute is "true".
func (u *User) Is(attribute string) bool { return u.Attributes[attribute] == "true" }

// Clone returns a copy that can be changed without changing the user. Its
// attributes are never nil.
func (u *User) Clone() *User {
	c := *u
	c.Attributes = maps.Clone(u.Attributes)
	if c.Attributes == nil {
		c.Attributes = map[string]string{}
	}
	c.MFA.Enabled = slices.Clone(u.MFA.Enabled)
	c.Credential = slices.Clone(u.Credential)
	return &c
}

// Scheme names how a credential is kept.
type Scheme string

// The schemes: a pool whose clients may use SRP needs verifiers, any other keeps Argon2id.
const (
	SchemeSRP      = Scheme("srp")
	SchemeArgon2id = Scheme("argon2id")
	// SchemeForeign is a hash of another system, until its user first signs in.
	SchemeForeign = Scheme("foreign")
	// SchemeFormer is no password: the one of the former pool is asked for there.
	SchemeFormer = Scheme("former")
)

// Credential is a user's one password record. It is stored sealed, because a
// stolen SRP verifier costs an attacker one hash and one exponentiation per guess.
type Credential struct {
	Scheme   Scheme `json:"scheme"`
	Salt     []byte `json:"salt,omitzero"`     // SRP
	Verifier []byte `json:"verifier,omitzero"` // SRP
	PHC      string `json:"phc,omitzero"`      // Argon2id with its parameters, or the foreign hash
	// SetAt is when the password was set, microseconds since the epoch.
	SetAt int64 `json:"setAt"`
	// ExpiresAt is when a temporary password, set by an administrator, is no
	// longer good, in microseconds; 0 = never.
	ExpiresAt int64 `json:"expiresAt,omitzero"`
}

// String hides the record: it is printed by accident, never on purpose.
func (Credential) String() string { return "[redacted]" }

// GoString hides the record.
func (Credential) GoString() string { return "[redacted]" }

// Group is a named set of users with an optional role and precedence.
type Group struct {
	PoolID, Name string
	Description  *string
	RoleARN      *string
	// Precedence: the lower, the stronger; nil is weakest.
	Precedence *int32
	CreatedAt  time.Time
	ModifiedAt time.Time
}
