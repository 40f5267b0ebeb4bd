package srp

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
)

// Verifier is v = g^x mod N, 384 bytes big-endian: what the server keeps
// instead of the password. Whoever holds it can test passwords offline at the
// price of one hash and one exponentiation each, so it is stored sealed, prints
// as [redacted] and refuses to be marshalled.
type Verifier []byte

// Secret is b, the server's secret of one exchange. It prints as [redacted] and
// refuses to be marshalled.
type Secret []byte

// Compute derives the verifier of a password. The salt is the bytes behind
// SALT, poolName is the pool's id after the underscore, userID is what the
// client receives as USER_ID_FOR_SRP. The password is hashed byte for byte as
// UTF-8, without Unicode normalisation, because that is what clients do.
func Compute(salt []byte, poolName, userID, password string) Verifier {
	x := privateKey(salt, poolName, userID, password)
	v := generatorPower(&x)
	return v.bytes()
}

// Equal compares in constant time.
func (v Verifier) Equal(w Verifier) bool { return subtle.ConstantTimeCompare(v, w) == 1 }

// element reads v; the error says that it is no verifier, and nothing more of it.
func (v Verifier) element() (z element, err error) {
	if len(v) != elementBytes {
		return z, fmt.Errorf("read an SRP verifier: %d bytes, want %d", len(v), elementBytes)
	}
	if err := z.setBytes(v); err != nil {
		return z, fmt.Errorf("read an SRP verifier: %w", err)
	}
	return z, nil
}

// Format prints [redacted] whatever the verb.
func (v Verifier) Format(f fmt.State, _ rune) { fmt.Fprint(f, redacted) }

// MarshalText refuses: a verifier leaves memory as sealed bytes or not at all.
func (v Verifier) MarshalText() ([]byte, error) { return nil, errSecret }

// Format prints [redacted] whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, redacted) }

// MarshalText refuses: a secret leaves memory as sealed bytes or not at all.
func (s Secret) MarshalText() ([]byte, error) { return nil, errSecret }

const redacted = "[redacted]"

var errSecret = errors.New("marshal an SRP secret: seal its bytes instead")

// privateKey is x = H(pad(salt) || H(poolName || userID || ":" || password)).
func privateKey(salt []byte, poolName, userID, password string) [sha256.Size]byte {
	inner := sha256.Sum256([]byte(poolName + userID + ":" + password))
	return sha256.Sum256(append(pad(salt), inner[:]...))
}

// VerifierBytes is the length of a verifier.
const VerifierBytes = elementBytes

// ParseVerifier reads a verifier that a client computed: big-endian, with or
// without leading zeros, 0 < v < N. The error does not quote it.
func ParseVerifier(raw []byte) (Verifier, error) {
	var z element
	if err := z.setBytes(raw); err != nil {
		return nil, fmt.Errorf("read an SRP verifier: %w", err)
	}
	return z.bytes(), nil
}
