package breach

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/gatehouse-id/gatehouse/breach/brx"
)

// batchSize is how many hashes are asked at a time; what they need stays on the stack.
const batchSize = 64

func (s *set) countBatch(hashes []Hash, counts []uint32, now func() time.Time) error {
	var unread []error
	for len(hashes) > 0 {
		n := min(batchSize, len(hashes))
		if err := s.countSome(hashes[:n], counts[:n], now); err != nil {
			unread = append(unread, err)
			if errors.Is(err, brx.ErrClosed) {
				break
			}
		}
		hashes, counts = hashes[n:], counts[n:]
	}
	return errors.Join(unread...)
}

func (s *set) countSome(hashes []Hash, counts []uint32, now func() time.Time) error {
	var flat [batchSize * len(Hash{})]byte
	for i := range hashes {
		copy(flat[i*len(Hash{}):], hashes[i][:])
	}
	var published, own, some [batchSize]uint64
	var unread []error
	for m := range s.mounts {
		mount := &s.mounts[m]
		err := mount.countSome(flat[:len(hashes)*len(Hash{})], hashes, some[:len(hashes)])
		if err != nil {
			unread = append(unread, fmt.Errorf("segment %s: %w", mount.Path, err))
			continue
		}
		for i, n := range some[:len(hashes)] {
			if mount.Role == Operator {
				own[i] += n
			} else if published[i] == 0 {
				published[i] = n
			}
		}
	}
	for i := range hashes {
		counts[i] = s.allowed(&hashes[i], published[i]+own[i], now)
	}
	return errors.Join(unread...)
}

func (m *mount) countSome(flat []byte, hashes []Hash, counts []uint64) (err error) {
	if m.alg == brx.SHA1 {
		return m.segment.LookupBatch(flat, counts)
	}
	for i := range hashes {
		if counts[i], err = m.count(&hashes[i]); err != nil {
			return err
		}
	}
	return nil
}

func (s *set) countTag(tag func([16]byte) ([8]byte, bool)) (uint32, error) {
	var sum uint64
	var unread []error
	for _, m := range s.mounts {
		if m.Role != Pairs {
			continue
		}
		t, ok := tag(m.segment.Info().KeyID)
		if !ok {
			continue
		}
		n, _, err := m.segment.Lookup(t[:])
		if err != nil {
			unread = append(unread, fmt.Errorf("segment %s: %w", m.Path, err))
		}
		sum += n
	}
	return uint32(min(sum, math.MaxUint32)), errors.Join(unread...)
}

// ErrNotServed says that no public segment can answer: none is mounted, or one has no tail.
var ErrNotServed = errors.New("the corpus cannot answer by range")

// Range appends what the Pwned Passwords API answers for the first five digits
// of a hash, a number below 2^20: from the public segments of the algorithm
// (SHA-1 or NTLM), a line SUFFIX:COUNT and CRLF for each hash, ascending. It
// tells the number of lines. ErrNotServed if there is no public segment of that
// algorithm, or one that has no tail: half an answer would be misses for the rest.
func (x *Index) Range(dst []byte, alg brx.Alg, prefix uint32) (text []byte, lines int, err error) {
	from := len(dst)
	err = x.ask(func(s *set) error {
		text, lines, err = s.rangeOf(dst[:from], alg, prefix)
		return err
	})
	return text, lines, err
}

// ranged is an entry with where it came from.
type ranged struct {
	brx.Entry
	own   bool
	mount int
}

func (s *set) rangeOf(dst []byte, alg brx.Alg, prefix uint32) ([]byte, int, error) {
	public := slices.DeleteFunc(slices.Clone(s.mounts), func(m mount) bool {
		return !m.Public || m.alg != alg
	})
	for _, m := range public {
		if !m.segment.Info().Tail {
			return dst, 0, fmt.Errorf("%w: %s has no tail", ErrNotServed, m.Path)
		}
	}
	switch len(public) {
	case 0:
		return dst, 0, fmt.Errorf("%w: no public segment of %v", ErrNotServed, alg)
	case 1:
		return public[0].segment.Range(dst, prefix)
	}
	var all []ranged
	for i, m := range public {
		entries, err := m.segment.Prefix(nil, prefix)
		if err != nil {
			return dst, 0, fmt.Errorf("segment %s: %w", m.Path, err)
		}
		for _, e := range entries {
			all = append(all, ranged{e, m.Role == Operator, i})
		}
	}
	slices.SortFunc(all, func(a, b ranged) int {
		if c := bytes.Compare(a.Hash[:], b.Hash[:]); c != 0 {
			return c
		}
		return a.mount - b.mount
	})
	lines := 0
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].Hash == all[0].Hash {
			n++
		}
		suffix := fmt.Sprintf("%X", all[0].Hash[:alg.Bytes()])[brx.PrefixBits/4:]
		dst = fmt.Appendf(dst, "%s:%d\r\n", suffix, together(all[:n]))
		lines++
		all = all[n:]
	}
	return dst, lines, nil
}

// together is the count of one hash in several segments, newest first.
func together(same []ranged) uint64 {
	var published, own uint64
	for _, e := range same {
		if e.own {
			own += e.Count
		} else if published == 0 {
			published = e.Count
		}
	}
	return min(published+own, brx.MaxCount)
}
