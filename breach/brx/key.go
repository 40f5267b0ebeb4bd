package brx

import (
	"encoding/binary"
	"math/bits"
)

// key is a hash as numbers, so that order is kept: the first 64 bits, the next 64, the last 32.
type key struct {
	a, b uint64
	c    uint32
}

// item is one entry on its way into a page.
type item struct {
	key
	count uint32
}

// keyOf reads a hash of 8, 16 or 20 bytes.
func keyOf(hash []byte) key {
	k := key{a: binary.BigEndian.Uint64(hash)}
	if len(hash) >= 16 {
		k.b = binary.BigEndian.Uint64(hash[8:])
	}
	if len(hash) >= 20 {
		k.c = binary.BigEndian.Uint32(hash[16:])
	}
	return k
}

func (k key) hash() (h [MaxHash]byte) {
	binary.BigEndian.PutUint64(h[:], k.a)
	binary.BigEndian.PutUint64(h[8:], k.b)
	binary.BigEndian.PutUint32(h[16:], k.c)
	return h
}

func (k key) after(o key) bool {
	if k.a != o.a {
		return k.a > o.a
	}
	if k.b != o.b {
		return k.b > o.b
	}
	return k.c > o.c
}

// cut is how the hashes of a file are divided.
type cut struct {
	s, r  uint // bits of the bucket and of the remainder
	bytes int  // of a whole hash: 8, 16 or 20
}

func (c cut) bucket(k key) uint64    { return k.a >> (64 - c.s) }
func (c cut) remainder(k key) uint64 { return k.a << c.s >> (64 - c.r) }

// rest is how many bits of a hash are in neither bucket nor remainder.
func (c cut) rest() uint { return uint(8*c.bytes) - c.s - c.r }

// inA is how many of them belong to the first 64 bits of the hash.
func (c cut) inA() uint { return 64 - c.s - c.r }

// join puts bucket and remainder together again; the rest of the hash is zero.
func (c cut) join(bucket, remainder uint64) key {
	return key{a: bucket<<(64-c.s) | remainder<<c.inA()}
}

// A count is kept as its level, the floor of its base-2 logarithm. Level 18
// holds everything from 2^18 on.
const topLevel = 18

// levelOf needs a count of at least 1.
func levelOf(count uint32) uint8 {
	return uint8(min(bits.Len32(count)-1, topLevel))
}

// extraBits is how many bits the tail spends to tell the exact count of a level.
func extraBits(level uint8) uint {
	if level == topLevel {
		return 32
	}
	return uint(level)
}
