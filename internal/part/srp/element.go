package srp

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math/bits"
)

// Arithmetic modulo N on numbers of one fixed size, without a branch or an
// address that depends on a value. filippo.io/bigmod offers the same at half
// the speed: its assembly covers RSA's sizes and 3072 bits are not among them
// (decision 0020). The tests hold this file against bigmod and math/big.

const (
	elementBytes = 384
	limbs        = elementBytes / 8
)

// element is a number below N: 48 limbs of 64 bits, the lowest first.
type element [limbs]uint64

// primeHex is N, the 3072-bit group of RFC 5054 appendix A (RFC 3526 group 15).
const primeHex = "" +
	"FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74" +
	"020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437" +
	"4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED" +
	"EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF05" +
	"98DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB" +
	"9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B" +
	"E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF695581718" +
	"3995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33" +
	"A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7" +
	"ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864" +
	"D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E2" +
	"08E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF"

// Constants of the group, computed once when the program is loaded (about
// 0.1 ms) and never changed.
var (
	prime = parsePrime()
	// one is 1, and oneMontgomery is R mod N with R = 2^3072.
	one           = element{1}
	oneMontgomery = radix()
	// radixSquared is R² mod N: multiplying by it enters Montgomery form.
	radixSquared = squareRadix()
	// multiplierMontgomery is k = H(N || g) in Montgomery form.
	multiplierMontgomery = multiplier()
)

var (
	errSize  = errors.New("longer than the modulus")
	errRange = errors.New("zero or not below the modulus")
)

// setBytes reads a big-endian number and refuses 0 and whatever is not below N.
// Leading zero bytes are allowed.
func (z *element) setBytes(b []byte) error {
	for len(b) > elementBytes && b[0] == 0 {
		b = b[1:]
	}
	if len(b) > elementBytes {
		return errSize
	}
	var wide [elementBytes]byte
	copy(wide[elementBytes-len(b):], b)
	var nonzero, borrow uint64
	for i := range z {
		z[i] = binary.BigEndian.Uint64(wide[elementBytes-8*(i+1):])
		nonzero |= z[i]
		_, borrow = bits.Sub64(z[i], prime[i], borrow)
	}
	if nonzero == 0 || borrow == 0 {
		return errRange
	}
	return nil
}

// bytes writes all 384 bytes, big-endian.
func (z *element) bytes() []byte {
	b := make([]byte, elementBytes)
	for i, limb := range z {
		binary.BigEndian.PutUint64(b[elementBytes-8*(i+1):], limb)
	}
	return b
}

// add is z = x + y mod N.
func (z *element) add(x, y *element) {
	var sum element
	var carry uint64
	for i := range sum {
		sum[i], carry = bits.Add64(x[i], y[i], carry)
	}
	z.reduce(&sum, carry)
}

// reduce is z = x + carry·R mod N, for a value below 2N.
//
//go:norace
func (z *element) reduce(x *element, carry uint64) {
	var less element
	var borrow uint64
	for i := range less {
		less[i], borrow = bits.Sub64(x[i], prime[i], borrow)
	}
	_, borrow = bits.Sub64(carry, 0, borrow)
	keep := -borrow // all ones where x was already below N
	for i := range z {
		z[i] = x[i]&keep | less[i]&^keep
	}
}

// multiply is the Montgomery product z = x·y/R mod N.
//
// It adds x·y[i] and then the multiple of N that clears the lowest limb, row by
// row. That multiple is the limb itself: N ends in 64 ones, so -1/N mod 2^64 is 1.
func (z *element) multiply(x, y *element) {
	var t [2 * limbs]uint64
	var carry uint64
	for i := range limbs {
		window := (*element)(t[i:])
		high := addProduct(window, x, y[i])
		low := addProduct(window, &prime, window[0])
		t[i+limbs], carry = bits.Add64(high, low, carry)
	}
	z.reduce((*element)(t[limbs:]), carry)
}

func (z *element) toMontgomery(x *element)   { z.multiply(x, &radixSquared) }
func (z *element) fromMontgomery(x *element) { z.multiply(x, &one) }

// addProduct is z += x·y, and returns the limb above. Four products are formed
// before their carries ripple, so that the compiler keeps the carry in the
// processor's flag; eight limbs a turn, written out, because the loop and its
// bounds checks otherwise cost a fifth of the time.
//
// The race detector would watch each of the limbs at 20 times the price; they
// belong to the caller alone.
//
//go:norace
func addProduct(z, x *element, y uint64) (carry uint64) {
	for i := 0; i < limbs; i += 8 {
		zs, xs := (*[8]uint64)(z[i:]), (*[8]uint64)(x[i:])
		var c, d uint64

		h0, l0 := bits.Mul64(xs[0], y)
		h1, l1 := bits.Mul64(xs[1], y)
		h2, l2 := bits.Mul64(xs[2], y)
		h3, l3 := bits.Mul64(xs[3], y)
		l0, c = bits.Add64(l0, carry, 0)
		l1, c = bits.Add64(l1, h0, c)
		l2, c = bits.Add64(l2, h1, c)
		l3, c = bits.Add64(l3, h2, c)
		h3 += c // no overflow: a high half is at most 2^64 - 2
		zs[0], d = bits.Add64(zs[0], l0, 0)
		zs[1], d = bits.Add64(zs[1], l1, d)
		zs[2], d = bits.Add64(zs[2], l2, d)
		zs[3], d = bits.Add64(zs[3], l3, d)
		carry = h3 + d // no overflow: z + x·y + carry fits one limb more

		h0, l0 = bits.Mul64(xs[4], y)
		h1, l1 = bits.Mul64(xs[5], y)
		h2, l2 = bits.Mul64(xs[6], y)
		h3, l3 = bits.Mul64(xs[7], y)
		l0, c = bits.Add64(l0, carry, 0)
		l1, c = bits.Add64(l1, h0, c)
		l2, c = bits.Add64(l2, h1, c)
		l3, c = bits.Add64(l3, h2, c)
		h3 += c
		zs[4], d = bits.Add64(zs[4], l0, 0)
		zs[5], d = bits.Add64(zs[5], l1, d)
		zs[6], d = bits.Add64(zs[6], l2, d)
		zs[7], d = bits.Add64(zs[7], l3, d)
		carry = h3 + d
	}
	return carry
}

// choose is z = row[k] for an even number of entries. It reads all of them, two
// at a time, so that the cache does not learn k.
//
//go:norace
func (z *element) choose(row []element, k byte) {
	*z = element{}
	for j := 0; j+1 < len(row); j += 2 {
		even, odd := &row[j], &row[j+1]
		takeEven, takeOdd := equalMask(byte(j), k), equalMask(byte(j+1), k)
		for i := range z {
			z[i] |= even[i]&takeEven | odd[i]&takeOdd
		}
	}
}

// equalMask is all ones where a = b, else 0: only 0 − 1 has its top bit set.
func equalMask(a, b byte) uint64 {
	return uint64(int64(uint64(a^b)-1) >> 63)
}

func parsePrime() (n element) {
	raw, err := hex.DecodeString(primeHex)
	if err != nil || len(raw) != elementBytes {
		panic("srp: the prime is misspelt")
	}
	for i := range n {
		n[i] = binary.BigEndian.Uint64(raw[elementBytes-8*(i+1):])
	}
	return n
}

// radix is R mod N = R − N, since N has its top bit set.
func radix() (r element) {
	var borrow uint64
	for i := range r {
		r[i], borrow = bits.Sub64(0, prime[i], borrow)
	}
	return r
}

// squareRadix doubles R 48 times, to 2^48·R, and squares that 6 times in
// Montgomery form: the exponent of 2 doubles each time, to 3072.
func squareRadix() element {
	r := oneMontgomery
	for range 48 {
		r.add(&r, &r)
	}
	for range 6 {
		r.multiply(&r, &r)
	}
	return r
}
