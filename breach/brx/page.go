package brx

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math/bits"
)

const (
	pageSize   = 4096
	pageHeader = 32

	// maxBuckets is the longest run of buckets that a page can spell in unary.
	maxBuckets = (pageSize - pageHeader) * 8

	// noHint marks hints behind the end of the unary words; no page has so many buckets.
	noHint = 0x7fff

	// classEscape is the class of a count of 8 or more, whose level follows in four bits.
	classEscape = 3

	evenBits = 0x5555555555555555
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

func updateChecksum(sum uint32, b []byte) uint32 { return crc32.Update(sum, castagnoli, b) }

func words(bits uint) uint { return (bits + 63) / 64 }

// pageFits tells whether n entries over nb buckets, escapes of them with a count of 8 or more, go into one page.
func pageFits(r, n uint, nb uint64, escapes uint) bool {
	if nb > maxBuckets {
		return false
	}
	return pageHeader+8*words(n*r)+8*words(n+uint(nb))+(2*n+4*escapes+7)/8 <= pageSize
}

// encodePage writes the page of the items, which must not be empty, must fit, and be ascending.
func encodePage(dst *[pageSize]byte, c cut, items []item, rank uint64) {
	first := c.bucket(items[0].key)
	last := c.bucket(items[len(items)-1].key)
	w := bitWriter{b: dst[:pageHeader]}
	for i := range items {
		w.put(c.remainder(items[i].key), c.r)
	}
	w.toWord()

	unary := len(w.b)
	counts := unary + 8*int(words(uint(len(items))+uint(last-first+1)))
	clear(dst[unary:])
	at, bit := first, uint(0) // a 1 ends a bucket; zeros stand there already
	for i := range items {
		for b := c.bucket(items[i].key); at < b; at++ {
			dst[unary+int(bit/8)] |= 1 << (bit % 8)
			bit++
		}
		bit++
	}
	dst[unary+int(bit/8)] |= 1 << (bit % 8)

	w = bitWriter{b: dst[:counts]}
	for i := range items {
		w.put(uint64(min(levelOf(items[i].count), classEscape)), 2)
	}
	for i := range items {
		if l := levelOf(items[i].count); l >= classEscape {
			w.put(uint64(l-classEscape), 4)
		}
	}
	w.toByte()

	binary.LittleEndian.PutUint32(dst[4:], uint32(first))
	binary.LittleEndian.PutUint16(dst[8:], uint16(len(items)))
	binary.LittleEndian.PutUint16(dst[10:], uint16(last-first+1))
	putHints(dst, unary, counts)
	binary.LittleEndian.PutUint32(dst[28:], uint32(rank))
	binary.LittleEndian.PutUint32(dst[0:], checksum(dst[4:]))
}

// putHints writes how many buckets end before unary words 4, 8, ... 32.
func putHints(dst *[pageSize]byte, unary, counts int) {
	ends, hint := 0, 12
	for off := unary; hint < 28; off += 8 {
		if off >= counts {
			binary.LittleEndian.PutUint16(dst[hint:], noHint)
			hint += 2
			continue
		}
		ends += bits.OnesCount64(binary.LittleEndian.Uint64(dst[off:]))
		if (off-unary)/8%4 == 3 {
			if off+8 >= counts {
				ends = noHint
			}
			binary.LittleEndian.PutUint16(dst[hint:], uint16(ends))
			hint += 2
		}
	}
}

// page is a view of one page whose areas are known to lie inside it.
type page struct {
	b             *[pageSize]byte
	first         uint32 // bucket
	n, nb         uint
	unary, counts uint // byte offsets, multiples of 8
	r             uint
}

// viewPage measures the areas of a page. It costs a handful of instructions and is done at every access.
func viewPage(b *[pageSize]byte, r uint) (page, error) {
	p := page{
		b:     b,
		first: binary.LittleEndian.Uint32(b[4:]),
		n:     uint(binary.LittleEndian.Uint16(b[8:])),
		nb:    uint(binary.LittleEndian.Uint16(b[10:])),
		r:     r,
	}
	p.unary = pageHeader + 8*words(p.n*r)
	p.counts = p.unary + 8*words(p.n+p.nb)
	if p.n == 0 || p.nb == 0 || p.counts+(2*p.n+7)/8 > pageSize {
		return p, fmt.Errorf("%w: page with %d entries in %d buckets", ErrCorrupt, p.n, p.nb)
	}
	return p, nil
}

func (p *page) word(off uint) uint64 {
	return binary.LittleEndian.Uint64(p.b[off : off+8])
}

// remainder of entry i, which must be below n.
func (p *page) remainder(i uint) uint64 {
	if p.r == 32 {
		off := pageHeader + 4*i
		return uint64(binary.LittleEndian.Uint32(p.b[off : off+4]))
	}
	// R is at most 40 and the unary words follow, so one load has all of it.
	at := i * p.r
	off := pageHeader + at/8
	return p.word(off) >> (at % 8) & (1<<p.r - 1)
}

// entries is the range of the entries in bucket j, counted from the first; ok is false if the page contradicts itself.
func (p *page) entries(j uint) (from, to uint, ok bool) {
	begin, end := uint(0), uint(0)
	off := p.unary
	if j == 0 {
		end, ok = p.nextEnd(0)
		return 0, end, ok && end <= p.n
	}
	// The bucket before it ends at the set bit of rank j-1. The hints tell near which word.
	const lanes, highs = 0x0001000100010001, 0x8000800080008000
	key := uint64(j-1)*lanes | highs
	low, high := p.word(12), p.word(20)
	skip := uint(bits.OnesCount64((key-low)&highs) + bits.OnesCount64((key-high)&highs))
	k := j - 1
	if skip > 0 {
		k -= uint(binary.LittleEndian.Uint16(p.b[10+2*skip:]))
		off += 32 * skip
	}
	for {
		if off >= p.counts || k >= maxBuckets {
			return 0, 0, false
		}
		w := p.word(off)
		here := uint(bits.OnesCount64(w))
		if k < here {
			begin = (off-p.unary)*8 + selectInWord(w, k) + 1
			break
		}
		k -= here
		off += 8
	}
	end, ok = p.nextEnd(begin)
	from, to = begin-j, end-j
	return from, to, ok && begin >= j && from <= to && to <= p.n
}

// nextEnd is the place of the first set bit at or after bit pos of the unary words.
func (p *page) nextEnd(pos uint) (uint, bool) {
	off := p.unary + pos/64*8
	if off >= p.counts {
		return 0, false
	}
	w := p.word(off) >> (pos % 64) << (pos % 64)
	for w == 0 {
		if off += 8; off >= p.counts {
			return 0, false
		}
		w = p.word(off)
	}
	return (off-p.unary)*8 + uint(bits.TrailingZeros64(w)), true
}

// class of entry i: 0, 1, 2 are levels, 3 is escape.
func (p *page) class(i uint) uint8 {
	return p.b[p.counts+i/4] >> (i % 4 * 2) & 3
}

// nibble is the level of the escape of rank e, less three; ok is false if it would lie outside the page.
func (p *page) nibble(e uint) (v uint8, ok bool) {
	at := 2*p.n + 4*e
	off := p.counts + at/8
	if off >= pageSize {
		return 0, false
	}
	v = p.b[off] >> (at % 8)
	if at%8 == 6 { // n is odd: the nibble crosses into the next byte
		if off+1 >= pageSize {
			return 0, false
		}
		v |= p.b[off+1] << 2
	}
	return v & 15, true
}

// level of entry i.
func (p *page) level(i uint) (uint8, error) {
	if c := p.class(i); c < classEscape {
		return c, nil
	}
	escapes, _ := p.classesBefore(i)
	v, ok := p.nibble(escapes)
	if !ok {
		return 0, fmt.Errorf("%w: count outside its page", ErrCorrupt)
	}
	return v + classEscape, nil
}

// classesBefore tells of the entries before i how many are escapes, and how many extra bits the others have in the tail.
func (p *page) classesBefore(i uint) (escapes, extra uint) {
	at := p.counts
	for ; i > 0; at += 8 {
		w := p.word(at)
		if i < 32 {
			w &= 1<<(2*i) - 1
			i = 32
		}
		i -= 32
		low, high := w&evenBits, w>>1&evenBits
		escapes += uint(bits.OnesCount64(low & high))
		extra += uint(bits.OnesCount64(low&^high) + 2*bits.OnesCount64(high&^low))
	}
	return escapes, extra
}
