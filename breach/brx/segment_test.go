package brx_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/gatehouse-id/gatehouse/breach/brx"
)

// entries are what a test writes, ascending.
type entries []brx.Entry

func (e entries) sort() entries {
	slices.SortFunc(e, func(a, b brx.Entry) int { return bytes.Compare(a.Hash[:], b.Hash[:]) })
	return slices.CompactFunc(e, func(a, b brx.Entry) bool { return a.Hash == b.Hash })
}

// random makes n different hashes of width bytes, with counts as skewed as those of real leaks.
func random(n, width int, seed uint64) entries {
	r := rand.New(rand.NewPCG(seed, 7))
	made := make(entries, n)
	for i := range made {
		var h [24]byte
		for j := 0; j < 24; j += 8 {
			binary.BigEndian.PutUint64(h[j:], r.Uint64())
		}
		copy(made[i].Hash[:width], h[:])
		made[i].Count = 1 + r.Uint64N(1<<r.Uint64N(33))>>r.Uint64N(33)
	}
	return made.sort()
}

func write(t testing.TB, path string, o brx.Options, of entries) brx.Info {
	t.Helper()
	w, err := brx.Create(path, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range of {
		if err := w.Add(e.Hash[:o.Alg.Bytes()], e.Count); err != nil {
			t.Fatal(err)
		}
	}
	info, err := w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func built(t testing.TB, o brx.Options, of entries) *brx.Segment {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.brx")
	write(t, path, o, of)
	return open(t, path, brx.OpenOptions{})
}

func open(t testing.TB, path string, o brx.OpenOptions) *brx.Segment {
	t.Helper()
	s, err := brx.Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// floor is what a file without a tail tells of a count.
func floor(count uint64) uint64 {
	level := uint64(1)
	for level*2 <= min(count, 1<<18) {
		level *= 2
	}
	return level
}

// asks looks up every entry, and a neighbour of each that is not there.
func asks(t interface {
	Helper()
	Fatalf(string, ...any)
}, s *brx.Segment, all entries) {
	t.Helper()
	info := s.Info()
	width := info.Alg.Bytes()
	held := map[[brx.MaxHash]byte]bool{}
	for _, e := range all {
		held[e.Hash] = true
	}
	for i, e := range all {
		want := min(e.Count, brx.MaxCount)
		if !info.Tail {
			want = floor(want)
		}
		if got, found, err := s.Lookup(e.Hash[:width]); got != want || !found || err != nil {
			t.Fatalf("entry %d of %d: got %d, %t, %v; want %d (count %d)", i, len(all), got, found, err, want, e.Count)
		}
		bit := 0 // without a tail only changes in the first bits are seen
		if info.Tail {
			bit = i % (8 * width)
		}
		e.Hash[bit/8] ^= 0x80 >> (bit % 8)
		if got, found, err := s.Lookup(e.Hash[:width]); info.Tail && found != held[e.Hash] || !found && got != 0 || err != nil {
			t.Fatalf("stranger %d: got %d, %t, %v; want none", i, got, found, err)
		}
	}
}

func TestSegment(t *testing.T) {
	for _, c := range []struct {
		name string
		o    brx.Options
		n    int
	}{
		{"of nothing", brx.Options{Alg: brx.SHA1}, 0},
		{"of nothing, with a tail", brx.Options{Alg: brx.SHA1, Tail: true}, 0},
		{"of one hash", brx.Options{Alg: brx.SHA1, Expected: 1}, 1},
		{"of one hash, with a tail", brx.Options{Alg: brx.SHA1, Expected: 1, Tail: true}, 1},
		{"of many", brx.Options{Alg: brx.SHA1, Expected: 100_000}, 100_000},
		{"of many, with a tail", brx.Options{Alg: brx.SHA1, Expected: 100_000, Tail: true}, 100_000},
		{"of NTLM hashes", brx.Options{Alg: brx.NTLM, Expected: 50_000, Tail: true}, 50_000},
		{"of keyed pairs", brx.Options{Alg: brx.HMACPair, Expected: 50_000, KeyID: [16]byte{1}}, 50_000},
		{"of keyed pairs, with a tail", brx.Options{Alg: brx.HMACPair, Expected: 5_000, Tail: true}, 5_000},
		{"with 32 bits of remainder", brx.Options{Alg: brx.SHA1, Expected: 70_000, Remainder: 32}, 70_000},
		{"with 33 bits of remainder", brx.Options{Alg: brx.SHA1, Expected: 70_000, Remainder: 33, Tail: true}, 70_000},
		{"with 24 bits of remainder", brx.Options{Alg: brx.SHA1, Expected: 70_000, Remainder: 24, Tail: true}, 70_000},
		{"with 32 bits of both", brx.Options{Alg: brx.SHA1, Expected: 1 << 40, Remainder: 32, Tail: true}, 3_000},
		{"expected to be far smaller", brx.Options{Alg: brx.SHA1, Expected: 10, Tail: true}, 20_000},
		{"expected to be far larger", brx.Options{Alg: brx.SHA1, Expected: 1 << 30, Tail: true}, 20_000},
		{"expected to be empty", brx.Options{Alg: brx.SHA1, Tail: true}, 5_000},
		{"expected to be empty, without a tail", brx.Options{Alg: brx.SHA1}, 5_000},
	} {
		t.Run(c.name, func(t *testing.T) {
			all := random(c.n, c.o.Alg.Bytes(), 1)
			path := filepath.Join(t.TempDir(), "x.brx")
			info := write(t, path, c.o, all)
			if info.Entries != uint64(len(all)) {
				t.Errorf("got %d entries, want %d", info.Entries, len(all))
			}
			file, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			inMemory, err := brx.OpenBytes(file)
			if err != nil {
				t.Fatal(err)
			}
			for how, s := range map[string]*brx.Segment{
				"mapped": open(t, path, brx.OpenOptions{}), "read": open(t, path, brx.OpenOptions{Pread: true}), "in memory": inMemory,
			} {
				t.Run(how, func(t *testing.T) {
					if got := s.Info(); got != info {
						t.Errorf("got %+v, want %+v", got, info)
					}
					asks(t, s, all)
					if _, found, err := s.Lookup(make([]byte, c.o.Alg.Bytes())); found || err != nil {
						t.Errorf("the first hash of all: got %t, %v", found, err)
					}
					if _, found, err := s.Lookup(bytes.Repeat([]byte{0xff}, c.o.Alg.Bytes())); found || err != nil {
						t.Errorf("the last hash of all: got %t, %v", found, err)
					}
				})
			}
		})
	}
}

// TestSegmentAgreesWithAMap draws hashes that crowd few buckets, so that one bucket fills pages and remainders are equal.
func TestSegmentAgreesWithAMap(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		alg := rapid.SampledFrom([]brx.Alg{brx.SHA1, brx.NTLM, brx.HMACPair, brx.HMACPassword}).Draw(t, "alg")
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		var all entries
		for range rapid.IntRange(0, 4).Draw(t, "crowds") {
			common := rapid.IntRange(0, alg.Bytes()-2).Draw(t, "bytes in common")
			first := rapid.Byte().Draw(t, "first")
			for range rapid.IntRange(0, 3000).Draw(t, "size") {
				var e brx.Entry
				for i := range alg.Bytes() {
					if e.Hash[i] = first; i >= common {
						e.Hash[i] = byte(r.Uint32())
					}
				}
				e.Count = 1 + r.Uint64N(1<<r.Uint64N(34))
				all = append(all, e)
			}
		}
		all = all.sort()
		o := brx.Options{
			Alg: alg, Tail: true,
			Expected:  rapid.SampledFrom([]uint64{0, uint64(len(all)), 1 << 20, 1 << 24}).Draw(t, "expected"),
			Remainder: rapid.IntRange(24, 40).Draw(t, "remainder"),
		}
		path := filepath.Join(dir, "x.brx")
		w, err := brx.Create(path, o)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = os.Remove(path) }()
		for _, e := range all {
			if err := w.Add(e.Hash[:alg.Bytes()], e.Count); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.Finish(); err != nil {
			t.Fatal(err)
		}
		s, err := brx.Open(path, brx.OpenOptions{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		asks(t, s, all)
	})
}

func TestLookupRefusesAHashOfTheWrongLength(t *testing.T) {
	s := built(t, brx.Options{Alg: brx.SHA1, Expected: 1}, random(1, 20, 1))
	for _, n := range []int{0, 8, 16, 19, 21} {
		if _, found, err := s.Lookup(make([]byte, n)); found || !errors.Is(err, brx.ErrWidth) {
			t.Errorf("%d bytes: got %t, %v; want %v", n, found, err, brx.ErrWidth)
		}
	}
}

func TestLookupAllocatesNothing(t *testing.T) {
	all := random(20_000, 20, 3)
	path := filepath.Join(t.TempDir(), "x.brx")
	write(t, path, brx.Options{Alg: brx.SHA1, Expected: 20_000, Tail: true}, all)
	s := open(t, path, brx.OpenOptions{})
	i := 0
	if n := testing.AllocsPerRun(1000, func() {
		i++
		if _, found, err := s.Lookup(all[i%len(all)].Hash[:]); !found || err != nil {
			t.Fatal(found, err)
		}
	}); n != 0 {
		t.Errorf("got %v allocations, want 0", n)
	}
}
