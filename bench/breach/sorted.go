package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"
	"os"
	"path/filepath"
	"syscall"
)

// contender answers whether it holds a hash.
type contender interface {
	name() string
	has(h *[20]byte) bool
	bytes() int64
	file() string // "" if it lives in memory
	reopen() error
	close() error
}

// mapped is a file of sorted records in memory, as the best of the simple tools keep theirs.
type mapped struct {
	path string
	data []byte
}

func (m *mapped) file() string { return m.path }
func (m *mapped) bytes() int64 { return int64(len(m.data)) }

func (m *mapped) reopen() error {
	if err := m.close(); err != nil {
		return err
	}
	f, err := os.Open(m.path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if m.data, err = syscall.Mmap(int(f.Fd()), 0, int(info.Size()), syscall.PROT_READ, syscall.MAP_SHARED); err != nil {
		return err
	}
	return syscall.Madvise(m.data, syscall.MADV_RANDOM)
}

func (m *mapped) close() error {
	data := m.data
	if m.data = nil; data == nil {
		return nil
	}
	return syscall.Munmap(data)
}

func writeMapped(o options, c *corpus, name string, put func([]byte, *entry) []byte) (mapped, error) {
	m := mapped{path: filepath.Join(o.dir, name)}
	f, err := os.Create(m.path)
	if err != nil {
		return m, err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	var line []byte
	err = c.walk(func(e *entry) error {
		line = put(line[:0], e)
		_, err := w.Write(line)
		return err
	})
	if err != nil {
		return m, err
	}
	if err := w.Flush(); err != nil {
		return m, err
	}
	if err := f.Sync(); err != nil {
		return m, err
	}
	if err := f.Close(); err != nil {
		return m, err
	}
	return m, m.reopen()
}

// raw is the 20 bytes of each hash, by interpolation.
type raw struct{ mapped }

func newRaw(o options, c *corpus) (contender, error) {
	m, err := writeMapped(o, c, "raw20", func(b []byte, e *entry) []byte {
		b = binary.BigEndian.AppendUint64(b, e.a)
		b = binary.BigEndian.AppendUint64(b, e.b)
		return binary.BigEndian.AppendUint32(b, e.c)
	})
	return &raw{m}, err
}

func (*raw) name() string { return "raw 20 B, interpolation" }

func (r *raw) has(h *[20]byte) bool {
	at, ok := interpolate(r.data, 20, binary.BigEndian.Uint64(h[:]))
	return ok && bytes.Equal(r.data[at*20:][:20], h[:])
}

// records is the first 8 bytes of each hash and 4 of count, as oschonrock/hibp's sha1t64, by interpolation.
type records struct{ mapped }

func newRecords(o options, c *corpus) (contender, error) {
	m, err := writeMapped(o, c, "rec12", func(b []byte, e *entry) []byte {
		return binary.LittleEndian.AppendUint32(binary.BigEndian.AppendUint64(b, e.a), e.count)
	})
	return &records{m}, err
}

func (*records) name() string { return "12 B records, interpolation" }

func (r *records) has(h *[20]byte) bool {
	at, ok := interpolate(r.data, 12, binary.BigEndian.Uint64(h[:]))
	return ok && binary.LittleEndian.Uint32(r.data[at*12+8:]) > 0
}

// interpolate finds the record that begins with key: three steps by
// interpolation, which end within a few records of random hashes, then by walking.
func interpolate(data []byte, width int, key uint64) (at int, ok bool) {
	n := len(data) / width
	low, high := 0, n-1
	lowKey, highKey := uint64(0), ^uint64(0)
	first := func(i int) uint64 { return binary.BigEndian.Uint64(data[i*width:]) }
	for step := 0; low < high && step < 3; step++ {
		hi, lo := bits.Mul64(key-lowKey, uint64(high-low))
		q, _ := bits.Div64(hi, lo, max(highKey-lowKey, 1))
		mid := low + int(min(q, uint64(high-low)))
		switch k := first(mid); {
		case k == key:
			return mid, true
		case k < key:
			// The answer is near: a window of a few standard deviations, checked below.
			low, lowKey = mid+1, k
		default:
			high, highKey = mid-1, k
		}
		if low > high || low >= n || high < 0 {
			return 0, false
		}
		if high-low < 16 {
			break
		}
	}
	// Gallop from where the last step landed.
	mid := low
	if highKey > lowKey && high > low {
		hi, lo := bits.Mul64(key-lowKey, uint64(high-low))
		q, _ := bits.Div64(hi, lo, highKey-lowKey)
		mid = low + int(min(q, uint64(high-low)))
	}
	for mid > low && first(mid) > key {
		mid--
	}
	for mid < high && first(mid) < key {
		mid++
	}
	return mid, first(mid) == key
}

// text is the published form, by binary search over bytes.
type text struct{ mapped }

func newText(o options, c *corpus) (contender, error) {
	m, err := writeMapped(o, c, "text", func(b []byte, e *entry) []byte {
		return fmt.Appendf(b, "%016X%016X%08X:%d\r\n", e.a, e.b, e.c, e.count)
	})
	return &text{m}, err
}

func (*text) name() string { return "HIBP text, binary search" }

func (r *text) has(h *[20]byte) bool {
	const digits = "0123456789ABCDEF"
	var want [40]byte
	for i, b := range h {
		want[2*i], want[2*i+1] = digits[b>>4], digits[b&15]
	}
	low, high := 0, len(r.data) // lines that begin in low..high
	for low < high {
		mid := low + (high-low)/2
		for mid > low && r.data[mid-1] != '\n' {
			mid--
		}
		switch c := bytes.Compare(r.data[mid:mid+40], want[:]); {
		case c == 0:
			return true
		case c < 0:
			low = mid + bytes.IndexByte(r.data[mid:], '\n') + 1
		default:
			high = mid
		}
	}
	return false
}
