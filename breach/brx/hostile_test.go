package brx_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/gatehouse-id/gatehouse/breach/brx"
)

func fileOf(t testing.TB, o brx.Options, of entries) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.brx")
	write(t, path, o, of)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// resum writes right checksums over everything, as an attacker would.
func resum(b []byte) {
	sum := func(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }
	le := binary.LittleEndian
	if len(b) < 4096 {
		return
	}
	inside := func(off, size uint64) []byte {
		if off > uint64(len(b)) || size > uint64(len(b))-off {
			return nil
		}
		return b[off:][:size]
	}
	pages, dir := le.Uint64(b[32:]), le.Uint64(b[48:])
	if pages <= uint64(len(b)) {
		for i := range pages {
			if p := inside(4096+4096*i, 4096); p != nil {
				le.PutUint32(p, sum(p[4:]))
			}
		}
		if d := inside(dir, 4*pages); d != nil {
			le.PutUint32(b[60:], sum(d))
		}
		tailDir, tail, tailLen := le.Uint64(b[64:]), le.Uint64(b[72:]), le.Uint64(b[80:])
		if d := inside(tailDir, 8*pages); d != nil {
			le.PutUint32(b[88:], sum(d))
			for i := range pages {
				from, to := le.Uint64(d[8*i:]), tailLen
				if i+1 < pages {
					to = le.Uint64(d[8*i+8:])
				}
				if from+4 > to || to > tailLen {
					continue
				}
				if block := inside(tail+from, to-from); block != nil {
					le.PutUint32(block[len(block)-4:], sum(block[:len(block)-4]))
				}
			}
		}
	}
	le.PutUint32(b[4092:], sum(b[:4092]))
}

// survive asks a file everything; whatever it holds, nothing may panic.
func survive(t *testing.T, b []byte) {
	s, err := brx.OpenBytes(b)
	if err != nil {
		return
	}
	width := s.Info().Alg.Bytes()
	hash := make([]byte, width)
	var batch []byte
	for i := range 64 {
		hash[0] = byte(i * 4)
		hash[1] = byte(i * 37)
		_, _, _ = s.Lookup(hash)
		batch = append(batch, hash...)
		_, _, _ = s.Range(nil, uint32(i)<<14)
	}
	for e, err := range s.All() {
		if err != nil {
			break
		}
		_, _, _ = s.Lookup(e.Hash[:width])
		batch = append(batch, e.Hash[:width]...)
	}
	_ = s.LookupBatch(batch, make([]uint64, len(batch)/width))
	_ = s.Dump(new(bytes.Buffer), -1)
	_ = s.Dump(new(bytes.Buffer), 0)
	verified := s.Verify(context.Background(), nil)
	if verified != nil {
		if !errors.Is(verified, brx.ErrCorrupt) {
			t.Errorf("got %v, want %v", verified, brx.ErrCorrupt)
		}
		return
	}
	// What verifies also answers.
	for e, err := range s.All() {
		if err != nil {
			t.Fatalf("verified, but: %v", err)
		}
		if n, found, err := s.Lookup(e.Hash[:width]); !found || err != nil || s.Info().Tail && n != e.Count {
			t.Fatalf("verified, but Lookup says %d, %t, %v of an entry with count %d", n, found, err, e.Count)
		}
	}
}

// FuzzSegment changes files in two places and cuts them, with and without mending the checksums behind it.
func FuzzSegment(f *testing.F) {
	files := [][]byte{
		fileOf(f, brx.Options{Alg: brx.SHA1, Tail: true}, nil),
		fileOf(f, brx.Options{Alg: brx.SHA1, Expected: 100, Tail: true}, random(100, 20, 1)),
		fileOf(f, brx.Options{Alg: brx.SHA1, Expected: 3000}, random(3000, 20, 1)),
		fileOf(f, brx.Options{Alg: brx.HMACPair, Expected: 100}, random(100, 8, 1)),
		fileOf(f, brx.Options{Alg: brx.SHA1, Expected: 100, Tail: true, Remainder: 33}, crowd(800, 6)),
	}
	for which := range files {
		f.Add(uint8(which), uint32(4104), []byte{1}, uint32(0), []byte{}, uint32(0), true)
		f.Add(uint8(which), uint32(20), []byte{0xff, 0xff}, uint32(4104), []byte{3}, uint32(0), true)
		f.Add(uint8(which), uint32(4108), bytes.Repeat([]byte{0xff}, 16), uint32(32), []byte{1}, uint32(0), true)
		f.Add(uint8(which), uint32(4096+2000), bytes.Repeat([]byte{0x55}, 500), uint32(0), []byte{}, uint32(1), true)
		f.Add(uint8(which), uint32(8192), []byte{0xff}, uint32(0), []byte{}, uint32(9), false)
	}
	f.Fuzz(func(t *testing.T, which uint8, at uint32, change []byte, at2 uint32, change2 []byte, shorter uint32, mend bool) {
		b := bytes.Clone(files[int(which)%len(files)])
		for i, c := range change {
			b[(int(at)+i)%len(b)] ^= c
		}
		for i, c := range change2 {
			b[(int(at2)+i)%len(b)] ^= c
		}
		b = b[:len(b)-int(shorter)%len(b)]
		if mend {
			resum(b)
		}
		survive(t, b)
	})
}

func TestAFlippedBitIsNoticed(t *testing.T) {
	all := random(5000, 20, 1)
	b := fileOf(t, brx.Options{Alg: brx.SHA1, Expected: 5000, Tail: true}, all)
	for i := 4096; i < len(b); i += 199 {
		b[i] ^= 0x10
		s, err := brx.OpenBytes(b)
		if err == nil {
			for _, e := range all {
				n, found, err := s.Lookup(e.Hash[:])
				if err == nil && (!found || n != min(e.Count, brx.MaxCount)) {
					t.Fatalf("byte %d: wrong answer %d, %t", i, n, found)
				}
				if err != nil && (!errors.Is(err, brx.ErrCorrupt) || found) {
					t.Fatalf("byte %d: got %t, %v", i, found, err)
				}
			}
		}
		b[i] ^= 0x10
	}
}

func TestOpenRefusesWhatItDoesNotKnow(t *testing.T) {
	good := fileOf(t, brx.Options{Alg: brx.SHA1, Expected: 10, Tail: true}, random(10, 20, 1))
	for name, c := range map[string]struct {
		at   int
		to   byte
		want error
	}{
		"another magic":          {0, 'X', brx.ErrFormat},
		"version 2":              {8, 2, brx.ErrFormat},
		"a flag of the future":   {16, 0x1d, brx.ErrFormat},
		"a hash of the future":   {20, 9, brx.ErrFormat},
		"hashes of 19 bytes":     {21, 19, brx.ErrCorrupt},
		"33 bits of bucket":      {22, 33, brx.ErrCorrupt},
		"41 bits of remainder":   {23, 41, brx.ErrCorrupt},
		"more pages than bytes":  {36, 1, brx.ErrCorrupt},
		"a tail without its end": {80, 0, brx.ErrCorrupt},
		"something in the void":  {2000, 1, brx.ErrCorrupt},
	} {
		t.Run(name, func(t *testing.T) {
			b := bytes.Clone(good)
			b[c.at] = c.to
			resum(b)
			if _, err := brx.OpenBytes(b); !errors.Is(err, c.want) && !errors.Is(err, brx.ErrFormat) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// TestFault cuts a mapped file short, so that reading it faults as a dying disk makes it.
func TestFault(t *testing.T) {
	all := random(5000, 20, 1)
	ask := map[string]func(*brx.Segment) error{
		"Lookup": func(s *brx.Segment) error { _, _, err := s.Lookup(all[4000].Hash[:]); return err },
		"LookupBatch": func(s *brx.Segment) error {
			return s.LookupBatch(all[4000].Hash[:], make([]uint64, 1))
		},
		"Range":  func(s *brx.Segment) error { _, _, err := s.Range(nil, 0xfffff); return err },
		"Verify": func(s *brx.Segment) error { return s.Verify(context.Background(), nil) },
		"Dump":   func(s *brx.Segment) error { return s.Dump(new(bytes.Buffer), 2) },
		"All": func(s *brx.Segment) error {
			for _, err := range s.All() {
				if err != nil {
					return err
				}
			}
			return nil
		},
	}
	for name, do := range ask {
		t.Run(name+" survives it", func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.brx")
			write(t, path, brx.Options{Alg: brx.SHA1, Expected: 5000, Tail: true}, all)
			s := open(t, path, brx.OpenOptions{})
			if err := os.Truncate(path, 4096); err != nil {
				t.Fatal(err)
			}
			if err := do(s); !errors.Is(err, brx.ErrFault) {
				t.Fatalf("got %v, want %v", err, brx.ErrFault)
			}
			if _, _, err := s.Lookup(all[0].Hash[:]); !errors.Is(err, brx.ErrFault) || !errors.Is(s.Failed(), brx.ErrFault) {
				t.Errorf("afterwards: got %v, want %v", err, brx.ErrFault)
			}
		})
	}
	t.Run("a file read by position tells the same truth", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "x.brx")
		write(t, path, brx.Options{Alg: brx.SHA1, Expected: 5000, Tail: true}, all)
		s := open(t, path, brx.OpenOptions{Pread: true})
		if err := os.Truncate(path, 4096); err != nil {
			t.Fatal(err)
		}
		for name, do := range ask {
			if err := do(s); !errors.Is(err, brx.ErrCorrupt) {
				t.Errorf("%s: got %v, want %v", name, err, brx.ErrCorrupt)
			}
		}
	})
}

// TestCloseWaitsForReaders closes while many ask: nobody may read what is unmapped, and all are told.
func TestCloseWaitsForReaders(t *testing.T) {
	all := random(5000, 20, 1)
	path := filepath.Join(t.TempDir(), "x.brx")
	write(t, path, brx.Options{Alg: brx.SHA1, Expected: 5000, Tail: true}, all)
	for range 20 {
		s, err := brx.Open(path, brx.OpenOptions{})
		if err != nil {
			t.Fatal(err)
		}
		var readers sync.WaitGroup
		begun := make(chan struct{}, 4)
		for r := range 4 {
			readers.Go(func() {
				for i := r; ; i++ {
					n, found, err := s.Lookup(all[i%len(all)].Hash[:])
					if errors.Is(err, brx.ErrClosed) {
						return
					}
					if !found || n == 0 || err != nil {
						t.Errorf("got %d, %t, %v", n, found, err)
						return
					}
					if i == r+10 {
						begun <- struct{}{}
					}
				}
			})
		}
		<-begun
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("closed twice: %v", err)
		}
		readers.Wait()
	}
}
