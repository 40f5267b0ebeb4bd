// Package model gives our own entities: what the store remembers and the flows decide on.
//
// Pool and Client carry Cognito's own shape as a document, because Cognito's
// vocabulary is the configuration language; everything else is a struct of
// ours. A *Pool or *Client that the store hands out is shared by all requests:
// it is never changed in place, a change is a new value with a new version.
package model

import (
	"slices"
	"strings"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// Pool is a user pool: its Cognito document, its MFA document and its risk configuration.
type Pool struct {
	ID      string
	Version int64 // grows with every change of the pool, its keys or its risk configuration
	Doc     *shape.UserPoolType
	MFA     *shape.SetUserPoolMfaConfigResponse
	Risk    *RiskConfiguration // nil when none was set
	Policy  *ThreatPolicy      // nil when none was set
	Keys    []SigningKey       // newest first for each use
	// NeedsSRP tells that passwords of the pool are kept as SRP verifiers:
	// some client of it may use SRP, or it has none yet.
	NeedsSRP bool
	// Foreign tells how many users still have password hashes of other systems, as
	// of this version; later sign-ins may have made it fewer.
	Foreign []ForeignHashes
	// Former is the sealed document of the pool that users come from (see FormerPool);
	// nil when none was set.
	Former []byte
}

// FormerPool is where a pool asks for the passwords of users who have none here.
type FormerPool struct {
	PoolID       string `json:"poolId"`
	ClientID     string `json:"clientId"`
	ClientSecret string `json:"clientSecret,omitzero"`
	// Admin asks as an administrator, with the credentials that AWS's tools would find.
	Admin    bool   `json:"admin,omitzero"`
	Profile  string `json:"profile,omitzero"`
	Endpoint string `json:"endpoint,omitzero"` // empty = Amazon's
	NewSubs  bool   `json:"newSubs,omitzero"`  // users get a sub of ours
}

// String hides the secret.
func (f FormerPool) String() string { return "pool " + f.PoolID + ", client " + f.ClientID }

// GoString hides the secret.
func (f FormerPool) GoString() string { return f.String() }

// ForeignHashes are those of other systems that cost the same.
type ForeignHashes struct {
	Cost  string  // a hash that costs as much, and holds no secret
	Share float64 // of the users of the pool
}

// SigningKey is one of a pool's RSA keys, its private half sealed.
type SigningKey struct {
	ID        string // kid
	Use       KeyUse
	Box       []byte // sealed PKCS#8
	CreatedAt time.Time
	// RetiresAt is when the key leaves the JWKS; zero for the signing key.
	RetiresAt time.Time
}

// KeyUse tells which tokens a key signs: Cognito signs ID and access tokens with different keys.
type KeyUse string

// The two uses.
const (
	KeyForID     = KeyUse("id")
	KeyForAccess = KeyUse("access")
)

// SRPName is the pool's name inside SRP: its id after the underscore.
func (p *Pool) SRPName() string {
	_, name, _ := strings.Cut(p.ID, "_")
	return name
}

// CaseSensitive tells whether user names and aliases differ by case; Cognito's default for the API is that they do.
func (p *Pool) CaseSensitive() bool {
	c := p.Doc.UsernameConfiguration
	return c == nil || wire.Of(c.CaseSensitive)
}

// Fold is the form of a user name or alias under which the pool looks it up.
func (p *Pool) Fold(name string) string {
	if p.CaseSensitive() {
		return name
	}
	return strings.ToLower(name)
}

// SignsInWith tells whether users of the pool sign up with this attribute ("email" or "phone_number") as their user name.
func (p *Pool) SignsInWith(attribute string) bool {
	return slices.Contains(p.Doc.UsernameAttributes, attribute)
}

// HasAlias tells whether this attribute is an alias: a further name to sign in with, once verified.
func (p *Pool) HasAlias(attribute string) bool {
	return slices.Contains(p.Doc.AliasAttributes, attribute)
}

// NameOf is what a message calls a user: the name to sign in with.
func (p *Pool) NameOf(u *User) string {
	for _, attribute := range p.Doc.UsernameAttributes {
		if v := u.Attributes[attribute]; v != "" {
			return v
		}
	}
	return u.Username
}

// AutoVerifies tells whether the pool sends codes by itself to this attribute.
func (p *Pool) AutoVerifies(attribute string) bool {
	return slices.Contains(p.Doc.AutoVerifiedAttributes, attribute)
}

// SignsInBy tells whether users of the pool can sign in by a factor alone: an
// AuthFactorType. Passwords are what every pool allows.
func (p *Pool) SignsInBy(factor string) bool {
	if p.Doc.Policies == nil || p.Doc.Policies.SignInPolicy == nil {
		return factor == shape.AuthFactorTypePassword
	}
	return slices.Contains(p.Doc.Policies.SignInPolicy.AllowedFirstAuthFactors, factor)
}

// Mode is a threat protection mode: OFF evaluates nothing, AUDIT records, ENFORCED acts.
type Mode string

// The modes of UserPoolAddOns.AdvancedSecurityMode.
const (
	ModeOff      = Mode("OFF")
	ModeAudit    = Mode("AUDIT")
	ModeEnforced = Mode("ENFORCED")
)

// ForCustomAuth is the pool as custom sign-ins see it: their threat protection has a
// mode of its own, and is off where none is set. The rest is shared.
func (p *Pool) ForCustomAuth() *Pool {
	mode := ModeOff
	if a := p.Doc.UserPoolAddOns; a != nil && a.AdvancedSecurityAdditionalFlows != nil {
		if m := wire.Of(a.AdvancedSecurityAdditionalFlows.CustomAuthMode); m != "" {
			mode = Mode(m)
		}
	}
	doc, view := *p.Doc, *p
	doc.UserPoolAddOns = &shape.UserPoolAddOnsType{AdvancedSecurityMode: new(string(mode))}
	view.Doc = &doc
	return &view
}

// Mode is the pool's threat protection mode; absent means OFF.
func (p *Pool) Mode() Mode {
	if p.Doc.UserPoolAddOns == nil || p.Doc.UserPoolAddOns.AdvancedSecurityMode == nil {
		return ModeOff
	}
	return Mode(*p.Doc.UserPoolAddOns.AdvancedSecurityMode)
}

// Attribute returns the schema of an attribute by its full name (custom:x, dev:custom:x), nil when the pool has none.
func (p *Pool) Attribute(name string) *shape.SchemaAttributeType {
	for i := range p.Doc.SchemaAttributes {
		if wire.Of(p.Doc.SchemaAttributes[i].Name) == name {
			return &p.Doc.SchemaAttributes[i]
		}
	}
	return nil
}

// RecoveryChannels are the attributes by which users recover an account, the
// preferred one first. Without a setting, Cognito prefers the phone; admin_only
// leaves none.
func (p *Pool) RecoveryChannels() []string {
	setting := p.Doc.AccountRecoverySetting
	if setting == nil || len(setting.RecoveryMechanisms) == 0 {
		return []string{"phone_number", "email"}
	}
	mechanisms := slices.Clone(setting.RecoveryMechanisms)
	slices.SortStableFunc(mechanisms, func(x, y shape.RecoveryOptionType) int {
		return int(wire.Of(x.Priority)) - int(wire.Of(y.Priority))
	})
	var list []string
	for _, m := range mechanisms {
		switch wire.Of(m.Name) {
		case shape.RecoveryOptionNameTypeVerifiedEmail:
			list = append(list, "email")
		case shape.RecoveryOptionNameTypeVerifiedPhoneNumber:
			list = append(list, "phone_number")
		}
	}
	return list
}

// PasswordPolicy is the pool's policy; CreateUserPool always stores one.
func (p *Pool) PasswordPolicy() *shape.PasswordPolicyType {
	if p.Doc.Policies == nil || p.Doc.Policies.PasswordPolicy == nil {
		return &shape.PasswordPolicyType{}
	}
	return p.Doc.Policies.PasswordPolicy
}

// RiskConfiguration is what SetRiskConfiguration stored at one level: the pool's or a client's.
type RiskConfiguration struct {
	Compromised *shape.CompromisedCredentialsRiskConfigurationType `json:"compromised,omitzero"`
	Takeover    *shape.AccountTakeoverRiskConfigurationType        `json:"takeover,omitzero"`
	Exceptions  *shape.RiskExceptionConfigurationType              `json:"exceptions,omitzero"`
	ModifiedAt  *wire.Time                                         `json:"modifiedAt,omitzero"`
}
