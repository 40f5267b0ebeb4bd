package token_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/part/token"
	"github.com/gatehouse-id/gatehouse/internal/part/token/testkeys"
)

func TestJWKS(t *testing.T) {
	a, b, c := testkeys.Key(0), testkeys.Key(1), testkeys.Key(2)

	t.Run("lists each key once with exactly the members that Cognito has", func(t *testing.T) {
		var got struct{ Keys []map[string]string }
		if err := json.Unmarshal(token.NewKeySet(b, a, b).JWKS(), &got); err != nil {
			t.Fatal(err)
		}
		var kids []string
		for _, key := range got.Keys {
			kids = append(kids, key["kid"])
			members := slices.Sorted(maps.Keys(key))
			if want := []string{"alg", "e", "kid", "kty", "n", "use"}; !slices.Equal(members, want) {
				t.Errorf("the members are %v, want %v", members, want)
			}
			if key["alg"] != "RS256" || key["kty"] != "RSA" || key["use"] != "sig" || key["e"] != "AQAB" || len(key["n"]) != 342 {
				t.Errorf("the key is %v", key)
			}
		}
		want := []string{a.ID, b.ID}
		slices.Sort(want)
		if !slices.Equal(kids, want) {
			t.Errorf("the keys are %v, want %v", kids, want)
		}
	})

	t.Run("tells nothing private", func(t *testing.T) {
		text := string(token.NewKeySet(a).JWKS())
		private := privateKey(t, a)
		for _, n := range [][]byte{private.D.Bytes(), private.Primes[0].Bytes(), private.Primes[1].Bytes()} {
			if strings.Contains(text, base64url(n)) {
				t.Error("a private number stands in it")
			}
		}
	})

	t.Run("is an empty list when there are no keys", func(t *testing.T) {
		if got := string(token.NewKeySet().JWKS()); got != `{"keys":[]}` {
			t.Errorf("JWKS = %s", got)
		}
	})

	t.Run("lets tokens live on through a rotation, and end with their key", func(t *testing.T) {
		text := sign(t, a, accessClaims())
		if _, err := token.NewKeySet(c, b, a).Verify(text, noon, wantAccess); err != nil {
			t.Errorf("during the overlap: %v", err)
		}
		if _, err := token.NewKeySet(c, b).Verify(text, noon, wantAccess); err == nil {
			t.Error("after the overlap the token is still good")
		}
	})

	t.Run("is not changed through a copy", func(t *testing.T) {
		keys := token.NewKeySet(a)
		clear(keys.JWKS())
		if got := keys.JWKS(); got[0] != '{' {
			t.Errorf("JWKS = %q", got)
		}
	})
}

func TestDiscovery(t *testing.T) {
	t.Run("has the endpoints under the pool's domain, the keys under its issuer", func(t *testing.T) {
		got := string(token.Discovery(issuer, "https://login.example.com"))
		want := `{"authorization_endpoint":"https://login.example.com/oauth2/authorize",` +
			`"end_session_endpoint":"https://login.example.com/logout",` +
			`"id_token_signing_alg_values_supported":["RS256"],` +
			`"issuer":"https://id.example.com/eu-west-1_Abc123xyz",` +
			`"jwks_uri":"https://id.example.com/eu-west-1_Abc123xyz/.well-known/jwks.json",` +
			`"response_types_supported":["code","token"],` +
			`"revocation_endpoint":"https://login.example.com/oauth2/revoke",` +
			`"scopes_supported":["openid","email","phone","profile"],` +
			`"subject_types_supported":["public"],` +
			`"token_endpoint":"https://login.example.com/oauth2/token",` +
			`"token_endpoint_auth_methods_supported":["client_secret_basic","client_secret_post"],` +
			`"userinfo_endpoint":"https://login.example.com/oauth2/userInfo"}`
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
	t.Run("names no endpoint of a pool without a domain", func(t *testing.T) {
		if got := string(token.Discovery(issuer, "")); strings.Contains(got, "oauth2") || strings.Contains(got, "logout") {
			t.Errorf("got %s", got)
		}
	})
}
