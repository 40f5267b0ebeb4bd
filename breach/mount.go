package breach

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"math"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/gatehouse-id/gatehouse/breach/brx"
)

// MaxFalsePositiveRate is how often, at most, a mounted corpus may take a
// stranger for a leaked password: once in 10^9.
const MaxFalsePositiveRate = 1e-9

// set is the corpus of one epoch. It never changes; a new epoch is a new set,
// which takes over the segments that stay.
type set struct {
	epoch   uint64
	edition uint64
	text    []byte // the manifest it was made from
	mounts  []mount
	allow   map[Hash]time.Time // until when
}

// mount is one open segment.
type mount struct {
	Mount
	segment *brx.Segment
	alg     brx.Alg
	macs    *sync.Pool // of hash.Hash, for a list of passwords under a key
	taggers *sync.Pool // of *Tagger, for a list of pairs
}

// mountAll opens the segments of a manifest, taking those that old has open already.
func mountAll(dir string, m Manifest, old *set, o Options) (*set, error) {
	s := &set{epoch: m.Epoch, allow: map[Hash]time.Time{}}
	for _, a := range m.Allow {
		s.allow[Hash(a.SHA1)] = a.Until
	}
	for _, which := range m.Segments {
		opened, err := mountOne(dir, which, old, o)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("mount %s: %w", which.Path, err), s.close(old))
		}
		s.mounts = append(s.mounts, opened)
	}
	if err := s.check(); err != nil {
		return nil, errors.Join(err, s.close(old))
	}
	return s, nil
}

func mountOne(dir string, which Mount, old *set, o Options) (mount, error) {
	m := mount{Mount: which}
	if old != nil {
		i := slices.IndexFunc(old.mounts, func(have mount) bool {
			return have.Path == which.Path && bytes.Equal(have.SHA256, which.SHA256) && have.segment.Failed() == nil
		})
		if i >= 0 {
			m = old.mounts[i]
			m.Mount = which
			return m, m.prepare(o)
		}
	}
	segment, err := brx.Open(filepath.Join(dir, filepath.FromSlash(which.Path)), brx.OpenOptions{Pread: o.Pread})
	if err != nil {
		return m, err
	}
	m.segment, m.alg = segment, segment.Info().Alg
	if err := m.prepare(o); err != nil {
		return m, errors.Join(err, segment.Close())
	}
	return m, nil
}

// prepare checks that the segment can play its role.
func (m *mount) prepare(o Options) error {
	switch {
	case (m.Role == Pairs) != (m.alg == brx.HMACPair):
		return fmt.Errorf("%v in the role %q", m.alg, m.Role)
	case m.Public && m.alg.Keyed():
		return fmt.Errorf("%v is never public", m.alg)
	case !m.alg.Keyed() || o.unkeyed || m.macs != nil || m.taggers != nil:
		return nil
	}
	key, err := o.key(m.segment.Info().KeyID)
	switch {
	case m.alg == brx.HMACPair && errors.Is(err, ErrNoKey):
		return nil // CountTag needs none, and CountPair says so
	case err != nil:
		return fmt.Errorf("key of %v: %w", m.alg, err)
	case m.alg == brx.HMACPair:
		m.taggers = &sync.Pool{New: func() any { return NewTagger(key) }}
	default:
		m.macs = &sync.Pool{New: func() any { return hmac.New(sha256.New, key) }}
	}
	return nil
}

// key finds the key of a list.
func (o Options) key(id [16]byte) ([]byte, error) {
	if o.Key == nil {
		return nil, ErrNoKey
	}
	return o.Key(id)
}

// check refuses a corpus that would take too many strangers for leaked passwords.
func (s *set) check() error {
	rate := 0.0
	for _, m := range s.mounts {
		rate += m.segment.FalsePositiveRate()
	}
	if rate > MaxFalsePositiveRate {
		return fmt.Errorf("these segments would find one stranger in %.3g, at most one in %.3g is allowed: build some with a tail or a longer remainder",
			1/rate, 1/MaxFalsePositiveRate)
	}
	return nil
}

// close closes what the other set does not use.
func (s *set) close(other *set) error {
	var errs []error
	for _, m := range s.mounts {
		used := other != nil && slices.ContainsFunc(other.mounts, func(o mount) bool { return o.segment == m.segment })
		if !used {
			errs = append(errs, m.segment.Close())
		}
	}
	return errors.Join(errs...)
}

// count asks every segment that knows passwords, without stopping at the first
// that answers, so that time does not tell which holds one.
func (s *set) count(h *Hash, now func() time.Time) (uint32, error) {
	var published, own uint64
	var unread []error
	for i := range s.mounts {
		n, err := s.mounts[i].count(h)
		if err != nil {
			unread = append(unread, fmt.Errorf("segment %s: %w", s.mounts[i].Path, err))
		}
		if s.mounts[i].Role == Operator {
			own += n
		} else if published == 0 {
			published = n
		}
	}
	return s.allowed(h, published+own, now), errors.Join(unread...)
}

// allowed is the count as Count tells it: none for a password that is allowed.
func (s *set) allowed(h *Hash, count uint64, now func() time.Time) uint32 {
	if count > 0 && s.allows(h, now) {
		return 0
	}
	return uint32(min(count, math.MaxUint32))
}

func (s *set) allows(h *Hash, now func() time.Time) bool {
	if len(s.allow) == 0 {
		return false
	}
	until, ok := s.allow[*h]
	return ok && now().Before(until)
}

func (m *mount) count(h *Hash) (uint64, error) {
	switch m.alg {
	case brx.SHA1:
		n, _, err := m.segment.Lookup(h[:])
		return n, err
	case brx.HMACPassword:
		if m.macs == nil {
			return 0, ErrNoKey
		}
		mac := m.macs.Get().(hash.Hash)
		defer m.macs.Put(mac)
		sum := *h // a copy, or every hash of every list would escape to the heap for this one
		mac.Reset()
		mac.Write(sum[:])
		var tag [sha256.Size]byte
		n, _, err := m.segment.Lookup(mac.Sum(tag[:0])[:brx.HMACPassword.Bytes()])
		return n, err
	}
	return 0, nil // NTLM hashes and pairs are asked otherwise
}
