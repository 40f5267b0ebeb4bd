package brx

import (
	"bufio"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"
)

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
