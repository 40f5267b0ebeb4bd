package brx

import (
	"encoding/binary"
	"math/bits"
)

// bitWriter packs numbers, lowest bit first, into little-endian words.
type bitWriter struct {
	b   []byte
	acc uint64
	n   uint // bits in acc, below 64
}

// put appends the low width bits of v; the bits above must be zero.
func (w *bitWriter) put(v uint64, width uint) {
	w.acc |= v << w.n
	if w.n += width; w.n < 64 {
		return
	}
	w.b = binary.LittleEndian.AppendUint64(w.b, w.acc)
	w.n -= 64
	w.acc = v >> (width - w.n)
}

// toWord ends the word with zeros.
func (w *bitWriter) toWord() {
	if w.n > 0 {
		w.b = binary.LittleEndian.AppendUint64(w.b, w.acc)
		w.acc, w.n = 0, 0
	}
}

// toByte ends the byte with zeros.
func (w *bitWriter) toByte() {
	for ; w.n > 0; w.n -= min(w.n, 8) {
		w.b = append(w.b, byte(w.acc))
		w.acc >>= 8
	}
	w.acc = 0
}

// bitsAt reads width bits (at most 64) from bit pos on; what lies behind the end of b reads as zero.
func bitsAt(b []byte, pos, width uint) uint64 {
	from, shift := pos/8, pos%8
	if from+9 > uint(len(b)) {
		var end [9]byte
		if from < uint(len(b)) {
			copy(end[:], b[from:])
		}
		b, from = end[:], 0
	}
	v := binary.LittleEndian.Uint64(b[from:]) >> shift
	if shift+width > 64 {
		v |= uint64(b[from+8]) << (64 - shift)
	}
	if width < 64 {
		v &= 1<<width - 1
	}
	return v
}

// selectInWord is the place of the set bit of rank k in w, which must have more than k.
//
// Broadword selection after Vigna, "Broadword implementation of rank/select
// queries" (2008): prefix sums of the bytes, a parallel comparison to find the
// byte, and at most seven steps inside it.
func selectInWord(w uint64, k uint) uint {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	s := w - w>>1&0x5555555555555555
	s = s&0x3333333333333333 + s>>2&0x3333333333333333
	s = (s + s>>4) & 0x0f0f0f0f0f0f0f0f * ones
	// A byte of s holds how many bits are set up to its end; count those that end at or before rank k.
	at := uint(bits.OnesCount64(((uint64(k)*ones|highs)-s)&highs)) * 8
	k -= uint(s << 8 >> at & 0xff)
	in := w >> at
	for ; k > 0; k-- {
		in &= in - 1
	}
	return at + uint(bits.TrailingZeros64(in))
}
