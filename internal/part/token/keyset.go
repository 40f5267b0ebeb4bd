package token

import (
	"crypto/rsa"
	"slices"
	"strings"

	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// KeySet is the public half of a pool's keys: those that sign now, those that
// will soon and those whose tokens still live. It is immutable and safe for
// concurrent use; build it once per pool, not once per request.
type KeySet struct {
	byHeader map[string]*rsa.PublicKey // by the first part of a token, with its dot
	jwks     []byte
}

// jwk is a public key as verifiers read it (RFC 7517); members as Cognito's.
type jwk struct {
	Alg string `json:"alg"`
	E   string `json:"e"`
	Kid string `json:"kid"`
	Kty string `json:"kty"`
	N   string `json:"n"`
	Use string `json:"use"`
}

// NewKeySet collects the public halves of keys. Their order does not matter;
// the same key twice counts once.
func NewKeySet(keys ...*Key) KeySet {
	s := KeySet{byHeader: make(map[string]*rsa.PublicKey, len(keys))}
	list := make([]jwk, 0, len(keys))
	for _, k := range keys {
		if _, twice := s.byHeader[k.header]; twice {
			continue
		}
		public := k.private.PublicKey
		s.byHeader[k.header] = &public
		list = append(list, jwk{"RS256", exponent(&public), k.ID, "RSA", modulus(&public), "sig"})
	}
	slices.SortFunc(list, func(a, b jwk) int { return strings.Compare(a.Kid, b.Kid) })
	s.jwks = wire.Must(map[string][]jwk{"keys": list})
	return s
}

// JWKS is the document at <issuer>/.well-known/jwks.json, keys in order of kid.
func (s KeySet) JWKS() []byte { return slices.Clone(s.jwks) }

// Discovery is the document at <issuer>/.well-known/openid-configuration. base
// is where the pool's pages and OAuth endpoints are, without a slash at the end
// (https://login.example.com); while a pool has none, base is "" and the
// endpoints are left out.
func Discovery(issuer, base string) []byte {
	doc := map[string]any{
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"issuer":                                issuer,
		"jwks_uri":                              issuer + "/.well-known/jwks.json",
		"response_types_supported":              []string{"code", "token"},
		"scopes_supported":                      []string{"openid", "email", "phone", "profile"},
		"subject_types_supported":               []string{"public"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_basic", "client_secret_post"},
	}
	if base != "" {
		doc["authorization_endpoint"] = base + "/oauth2/authorize"
		doc["end_session_endpoint"] = base + "/logout"
		doc["revocation_endpoint"] = base + "/oauth2/revoke"
		doc["token_endpoint"] = base + "/oauth2/token"
		doc["userinfo_endpoint"] = base + "/oauth2/userInfo"
	}
	return wire.Must(doc)
}
