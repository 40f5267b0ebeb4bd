// Package srp gives SRP-6a as Cognito speaks it: the server's side of the
// password exchange, and a client for tests, demonstrations and load.
//
// The password never crosses the wire. What crosses it:
//
//	client                                        server (knows salt and v = g^x)
//	a random, A = g^a       ── SRP_A ─────────▶   b random, B = k·v + g^b
//	                        ◀─ SALT, SRP_B, ───   b sealed into the secret block
//	                           SECRET_BLOCK
//	x from salt, password                         S = (A · v^u)^b
//	S = (B − k·g^x)^(a+u·x)
//	key from S and u        ── signature ─────▶   the same key, the same signature?
//
// All arithmetic is modulo the 3072-bit prime of RFC 5054 with g = 2. Cognito
// departs from RFC 5054 in three places, and so must we: numbers are hashed as
// Java's BigInteger.toByteArray writes them (see pad), x hashes the pool's name
// with the user's id, and the proof is one HKDF step and one HMAC over the
// secret block instead of the RFC's M1.
//
// Whatever depends on a password or on b runs in constant time: neither
// branches nor memory addresses depend on it. See element.go and power.go.
package srp

import (
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
)

// SaltBytes is the length of the salts that NewSalt makes.
const SaltBytes = 16

// SecretBytes is the length of b, the server's secret of one exchange. 256
// random bits match the 128-bit strength of the group.
const SecretBytes = 32

// NewSalt reads exactly 16 bytes from rand and makes a salt of them.
//
// Clients treat SALT as text or as an integer, and an integer loses leading
// zeros; some then forget the even length or the 00 before a set top bit. The
// first byte is therefore put into 0x40..0x7f, where every reading of the hex
// gives the same bytes. It costs two of 128 random bits.
//
// The same 16 bytes give the same salt, so the salt that an unknown user is
// shown (derived from his name) is indistinguishable from a real one.
func NewSalt(rand io.Reader) ([]byte, error) {
	salt := make([]byte, SaltBytes)
	if _, err := io.ReadFull(rand, salt); err != nil {
		return nil, fmt.Errorf("read randomness for a salt: %w", err)
	}
	salt[0] = salt[0]&0x3f | 0x40
	return salt, nil
}

// Challenge is the server's half of one exchange.
type Challenge struct {
	// Secret is b. The caller seals it into the secret block, so that the
	// server keeps nothing between the two requests.
	Secret Secret
	// B is SRP_B: lower-case hex without leading zeros.
	B string
}

// NewChallenge draws b from rand and computes B = k·v + g^b mod N. The error
// says that v is not a verifier or that rand failed; both are ours.
func NewChallenge(rand io.Reader, v Verifier) (Challenge, error) {
	verifier, err := v.element()
	if err != nil {
		return Challenge{}, err
	}
	secret := make(Secret, SecretBytes)
	if _, err := io.ReadFull(rand, secret); err != nil {
		return Challenge{}, fmt.Errorf("read randomness for an SRP challenge: %w", err)
	}
	b := publicB(&verifier, (*[SecretBytes]byte)(secret))
	return Challenge{Secret: secret, B: strings.TrimLeft(hex.EncodeToString(b.bytes()), "0")}, nil
}

// SessionKey computes the 16-byte key that both sides share if the client knew
// the password: S = (A · v^u)^b mod N, then one HKDF step. An unacceptable A is
// a fault (see ParseA); any other error is ours.
//
// v and b are used in constant time; A, B and u are public.
func SessionKey(v Verifier, secret []byte, aHex string) ([]byte, error) {
	a, err := parseA(aHex)
	if err != nil {
		return nil, err
	}
	verifier, err := v.element()
	if err != nil {
		return nil, err
	}
	if len(secret) != SecretBytes {
		return nil, fmt.Errorf("read an SRP secret: %d bytes, want %d", len(secret), SecretBytes)
	}
	b := publicB(&verifier, (*[SecretBytes]byte)(secret))
	u := scramble(a.bytes(), b.bytes())

	var s element
	a.toMontgomery(&a)
	s.toMontgomery(&verifier)
	s.power(&s, u)
	s.multiply(&s, &a)
	s.power(&s, secret)
	s.fromMontgomery(&s)
	return deriveKey(u, s.bytes()), nil
}

// publicB is B = k·v + g^b mod N.
func publicB(v *element, b *[SecretBytes]byte) (sum element) {
	powered := generatorPower(b)
	sum.multiply(v, &multiplierMontgomery) // plain times Montgomery form is plain
	sum.add(&sum, &powered)
	return sum
}

// ParseA tells whether aHex may be a client's SRP_A: hex of either case, at
// most 770 digits, 0 < A < N. The error is a fault. A ≡ 0 (mod N) would make
// S = 0 whatever the password is; larger values than N come from no honest client.
func ParseA(aHex string) error {
	_, err := parseA(aHex)
	return err
}

// maxHex allows a full-length number with the 00 that Java writes before a set top bit.
const maxHex = 2*elementBytes + 2

func parseA(aHex string) (element, error) {
	refused := fault.New(fault.InvalidParameter, "Invalid SRP_A value.")
	if aHex == "" || len(aHex) > maxHex {
		return element{}, refused.Because(fmt.Errorf("SRP_A has %d digits", len(aHex)))
	}
	raw, err := hex.DecodeString(strings.Repeat("0", len(aHex)%2) + aHex)
	if err != nil {
		return element{}, refused.Because(fmt.Errorf("SRP_A is not hex"))
	}
	var a element
	if err := a.setBytes(raw); err != nil {
		return element{}, refused.Because(fmt.Errorf("SRP_A: %w", err))
	}
	return a, nil
}
