package password

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// record is a PHC string of Argon2id, read.
//
//	$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$a2V5
//	 function version parameters    salt   key, both base64 without padding
type record struct {
	Params
	salt []byte
	key  []byte
}

// Lengths in bytes that a stored string may have; RFC 9106 recommends 16 for
// salts and imports bring shorter ones.
const (
	minSalt, maxSalt = 8, 64
	minKey, maxKey   = 16, 64
)

var errMalformed = errors.New("read a password hash: not a PHC string of argon2id version 19")

// parse reads one spelling only: what String writes. The error never quotes
// the string, which is a secret.
func parse(phc string) (record, error) {
	fields := strings.Split(phc, "$")
	if len(phc) > 256 || len(fields) != 6 || fields[0] != "" || fields[1] != "argon2id" || fields[2] != version {
		return record{}, errMalformed
	}
	var r record
	if !r.readParams(fields[3]) {
		return record{}, errMalformed
	}
	var err1, err2 error
	r.salt, err1 = base64.RawStdEncoding.Strict().DecodeString(fields[4])
	r.key, err2 = base64.RawStdEncoding.Strict().DecodeString(fields[5])
	if err1 != nil || err2 != nil || r.String() != phc {
		return record{}, errMalformed
	}
	if len(r.salt) < minSalt || len(r.salt) > maxSalt || len(r.key) < minKey || len(r.key) > maxKey {
		return record{}, fmt.Errorf("read a password hash: salt of %d bytes, key of %d", len(r.salt), len(r.key))
	}
	if err := r.check(); err != nil {
		return record{}, fmt.Errorf("read a password hash: %w", err)
	}
	return r, nil
}

// readParams reads m=19456,t=2,p=1.
func (r *record) readParams(s string) bool {
	parts := strings.Split(s, ",")
	if len(parts) != 3 {
		return false
	}
	var numbers [3]uint64
	for i, name := range []string{"m=", "t=", "p="} {
		digits, ok := strings.CutPrefix(parts[i], name)
		n, err := strconv.ParseUint(digits, 10, 32)
		if !ok || err != nil {
			return false
		}
		numbers[i] = n
	}
	// The lanes are checked before they are narrowed to a byte.
	if numbers[2] > MaxThreads {
		return false
	}
	r.Params = Params{Memory: uint32(numbers[0]), Time: uint32(numbers[1]), Threads: uint8(numbers[2])}
	return true
}

// String writes the record as it is stored.
func (r record) String() string {
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$%s$m=%d,t=%d,p=%d$%s$%s", version, r.Memory, r.Time, r.Threads, encode(r.salt), encode(r.key))
}

var version = "v=" + strconv.Itoa(argon2.Version)
