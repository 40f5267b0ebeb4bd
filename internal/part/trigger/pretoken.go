package trigger

import (
	"maps"
	"slices"
	"strings"
	"unicode"
)

// The trigger before tokens are signed has three forms. The first changes the ID
// token alone, with values that are texts; the second and third change the access
// token and its scopes too, with values of any kind. All of them come down to
// Overrides.

// PreTokenRequest is what the function reads. Scopes are nil in the first form.
type PreTokenRequest struct {
	Attributes map[string]string `json:"userAttributes"`
	Groups     GroupClaims       `json:"groupConfiguration"`
	Scopes     []string          `json:"scopes,omitzero"`
	Metadata   map[string]string `json:"clientMetadata,omitzero"`
}

// GroupClaims are the groups and roles of a token.
type GroupClaims struct {
	Groups        []string `json:"groupsToOverride"`
	Roles         []string `json:"iamRolesToOverride"`
	PreferredRole *string  `json:"preferredRole"`
}

// PreTokenV1 is the response of the first form (LambdaVersion V1_0, event version 1).
type PreTokenV1 struct {
	Details *struct {
		Add      map[string]string `json:"claimsToAddOrOverride"`
		Suppress []string          `json:"claimsToSuppress"`
		Groups   *GroupClaims      `json:"groupOverrideDetails"`
	} `json:"claimsOverrideDetails"`
}

// PreTokenV2 is that of the second and third (V2_0 and V3_0, versions 2 and 3).
type PreTokenV2 struct {
	Details *struct {
		ID     *ClaimChanges `json:"idTokenGeneration"`
		Access *ClaimChanges `json:"accessTokenGeneration"`
		Groups *GroupClaims  `json:"groupOverrideDetails"`
	} `json:"claimsAndScopeOverrideDetails"`
}

// ClaimChanges is what changes in one token. Scopes are the access token's.
type ClaimChanges struct {
	Add            map[string]any `json:"claimsToAddOrOverride"`
	Suppress       []string       `json:"claimsToSuppress"`
	AddScopes      []string       `json:"scopesToAdd"`
	SuppressScopes []string       `json:"scopesToSuppress"`
}

// Overrides is what a function wants to be different. The zero value changes nothing.
type Overrides struct {
	ID, Access ClaimChanges
	// Regroup says that Groups stand for those of the user, also if they are none.
	Regroup bool
	Groups  GroupClaims
}

// Overrides of the first form.
func (r PreTokenV1) Overrides() (o Overrides) {
	if r.Details == nil {
		return o
	}
	o.ID = ClaimChanges{Add: map[string]any{}, Suppress: r.Details.Suppress}
	for name, value := range r.Details.Add {
		o.ID.Add[name] = value
	}
	o.regroup(r.Details.Groups)
	return o
}

// Overrides of the second and third.
func (r PreTokenV2) Overrides() (o Overrides) {
	if r.Details == nil {
		return o
	}
	if c := r.Details.ID; c != nil {
		o.ID = *c
	}
	if c := r.Details.Access; c != nil {
		o.Access = *c
	}
	o.regroup(r.Details.Groups)
	return o
}

// regroup takes over the groups of an answer. One that says nothing of groups takes
// them away, as with Cognito: a function that wants them kept repeats them.
func (o *Overrides) regroup(g *GroupClaims) {
	o.Regroup = true
	if g != nil {
		o.Groups = *g
	}
}

// Claims that no function can change, because verifiers and this server rely on them
// (developer guide, pre token generation: claims that cannot be modified).
var (
	reservedEverywhere = []string{
		"acr", "amr", "at_hash", "auth_time", "azp", "event_id", "exp", "iat", "iss", "jti", "nbf", "nonce", "origin_jti", "sub", "token_use",
	}
	reservedInID     = []string{"aud", "identities"}
	reservedInAccess = []string{"aud", "client_id", "device_key", "scope", "username", "version"}
)

// ours begins the claims that this server adds, such as that a new password is due.
const ours = "gatehouse:"

// ApplyID changes the claims of an ID token.
func (o Overrides) ApplyID(claims map[string]any) {
	o.ID.apply(claims, reservedInID)
	if o.Regroup {
		setOrDelete(claims, "cognito:groups", o.Groups.Groups)
		setOrDelete(claims, "cognito:roles", o.Groups.Roles)
		delete(claims, "cognito:preferred_role")
		if o.Groups.PreferredRole != nil {
			claims["cognito:preferred_role"] = *o.Groups.PreferredRole
		}
	}
}

// ApplyAccess changes the claims of an access token, its scope among them.
func (o Overrides) ApplyAccess(claims map[string]any) {
	o.Access.apply(claims, reservedInAccess)
	if o.Regroup {
		setOrDelete(claims, "cognito:groups", o.Groups.Groups)
	}
	if scope, ok := claims["scope"].(string); ok {
		claims["scope"] = o.Access.scope(scope)
	}
}

// apply adds and takes away. A claim that is both added and suppressed is suppressed.
func (c ClaimChanges) apply(claims map[string]any, reserved []string) {
	fixed := func(name string) bool {
		return name == "" || strings.HasPrefix(name, "cognito:") || strings.HasPrefix(name, ours) || slices.Contains(reservedEverywhere, name) || slices.Contains(reserved, name)
	}
	add := maps.Clone(c.Add)
	maps.DeleteFunc(add, func(name string, value any) bool { return value == nil || fixed(name) })
	maps.Copy(claims, add)
	for _, name := range c.Suppress {
		if !fixed(name) {
			delete(claims, name)
		}
	}
}

// scope is the scope of an access token with those that are added and without those
// that are suppressed, each once, in their order. One with white space in it would
// be several, and is left out.
func (c ClaimChanges) scope(now string) string {
	list := strings.Fields(now)
	for _, s := range c.AddScopes {
		if s != "" && !strings.ContainsFunc(s, unicode.IsSpace) && !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	list = slices.DeleteFunc(list, func(s string) bool { return slices.Contains(c.SuppressScopes, s) })
	return strings.Join(list, " ")
}

func setOrDelete(claims map[string]any, name string, list []string) {
	if len(list) == 0 {
		delete(claims, name)
		return
	}
	claims[name] = list
}
