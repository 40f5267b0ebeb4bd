package breach

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"math"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// PairCorpus is a set of passwords that leaked together with the name of their user.
//
// CountPair tells how often the password was seen beside the user name, in
// whatever case and form the name is written. Errors and counts mean what they
// mean to a Corpus, and so does the advice on whom to ask about: before anybody
// has proved to be the user, the answer tells an attacker which guess to make.
type PairCorpus interface {
	CountPair(user, password string) (uint32, error)
}

// CanonicalUser is a user name in the form in which pairs are kept: Unicode's
// compatibility form NFKC, lower case, without blanks around it. Any bytes are
// accepted; the result may share memory with user.
func CanonicalUser(user []byte) []byte {
	user = bytes.TrimSpace(user)
	for _, c := range user {
		if c >= utf8.RuneSelf {
			// Lower case can leave the form (U+0130), so the form comes last.
			return bytes.TrimSpace(norm.NFKC.Bytes(bytes.ToLower(norm.NFKC.Bytes(user))))
		}
	}
	return bytes.ToLower(user)
}

// Tagger makes the keyed tags that stand for pairs and for users. It belongs to one goroutine.
type Tagger struct {
	mac hash.Hash
	buf []byte
}

// NewTagger makes a Tagger for a key of 32 bytes.
func NewTagger(key []byte) *Tagger { return &Tagger{mac: hmac.New(sha256.New, key)} }

const (
	pairTag = 0x01
	userTag = 0x02
)

// Pair is the tag of a canonical user name with a password: the first 8 bytes of
// HMAC-SHA-256(key, 0x01 | length of user | user | length of password | password),
// lengths in two bytes, big endian.
func (t *Tagger) Pair(user, password []byte) [8]byte { return t.tag(pairTag, user, password) }

// User is the tag that tells that a canonical user name occurs in a list, with any password.
func (t *Tagger) User(user []byte) [8]byte { return t.tag(userTag, user) }

func (t *Tagger) tag(kind byte, parts ...[]byte) (tag [8]byte) {
	t.buf = append(t.buf[:0], kind)
	for _, part := range parts {
		t.buf = binary.BigEndian.AppendUint16(t.buf, uint16(min(len(part), 1<<16-1)))
		t.buf = append(t.buf, part...)
	}
	t.mac.Reset()
	t.mac.Write(t.buf)
	t.buf = t.mac.Sum(t.buf[:0])
	copy(tag[:], t.buf)
	return tag
}

// HasPairs tells whether a list of pairs is mounted, so that CountPair can find anything.
func (x *Index) HasPairs() bool {
	for _, m := range x.current.Load().mounts {
		if m.Role == Pairs {
			return true
		}
	}
	return false
}

// CountPair tells how often the password was seen with the user name, summed
// over the lists of pairs. A list that was opened without its key is an error.
func (x *Index) CountPair(user, password string) (n uint32, err error) {
	if !x.HasPairs() {
		return 0, nil
	}
	name := CanonicalUser([]byte(user))
	if len(name) == 0 {
		return 0, nil
	}
	err = x.ask(func(s *set) error {
		n, err = s.countPair(name, []byte(password))
		return err
	})
	return n, err
}

func (s *set) countPair(user, password []byte) (uint32, error) {
	var sum uint64
	var unread []error
	for i := range s.mounts {
		m := &s.mounts[i]
		if m.Role != Pairs {
			continue
		}
		n, err := m.countPair(user, password)
		if err != nil {
			unread = append(unread, fmt.Errorf("segment %s: %w", m.Path, err))
		}
		sum += n
	}
	return uint32(min(sum, math.MaxUint32)), errors.Join(unread...)
}

func (m *mount) countPair(user, password []byte) (uint64, error) {
	if m.taggers == nil {
		return 0, ErrNoKey
	}
	tagger := m.taggers.Get().(*Tagger)
	defer m.taggers.Put(tagger)
	tag := tagger.Pair(user, password)
	n, _, err := m.segment.Lookup(tag[:])
	return n, err
}
