package pool_test

import (
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

func TestCreateClient(t *testing.T) {
	t.Run("a client that asks for nothing gets what Cognito gives", func(t *testing.T) {
		r := newRig(t, nil)
		made, err := r.client(t, r.pool(t, `{"PoolName":"web"}`), "")
		if err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(`^[0-9a-z]{26}$`).MatchString(*made.ClientId) {
			t.Errorf("got id %q", *made.ClientId)
		}
		golden(t, "new-client.json", made)
	})
	t.Run("a generated secret is told on every description, and sealed in the store", func(t *testing.T) {
		r := newRig(t, nil)
		id := r.pool(t, `{"PoolName":"web"}`)
		made, err := r.client(t, id, `,"GenerateSecret":true`)
		if err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(`^[0-9a-z]{51}$`).MatchString(wire.Of(made.ClientSecret)) {
			t.Errorf("got a secret of %d characters", len(wire.Of(made.ClientSecret)))
		}
		told, err := r.DescribeClient(t.Context(), id, *made.ClientId)
		if err != nil || wire.Of(told.ClientSecret) != *made.ClientSecret {
			t.Errorf("told another secret, or %v", err)
		}
		list, err := r.Clients(t.Context(), id, "", 10)
		if err != nil || len(list) != 1 || list[0].Doc.ClientSecret != nil || !list[0].Confidential() {
			t.Errorf("stored %v, %v", list, err)
		}
	})
	t.Run("a secret can be brought along, but not beside a generated one", func(t *testing.T) {
		r := newRig(t, nil)
		id := r.pool(t, `{"PoolName":"web"}`)
		made, err := r.client(t, id, `,"ClientSecret":"abcdefghijklmnopqrstuvwxyz"`)
		if err != nil || wire.Of(made.ClientSecret) != "abcdefghijklmnopqrstuvwxyz" {
			t.Errorf("got %v", err)
		}
		_, err = r.client(t, id, `,"GenerateSecret":true,"ClientSecret":"abcdefghijklmnopqrstuvwxyz"`)
		refused(t, err, fault.InvalidParameter, "GenerateSecret and ClientSecret cannot be used together.")
	})
	t.Run("a refresh token life of 0 is 30 days, whatever the unit", func(t *testing.T) {
		r := newRig(t, nil)
		made, err := r.client(t, r.pool(t, `{"PoolName":"web"}`), `,"RefreshTokenValidity":0,"TokenValidityUnits":{"RefreshToken":"seconds"}`)
		if err != nil || *made.RefreshTokenValidity != 30 || made.TokenValidityUnits.RefreshToken != nil {
			t.Errorf("got %v, %v", made, err)
		}
	})
	t.Run("a pool that does not exist", func(t *testing.T) {
		_, err := newRig(t, nil).client(t, "us-east-1_Nothing", "")
		refused(t, err, fault.ResourceNotFound, "User pool us-east-1_Nothing does not exist.")
	})
}

func TestClientIsRefused(t *testing.T) {
	const badWrite = "Invalid write attributes specified while creating a client"
	const badRange = "Invalid range for token validity."
	r := newRig(t, nil)
	id := r.pool(t, `{"PoolName":"web","Schema":[{"Name":"email","Required":true},{"Name":"secret","AttributeDataType":"String","DeveloperOnlyAttribute":true}]}`)
	for _, c := range []struct{ name, rest, code, message string }{
		{"with a mixture of old and new flows", `,"ExplicitAuthFlows":["ALLOW_USER_SRP_AUTH","USER_PASSWORD_AUTH"]`,
			"InvalidParameterException", "ExplicitAuthFlows must not mix values with the prefix ALLOW_ and values without it."},
		{"with rotation beside the refresh flow", `,"ExplicitAuthFlows":["ALLOW_REFRESH_TOKEN_AUTH"],"RefreshTokenRotation":{"Feature":"ENABLED"}`,
			"InvalidParameterException", "ALLOW_REFRESH_TOKEN_AUTH cannot be enabled together with refresh token rotation."},
		{"with an access token of a minute", `,"AccessTokenValidity":1,"TokenValidityUnits":{"AccessToken":"minutes"}`, "InvalidParameterException", badRange},
		{"with an access token of 60 hours", `,"AccessTokenValidity":60`, "InvalidParameterException", badRange},
		{"with an ID token of two days", `,"IdTokenValidity":2,"TokenValidityUnits":{"IdToken":"days"}`, "InvalidParameterException", badRange},
		{"with a refresh token of 59 minutes", `,"RefreshTokenValidity":59,"TokenValidityUnits":{"RefreshToken":"minutes"}`, "InvalidParameterException", badRange},
		{"with a refresh token of a century", `,"RefreshTokenValidity":36500`, "InvalidParameterException", badRange},
		{"with a refresh token of eons, which overflow nothing", `,"RefreshTokenValidity":315360000`, "InvalidParameterException", badRange},
		{"with a refresh token shorter than the access token", `,"AccessTokenValidity":2,"RefreshTokenValidity":1,"TokenValidityUnits":{"RefreshToken":"hours"}`, "InvalidParameterException", badRange},
		{"that reads what is not there", `,"ReadAttributes":["custom:nothing"]`, "InvalidParameterException", "Invalid read attributes specified while creating a client"},
		{"that reads what is for developers", `,"ReadAttributes":["dev:custom:secret"]`, "InvalidParameterException", "Invalid read attributes specified while creating a client"},
		{"that writes what is not there", `,"WriteAttributes":["email","custom:nothing"]`, "InvalidParameterException", badWrite},
		{"that verifies its own e-mail", `,"WriteAttributes":["email","email_verified"]`, "InvalidParameterException", badWrite},
		{"that chooses who its users are", `,"WriteAttributes":["email","sub"]`, "InvalidParameterException", badWrite},
		{"that may not write what sign-up requires", `,"WriteAttributes":["name"]`, "InvalidParameterException", badWrite},
		{"of a provider that is not there", `,"SupportedIdentityProviders":["COGNITO","Google"]`, "InvalidParameterException", "The provider Google does not exist for User Pool " + id + "."},
		{"public, that tells the addresses of its users", `,"EnablePropagateAdditionalUserContextData":true`,
			"InvalidParameterException", "EnablePropagateAdditionalUserContextData can only be enabled for a client with a client secret."},
		{"that calls back over HTTP", `,"CallbackURLs":["http://example.com/back"]`, "InvalidParameterException", "http://example.com/back cannot use the HTTP protocol."},
		{"that signs out over HTTP", `,"LogoutURLs":["http://127.0.0.1.example.com"]`, "InvalidParameterException", "http://127.0.0.1.example.com cannot use the HTTP protocol."},
		{"that calls back to a path", `,"CallbackURLs":["/back"]`, "InvalidParameterException", "/back is not a valid redirect URI."},
		{"that calls back to a script", `,"CallbackURLs":["javascript:alert(1)"]`, "InvalidParameterException", "javascript:alert(1) is not a valid redirect URI."},
		{"that calls back with a fragment", `,"CallbackURLs":["https://example.com/#a"]`, "InvalidParameterException", "https://example.com/#a cannot contain a fragment."},
		{"that calls back with a user", `,"CallbackURLs":["https://good.example@evil.example/"]`, "InvalidParameterException", "https://good.example@evil.example/ is not a valid redirect URI."},
		{"with a default that is no callback", `,"DefaultRedirectURI":"https://example.com/"`, "InvalidParameterException", "DefaultRedirectURI must be one of the CallbackURLs."},
		{"of OAuth without a flow", `,"AllowedOAuthFlowsUserPoolClient":true`, "InvalidOAuthFlowException",
			"AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows."},
		{"of machines and people", `,"GenerateSecret":true,"AllowedOAuthFlows":["client_credentials","code"]`, "InvalidOAuthFlowException",
			"client_credentials flow can not be selected along with code flow or implicit flow."},
		{"of machines without a secret", `,"AllowedOAuthFlows":["client_credentials"]`, "InvalidOAuthFlowException",
			"client_credentials flow can not be selected if client does not have a client secret."},
		{"of machines that are people", `,"GenerateSecret":true,"AllowedOAuthFlows":["client_credentials"],"AllowedOAuthScopes":["openid"]`, "InvalidOAuthFlowException",
			"openid is not supported with client_credentials flow"},
		{"with a scope that is not there", `,"AllowedOAuthFlows":["code"],"AllowedOAuthScopes":["openid","Cognito"]`, "ScopeDoesNotExistException", "Invalid scope requested: Cognito"},
	} {
		t.Run("a client "+c.name, func(t *testing.T) {
			_, err := r.client(t, id, c.rest)
			refused(t, err, fault.Code(c.code), c.message)
		})
	}
	t.Run("and nothing of them is stored", func(t *testing.T) {
		if list, err := r.Clients(t.Context(), id, "", 10); err != nil || len(list) != 0 {
			t.Errorf("got %d clients, %v", len(list), err)
		}
	})
}

func TestClientIsAccepted(t *testing.T) {
	r := newRig(t, nil)
	id := r.pool(t, `{"PoolName":"web","Schema":[{"Name":"email","Required":true}]}`)
	for name, rest := range map[string]string{
		"with the flows of before 2019":          `,"ExplicitAuthFlows":["ADMIN_NO_SRP_AUTH","USER_PASSWORD_AUTH"]`,
		"with rotation in place of refresh":      `,"ExplicitAuthFlows":["ALLOW_USER_SRP_AUTH"],"RefreshTokenRotation":{"Feature":"ENABLED","RetryGracePeriodSeconds":60}`,
		"with tokens of 5 minutes":               `,"AccessTokenValidity":300,"IdTokenValidity":5,"TokenValidityUnits":{"AccessToken":"seconds","IdToken":"minutes"}`,
		"with tokens of a day and of ten years":  `,"AccessTokenValidity":24,"RefreshTokenValidity":3650`,
		"with a unit and no number":              `,"TokenValidityUnits":{"AccessToken":"minutes","IdToken":"seconds"}`,
		"that calls back to this machine":        `,"CallbackURLs":["http://localhost:3000/","http://127.0.0.1/x","http://[::1]:80/"]`,
		"that calls back to an app":              `,"CallbackURLs":["myapp://callback"],"DefaultRedirectURI":"myapp://callback"`,
		"that writes what is required":           `,"WriteAttributes":["email","name"]`,
		"that tells addresses, and has a secret": `,"GenerateSecret":true,"EnablePropagateAdditionalUserContextData":true`,
		"of OAuth":                               `,"AllowedOAuthFlowsUserPoolClient":true,"AllowedOAuthFlows":["code"],"AllowedOAuthScopes":["openid","email"]`,
		"with empty lists":                       `,"ReadAttributes":[],"WriteAttributes":[],"ExplicitAuthFlows":[]`,
	} {
		t.Run("a client "+name, func(t *testing.T) {
			if _, err := r.client(t, id, rest); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestUpdateClient(t *testing.T) {
	t.Run("an update replaces all but name, secret and risk configuration", func(t *testing.T) {
		r := newRig(t, nil)
		id := r.pool(t, `{"PoolName":"web"}`)
		made, err := r.client(t, id, `,"GenerateSecret":true,"ExplicitAuthFlows":["ALLOW_USER_PASSWORD_AUTH"],"AccessTokenValidity":2,
			"CallbackURLs":["https://example.com/"],"PreventUserExistenceErrors":"ENABLED","EnableTokenRevocation":false`)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.SetRisk(t.Context(), read[shape.SetRiskConfigurationRequest](t, fmt.Sprintf(
			`{"UserPoolId":%q,"ClientId":%q,"RiskExceptionConfiguration":{}}`, id, *made.ClientId))); err != nil {
			t.Fatal(err)
		}
		r.now = r.now.Add(time.Hour)
		told, err := r.UpdateClient(t.Context(), read[shape.UpdateUserPoolClientRequest](t, fmt.Sprintf(`{"UserPoolId":%q,"ClientId":%q}`, id, *made.ClientId)))
		if err != nil {
			t.Fatal(err)
		}
		plain, err := r.client(t, id, "")
		if err != nil {
			t.Fatal(err)
		}
		plain.ClientId, plain.ClientSecret = made.ClientId, made.ClientSecret
		plain.CreationDate = made.CreationDate
		if got, want := text(t, told), text(t, plain); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if risk, err := r.Risk(t.Context(), id, *made.ClientId); err != nil || risk.RiskExceptionConfiguration == nil {
			t.Errorf("the risk configuration is gone: %v, %v", risk, err)
		}
	})
	t.Run("a refused update changes nothing", func(t *testing.T) {
		r := newRig(t, nil)
		id := r.pool(t, `{"PoolName":"web"}`)
		made, err := r.client(t, id, "")
		if err != nil {
			t.Fatal(err)
		}
		_, err = r.UpdateClient(t.Context(), read[shape.UpdateUserPoolClientRequest](t, fmt.Sprintf(`{"UserPoolId":%q,"ClientId":%q,"ReadAttributes":["custom:x"]}`, id, *made.ClientId)))
		refused(t, err, fault.InvalidParameter, "Invalid read attributes specified while updating a client")
		told, err := r.DescribeClient(t.Context(), id, *made.ClientId)
		if err != nil || text(t, told) != text(t, made) {
			t.Errorf("got %v, %v", told, err)
		}
	})
}

func TestForeignClient(t *testing.T) {
	r := newRig(t, nil)
	mine, other := r.pool(t, `{"PoolName":"mine"}`), r.pool(t, `{"PoolName":"other"}`)
	made, err := r.client(t, other, "")
	if err != nil {
		t.Fatal(err)
	}
	want := "User pool client " + *made.ClientId + " does not exist."
	t.Run("another pool's client is not described", func(t *testing.T) {
		_, err := r.DescribeClient(t.Context(), mine, *made.ClientId)
		refused(t, err, fault.ResourceNotFound, want)
	})
	t.Run("nor updated", func(t *testing.T) {
		_, err := r.UpdateClient(t.Context(), read[shape.UpdateUserPoolClientRequest](t, fmt.Sprintf(`{"UserPoolId":%q,"ClientId":%q}`, mine, *made.ClientId)))
		refused(t, err, fault.ResourceNotFound, want)
	})
	t.Run("nor deleted", func(t *testing.T) {
		refused(t, r.DeleteClient(t.Context(), mine, *made.ClientId), fault.ResourceNotFound, want)
		if err := r.DeleteClient(t.Context(), other, *made.ClientId); err != nil {
			t.Errorf("in its own pool: %v", err)
		}
	})
}
