package seal_test

import (
	"bytes"
	"encoding/base64"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/seal"
)

// FuzzOpen: whoever has no key can make nothing that opens.
func FuzzOpen(f *testing.F) {
	m := newMaster(f, 1)
	r := newRing(f, m, newDataKey(f, m, 1, noon))
	genuine := r.Seal("p", []byte("plain"), "pool")
	f.Add("p", genuine, "pool")
	f.Add("p", genuine[:len(genuine)-1], "pool")
	f.Add("", []byte{}, "")
	f.Add("p", bytes.Repeat([]byte{1}, seal.Overhead), "pool")
	f.Fuzz(func(t *testing.T, purpose string, box []byte, bind string) {
		got, err := r.Open(purpose, box, bind)
		same := purpose == "p" && bind == "pool" && bytes.Equal(box, genuine)
		if same != (err == nil) {
			t.Fatalf("Open(%q, %x, %q) = %x, %v", purpose, box, bind, got, err)
		}
	})
}

// FuzzParseMaster: what is accepted is 32 bytes of base64, and one key has one id.
func FuzzParseMaster(f *testing.F) {
	f.Add(aKey)
	f.Add("")
	f.Add("  " + aKey + "==\n")
	f.Fuzz(func(t *testing.T, s string) {
		m, err := seal.ParseMaster(s)
		if err != nil {
			return
		}
		key, err := base64.RawStdEncoding.DecodeString(plainAlphabet(s))
		if err != nil || len(key) != 32 {
			t.Fatalf("%q is accepted: %d bytes, %v", s, len(key), err)
		}
		again, err := seal.ParseMaster(base64.URLEncoding.EncodeToString(key))
		if err != nil || again.ID() != m.ID() {
			t.Fatalf("%q is key %s, and in the URL alphabet %v, %v", s, m.ID(), again, err)
		}
	})
}

// plainAlphabet spells out what ParseMaster promises to overlook.
func plainAlphabet(s string) string {
	b := bytes.TrimSpace([]byte(s))
	b = bytes.TrimSuffix(b, []byte("="))
	b = bytes.ReplaceAll(b, []byte("-"), []byte("+"))
	return string(bytes.ReplaceAll(b, []byte("_"), []byte("/")))
}

func BenchmarkSeal(b *testing.B) {
	m := newMaster(b, 1)
	key := newDataKey(b, m, 1, noon)
	r, err := m.Ring(nil, []seal.WrappedKey{key})
	if err != nil {
		b.Fatal(err)
	}
	plain := make([]byte, 100)
	box := r.Seal("totp secret", plain, "pool", "sub")
	b.Run("seal 100 bytes", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			r.Seal("totp secret", plain, "pool", "sub")
		}
	})
	b.Run("open 100 bytes", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := r.Open("totp secret", box, "pool", "sub"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("derive", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			r.Derive("salt", "pool", "sub")
		}
	})
}
