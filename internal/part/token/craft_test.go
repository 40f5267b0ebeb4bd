package token_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/part/token"
)

const sha256Hash = crypto.SHA256

func base64url(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// privateKey takes the key out of its wrapping, as an attacker who stole it would.
func privateKey(t testing.TB, key *token.Key) *rsa.PrivateKey {
	t.Helper()
	parsed, err := x509.ParsePKCS8PrivateKey(key.Marshal())
	if err != nil {
		t.Fatal(err)
	}
	return parsed.(*rsa.PrivateKey)
}

// craft signs any header and claims with the key, whatever they say.
func craft(t testing.TB, key *token.Key, header, claims string) string {
	t.Helper()
	signed := base64url([]byte(header)) + "." + base64url([]byte(claims))
	digest := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(nil, privateKey(t, key), crypto.SHA256, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return signed + "." + base64url(signature)
}

// craftHMAC signs with a shared secret, as HS256 does.
func craftHMAC(header, claims string, secret []byte) string {
	signed := base64url([]byte(header)) + "." + base64url([]byte(claims))
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(signed))
	return signed + "." + base64url(mac.Sum(nil))
}

func header(key *token.Key) string { return `{"kid":"` + key.ID + `","alg":"RS256"}` }

// otherKeys are PKCS #8 texts, or none, that are no signing key of ours.
func otherKeys(t *testing.T) map[string][]byte {
	t.Helper()
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string][]byte{"nothing": nil, "noise": []byte("noise")}
	for name, key := range map[string]any{"a key on a curve": curve, "RSA of 1024 bits": small} {
		if keys[name], err = x509.MarshalPKCS8PrivateKey(key); err != nil {
			t.Fatal(err)
		}
	}
	return keys
}
