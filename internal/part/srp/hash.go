package srp

import (
	"crypto/hmac"
	"crypto/sha256"
)

// keyBytes is the length of the session key: an AES-128 key's, as Cognito cuts it.
const keyBytes = 16

// derivedKeyInfo is the info of the HKDF step with its block counter.
const derivedKeyInfo = "Caldera Derived Key\x01"

// pad writes a big-endian number as Java's BigInteger.toByteArray does: as few
// bytes as possible, and a zero byte in front when the top bit is set, since
// Java's numbers have a sign. Cognito hashes every number in this form. It is
// not the PAD of RFC 5054, which fills up to the length of N.
//
// The length of the result depends on the number. For S that tells an observer
// of our clock, once in 256 sign-ins, that S began with a zero byte. The
// protocol leaves no choice, and b is fresh each time, so nothing accumulates
// (unlike the reused secret of the Raccoon attack on TLS).
func pad(n []byte) []byte {
	for len(n) > 1 && n[0] == 0 {
		n = n[1:]
	}
	if len(n) == 0 || n[0] >= 0x80 {
		return append([]byte{0}, n...)
	}
	return append([]byte(nil), n...)
}

// scramble is u = H(pad(A) || pad(B)). Both are public.
func scramble(a, b []byte) []byte {
	u := sha256.Sum256(append(pad(a), pad(b)...))
	return u[:]
}

// deriveKey is HKDF-SHA256 (RFC 5869) with the salt pad(u) and one block of
// output: prk = HMAC(pad(u), pad(S)), key = HMAC(prk, info || 0x01)[:16].
func deriveKey(u, s []byte) []byte {
	prk := mac(pad(u), pad(s))
	return mac(prk, []byte(derivedKeyInfo))[:keyBytes]
}

// Signature is HMAC-SHA256(key, poolName || userID || secretBlock || timestamp),
// the client's proof: PASSWORD_CLAIM_SIGNATURE is its base64. The secret block
// is raw, after base64. The timestamp is the string exactly as received. The
// caller compares with hmac.Equal.
func Signature(key []byte, poolName, userID string, secretBlock []byte, timestamp string) []byte {
	return mac(key, []byte(poolName), []byte(userID), secretBlock, []byte(timestamp))
}

func mac(key []byte, parts ...[]byte) []byte {
	h := hmac.New(sha256.New, key)
	for _, part := range parts {
		h.Write(part)
	}
	return h.Sum(nil)
}
