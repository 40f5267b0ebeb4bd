package pool

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// checkClient holds a client's members against each other and against its pool,
// and what the pool has. doing is "creating" or "updating": AWS says which.
func checkClient(tx *store.Tx, owner *model.Pool, c *model.Client, doing string) error {
	if err := checkAttributes(owner, c.Doc, doing); err != nil {
		return err
	}
	for _, check := range []func(*model.Client) error{
		checkFlows, checkValidity, checkRotation, checkContext, checkOAuth, checkURLs,
	} {
		if err := check(c); err != nil {
			return err
		}
	}
	if err := checkProviders(tx, c); err != nil {
		return err
	}
	return checkScopes(tx, c)
}

// unwritable are the attributes that no client may write: an administrator or a code sets them.
var unwritable = []string{"sub", "email_verified", "phone_number_verified"}

// checkAttributes refuses permissions for attributes that the pool does not
// have, and a client that could sign nobody up because it may not write what is required.
func checkAttributes(owner *model.Pool, doc *shape.UserPoolClientType, doing string) error {
	known := func(name string) bool {
		return owner.Attribute(name) != nil && !strings.HasPrefix(name, "dev:")
	}
	for _, name := range doc.ReadAttributes {
		if !known(name) {
			return invalidf("Invalid read attributes specified while %s a client", doing)
		}
	}
	wrong := invalidf("Invalid write attributes specified while %s a client", doing)
	for _, name := range doc.WriteAttributes {
		if !known(name) || slices.Contains(unwritable, name) {
			return wrong
		}
	}
	if doc.WriteAttributes == nil {
		return nil
	}
	for _, a := range owner.Doc.SchemaAttributes {
		if wire.Of(a.Required) && *a.Name != "sub" && !slices.Contains(doc.WriteAttributes, *a.Name) {
			return wrong
		}
	}
	return nil
}

// checkFlows refuses a mixture of the names of today with those from before 2019.
func checkFlows(c *model.Client) error {
	current := 0
	for _, flow := range c.Doc.ExplicitAuthFlows {
		if strings.HasPrefix(flow, "ALLOW_") {
			current++
		}
	}
	if current > 0 && current < len(c.Doc.ExplicitAuthFlows) {
		return invalid("ExplicitAuthFlows must not mix values with the prefix ALLOW_ and values without it.")
	}
	return nil
}

// seconds is how long n units are; an absent unit is the given one.
func seconds(n *int32, unit *string, otherwise int64) int64 {
	per := otherwise
	switch wire.Of(unit) {
	case shape.TimeUnitsTypeSeconds:
		per = 1
	case shape.TimeUnitsTypeMinutes:
		per = minute
	case shape.TimeUnitsTypeHours:
		per = hour
	case shape.TimeUnitsTypeDays:
		per = day
	}
	return int64(wire.Of(n)) * per
}

const (
	minute = 60
	hour   = 60 * minute
	day    = 24 * hour
	decade = 3650 * day
)

// checkValidity bounds the lives of tokens: access and ID tokens 5 minutes to a
// day, refresh tokens an hour to ten years, and never shorter than the others.
func checkValidity(c *model.Client) error {
	wrong := invalid("Invalid range for token validity.")
	units := c.Doc.TokenValidityUnits
	refresh := seconds(c.Doc.RefreshTokenValidity, units.RefreshToken, day)
	if refresh < hour || refresh > decade {
		return wrong
	}
	for _, life := range []int64{
		seconds(or(c.Doc.AccessTokenValidity, 1), unitOr(c.Doc.AccessTokenValidity, units.AccessToken), hour),
		seconds(or(c.Doc.IdTokenValidity, 1), unitOr(c.Doc.IdTokenValidity, units.IdToken), hour),
	} {
		if life < 5*minute || life > day || life > refresh {
			return wrong
		}
	}
	return nil
}

// unitOr is the unit where there is a number: a unit alone changes nothing.
func unitOr(n *int32, unit *string) *string {
	if n == nil {
		return nil
	}
	return unit
}

// checkRotation refuses rotation beside the flow that would go around it.
func checkRotation(c *model.Client) error {
	if rotates, _ := c.Rotates(); rotates && slices.Contains(c.Doc.ExplicitAuthFlows, shape.ExplicitAuthFlowsTypeAllowRefreshTokenAuth) {
		return invalid("ALLOW_REFRESH_TOKEN_AUTH cannot be enabled together with refresh token rotation.")
	}
	return nil
}

// checkContext refuses to believe the IP address that a public client tells:
// whoever runs it could tell any.
func checkContext(c *model.Client) error {
	if wire.Of(c.Doc.EnablePropagateAdditionalUserContextData) && !c.Confidential() {
		return invalid("EnablePropagateAdditionalUserContextData can only be enabled for a client with a client secret.")
	}
	return nil
}

// checkProviders refuses identity providers that the pool does not have.
func checkProviders(tx *store.Tx, c *model.Client) error {
	if len(c.Doc.SupportedIdentityProviders) > maxProvidersOfClient { // the model has no bound, and each is looked up
		return invalidf("SupportedIdentityProviders must have at most %d elements.", maxProvidersOfClient)
	}
	for _, name := range c.Doc.SupportedIdentityProviders {
		if name == OwnProvider {
			continue
		}
		_, err := tx.Resource(c.PoolID, model.IdentityProvider, name)
		if errors.Is(err, store.ErrNotFound) {
			return invalidf("The provider %s does not exist for User Pool %s.", name, c.PoolID)
		}
		if err != nil {
			return fmt.Errorf("read an identity provider: %w", err)
		}
	}
	return nil
}

// maxProvidersOfClient is all that a pool can have, and its own users.
const maxProvidersOfClient = 301

// OwnProvider names a pool's own users among identity providers.
const OwnProvider = "COGNITO"

// standardScopes are the scopes of every pool.
var standardScopes = []string{"phone", "email", "openid", "profile", "aws.cognito.signin.user.admin"}

func checkOAuth(c *model.Client) error {
	refuse := func(message string) error { return fault.New(fault.InvalidOAuthFlow, message) }
	flows, scopes := c.Doc.AllowedOAuthFlows, c.Doc.AllowedOAuthScopes
	if wire.Of(c.Doc.AllowedOAuthFlowsUserPoolClient) && (len(flows) == 0 || len(scopes) == 0) {
		return refuse("AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.")
	}
	machine := slices.Contains(flows, shape.OAuthFlowTypeClientCredentials)
	switch {
	case machine && len(flows) > 1:
		return refuse("client_credentials flow can not be selected along with code flow or implicit flow.")
	case machine && !c.Confidential():
		return refuse("client_credentials flow can not be selected if client does not have a client secret.")
	case machine && len(scopes) > 0 && slices.Contains(standardScopes, scopes[0]):
		return refuse(scopes[0] + " is not supported with client_credentials flow")
	}
	return nil
}

// checkScopes refuses scopes that neither every pool nor a resource server of this one has.
func checkScopes(tx *store.Tx, c *model.Client) error {
	for _, scope := range c.Doc.AllowedOAuthScopes {
		if slices.Contains(standardScopes, scope) {
			continue
		}
		ok, err := hasScope(tx, c.PoolID, scope)
		if err != nil {
			return err
		}
		if !ok {
			return fault.Newf(fault.ScopeDoesNotExist, "Invalid scope requested: %s", scope)
		}
	}
	return nil
}

// hasScope tells whether a resource server of the pool has a scope, which is
// identifier/name. An identifier may have slashes, a name has none.
func hasScope(tx *store.Tx, poolID, scope string) (bool, error) {
	slash := strings.LastIndexByte(scope, '/')
	if slash < 0 {
		return false, nil
	}
	r, err := tx.Resource(poolID, model.ResourceServer, scope[:slash])
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read a resource server: %w", err)
	}
	var server shape.ResourceServerType
	if err := wire.Read(r.Document, &server); err != nil {
		return false, fmt.Errorf("resource server %s: %w", r.Name, err)
	}
	return slices.ContainsFunc(server.Scopes, func(s shape.ResourceServerScopeType) bool {
		return *s.ScopeName == scope[slash+1:]
	}), nil
}
