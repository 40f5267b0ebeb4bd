package brx

import (
	"encoding/binary"
	"math/bits"
)

// appendTail appends the tail block of a page:
//
//	n * rest bits   what bucket and remainder left of each hash
//	extra bits      of each entry: count - 2^level, the whole count at the top level
//	u32 crc32c      of the block up to here, which ends with a byte
func appendTail(dst []byte, c cut, items []item) []byte {
	from := len(dst)
	w := bitWriter{b: dst}
	inA := c.inA()
	for i := range items {
		k := &items[i].key
		w.put(k.a&(1<<inA-1), inA)
		if c.bytes >= 16 {
			w.put(k.b, 64)
		}
		if c.bytes >= 20 {
			w.put(uint64(k.c), 32)
		}
	}
	for i := range items {
		count := items[i].count
		l := levelOf(count)
		if l < topLevel {
			count -= 1 << l
		}
		w.put(uint64(count), extraBits(l))
	}
	w.toByte()
	return binary.LittleEndian.AppendUint32(w.b, checksum(w.b[from:]))
}

// tailSize is the length of the block that appendTail makes.
func tailSize(c cut, n, extra uint) uint { return (n*c.rest()+extra+7)/8 + 4 }

// tailRest reads what the tail knows of entry i and puts it into a key of bucket and remainder.
func tailRest(block []byte, c cut, i uint, k key) key {
	pos, inA := i*c.rest(), c.inA()
	k.a |= bitsAt(block, pos, inA)
	if c.bytes >= 16 {
		k.b = bitsAt(block, pos+inA, 64)
	}
	if c.bytes >= 20 {
		k.c = uint32(bitsAt(block, pos+inA+64, 32))
	}
	return k
}

// tailCount reads the exact count of an entry whose extra bits begin at bit pos.
func tailCount(block []byte, pos uint, level uint8) uint64 {
	extra := bitsAt(block, pos, extraBits(level))
	if level == topLevel {
		return extra
	}
	return 1<<level + extra
}

// extraBefore is how many extra bits the entries before i have in the tail block; i may be n.
func (p *page) extraBefore(i uint) (uint, bool) {
	_, extra, ok := p.sumBefore(i)
	return extra, ok
}

// levelAndExtra is the level of entry i with the extra bits of those before.
func (p *page) levelAndExtra(i uint) (level uint8, extra uint, ok bool) {
	escapes, extra, ok := p.sumBefore(i)
	if level = p.class(i); level == classEscape && ok {
		var more uint8
		more, ok = p.nibble(escapes)
		level += more
	}
	return level, extra, ok
}

// sumBefore is how many escapes and how many extra bits the entries before i have.
func (p *page) sumBefore(i uint) (escapes, extra uint, ok bool) {
	escapes, extra = p.classesBefore(i)
	at := 8*p.counts + 2*p.n
	if at+4*escapes > 8*pageSize {
		return 0, 0, false
	}
	for left := escapes; left > 0; {
		some := min(left, 14) // nibbles that one load surely has, wherever they begin
		extra += nibbleExtra(bitsAt(p.b[:], at, 4*some), some)
		at += 4 * some
		left -= some
	}
	return escapes, extra, true
}

// nibbleExtra is the sum of extraBits over the levels that n nibbles tell, all at once.
func nibbleExtra(w uint64, n uint) uint {
	const low, ones = 0x0f0f0f0f0f0f0f0f, 0x0101010101010101
	sum := uint((w&low + w>>4&low) * ones >> 56)
	tops := uint(bits.OnesCount64(w & (w >> 1) & (w >> 2) & (w >> 3) & 0x1111111111111111)) // nibbles of 15
	return sum + n*classEscape + tops*(32-topLevel)
}
