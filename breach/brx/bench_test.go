package brx_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/gatehouse-id/gatehouse/breach/brx"
)

const many = 1 << 20

func BenchmarkWriter(b *testing.B) {
	all := random(many, 20, 1)
	for name, tail := range map[string]bool{"core": false, "tail": true} {
		b.Run(name, func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "x.brx")
			for b.Loop() {
				write(b, path, brx.Options{Alg: brx.SHA1, Expected: many, Remainder: 32, Tail: tail}, all)
				if err := os.Remove(path); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(all))*float64(b.N)/b.Elapsed().Seconds()/1e6, "M/s")
		})
	}
}

func BenchmarkLookup(b *testing.B) {
	all := random(many, 20, 1)
	for name, tail := range map[string]bool{"core": false, "tail": true} {
		s := built(b, brx.Options{Alg: brx.SHA1, Expected: many, Tail: tail}, all)
		for ask, flip := range map[string]byte{"hit": 0, "miss": 0x80} {
			b.Run(name+"/"+ask, func(b *testing.B) {
				at := 0
				for b.Loop() {
					h := all[at%len(all)].Hash
					h[0] ^= flip
					if _, found, err := s.Lookup(h[:]); found != (flip == 0) || err != nil {
						b.Fatal(found, err)
					}
					at += 104_729
				}
			})
		}
	}
}

func BenchmarkRange(b *testing.B) {
	all := random(many, 20, 1)
	for i := range all { // 2^20 hashes of 2^10 prefixes: as many a range as 10^9 have
		all[i].Hash[0], all[i].Hash[1] = 0, all[i].Hash[1]&0x3f
	}
	s := built(b, brx.Options{Alg: brx.SHA1, Expected: many << 10, Remainder: 32, Tail: true}, all.sort())
	var text []byte
	at := uint32(0)
	for b.Loop() {
		var err error
		if text, _, err = s.Range(text[:0], at&0x3ff); err != nil {
			b.Fatal(err)
		}
		at += 7
	}
	b.SetBytes(int64(len(text)))
}
