package breach

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"
	"slices"
	"sort"
)

// List is a corpus in memory, for lists of up to some tens of millions of
// passwords. It takes 24 bytes an entry and at most half a byte an entry for
// the directory, and never changes once made.
//
//	directory: uint32 per bucket          entries: sorted, 24 bytes each
//	top bits of the hash ── starts[b] ──> [hash 20 | count 4] ... up to starts[b+1]
//
// SHA-1 spreads evenly, so a bucket holds 8 to 16 entries; a list made to crowd
// one bucket costs a binary search and no more.
type List struct {
	entries []entry
	starts  []uint32
	shift   uint // 64 - the number of top bits that choose a bucket
	edition uint64
}

type entry struct {
	hash  Hash
	count uint32
}

// Len is the number of different passwords in the list.
func (l *List) Len() int { return len(l.entries) }

// Contains tells whether the list holds the password.
func (l *List) Contains(h Hash) bool { return l.count(h) > 0 }

// Count tells how often the password was seen, 0 if the list does not hold it. The error is always nil.
func (l *List) Count(h Hash) (uint32, error) { return l.count(h), nil }

func (l *List) count(h Hash) uint32 {
	bucket := top(h) >> l.shift
	from := int(l.starts[bucket])
	in := l.entries[from:l.starts[bucket+1]]
	i := sort.Search(len(in), func(i int) bool { return bytes.Compare(in[i].hash[:], h[:]) >= 0 })
	if i < len(in) && in[i].hash == h {
		return in[i].count
	}
	return 0
}

// newList takes over the entries: sorts them if need be, sums duplicates, and builds the directory.
func newList(entries []entry) *List {
	if !slices.IsSortedFunc(entries, compare) {
		slices.SortFunc(entries, compare)
	}
	entries = sumDuplicates(entries)

	width := bucketBits(len(entries))
	l := &List{entries: entries, starts: make([]uint32, 1<<width+1), shift: 64 - width}
	for _, e := range entries {
		l.starts[top(e.hash)>>l.shift+1]++
	}
	for b := 1; b < len(l.starts); b++ {
		l.starts[b] += l.starts[b-1]
	}
	l.edition = l.digest()
	return l
}

func compare(a, b entry) int { return bytes.Compare(a.hash[:], b.hash[:]) }

func sumDuplicates(sorted []entry) []entry {
	kept := sorted[:0]
	for _, e := range sorted {
		if last := len(kept) - 1; last >= 0 && kept[last].hash == e.hash {
			kept[last].count = addSaturating(kept[last].count, e.count)
			continue
		}
		kept = append(kept, e)
	}
	return kept
}

// bucketBits chooses as many bits as leave 8 to 16 entries in a bucket.
func bucketBits(n int) uint {
	return uint(max(bits.Len(uint(n))-4, 0))
}

// top is the first 8 bytes of a hash as a number, so that order is kept.
func top(h Hash) uint64 { return binary.BigEndian.Uint64(h[:8]) }

func addSaturating(a, b uint32) uint32 {
	if sum := a + b; sum >= a {
		return sum
	}
	return math.MaxUint32
}
