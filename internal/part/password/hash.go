package password

import (
	"crypto/subtle"
	"fmt"
	"io"

	"golang.org/x/crypto/argon2"
)

// Params is the price of one Argon2id hash (RFC 9106).
type Params struct {
	Memory  uint32 // KiB
	Time    uint32 // passes over the memory
	Threads uint8  // lanes, computed in parallel
}

// DefaultParams is OWASP's recommendation for a server (Password Storage Cheat
// Sheet): 19 MiB, two passes, one lane. RFC 9106's own second choice, 64 MiB
// with three passes and four lanes, costs several times that in both memory and
// time; `password calibrate` finds what a machine can afford between them.
func DefaultParams() Params { return Params{Memory: 19 * 1024, Time: 2, Threads: 1} }

// Bounds of what Verify computes, whatever a stored string asks for.
const (
	MaxMemory  = 256 * 1024 // KiB
	MaxTime    = 32
	MaxThreads = 16
)

const (
	saltBytes = 16 // RFC 9106, section 3.1
	keyBytes  = 32
)

// check refuses what Argon2 is not defined for and what would hurt the server.
func (p Params) check() error {
	if p.Threads < 1 || p.Threads > MaxThreads || p.Time < 1 || p.Time > MaxTime ||
		p.Memory < 8*uint32(p.Threads) || p.Memory > MaxMemory {
		return fmt.Errorf("argon2id parameters out of bounds: m=%d,t=%d,p=%d", p.Memory, p.Time, p.Threads)
	}
	return nil
}

// Hash makes a PHC string of the password with a salt from rand:
//
//	$argon2id$v=19$m=19456,t=2,p=1$<salt, 16 bytes>$<key, 32 bytes>
//
// The error says that p is out of bounds or that rand failed.
func Hash(rand io.Reader, p Params, password string) (string, error) {
	if err := p.check(); err != nil {
		return "", err
	}
	salt := make([]byte, saltBytes)
	if _, err := io.ReadFull(rand, salt); err != nil {
		return "", fmt.Errorf("read randomness for a password salt: %w", err)
	}
	return record{Params: p, salt: salt, key: p.derive(password, salt, keyBytes)}.String(), nil
}

// Verify tells whether the PHC string was made of the password. The error says
// that the string is malformed or asks for more than the bounds above; nothing
// is computed then.
func Verify(phc, password string) (bool, error) {
	r, err := parse(phc)
	if err != nil {
		return false, err
	}
	return r.matches(password), nil
}

// Outdated tells whether the PHC string was made with other parameters than p,
// so that the next sign-in, which has the password at hand, should replace it.
func (p Params) Outdated(phc string) bool {
	r, err := parse(phc)
	return err != nil || r.Params != p || len(r.salt) != saltBytes || len(r.key) != keyBytes
}

func (p Params) derive(password string, salt []byte, length int) []byte {
	return argon2.IDKey([]byte(password), salt, p.Time, p.Memory, p.Threads, uint32(length))
}

func (r record) matches(password string) bool {
	return subtle.ConstantTimeCompare(r.key, r.derive(password, r.salt, len(r.key))) == 1
}
