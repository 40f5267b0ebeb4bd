// Package seal gives envelope encryption: secrets that rest in the database, and tokens that travel.
//
// A master key, which the operator keeps outside the database, wraps random
// data keys; the data keys seal records:
//
//	master key (file, variable)          Master, never in the database
//	    └── wraps ── data key            WrappedKey, a row of the database
//	                     └── seals ───── box: a column, a session, a cursor
//
// Every box names its data key and every wrapped key names its master. So a new
// master re-wraps a few rows and no record changes, and a new data key seals
// what is written from then on while older boxes still open.
//
// # Box, version 1
//
//	offset  bytes
//	0       1      version, 0x01
//	1       8      id of the data key
//	9       24     nonce, random
//	33      n      ciphertext, as long as the plaintext
//	33+n    16     tag
//
// XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03): its 192-bit nonces may be
// random for ever, on any number of nodes, with no counter to keep. The
// additional data are the version and the key id, then the purpose and every
// bind string, each after its length as a uvarint. A box therefore opens only
// for the use and the record it was sealed for: a TOTP secret copied over
// another user's row is refused.
//
// A wrapped key is the same box under the master key: its id is the master's,
// its plaintext the 32 bytes of the data key, its purpose "data key", bound to
// the data key's id and creation time.
//
// No key is used for two things. From a master or data key, HKDF-SHA-256
// (RFC 5869) makes the keys that are used: info "gatehouse/1 seal" for boxes,
// "gatehouse/1 derive" for Derive, "gatehouse/1 id" for the master's id.
package seal

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"golang.org/x/crypto/chacha20poly1305"
)

const (
	version1 = 1
	idSize   = 8
	keySize  = chacha20poly1305.KeySize
	header   = 1 + idSize

	// Overhead is how many bytes a box is longer than what it holds.
	Overhead = header + chacha20poly1305.NonceSizeX + chacha20poly1305.Overhead
)

// ErrOpen is the one error of opening a box. Whether the key, the purpose, the
// record or a byte was wrong stays unsaid: the difference would be an oracle.
var ErrOpen = errors.New("sealed box does not open")

// id names a key inside a box.
type id [idSize]byte

// sealer is one key ready for use. It keeps no raw key bytes in itself, so that
// no way of printing a struct around it can reach them.
type sealer struct {
	id   id
	aead cipher.AEAD
}

func newSealer(name id, key []byte) sealer {
	aead, err := chacha20poly1305.NewX(subkey(key, "seal"))
	if err != nil {
		panic(err) // only for a wrong key length, and subkey has one length
	}
	return sealer{name, aead}
}

func (s sealer) seal(random io.Reader, purpose string, plain []byte, bind []string) []byte {
	box := make([]byte, header+chacha20poly1305.NonceSizeX, Overhead+len(plain))
	box[0] = version1
	copy(box[1:], s.id[:])
	nonce := box[header:]
	mustRead(random, nonce)
	return s.aead.Seal(box, nonce, plain, additional(box[:header], purpose, bind))
}

func (s sealer) open(purpose string, box []byte, bind []string) ([]byte, error) {
	name, ok := keyOf(box)
	if !ok || name != s.id {
		return nil, ErrOpen
	}
	nonce, sealed := box[header:header+chacha20poly1305.NonceSizeX], box[header+chacha20poly1305.NonceSizeX:]
	plain, err := s.aead.Open(nil, nonce, sealed, additional(box[:header], purpose, bind))
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}

// keyOf reads which key a box names; false when it is no box of a known version.
func keyOf(box []byte) (name id, ok bool) {
	if len(box) < Overhead || box[0] != version1 {
		return id{}, false
	}
	copy(name[:], box[1:header])
	return name, true
}

// additional is the data that a box authenticates without holding it. The
// lengths keep ("ab", "c") apart from ("a", "bc").
func additional(prefix []byte, purpose string, bind []string) []byte {
	b := make([]byte, 0, 128)
	b = append(b, prefix...)
	b = appendString(b, purpose)
	for _, s := range bind {
		b = appendString(b, s)
	}
	return b
}

func appendString(b []byte, s string) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

// subkey makes the key for one use out of a master or data key.
func subkey(key []byte, use string) []byte {
	return must(hkdf.Key(sha256.New, key, nil, "gatehouse/1 "+use, keySize))
}

// must is for key derivations, which fail only when asked for more than 8160 bytes.
func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

// mustRead fills b. The system's source cannot fail (crypto/rand promises it);
// another source that does must stop us before a nonce repeats.
func mustRead(random io.Reader, b []byte) {
	if _, err := io.ReadFull(random, b); err != nil {
		panic(fmt.Errorf("read randomness: %w", err))
	}
}

func orSystem(random io.Reader) io.Reader {
	if random == nil {
		return rand.Reader
	}
	return random
}
