package token

import (
	"maps"
	"strings"
	"time"
)

// Grant is what the ID and the access token of one sign-in, or of one refresh,
// say alike. Empty members are left out of the tokens.
type Grant struct {
	Issuer   string
	ClientID string
	Subject  string
	Username string
	Groups   []string
	EventID  string // the event of the sign-in; a refresh keeps it

	// OriginJTI is what RevokeToken revokes: the same for all tokens of a
	// sign-in. It is empty while the client has revocation off, and then the
	// tokens have no jti either, as Cognito's.
	OriginJTI string

	AuthTime, IssuedAt time.Time // told in whole seconds

	// NewPasswordDue tells that the user may do nothing but set a new password.
	NewPasswordDue bool
}

// NewPasswordDue is the claim of ours, true or absent, by which both tokens tell
// that a new password is due. Applications may send such a user to change it.
const NewPasswordDue = "gatehouse:new_password_due"

// IDClaims are the claims of the ID token. Attributes are what else it tells of
// the user, named as on the wire (email, custom:team ...); email_verified and
// phone_number_verified are booleans. An attribute cannot replace a claim of
// ours: whoever may write one attribute must not choose who they are.
func (g Grant) IDClaims(jti string, expires time.Time, attributes map[string]any) Claims {
	c := make(Claims, len(attributes)+13)
	maps.Copy(c, attributes)
	g.common(c, ID, jti, expires)
	c["aud"] = g.ClientID
	c["cognito:username"] = g.Username
	return c
}

// AccessClaims are the claims of the access token. deviceKey is empty for a
// device that is not remembered. The scope of a sign-in by the API is exactly
// aws.cognito.signin.user.admin.
func (g Grant) AccessClaims(jti string, expires time.Time, scopes []string, deviceKey string) Claims {
	c := make(Claims, 16)
	g.common(c, Access, jti, expires)
	c["client_id"] = g.ClientID
	c["username"] = g.Username
	c["version"] = 2
	c["scope"] = strings.Join(scopes, " ")
	if deviceKey != "" {
		c["device_key"] = deviceKey
	}
	return c
}

func (g Grant) common(c Claims, use Use, jti string, expires time.Time) {
	c["iss"] = g.Issuer
	c["sub"] = g.Subject
	c["token_use"] = use
	c["auth_time"] = g.AuthTime.Unix()
	c["iat"] = g.IssuedAt.Unix()
	c["exp"] = expires.Unix()
	// These are ours too where they are absent: an attribute must not fill them in.
	for _, name := range []string{"jti", "origin_jti", "event_id", "cognito:groups", "nbf", NewPasswordDue} {
		delete(c, name)
	}
	if g.OriginJTI != "" {
		c["jti"], c["origin_jti"] = jti, g.OriginJTI
	}
	if g.EventID != "" {
		c["event_id"] = g.EventID
	}
	if len(g.Groups) > 0 {
		c["cognito:groups"] = g.Groups
	}
	if g.NewPasswordDue {
		c[NewPasswordDue] = true
	}
}
