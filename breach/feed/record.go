package feed

import (
	"cmp"
	"encoding/binary"
	"math"
)

// record is one hash with its sightings. The hash is kept as numbers, first
// byte highest, so that comparing is three instructions; shorter hashes leave
// the end at zero. 24 bytes for every kind.
type record struct {
	a, b uint64 // bytes 0-7 and 8-15
	c    uint32 // bytes 16-19
	n    uint32 // sightings, saturating
}

const recordBytes = 24

// compare orders records as their hashes are ordered byte by byte.
func compare(x, y record) int {
	if x.a != y.a {
		return cmp.Compare(x.a, y.a)
	}
	if x.b != y.b {
		return cmp.Compare(x.b, y.b)
	}
	return cmp.Compare(x.c, y.c)
}

func less(x, y record) bool {
	return x.a < y.a || x.a == y.a && (x.b < y.b || x.b == y.b && x.c < y.c)
}

// recordOf takes the first 20 bytes of a hash, or all of a shorter one.
func recordOf(hash []byte, n uint32) record {
	var h [20]byte
	copy(h[:], hash)
	return record{binary.BigEndian.Uint64(h[0:]), binary.BigEndian.Uint64(h[8:]), binary.BigEndian.Uint32(h[16:]), n}
}

// hash writes the record's hash as bytes.
func (r record) hash() (h [20]byte) {
	binary.BigEndian.PutUint64(h[0:], r.a)
	binary.BigEndian.PutUint64(h[8:], r.b)
	binary.BigEndian.PutUint32(h[16:], r.c)
	return h
}

// prefix is the first 20 bits: the range of the public corpora.
func (r record) prefix() uint32 { return uint32(r.a >> 44) }

func (r record) append(to []byte) []byte {
	to = binary.LittleEndian.AppendUint64(to, r.a)
	to = binary.LittleEndian.AppendUint64(to, r.b)
	to = binary.LittleEndian.AppendUint32(to, r.c)
	return binary.LittleEndian.AppendUint32(to, r.n)
}

// parseRecord reads what append wrote; from holds at least recordBytes.
func parseRecord(from []byte) record {
	return record{
		binary.LittleEndian.Uint64(from), binary.LittleEndian.Uint64(from[8:]),
		binary.LittleEndian.Uint32(from[16:]), binary.LittleEndian.Uint32(from[20:]),
	}
}

func addSaturating(a, b uint32) uint32 {
	if sum := a + b; sum >= a {
		return sum
	}
	return math.MaxUint32
}

// sumDuplicates merges neighbours of one hash in a sorted slice, in place.
func sumDuplicates(sorted []record) []record {
	kept := sorted[:0]
	for _, r := range sorted {
		if last := len(kept) - 1; last >= 0 && compare(kept[last], r) == 0 {
			kept[last].n = addSaturating(kept[last].n, r.n)
			continue
		}
		kept = append(kept, r)
	}
	return kept
}
