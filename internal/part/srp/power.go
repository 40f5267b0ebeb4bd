package srp

import (
	"crypto/sha256"
	"sync"
)

// window is the width in bits of one digit of the fixed-base table. Wider
// digits save multiplications and cost longer rows to read; decision 0020 has
// the measurements.
const (
	window = 5
	rows   = (8*sha256.Size + window - 1) / window
)

// powers holds g^(d·2^(5i)) for every digit d at every place i: 52 rows of 32
// elements, 0.6 MB. Row 0 is plain and the others are in Montgomery form, so
// that a product of one entry per row comes out plain.
type powers [rows][1 << window]element

// table is built by the first call and by Warm; later calls share it.
var table = sync.OnceValue(buildTable)

// Warm builds the table of the fixed base, about 10 ms of one core, and returns
// when it is there. Call it in the background at start: a sign-in that comes
// earlier waits for the same table.
func Warm() { table() }

func buildTable() *powers {
	t := new(powers)
	var base element // g^(2^(5i)) in Montgomery form
	base.add(&oneMontgomery, &oneMontgomery)
	for i := range t {
		row := &t[i]
		row[0] = oneMontgomery
		for d := 1; d < len(row); d++ {
			row[d].multiply(&row[d-1], &base)
		}
		base.multiply(&row[len(row)-1], &base)
	}
	for d := range t[0] {
		t[0][d].fromMontgomery(&t[0][d])
	}
	return t
}

// generatorPower is g^e mod N for a big-endian exponent: one entry per digit,
// multiplied together. Every row is read whole and every product is made, zero
// digits included.
func generatorPower(e *[sha256.Size]byte) element {
	t := table()
	var z, entry element
	z.choose(t[0][:], digit(e, 0))
	for i := 1; i < rows; i++ {
		entry.choose(t[i][:], digit(e, i))
		z.multiply(&z, &entry)
	}
	return z
}

// digit is the i-th group of 5 bits from the low end. Only i decides what is read.
func digit(e *[sha256.Size]byte, i int) byte {
	low := i * window
	at := len(e) - 1 - low/8
	pair := uint16(e[at])
	if at > 0 {
		pair |= uint16(e[at-1]) << 8
	}
	return byte(pair>>(low%8)) & (1<<window - 1)
}

// power is z = x^e for x in Montgomery form and a big-endian exponent, the
// result in Montgomery form: fixed windows of 4 bits, each of them four
// squarings, a whole row read and a multiplication. Only the length of e shows.
func (z *element) power(x *element, e []byte) {
	var row [16]element
	row[0] = oneMontgomery
	for d := 1; d < len(row); d++ {
		row[d].multiply(&row[d-1], x)
	}
	r, entry := oneMontgomery, element{}
	for _, pair := range e {
		for _, d := range [2]byte{pair >> 4, pair & 15} {
			for range 4 {
				r.multiply(&r, &r)
			}
			entry.choose(row[:], d)
			r.multiply(&r, &entry)
		}
	}
	*z = r
}

// multiplier is k = H(pad(N) || g) in Montgomery form, with g as the single byte 02.
func multiplier() (k element) {
	h := sha256.Sum256(append(pad(prime.bytes()), 2))
	if err := k.setBytes(h[:]); err != nil {
		panic("srp: k is out of range")
	}
	k.toMontgomery(&k)
	return k
}
