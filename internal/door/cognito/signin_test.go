package cognito

import (
	"fmt"
	"strings"
	"testing"
)

func TestSignIn(t *testing.T) {
	r := newRig(t, anyCredentials)
	pool := r.must(t, "CreateUserPool", `{"PoolName":"x"}`).text(t, "UserPool.Id")
	client := r.must(t, "CreateUserPoolClient", fmt.Sprintf(
		`{"UserPoolId":%q,"ClientName":"app","ExplicitAuthFlows":["ALLOW_USER_PASSWORD_AUTH","ALLOW_ADMIN_USER_PASSWORD_AUTH","ALLOW_REFRESH_TOKEN_AUTH"]}`, pool)).text(t, "UserPoolClient.ClientId")
	r.must(t, "AdminCreateUser", fmt.Sprintf(`{"UserPoolId":%q,"Username":"ann","TemporaryPassword":"Kettle-drum-77","MessageAction":"SUPPRESS"}`, pool))
	start := func(t *testing.T, password string) reply {
		t.Helper()
		return r.must(t, "InitiateAuth", fmt.Sprintf(
			`{"ClientId":%q,"AuthFlow":"USER_PASSWORD_AUTH","AuthParameters":{"USERNAME":"ann","PASSWORD":%q}}`, client, password))
	}
	t.Run("a challenge has a name, a session and parameters, and no tokens", func(t *testing.T) {
		got := start(t, "Kettle-drum-77")
		if got.text(t, "ChallengeName") != "NEW_PASSWORD_REQUIRED" || got.text(t, "Session") == "" || got.find(t, "AuthenticationResult") != nil {
			t.Errorf("got %s", got.body)
		}
		done := r.must(t, "RespondToAuthChallenge", fmt.Sprintf(
			`{"ClientId":%q,"ChallengeName":"NEW_PASSWORD_REQUIRED","Session":%q,"ChallengeResponses":{"USERNAME":"ann","NEW_PASSWORD":"Copper-moon-19"}}`,
			client, got.text(t, "Session")))
		if !strings.Contains(done.body, `"ChallengeParameters":{}`) || done.text(t, "AuthenticationResult.TokenType") != "Bearer" {
			t.Errorf("got %s", done.body)
		}
	})
	t.Run("tokens come with empty parameters, and the access token speaks for its user", func(t *testing.T) {
		got := start(t, "Copper-moon-19")
		if !strings.Contains(got.body, `"ChallengeParameters":{}`) || got.find(t, "ChallengeName") != nil || got.find(t, "AuthenticationResult.ExpiresIn") != 3600.0 {
			t.Errorf("got %s", got.body)
		}
		me := r.must(t, "GetUser", fmt.Sprintf(`{"AccessToken":%q}`, got.text(t, "AuthenticationResult.AccessToken")))
		if me.text(t, "Username") != "ann" {
			t.Errorf("got %s", me.body)
		}
	})
	t.Run("a sign-out ends the tokens", func(t *testing.T) {
		token := start(t, "Copper-moon-19").text(t, "AuthenticationResult.AccessToken")
		r.must(t, "GlobalSignOut", fmt.Sprintf(`{"AccessToken":%q}`, token))
		refused(t, r.call(t, "GetUser", fmt.Sprintf(`{"AccessToken":%q}`, token)), 400, "NotAuthorizedException", "Access Token has been revoked")
	})
	t.Run("an administrator ends them too", func(t *testing.T) {
		token := start(t, "Copper-moon-19").text(t, "AuthenticationResult.AccessToken")
		r.must(t, "AdminUserGlobalSignOut", fmt.Sprintf(`{"UserPoolId":%q,"Username":"ann"}`, pool))
		refused(t, r.call(t, "GetUser", fmt.Sprintf(`{"AccessToken":%q}`, token)), 400, "NotAuthorizedException", "Access Token has been revoked")
	})
	t.Run("a refresh token gives new tokens until it is revoked", func(t *testing.T) {
		refresh := start(t, "Copper-moon-19").text(t, "AuthenticationResult.RefreshToken")
		again := fmt.Sprintf(`{"ClientId":%q,"RefreshToken":%q}`, client, refresh)
		if got := r.must(t, "GetTokensFromRefreshToken", again); got.find(t, "AuthenticationResult.RefreshToken") != nil {
			t.Errorf("got %s", got.body)
		}
		r.must(t, "RevokeToken", fmt.Sprintf(`{"ClientId":%q,"Token":%q}`, client, refresh))
		refused(t, r.call(t, "GetTokensFromRefreshToken", again), 400, "NotAuthorizedException", "Refresh Token has been revoked")
	})
	t.Run("an administrator signs in for a user and tells where the user is", func(t *testing.T) {
		body := func(ip string) string {
			return fmt.Sprintf(`{"UserPoolId":%q,"ClientId":%q,"AuthFlow":"ADMIN_USER_PASSWORD_AUTH","AuthParameters":{"USERNAME":"ann","PASSWORD":"Copper-moon-19"},
				"ContextData":{"IpAddress":%q,"ServerName":"s","ServerPath":"/","HttpHeaders":[]}}`, pool, client, ip)
		}
		r.must(t, "AdminInitiateAuth", body("192.0.2.7"))
		refused(t, r.call(t, "AdminInitiateAuth", body("somewhere")), 400, "InvalidParameterException", "Invalid IpAddress in ContextData.")
	})
	t.Run("a token that is none is refused", func(t *testing.T) {
		refused(t, r.call(t, "GetUser", `{"AccessToken":"a.b.c"}`), 400, "NotAuthorizedException", "Invalid Access Token")
	})
}
