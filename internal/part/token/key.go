// Package token gives the three tokens of a sign-in: ID, access and refresh.
//
// ID and access tokens are JWTs signed with RS256 (RFC 7515, RFC 7519), each
// with a key of its own:
//
//	base64url(header) . base64url(claims) . base64url(signature)
//	header = {"kid":"<key id>","alg":"RS256"}
//
// We verify only what we signed ourselves, so the first part of a good token is
// one of a handful of known strings. Verify looks that string up and never
// parses a header: a token that says "none", HS256 or an unknown key names no
// entry, and the confusions of algorithms that RFC 8725 warns of have nothing
// to confuse. Nothing of the claims is read before the signature holds.
//
// A refresh token has the look of the JWE that Cognito hands out, for its
// clients' sake, and is a box of base/seal; see SealRefresh.
package token

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"

	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// MaxSize bounds a signed token, in bytes: Sign makes none that is longer and
// Verify reads none. A user may be in 100 groups with names of 128 characters.
const MaxSize = 128 << 10

// keyBits is the modulus of new keys, as Cognito's: what every verifier takes.
const keyBits = 2048

var base64url = base64.RawURLEncoding.Strict()

// Claims are the members of a token, by name; values must be encodable as JSON.
type Claims map[string]any

// Key signs tokens. It prints as [redacted].
type Key struct {
	ID string // kid: base64url of the key's SHA-256 thumbprint (RFC 7638)

	private *rsa.PrivateKey
	header  string // first part of every token of this key, with its dot
}

// NewKey makes an RSA key of 2048 bits. It takes no source of randomness
// because crypto/rsa uses the system's alone since Go 1.26; for tests that must
// repeat themselves there are the keys of package testkeys.
func NewKey() (*Key, error) {
	private, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return nil, fmt.Errorf("make signing key: %w", err)
	}
	return newKey(private), nil
}

// ParseKey reads what Marshal wrote. The result is ready to sign at full speed.
func ParseKey(der []byte) (*Key, error) {
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, errors.New("parse signing key: not a PKCS #8 key")
	}
	private, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("parse signing key: found a %T, want RSA", parsed)
	}
	if bits := private.N.BitLen(); bits < keyBits {
		return nil, fmt.Errorf("parse signing key: %d bits, want at least %d", bits, keyBits)
	}
	return newKey(private), nil
}

func newKey(private *rsa.PrivateKey) *Key {
	private.Precompute() // does nothing when it was done; without it a signature takes three times as long
	id := thumbprint(&private.PublicKey)
	return &Key{ID: id, private: private, header: headerOf(id)}
}

// Marshal is the private key in PKCS #8, to be sealed at rest.
func (k *Key) Marshal() []byte {
	der, err := x509.MarshalPKCS8PrivateKey(k.private)
	if err != nil {
		panic(err) // only for kinds of keys that x509 does not know
	}
	return der
}

// Sign makes a token of the claims. Equal claims give equal tokens. It fails
// for values that are not JSON and for a token over MaxSize.
func (k *Key) Sign(claims Claims) (string, error) {
	payload, err := wire.Encode(claims)
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	signed := len(k.header) + base64url.EncodedLen(len(payload))
	size := signed + 1 + base64url.EncodedLen(k.private.Size())
	if size > MaxSize {
		return "", fmt.Errorf("sign token: it would take %d bytes, over the limit of %d", size, MaxSize)
	}
	b := make([]byte, 0, size)
	b = append(b, k.header...)
	b = base64url.AppendEncode(b, payload)
	digest := sha256.Sum256(b)
	signature, err := rsa.SignPKCS1v15(nil, k.private, crypto.SHA256, digest[:])
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	b = append(b, '.')
	return string(base64url.AppendEncode(b, signature)), nil
}

// Format writes [redacted], whatever the verb.
func (k Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[redacted]") }

// LogValue logs [redacted].
func (k Key) LogValue() slog.Value { return slog.StringValue("[redacted]") }

// MarshalText writes [redacted]: a key is stored by Marshal, sealed, and never as JSON.
func (k Key) MarshalText() ([]byte, error) { return []byte("[redacted]"), nil }

// headerOf is the first part of a token and its dot, members as Cognito orders them.
func headerOf(id string) string {
	return base64url.EncodeToString([]byte(`{"kid":"`+id+`","alg":"RS256"}`)) + "."
}

// thumbprint is RFC 7638: the hash of the required members in lexical order.
func thumbprint(public *rsa.PublicKey) string {
	sum := sha256.Sum256(wire.Must(struct {
		E   string `json:"e"`
		Kty string `json:"kty"`
		N   string `json:"n"`
	}{exponent(public), "RSA", modulus(public)}))
	return base64url.EncodeToString(sum[:])
}

func exponent(public *rsa.PublicKey) string {
	return base64url.EncodeToString(big.NewInt(int64(public.E)).Bytes())
}

func modulus(public *rsa.PublicKey) string { return base64url.EncodeToString(public.N.Bytes()) }
