package srp

import (
	"math/big"
	"testing"

	"filippo.io/bigmod"
	"pgregory.net/rapid"
)

var bigPrime = newGroup().n

// someElement draws numbers below N, with a liking for the edges: near 0, near
// N, long runs of zeros and of ones.
func someElement() *rapid.Generator[*big.Int] {
	return rapid.Custom(func(t *rapid.T) *big.Int {
		n := new(big.Int)
		switch rapid.IntRange(0, 3).Draw(t, "kind") {
		case 0:
			n.SetUint64(rapid.Uint64().Draw(t, "small"))
		case 1:
			n.Sub(bigPrime, new(big.Int).SetUint64(rapid.Uint64().Draw(t, "below N")))
		case 2:
			limb := rapid.SampledFrom([]uint64{0, 1, 1 << 63, 1<<64 - 1})
			for range limbs {
				n.Lsh(n, 64).Or(n, new(big.Int).SetUint64(limb.Draw(t, "limb")))
			}
		default:
			n.SetBytes(rapid.SliceOfN(rapid.Byte(), elementBytes, elementBytes).Draw(t, "bytes"))
		}
		n.Mod(n, bigPrime)
		if n.Sign() == 0 {
			n.SetUint64(1)
		}
		return n
	})
}

func read(t rapid.TB, n *big.Int) (z element) {
	t.Helper()
	if err := z.setBytes(n.Bytes()); err != nil {
		t.Fatalf("setBytes(%x): %v", n, err)
	}
	return z
}

func wantElement(t rapid.TB, what string, got element, want *big.Int) {
	t.Helper()
	if g := new(big.Int).SetBytes(got.bytes()); g.Cmp(want) != 0 {
		t.Fatalf("%s:\n got %x\nwant %x", what, g, want)
	}
}

func TestArithmeticAgreesWithMathBig(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y := someElement().Draw(t, "x"), someElement().Draw(t, "y")
		ex, ey := read(t, x), read(t, y)
		var got element

		got.add(&ex, &ey)
		sum := new(big.Int).Add(x, y)
		wantElement(t, "x + y", got, sum.Mod(sum, bigPrime))

		got.toMontgomery(&ex)
		got.multiply(&got, &ey)
		product := new(big.Int).Mul(x, y)
		wantElement(t, "x · y", got, product.Mod(product, bigPrime))

		got.toMontgomery(&ex)
		got.fromMontgomery(&got)
		wantElement(t, "into Montgomery form and back", got, x)

		alias := ex
		alias.multiply(&alias, &alias)
		got.multiply(&ex, &ex)
		if alias != got {
			t.Fatal("multiply must allow its operands to be its result")
		}
	})
}

func TestPowersAgreeWithBigmod(t *testing.T) {
	modulus, err := bigmod.NewModulus(bigPrime.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	oracle := func(t rapid.TB, x *big.Int, e []byte) *big.Int {
		base, err := bigmod.NewNat().SetBytes(x.FillBytes(make([]byte, elementBytes)), modulus)
		if err != nil {
			t.Fatal(err)
		}
		return new(big.Int).SetBytes(bigmod.NewNat().Exp(base, e, modulus).Bytes(modulus))
	}
	check := func(t rapid.TB, x *big.Int, e []byte) {
		z := read(t, x)
		z.toMontgomery(&z)
		z.power(&z, e)
		z.fromMontgomery(&z)
		wantElement(t, "x^e", z, oracle(t, x, e))
		wantElement(t, "2^e", generatorPower((*[32]byte)(e)), oracle(t, big.NewInt(2), e))
	}
	zeros, ones := make([]byte, 32), make([]byte, 32)
	for i := range ones {
		ones[i] = 0xff
	}
	low, high := make([]byte, 32), make([]byte, 32)
	low[31], high[0] = 1, 0x80
	for _, e := range [][]byte{zeros, ones, low, high} {
		check(t, big.NewInt(3), e)
	}
	rapid.Check(t, func(t *rapid.T) {
		check(t, someElement().Draw(t, "x"), rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "e"))
	})
}

func TestSetBytesRefusesWhatIsNotBelowN(t *testing.T) {
	n := bigPrime
	for name, in := range map[string]*big.Int{
		"zero":       big.NewInt(0),
		"N":          n,
		"N + 1":      new(big.Int).Add(n, big.NewInt(1)),
		"2^3072 - 1": new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 3072), big.NewInt(1)),
		"2N":         new(big.Int).Lsh(n, 1),
	} {
		var z element
		if err := z.setBytes(in.Bytes()); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	for name, in := range map[string]*big.Int{
		"1":     big.NewInt(1),
		"N - 1": new(big.Int).Sub(n, big.NewInt(1)),
	} {
		var z element
		if err := z.setBytes(append(make([]byte, 400), in.Bytes()...)); err != nil {
			t.Errorf("%s behind leading zeros: %v", name, err)
		}
	}
}

func TestChooseReadsTheEntryAsked(t *testing.T) {
	for _, size := range []int{16, 1 << window} {
		row := make([]element, size)
		for i := range row {
			row[i] = element{uint64(i) + 1, limbs - 1: ^uint64(i)}
		}
		for i := range row {
			var got element
			if got.choose(row, byte(i)); got != row[i] {
				t.Errorf("entry %d of %d: got %v", i, size, got[0])
			}
		}
	}
}
