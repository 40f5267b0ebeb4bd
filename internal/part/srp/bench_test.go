package srp

import (
	"bytes"
	"math/big"
	"testing"

	"filippo.io/bigmod"
)

// One run of all of these gives the ratios of decision 0020:
//
//	go test -run '^$' -bench . -count 6 ./internal/part/srp
func BenchmarkExponentiation(b *testing.B) {
	e := bytes.Repeat([]byte{0xa5}, 32)
	x := new(big.Int).Sub(bigPrime, big.NewInt(12345))
	b.Run("general/math-big", func(b *testing.B) {
		exponent, z := new(big.Int).SetBytes(e), new(big.Int)
		for b.Loop() {
			z.Exp(x, exponent, bigPrime)
		}
	})
	b.Run("general/bigmod", func(b *testing.B) {
		modulus, err := bigmod.NewModulus(bigPrime.Bytes())
		if err != nil {
			b.Fatal(err)
		}
		base, err := bigmod.NewNat().SetBytes(x.Bytes(), modulus)
		if err != nil {
			b.Fatal(err)
		}
		z := bigmod.NewNat()
		for b.Loop() {
			z.Exp(base, e, modulus)
		}
	})
	b.Run("general/ours", func(b *testing.B) {
		var base, z element
		if err := base.setBytes(x.Bytes()); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			z.power(&base, e)
		}
	})
	b.Run("fixed-base/ours", func(b *testing.B) {
		Warm()
		for b.Loop() {
			generatorPower((*[32]byte)(e))
		}
	})
}

func BenchmarkMultiply(b *testing.B) {
	z := oneMontgomery
	for b.Loop() {
		z.multiply(&z, &radixSquared)
	}
}

func BenchmarkBuildTable(b *testing.B) {
	for b.Loop() {
		buildTable()
	}
}

func BenchmarkServer(b *testing.B) {
	Warm()
	random := bytes.Repeat([]byte{0x5a}, SecretBytes)
	v := Compute(random, "pool", "user", "password")
	b.Run("Compute", func(b *testing.B) {
		for b.Loop() {
			Compute(random, "pool", "user", "password")
		}
	})
	b.Run("NewChallenge", func(b *testing.B) {
		for b.Loop() {
			if _, err := NewChallenge(bytes.NewReader(random), v); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("SessionKey", func(b *testing.B) {
		a := new(big.Int).Exp(big.NewInt(2), new(big.Int).SetBytes(random), bigPrime).Text(16)
		for b.Loop() {
			if _, err := SessionKey(v, random, a); err != nil {
				b.Fatal(err)
			}
		}
	})
}
