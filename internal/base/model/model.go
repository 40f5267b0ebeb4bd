// Package model is our own entities: what the store remembers and the flows decide on.
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
	Keys    []SigningKey       // newest first for each use
	// NeedsSRP tells that passwords of the pool are kept as SRP verifiers:
	// some client of it may use SRP, or it has none yet.
	NeedsSRP bool
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

// AutoVerifies tells whether the pool sends codes by itself to this attribute.
func (p *Pool) AutoVerifies(attribute string) bool {
	return slices.Contains(p.Doc.AutoVerifiedAttributes, attribute)
}

// Mode is a threat protection mode: OFF evaluates nothing, AUDIT records, ENFORCED acts.
type Mode string

// The modes of UserPoolAddOns.AdvancedSecurityMode.
const (
	ModeOff      = Mode("OFF")
	ModeAudit    = Mode("AUDIT")
	ModeEnforced = Mode("ENFORCED")
)

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

// Client is an app client of a pool.
type Client struct {
	ID      string
	PoolID  string
	Version int64
	Doc     *shape.UserPoolClientType // without its secret
	// Secret is the sealed client secret; nil for a public client.
	Secret []byte
	Risk   *RiskConfiguration // nil when the client follows the pool
}

// Confidential tells whether the client has a secret, so that SECRET_HASH is due.
func (c *Client) Confidential() bool { return c.Secret != nil }

// Allows tells whether the client may use a flow, named as in ALLOW_<flow>. The names of before 2019 count too.
func (c *Client) Allows(flow string) bool {
	legacy := map[string]string{
		"ADMIN_USER_PASSWORD_AUTH": "ADMIN_NO_SRP_AUTH",
		"CUSTOM_AUTH":              "CUSTOM_AUTH_FLOW_ONLY",
		"USER_PASSWORD_AUTH":       "USER_PASSWORD_AUTH",
	}[flow]
	modern := false
	for _, f := range c.Doc.ExplicitAuthFlows {
		if f == "ALLOW_"+flow || (legacy != "" && f == legacy) {
			return true
		}
		modern = modern || strings.HasPrefix(f, "ALLOW_")
	}
	// Without any ALLOW_ value the old rules hold: SRP and refresh were always there.
	return !modern && (flow == "REFRESH_TOKEN_AUTH" || flow == "USER_SRP_AUTH" && !slices.Contains(c.Doc.ExplicitAuthFlows, "CUSTOM_AUTH_FLOW_ONLY"))
}

// UsesSRP tells whether some flow of the client needs an SRP verifier.
func (c *Client) UsesSRP() bool {
	return c.Allows("USER_SRP_AUTH") || c.Allows("USER_AUTH") || c.Allows("CUSTOM_AUTH")
}

// HidesUsers tells whether PreventUserExistenceErrors is ENABLED: unknown users answer like known ones.
func (c *Client) HidesUsers() bool {
	return wire.Of(c.Doc.PreventUserExistenceErrors) == shape.PreventUserExistenceErrorTypesEnabled
}

// Rotates tells whether refresh tokens are rotated, and for how long after its use an old one still works.
func (c *Client) Rotates() (bool, time.Duration) {
	r := c.Doc.RefreshTokenRotation
	if r == nil || wire.Of(r.Feature) != shape.FeatureTypeEnabled {
		return false, 0
	}
	return true, time.Duration(wire.Of(r.RetryGracePeriodSeconds)) * time.Second
}

// Revocable tells whether tokens of the client can be revoked; the default for new clients is yes.
func (c *Client) Revocable() bool {
	return c.Doc.EnableTokenRevocation == nil || *c.Doc.EnableTokenRevocation
}

// SessionValidity is how long a challenge may take: 3 to 15 minutes, 3 by default.
func (c *Client) SessionValidity() time.Duration {
	if m := wire.Of(c.Doc.AuthSessionValidity); m > 0 {
		return time.Duration(m) * time.Minute
	}
	return 3 * time.Minute
}

// Validity is how long the client's tokens live.
type Validity struct{ Access, ID, Refresh time.Duration }

// Validity resolves units and defaults: 1 hour for ID and access tokens, 30 days for refresh tokens.
func (c *Client) Validity() Validity {
	units := c.Doc.TokenValidityUnits
	if units == nil {
		units = &shape.TokenValidityUnitsType{}
	}
	v := Validity{Access: time.Hour, ID: time.Hour, Refresh: 30 * 24 * time.Hour}
	if n := wire.Of(c.Doc.AccessTokenValidity); n > 0 {
		v.Access = time.Duration(n) * unit(units.AccessToken, time.Hour)
	}
	if n := wire.Of(c.Doc.IdTokenValidity); n > 0 {
		v.ID = time.Duration(n) * unit(units.IdToken, time.Hour)
	}
	if n := wire.Of(c.Doc.RefreshTokenValidity); n > 0 {
		v.Refresh = time.Duration(n) * unit(units.RefreshToken, 24*time.Hour)
	}
	return v
}

func unit(name *string, otherwise time.Duration) time.Duration {
	switch wire.Of(name) {
	case "seconds":
		return time.Second
	case "minutes":
		return time.Minute
	case "hours":
		return time.Hour
	case "days":
		return 24 * time.Hour
	}
	return otherwise
}
