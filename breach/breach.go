// Package breach gives the answer to one question: has this password leaked, and how often was it seen?
//
// A password is known by its SHA-1 alone, as the published corpora know it:
//
//	password ── Sum ──> Hash ── Corpus.Count ──> sightings (0: not known)
//	                              │
//	                              ├ *Index   on disk, replaced while it answers: Open, Builtin
//	                              ├ *List    sorted in memory: ReadList, OpenList
//	                              └ Union    several corpora as one
//
// An [Index] is a folder of immutable segments (files of package brx) and a
// manifest that names them:
//
//	manifest.json   epoch, segments with role and SHA-256, allowances    changed by Publish and Allow, in one rename
//	hibp.brx        base: a published corpus                             made by package feed, or by Merge
//	delta.brx       delta: what a newer edition changed, replaces counts
//	own.brx         operator: the operator's list, adds counts; may be keyed
//	pairs.brx       pairs: tags of user name with password, keyed        asked by Index.CountPair
//
// A thousand million hashes take 4.7 GB and are asked in about a microsecond,
// without an allocation. Without tails a stranger is taken for a leaked password at
// most once in 10^9, or Open refuses; with tails never.
//
// Everything here may be used by many goroutines at once, and nothing needs the
// rest of Gatehouse.
//
// The caller decides what a sighting means. It should ask only about a password
// that is being chosen or has just been verified: asked about wrong guesses,
// the answer tells an attacker which guess was worth making.
package breach

import (
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// Hash is the SHA-1 of a password's bytes. SHA-1 is what the corpora are
// published in; it protects nothing here, and whoever holds the hash of a weak
// password holds the password. So a Hash prints as [redacted]: write
// hex.EncodeToString(h[:]) where the digits are really meant.
type Hash [sha1.Size]byte

// Sum hashes the bytes of a password as they are, without any normalisation.
func Sum(password string) Hash { return sha1.Sum([]byte(password)) }

// Format prints [redacted], whatever the verb.
func (Hash) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue logs [redacted].
func (Hash) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText writes [redacted], so that a Hash inside a logged struct stays secret.
func (Hash) MarshalText() ([]byte, error) { return []byte(redacted), nil }

const redacted = "[redacted]"

// Corpus is a set of leaked passwords.
//
// Count tells how often a password was seen: at least 1 when the corpus holds
// it, 0 when it does not, saturating at the largest uint32. An error means that
// the corpus could not be read, so a count of 0 beside it says nothing: the
// caller must choose between letting the password pass and refusing it, and say
// which. A count above 0 beside an error can be trusted.
//
// A Corpus is safe for concurrent use. Its time does not tell much about the
// password: there is no caching by hash.
type Corpus interface {
	Count(Hash) (uint32, error)
}

// Union is several corpora as one. Its count is the largest that any of them
// knows, not their sum, for published lists are drawn from the same leaks. All
// are asked even after one has answered, so that time does not tell which
// corpus holds a password. What cannot be read is reported, joined, beside what
// the others know. A password that an Index of the Union allows is known to
// none. A Union of nothing knows nothing.
func Union(corpora ...Corpus) Corpus {
	if len(corpora) == 1 {
		return corpora[0]
	}
	return union(append([]Corpus(nil), corpora...))
}

type union []Corpus

func (u union) Count(h Hash) (uint32, error) {
	var most uint32
	var unread []error
	for _, c := range u {
		n, err := c.Count(h)
		if err != nil {
			unread = append(unread, err)
		}
		most = max(most, n)
	}
	if most > 0 && u.allows(h) {
		most = 0
	}
	return most, errors.Join(unread...)
}

func (u union) allows(h Hash) bool {
	for _, c := range u {
		if x, ok := c.(interface{ Allows(Hash) bool }); ok && x.Allows(h) {
			return true
		}
	}
	return false
}
