package brx

import (
	"bufio"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"time"
)

// Options describe the file to be written.
type Options struct {
	Alg Alg
	// Expected is an estimate of the number of entries. It fixes how many bits
	// choose a bucket; half or twice the truth costs some bytes, no more.
	Expected uint64
	// Remainder is R, from 24 to 40. Zero means 40 below 2^20 entries, 36 below
	// 2^24, else 32: short lists buy a lower false-positive rate for little.
	Remainder int
	// Tail keeps whole hashes and exact counts, which certainty, ranges and exact merges need.
	Tail bool
	// KeyID names the key of a keyed algorithm and is zero for the others.
	KeyID   [16]byte
	Source  string // where the hashes come from, at most 128 bytes
	Licence string // and under which terms, at most 128 bytes
	Epoch   uint64
	Built   time.Time // zero means now
	UUID    [16]byte  // zero means random
}

// BucketBits is S for what is expected: round(log2 N), so that a bucket holds 0.71 to 1.41 entries, and at most 32.
func (o Options) BucketBits() int {
	if o.Expected < 2 {
		return 0
	}
	return min(int(math.Round(math.Log2(float64(o.Expected)))), maxBucketBits)
}

func (o *Options) cut() cut {
	c := cut{bytes: o.Alg.Bytes(), r: uint(o.Remainder), s: uint(o.BucketBits())}
	switch {
	case c.r != 0:
	case o.Expected < 1<<20:
		c.r = 40
	case o.Expected < 1<<24:
		c.r = 36
	default:
		c.r = 32
	}
	return c
}

func (o *Options) complete() (cut, error) {
	if o.Alg.Bytes() == 0 {
		return cut{}, fmt.Errorf("%w: %v", ErrFormat, o.Alg)
	}
	c := o.cut()
	if err := checkCut(c); err != nil {
		return c, err
	}
	if len(o.Source) > textSize || len(o.Licence) > textSize {
		return c, fmt.Errorf("source and licence may have %d bytes each", textSize)
	}
	if o.KeyID != [16]byte{} && !o.Alg.Keyed() {
		return c, fmt.Errorf("a key id for %v, which needs no key", o.Alg)
	}
	if o.Built.IsZero() {
		o.Built = time.Now()
	}
	if o.UUID == [16]byte{} {
		_, _ = rand.Read(o.UUID[:]) // never fails, says crypto/rand
	}
	return c, nil
}

// Writer makes one file. It is not safe for concurrent use. After an error it
// can only be aborted.
//
// The tail grows in a file of its own beside it (path + ".tail") and is moved
// behind the core by Finish, so until then both need room.
type Writer struct {
	path  string
	file  *os.File
	tailF *os.File
	core  *bufio.Writer
	tail  *bufio.Writer
	cut   cut
	super superblock

	// items holds the open page: whole buckets up to closed, then the bucket being filled.
	items   []item
	closed  int
	escapes uint   // among items
	first   uint64 // bucket of the first item
	bucket  uint64 // of the last item
	giant   bool   // the open bucket has filled pages of its own already
	last    key    // the latest hash
	any     bool

	heads  []uint32 // first bucket of each page written
	tails  []uint32 // length of each tail block
	page   [pageSize]byte
	block  []byte
	failed error
}

// Create begins a file, which must not exist: files of hashes are mapped by
// readers and therefore never overwritten. It is valid once Finish returns.
func Create(path string, o Options) (*Writer, error) {
	c, err := o.complete()
	if err != nil {
		return nil, fmt.Errorf("create %s: %w", filepath.Base(path), err)
	}
	w := &Writer{path: path, cut: c}
	w.super.Info = Info{
		Alg: o.Alg, Buckets: int(c.s), Remainder: int(c.r), Tail: o.Tail, Built: o.Built.UTC().Truncate(time.Second),
		Epoch: o.Epoch, UUID: o.UUID, KeyID: o.KeyID, Source: o.Source, Licence: o.Licence,
	}
	if w.file, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
		return nil, fmt.Errorf("create file of hashes: %w", err)
	}
	if o.Tail {
		if w.tailF, err = os.OpenFile(tailPath(path), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600); err != nil {
			return nil, errors.Join(fmt.Errorf("create file of tails: %w", err), w.Abort())
		}
	}
	w.buffer()
	if _, err := w.core.Write(make([]byte, superSize)); err != nil {
		return nil, errors.Join(w.fail(err), w.Abort())
	}
	return w, nil
}

func tailPath(path string) string { return path + ".tail" }

func (w *Writer) buffer() {
	w.core = bufio.NewWriterSize(w.file, 1<<20)
	if w.tailF != nil {
		w.tail = bufio.NewWriterSize(w.tailF, 1<<20)
	}
}

func (w *Writer) fail(err error) error {
	w.failed = fmt.Errorf("write %s: %w", filepath.Base(w.path), err)
	return w.failed
}

// Add appends one hash of Alg.Bytes() bytes, seen count times (at least once;
// above MaxCount it becomes MaxCount). Hashes come strictly ascending, else
// the error is ErrOrder and the Writer goes on as if nothing had happened.
func (w *Writer) Add(hash []byte, count uint64) error {
	if w.failed != nil {
		return w.failed
	}
	if len(hash) != w.cut.bytes {
		return ErrWidth
	}
	if count == 0 {
		return errors.New("a leaked hash was seen at least once")
	}
	k := keyOf(hash)
	if w.any && !k.after(w.last) {
		return ErrOrder
	}
	w.last, w.any = k, true
	return w.add(item{k, uint32(min(count, MaxCount))})
}

func (w *Writer) add(it item) error {
	b := w.cut.bucket(it.key)
	if n := len(w.items); n > w.closed && w.bucket != b {
		if w.giant { // its last page stands alone too, so that a run of equal heads is one bucket
			if err := w.flush(n); err != nil {
				return err
			}
			w.giant = false
		}
		w.closed = len(w.items)
	}
	if w.items = append(w.items, it); len(w.items) == 1 {
		w.first = b
	}
	w.bucket = b
	level := levelOf(it.count)
	if level >= classEscape {
		w.escapes++
	}
	w.tally(it.count, level)

	if w.fits() {
		return nil
	}
	if w.closed > 0 {
		if err := w.flush(w.closed); err != nil || w.fits() {
			return err
		}
	}
	w.giant = true
	return w.flush(len(w.items) - 1)
}

func (w *Writer) fits() bool {
	return pageFits(w.cut.r, uint(len(w.items)), w.bucket-w.first+1, w.escapes)
}

func (w *Writer) tally(count uint32, level uint8) {
	s := &w.super
	s.Entries++
	s.Histogram[level]++
	s.MaxCount = max(s.MaxCount, uint64(count))
	if s.SumCounts += uint64(count); s.SumCounts < uint64(count) {
		s.SumCounts = math.MaxUint64
	}
}

// flush writes the first n items as a page.
func (w *Writer) flush(n int) error {
	items := w.items[:n]
	rank := w.super.Entries - uint64(len(w.items))
	encodePage(&w.page, w.cut, items, rank)
	if _, err := w.core.Write(w.page[:]); err != nil {
		return w.fail(err)
	}
	w.heads = append(w.heads, uint32(w.cut.bucket(items[0].key)))
	if w.tail != nil {
		w.block = appendTail(w.block[:0], w.cut, items)
		if _, err := w.tail.Write(w.block); err != nil {
			return w.fail(err)
		}
		w.tails = append(w.tails, uint32(len(w.block)))
		w.super.tailLen += uint64(len(w.block))
	}
	w.super.Pages++
	w.items = w.items[:copy(w.items, w.items[n:])]
	w.closed, w.escapes = 0, 0
	if len(w.items) > 0 {
		w.first = w.cut.bucket(w.items[0].key)
	}
	for i := range w.items {
		if levelOf(w.items[i].count) >= classEscape {
			w.escapes++
		}
	}
	return nil
}

var (
	errFinished = errors.New("the file is finished")
	errAborted  = errors.New("the file was given up")
	errClosed   = errors.New("the writer is closed")
)

// Finish completes the file and returns once it is on the disk. The superblock
// is written after everything else is, so a file cut short is never taken for
// a whole one.
func (w *Writer) Finish() (Info, error) {
	if w.failed != nil {
		return Info{}, w.failed
	}
	if len(w.items) > 0 {
		if err := w.flush(len(w.items)); err != nil {
			return Info{}, err
		}
	}
	if err := w.finish(); err != nil {
		return Info{}, w.fail(err)
	}
	w.failed = errFinished
	return w.super.Info, nil
}

func (w *Writer) finish() error {
	s := &w.super
	s.dir = superSize + s.Pages*pageSize
	end := s.dir + 4*s.Pages
	sum, err := writeDirectory(w.core, w.heads, func(b []byte, h uint32) []byte {
		return binary.LittleEndian.AppendUint32(b, h)
	})
	if err != nil {
		return err
	}
	s.dirSum = sum
	if s.Tail {
		at := uint64(0)
		s.tailDir, s.tail = end, end+8*s.Pages
		s.tailDirSum, err = writeDirectory(w.core, w.tails, func(b []byte, size uint32) []byte {
			at += uint64(size)
			return binary.LittleEndian.AppendUint64(b, at-uint64(size))
		})
		if err != nil {
			return err
		}
		end = s.tail + s.tailLen
	}
	if err := w.core.Flush(); err != nil {
		return err
	}
	if s.Tail {
		if err := w.moveTail(); err != nil {
			return err
		}
	}
	if err := w.file.Sync(); err != nil {
		return err
	}
	if s.Size, err = w.file.Seek(0, io.SeekCurrent); err != nil {
		return err
	}
	if uint64(s.Size) != end {
		return fmt.Errorf("%d bytes where %d should be", s.Size, end)
	}
	if _, err := w.file.WriteAt(s.encode(), 0); err != nil {
		return err
	}
	if err := w.file.Sync(); err != nil {
		return err
	}
	return w.file.Close()
}

// moveTail copies the tail behind the core, inside the kernel where it can do that.
func (w *Writer) moveTail() error {
	if err := w.tail.Flush(); err != nil {
		return err
	}
	if _, err := w.tailF.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if _, err := io.Copy(w.file, w.tailF); err != nil {
		return err
	}
	if err := w.tailF.Close(); err != nil {
		return err
	}
	return os.Remove(tailPath(w.path))
}

func writeDirectory[T any](to io.Writer, rows []T, put func([]byte, T) []byte) (sum uint32, err error) {
	var b []byte
	for i, row := range rows {
		b = put(b, row)
		if len(b) >= 1<<16 || i == len(rows)-1 {
			sum = updateChecksum(sum, b)
			if _, err := to.Write(b); err != nil {
				return 0, err
			}
			b = b[:0]
		}
	}
	return sum, nil
}

// Close lets the files go and leaves them as they are, for Resume. After Finish or Abort it does nothing.
func (w *Writer) Close() error {
	if w.failed == nil {
		w.failed = errClosed
	}
	return w.close()
}

func (w *Writer) close() error {
	var errs []error
	for _, f := range []*os.File{w.file, w.tailF} {
		if f == nil {
			continue
		}
		if err := f.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Abort gives up and removes what was written. After Finish it does nothing.
func (w *Writer) Abort() error {
	if errors.Is(w.failed, errFinished) {
		return nil
	}
	w.failed = errAborted
	errs := []error{w.close()}
	for _, f := range []*os.File{w.file, w.tailF} {
		if f == nil {
			continue
		}
		if err := os.Remove(f.Name()); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
