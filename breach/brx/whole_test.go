package brx_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/breach/brx"
)

// crowd makes hashes of which n share their first bytes, so that their bucket fills pages, between strangers.
func crowd(n, shared int) entries {
	all := append(random(n, 20, 5), random(500, 20, 6)...)
	for i := range n {
		copy(all[i].Hash[:shared], bytes.Repeat([]byte{0x5a}, shared))
	}
	return all.sort()
}

// files are what the tests of whole files go over.
func files(t *testing.T) map[string]*brx.Segment {
	return map[string]*brx.Segment{
		"empty":           built(t, brx.Options{Alg: brx.SHA1, Tail: true}, nil),
		"one entry":       built(t, brx.Options{Alg: brx.SHA1, Expected: 1, Tail: true}, random(1, 20, 1)),
		"many":            built(t, brx.Options{Alg: brx.SHA1, Expected: 30_000, Tail: true}, random(30_000, 20, 1)),
		"without a tail":  built(t, brx.Options{Alg: brx.SHA1, Expected: 30_000}, random(30_000, 20, 1)),
		"pairs":           built(t, brx.Options{Alg: brx.HMACPair, Expected: 30_000}, random(30_000, 8, 1)),
		"ntlm":            built(t, brx.Options{Alg: brx.NTLM, Expected: 30_000, Tail: true}, random(30_000, 16, 1)),
		"a full bucket":   built(t, brx.Options{Alg: brx.SHA1, Expected: 5_000, Tail: true}, crowd(3000, 4)),
		"equal beginning": built(t, brx.Options{Alg: brx.SHA1, Expected: 5_000, Tail: true}, crowd(3000, 10)),
		"sparse":          built(t, brx.Options{Alg: brx.SHA1, Expected: 1 << 31, Tail: true}, random(3000, 20, 1)),
	}
}

func TestVerify(t *testing.T) {
	for name, s := range files(t) {
		t.Run("finds nothing wrong with a file: "+name, func(t *testing.T) {
			var done, total int64
			if err := s.Verify(context.Background(), func(d, n int64) { done, total = d, n }); err != nil {
				t.Error(err)
			}
			if pages := int64(s.Info().Pages); done != pages || total != pages {
				t.Errorf("progress ended at %d of %d, want %d", done, total, pages)
			}
		})
	}
	t.Run("stops when told to", func(t *testing.T) {
		ctx, stop := context.WithCancel(context.Background())
		stop()
		s := built(t, brx.Options{Alg: brx.SHA1, Expected: 1}, random(1, 20, 1))
		if err := s.Verify(ctx, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want %v", err, context.Canceled)
		}
	})
	t.Run("finds every flipped byte", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "x.brx")
		write(t, path, brx.Options{Alg: brx.SHA1, Expected: 300, Tail: true}, random(300, 20, 1))
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for i := range file {
			file[i] ^= 1 << (i % 8)
			s, err := brx.OpenBytes(file)
			if err == nil {
				err = s.Verify(context.Background(), nil)
			}
			if !errors.Is(err, brx.ErrCorrupt) && !errors.Is(err, brx.ErrFormat) {
				t.Fatalf("byte %d: got %v, want %v", i, err, brx.ErrCorrupt)
			}
			file[i] ^= 1 << (i % 8)
		}
	})
	t.Run("finds every shortening", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "x.brx")
		write(t, path, brx.Options{Alg: brx.SHA1, Expected: 300, Tail: true}, random(300, 20, 1))
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for n := range file {
			if _, err := brx.OpenBytes(file[:n]); err == nil {
				t.Fatalf("a file cut to %d of %d bytes was opened", n, len(file))
			}
		}
	})
}

func TestAll(t *testing.T) {
	t.Run("gives back what was written", func(t *testing.T) {
		for _, all := range []entries{nil, random(1, 20, 1), random(30_000, 20, 1), crowd(3000, 4), crowd(3000, 10)} {
			s := built(t, brx.Options{Alg: brx.SHA1, Expected: uint64(len(all)), Tail: true}, all)
			i := 0
			for e, err := range s.All() {
				if err != nil || i >= len(all) || e.Hash != all[i].Hash || e.Count != min(all[i].Count, brx.MaxCount) {
					t.Fatalf("entry %d of %d: %v", i, len(all), err)
				}
				i++
			}
			if i != len(all) {
				t.Errorf("got %d entries, want %d", i, len(all))
			}
		}
	})
	t.Run("gives first bits and floors without a tail", func(t *testing.T) {
		all := random(30_000, 20, 1)
		s := built(t, brx.Options{Alg: brx.SHA1, Expected: 1 << 15, Remainder: 33}, all) // 48 bits
		i := 0
		for e, err := range s.All() {
			var want [20]byte
			copy(want[:], all[i].Hash[:6])
			if err != nil || e.Hash != want || e.Count != floor(all[i].Count) {
				t.Fatalf("entry %d: %x, %d, %v", i, e.Hash, e.Count, err)
			}
			i++
		}
	})
	t.Run("ends with an error when the file is closed meanwhile", func(t *testing.T) {
		s := built(t, brx.Options{Alg: brx.SHA1, Expected: 30_000}, random(30_000, 20, 1))
		var last error
		for _, err := range s.All() {
			if last = err; err == nil {
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if !errors.Is(last, brx.ErrClosed) {
			t.Errorf("got %v, want %v", last, brx.ErrClosed)
		}
	})
}

func TestRange(t *testing.T) {
	all := append(random(50_000, 20, 1), crowd(3000, 4)...).sort()
	byPrefix := map[uint32]string{}
	var some []uint32
	for _, e := range all {
		prefix := uint32(e.Hash[0])<<12 | uint32(e.Hash[1])<<4 | uint32(e.Hash[2])>>4
		if byPrefix[prefix] == "" {
			some = append(some, prefix, prefix+1)
		}
		byPrefix[prefix] += fmt.Sprintf("%s:%d\r\n", strings.ToUpper(fmt.Sprintf("%x", e.Hash))[5:], min(e.Count, brx.MaxCount))
	}
	some = append(some, 0, 1<<20-1)
	for name, o := range map[string]brx.Options{
		"of many buckets":   {Alg: brx.SHA1, Expected: 1 << 23, Tail: true},
		"of half a bucket":  {Alg: brx.SHA1, Expected: 1 << 15, Tail: true},
		"of the one bucket": {Alg: brx.SHA1, Tail: true},
	} {
		t.Run(name+" is what was written", func(t *testing.T) {
			s := built(t, o, all)
			step := 37
			if o.Expected == 0 {
				step = 9973 // each reads the whole file
			}
			for i := 0; i < len(some); i += step {
				if some[i] >= 1<<20 {
					continue
				}
				got, lines, err := s.Range([]byte("x"), some[i])
				if want := "x" + byPrefix[some[i]]; string(got) != want || lines != strings.Count(want, "\n") || err != nil {
					t.Fatalf("%05X: got %d lines, %v; want %d", some[i], lines, err, strings.Count(want, "\n"))
				}
				list, err := s.Prefix(nil, some[i])
				if len(list) != lines || err != nil {
					t.Fatalf("%05X: got %d entries, %v; want %d", some[i], len(list), err, lines)
				}
			}
		})
	}
	t.Run("of NTLM hashes has 27 digits", func(t *testing.T) {
		all := random(1, 16, 1)
		h := strings.ToUpper(fmt.Sprintf("%x", all[0].Hash[:16]))
		s := built(t, brx.Options{Alg: brx.NTLM, Expected: 1, Tail: true}, all)
		var prefix uint32
		if _, err := fmt.Sscanf(h[:5], "%X", &prefix); err != nil {
			t.Fatal(err)
		}
		got, _, err := s.Range(nil, prefix)
		if want := fmt.Sprintf("%s:%d\r\n", h[5:], all[0].Count); string(got) != want || err != nil {
			t.Errorf("got %q, %v; want %q", got, err, want)
		}
	})
	t.Run("is refused without a tail, for digits cannot be invented", func(t *testing.T) {
		s := built(t, brx.Options{Alg: brx.SHA1, Expected: 100}, random(100, 20, 1))
		if got, lines, err := s.Range(nil, 0); len(got) > 0 || lines != 0 || !errors.Is(err, brx.ErrNoTail) {
			t.Errorf("got %d lines, %v; want %v", lines, err, brx.ErrNoTail)
		}
	})
	t.Run("is refused for six digits", func(t *testing.T) {
		s := built(t, brx.Options{Alg: brx.SHA1, Expected: 100, Tail: true}, random(100, 20, 1))
		if _, _, err := s.Range(nil, 1<<20); err == nil {
			t.Error("got no error")
		}
	})
}

func TestLookupBatch(t *testing.T) {
	for name, s := range files(t) {
		t.Run("answers as Lookup does: "+name, func(t *testing.T) {
			width := s.Info().Alg.Bytes()
			var hashes []byte
			for e, err := range s.All() {
				if err != nil {
					t.Fatal(err)
				}
				hashes = append(hashes, e.Hash[:width]...)
				e.Hash[1] ^= 4
				hashes = append(hashes, e.Hash[:width]...)
			}
			counts := make([]uint64, len(hashes)/width)
			if err := s.LookupBatch(hashes, counts); err != nil {
				t.Fatal(err)
			}
			for i, got := range counts {
				if want, _, err := s.Lookup(hashes[i*width:][:width]); got != want || err != nil {
					t.Fatalf("hash %d: got %d, want %d, %v", i, got, want, err)
				}
			}
		})
	}
	t.Run("refuses hashes and counts that do not match", func(t *testing.T) {
		s := built(t, brx.Options{Alg: brx.SHA1, Expected: 1}, random(1, 20, 1))
		if err := s.LookupBatch(make([]byte, 39), make([]uint64, 2)); !errors.Is(err, brx.ErrWidth) {
			t.Errorf("got %v, want %v", err, brx.ErrWidth)
		}
	})
}
