// Package brx gives one immutable file of leaked hashes that is asked in place: BRX, version 1.
//
// A hash is cut in three. Its first S bits choose a bucket, the next R bits are
// the remainder, the rest is the tail; S is about log2 of the number of
// entries, so a bucket holds about one. The core (pages and directory) answers
// "is it here, and about how often was it seen" from one 4 KiB page and is wrong
// about once in 2^R; the tail makes the answer certain and the count exact.
//
//	hash ──┬ bucket ──> directory ──> page: header │ remainders │ unary │ counts
//	       ├ remainder ──────────────────────────────┘
//	       └ rest ────> tail block of that page (read on a hit only)
//
//	file  superblock 4096 │ pages 4096 each │ directory │ tail directory │ tail blocks
//
// Everything is little endian. docs/breach-format.md draws every byte, with an
// annotated example. What each version added:
//
//	1.0  all of it
//
// A [Writer] takes hashes in ascending order, in constant memory but for 4
// bytes (8 with a tail) a page of some 900 entries, and can go on where a killed
// one stopped. A [Segment] answers from a memory map or by positioned reads. It
// checks the checksum of each page before it believes it, and no file, however
// damaged or hostile, makes it panic or read out of bounds.
package brx

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// Alg tells what was hashed, and how.
type Alg uint8

const (
	// SHA1 of the password's bytes, as most corpora are published.
	SHA1 Alg = 1
	// NTLM is MD4 of the password in UTF-16, little endian.
	NTLM Alg = 2
	// HMACPassword is HMAC-SHA-256 of the SHA-1 of the password (its 20 bytes)
	// under the key named by the key id, cut to 20 bytes. So whoever holds key and
	// SHA-1 can ask, as for the public lists.
	HMACPassword Alg = 3
	// HMACPair is HMAC-SHA-256 of user name and password under the key named by the key id, cut to 8 bytes.
	HMACPair Alg = 4
)

// Bytes is the length of a hash in bytes, 0 if the algorithm is not known.
func (a Alg) Bytes() int {
	switch a {
	case SHA1, HMACPassword:
		return 20
	case NTLM:
		return 16
	case HMACPair:
		return 8
	}
	return 0
}

// Keyed tells whether hashes can only be made with a key.
func (a Alg) Keyed() bool { return a == HMACPassword || a == HMACPair }

// String is the name of the algorithm, as manifests and the command line write it.
func (a Alg) String() string {
	switch a {
	case SHA1:
		return "sha1"
	case NTLM:
		return "ntlm"
	case HMACPassword:
		return "hmac-password"
	case HMACPair:
		return "hmac-pair"
	}
	return fmt.Sprintf("alg-%d", uint8(a))
}

// MaxCount is the largest number of sightings that is kept; larger ones become it.
const MaxCount = 1<<32 - 1

// MaxHash is the longest hash in bytes.
const MaxHash = 20

// Entry is a hash with its sightings. Only the first Alg.Bytes() bytes of Hash
// are used, the others are zero. An Entry prints as [redacted], for the hash of
// a weak password is that password.
type Entry struct {
	Hash  [MaxHash]byte
	Count uint64
}

// Format prints [redacted], whatever the verb.
func (Entry) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[redacted]") }

// LogValue logs [redacted].
func (Entry) LogValue() slog.Value { return slog.StringValue("[redacted]") }

// Errors on which callers branch.
var (
	// ErrOrder: a hash did not come after the one before it.
	ErrOrder = errors.New("hashes must be strictly ascending")
	// ErrFormat: the file is not BRX, or of a version or with a flag that this code does not know.
	ErrFormat = errors.New("not a file of leaked hashes that this version can read")
	// ErrCorrupt: a checksum or an invariant of the file does not hold.
	ErrCorrupt = errors.New("file of leaked hashes is damaged")
	// ErrNoTail: the question needs whole hashes, and the file holds only their first bits.
	ErrNoTail = errors.New("file of leaked hashes has no tail: it holds only the first bits of each hash")
	// ErrWidth: the hash has not the length that the file's algorithm makes.
	ErrWidth = errors.New("hash of the wrong length")
	// ErrClosed: the segment was closed.
	ErrClosed = errors.New("file of leaked hashes is closed")
	// ErrFault: the storage under the memory map failed; the segment answers nothing more.
	ErrFault = errors.New("storage of leaked hashes failed")
)
