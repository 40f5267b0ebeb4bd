package password

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"errors"
	"fmt"
	"hash"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
	"golang.org/x/crypto/scrypt"
)

// Hashes of other systems: users arrive with them, and keep them until they first
// sign in. foreignparse.go reads them.
//
//	$2b$12$<22 characters of salt><31 of hash>                    bcrypt, also $2a$ and $2y$
//	$scrypt$ln=15,r=8,p=1$<salt>$<key>                            scrypt (RFC 7914)
//	$fbscrypt$v=1,n=14,r=8,p=1,ss=<sep>,sk=<key>$<salt>$<hash>    Firebase's scrypt
//	$pbkdf2-sha256$i=600000$<salt>$<key>                          PBKDF2, also -sha1 and -sha512
//	$pbkdf2-sha256$29000$<salt>$<key>                             the same as passlib writes it
//	pbkdf2_sha256$600000$<salt>$<key>                             the same as Django writes it
//	$argon2id$v=19$m=19456,t=2,p=1$<salt>$<key>                   Argon2, also argon2i
//	argon2$argon2id$...                                           the same as Django writes it

// Bounds of what is computed for a foreign hash, beside those of Argon2 (MaxMemory,
// MaxTime, MaxThreads): each lets a processor be busy for a second or two at most.
const (
	minBcryptCost, maxBcryptCost = 4, 15
	maxScryptBlock               = 32      // r
	maxScryptWork                = 1 << 20 // KiB written, over all lanes one after another
	maxIterations                = 5_000_000
	maxForeign                   = 512 // characters
)

// errForeign never quotes the hash, which is a secret.
var errForeign = errors.New("read a foreign password hash: not one of bcrypt, scrypt, PBKDF2 or Argon2 in a form that is known")

// foreign is a hash of another system, read and within bounds.
type foreign interface {
	memory() uint32 // KiB that matches takes
	matches(password string) bool
	// blank writes the hash with a salt and a key of zeros: what it costs, and no secret.
	blank() string
}

// CheckForeign reads a hash of another system. cost is a hash that costs the same
// and holds no secret: one string for all hashes of a kind with like parameters.
func CheckForeign(text string) (cost string, err error) {
	f, err := parseForeign(text)
	if err != nil {
		return "", err
	}
	return f.blank(), nil
}

// VerifyForeign tells whether a hash of another system was made of the password,
// after waiting for a slot. The error says that the hash is not known or asks for
// too much; nothing is computed then. PretendForeign is VerifyForeign of a cost.
func (h *Hasher) VerifyForeign(ctx context.Context, text, password string) (bool, error) {
	f, err := parseForeign(text)
	if err != nil {
		return false, err
	}
	release, err := h.acquire(ctx, Params{Memory: f.memory()})
	if err != nil {
		return false, err
	}
	defer release()
	return f.matches(password), nil
}

// bcryptHash is the whole text. Only the first 72 bytes of a password count, as
// wherever the hash was made.
type bcryptHash string

func (bcryptHash) memory() uint32 { return 5 }

func (b bcryptHash) matches(password string) bool {
	return bcrypt.CompareHashAndPassword([]byte(b), []byte(password)) == nil
}

func (b bcryptHash) blank() string { return "$2b$" + string(b[4:7]) + strings.Repeat(".", bcryptTail) }

// scryptHash is RFC 7914; N is 1 << ln.
type scryptHash struct {
	ln, r, p  int
	salt, key []byte
}

func (s scryptHash) memory() uint32 { return uint32(s.r) << s.ln / 8 } // 128 * r * N bytes

func (s scryptHash) derive(password string, length int) []byte {
	key, err := scrypt.Key([]byte(password), s.salt, 1<<s.ln, s.r, s.p, length)
	if err != nil { // parameters, which were checked
		return nil
	}
	return key
}

func (s scryptHash) matches(password string) bool {
	return subtle.ConstantTimeCompare(s.key, s.derive(password, len(s.key))) == 1
}

func (s scryptHash) blank() string {
	return fmt.Sprintf("$scrypt$ln=%d,r=%d,p=%d$%s$%s", s.ln, s.r, s.p, zeros(saltBytes), zeros(len(s.key)))
}

func (s scryptHash) check() error {
	if s.ln < 1 || s.ln > 20 || s.r < 1 || s.r > maxScryptBlock || s.p < 1 || s.p > MaxThreads ||
		s.memory() > MaxMemory || int(s.memory())*s.p > maxScryptWork {
		return fmt.Errorf("read a foreign password hash: scrypt parameters out of bounds: ln=%d,r=%d,p=%d", s.ln, s.r, s.p)
	}
	return checkLengths(s.salt, s.key)
}

// firebaseHash encrypts a project's key under what scrypt derives of the password
// and of salt and separator.
type firebaseHash struct {
	scryptHash
	secret []byte // the project's signer key
}

func (f firebaseHash) matches(password string) bool {
	block, err := aes.NewCipher(f.derive(password, 32))
	if err != nil {
		return false
	}
	made := make([]byte, len(f.secret))
	cipher.NewCTR(block, make([]byte, aes.BlockSize)).XORKeyStream(made, f.secret)
	return subtle.ConstantTimeCompare(f.key, made) == 1
}

func (f firebaseHash) blank() string {
	return fmt.Sprintf("$fbscrypt$v=1,n=%d,r=%d,p=%d,ss=%s,sk=%s$%s$%s", f.ln, f.r, f.p,
		padded.EncodeToString(make([]byte, 1)), padded.EncodeToString(make([]byte, len(f.secret))),
		padded.EncodeToString(make([]byte, saltBytes)), padded.EncodeToString(make([]byte, len(f.key))))
}

// pbkdf2Hash is RFC 8018 with HMAC.
type pbkdf2Hash struct {
	digest     string // sha1, sha256, sha512
	iterations int
	salt, key  []byte
}

var digests = map[string]func() hash.Hash{"sha1": sha1.New, "sha256": sha256.New, "sha512": sha512.New}

func (pbkdf2Hash) memory() uint32 { return 1 }

func (p pbkdf2Hash) matches(password string) bool {
	made, err := pbkdf2.Key(digests[p.digest], password, p.salt, p.iterations, len(p.key))
	return err == nil && subtle.ConstantTimeCompare(p.key, made) == 1
}

func (p pbkdf2Hash) blank() string {
	return fmt.Sprintf("$pbkdf2-%s$i=%d$%s$%s", p.digest, p.iterations, zeros(saltBytes), zeros(len(p.key)))
}

func (p pbkdf2Hash) check() error {
	if p.iterations < 1 || p.iterations > maxIterations {
		return fmt.Errorf("read a foreign password hash: PBKDF2 with %d iterations", p.iterations)
	}
	return checkLengths(p.salt, p.key)
}

// argonHash is Argon2id or Argon2i, version 19.
type argonHash struct {
	record
	independent bool // Argon2i
}

func (a argonHash) memory() uint32 { return a.Memory }

func (a argonHash) matches(password string) bool {
	if !a.independent {
		return a.record.matches(password)
	}
	made := argon2.Key([]byte(password), a.salt, a.Time, a.Memory, a.Threads, uint32(len(a.key)))
	return subtle.ConstantTimeCompare(a.key, made) == 1
}

func (a argonHash) blank() string {
	r := record{Params: a.Params, salt: make([]byte, saltBytes), key: make([]byte, len(a.key))}
	if a.independent {
		return strings.Replace(r.String(), "argon2id", "argon2i", 1)
	}
	return r.String()
}

func checkLengths(salt, key []byte) error {
	if len(salt) < minSalt || len(salt) > maxSalt || len(key) < minKey || len(key) > maxKey {
		return fmt.Errorf("read a foreign password hash: salt of %d bytes, key of %d", len(salt), len(key))
	}
	return nil
}

func zeros(n int) string { return unpadded.EncodeToString(make([]byte, n)) }
