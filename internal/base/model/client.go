package model

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// Client is an app client of a pool.
type Client struct {
	ID      string
	PoolID  string
	Version int64
	Doc     *shape.UserPoolClientType // without its secret
	// Secret is the sealed list of the client's secrets (see ClientSecret); nil
	// for a public client.
	Secret []byte
	Risk   *RiskConfiguration // nil when the client follows the pool
	Policy *ThreatPolicy      // likewise
}

// ClientSecret is one of a client's secrets. There may be two, so that one can
// be replaced without a moment in which neither is known to both sides.
type ClientSecret struct {
	ID        string `json:"id"`
	Value     string `json:"value"`
	CreatedAt int64  `json:"createdAt"` // microseconds
}

// String hides the secret: it is printed by accident, never on purpose.
func (ClientSecret) String() string { return "[redacted]" }

// GoString hides the secret.
func (ClientSecret) GoString() string { return "[redacted]" }

// Confidential tells whether the client has a secret, so that SECRET_HASH is due.
func (c *Client) Confidential() bool { return c.Secret != nil }

// legacyNames are the values of ExplicitAuthFlows from before 2019. A client
// has either these or ALLOW_ values.
var legacyNames = map[string]string{
	"ADMIN_USER_PASSWORD_AUTH": "ADMIN_NO_SRP_AUTH",
	"USER_PASSWORD_AUTH":       "USER_PASSWORD_AUTH",
}

// Allows tells whether the client may use a flow, named as in ALLOW_<flow>.
// Without any ALLOW_ value the rules of before 2019 hold: refresh and custom
// authentication are always there, SRP too unless CUSTOM_AUTH_FLOW_ONLY.
func (c *Client) Allows(flow string) bool {
	flows := c.Doc.ExplicitAuthFlows
	if slices.Contains(flows, "ALLOW_"+flow) {
		return true
	}
	if slices.ContainsFunc(flows, func(f string) bool { return strings.HasPrefix(f, "ALLOW_") }) {
		return false
	}
	switch flow {
	case "REFRESH_TOKEN_AUTH", "CUSTOM_AUTH":
		return true
	case "USER_SRP_AUTH":
		return !slices.Contains(flows, "CUSTOM_AUTH_FLOW_ONLY")
	}
	name, ok := legacyNames[flow]
	return ok && slices.Contains(flows, name)
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
		v.Access = times(int64(n), unit(units.AccessToken, time.Hour))
	}
	if n := wire.Of(c.Doc.IdTokenValidity); n > 0 {
		v.ID = times(int64(n), unit(units.IdToken, time.Hour))
	}
	if n := wire.Of(c.Doc.RefreshTokenValidity); n > 0 {
		v.Refresh = times(int64(n), unit(units.RefreshToken, 24*time.Hour))
	}
	return v
}

// times multiplies, up to the longest Duration: a count of days within the
// limits of the API can exceed it, and must not become short.
func times(n int64, unit time.Duration) time.Duration {
	if n > math.MaxInt64/int64(unit) {
		return math.MaxInt64
	}
	return time.Duration(n) * unit
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
