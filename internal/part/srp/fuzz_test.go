package srp

import (
	"bytes"
	"encoding/hex"
	"math/big"
	"testing"
)

// The key must be exactly what math/big makes of the same numbers, and only
// numbers strictly between 0 and N may have one.
func FuzzSessionKey(f *testing.F) {
	f.Add("2", []byte{1}, []byte{1})
	f.Add("0", []byte{0xff}, []byte{0})
	f.Add("00"+primeHex, bytes.Repeat([]byte{0xff}, 32), bytes.Repeat([]byte{0xff}, 32))
	f.Add("f00", bigPrime.Bytes(), []byte("secret"))
	f.Fuzz(func(t *testing.T, aHex string, verifier, random []byte) {
		var b [SecretBytes]byte
		copy(b[:], random)
		v := new(big.Int).SetBytes(verifier)
		v.Mod(v, bigPrime)
		stored := Verifier(v.FillBytes(make([]byte, elementBytes)))

		key, err := SessionKey(stored, b[:], aHex)
		if refused := ParseA(aHex) != nil || v.Sign() == 0; refused != (err != nil) {
			t.Fatalf("refused: %v, error: %v", refused, err)
		}
		if err != nil {
			return
		}
		a, ok := new(big.Int).SetString(aHex, 16)
		if !ok || a.Sign() <= 0 || a.Cmp(bigPrime) >= 0 {
			t.Fatalf("A = %q was accepted", aHex)
		}
		if want := plainSessionKey(v, a, b[:]); !bytes.Equal(key, want) {
			t.Errorf("key of A = %s, v = %x, b = %x:\n got %x\nwant %x", aHex, v, b, key, want)
		}
	})
}

// plainSessionKey is SessionKey as the specification writes it, in math/big.
func plainSessionKey(v, a *big.Int, b []byte) []byte {
	gr := newGroup()
	secret := new(big.Int).SetBytes(b)
	public := new(big.Int).Exp(gr.g, secret, gr.n)
	public.Add(public, new(big.Int).Mul(gr.k, v)).Mod(public, gr.n)
	u := scramble(a.Bytes(), public.Bytes())
	s := new(big.Int).Exp(v, new(big.Int).SetBytes(u), gr.n)
	s.Mul(s, a).Exp(s, secret, gr.n)
	return deriveKey(u, s.Bytes())
}

func FuzzParseA(f *testing.F) {
	for _, s := range []string{"", "0", "1", "aB", primeHex, "00" + primeHex, "-1", "0x1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		err := ParseA(s)
		a, isHex := new(big.Int).SetString(s, 16)
		_, strict := hex.DecodeString("0"[:len(s)%2] + s)
		legal := isHex && strict == nil && len(s) <= maxHex && a.Sign() > 0 && a.Cmp(bigPrime) < 0
		if legal != (err == nil) {
			t.Errorf("%q: legal %v, error %v", s, legal, err)
		}
	})
}

func FuzzParseVerifier(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0, 0})
	f.Add([]byte{1})
	f.Add(bigPrime.Bytes())
	f.Add(append([]byte{0}, bigPrime.Bytes()...))
	f.Add(new(big.Int).Sub(bigPrime, big.NewInt(1)).Bytes())
	f.Add(bytes.Repeat([]byte{0xff}, 2*elementBytes))
	f.Fuzz(func(t *testing.T, raw []byte) {
		want := new(big.Int).SetBytes(raw)
		v, err := ParseVerifier(raw)
		if ok := want.Sign() > 0 && want.Cmp(bigPrime) < 0; ok != (err == nil) {
			t.Fatalf("%x: error %v", raw, err)
		}
		if err == nil && (len(v) != VerifierBytes || new(big.Int).SetBytes(v).Cmp(want) != 0) {
			t.Errorf("%x is read as another number", raw)
		}
	})
}
