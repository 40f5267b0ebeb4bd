package brx

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// State is where a Writer stood at a checkpoint, as opaque bytes: a few hundred
// of them, and 24 for each entry of the page that was still open. It holds
// hashes, so it deserves the protection of the file itself.
type State []byte

// state is what a State holds.
type state struct {
	Version int
	Info    Info
	TailLen uint64
	Any     bool
	Last    []byte // the latest hash, packed as an item
	Open    []byte // the items of the open page
	Closed  int
	Giant   bool
	Sum     uint32 // of the bytes above, encoded with a sum of zero
}

// Checkpoint brings everything added so far to the disk, or into the State
// returned. A Writer resumed from it stands right behind the latest Add. It
// costs two syncs of the disk, so call it every few seconds, not every few entries.
func (w *Writer) Checkpoint() (State, error) {
	if w.failed != nil {
		return nil, w.failed
	}
	if err := w.core.Flush(); err != nil {
		return nil, w.fail(err)
	}
	if err := w.file.Sync(); err != nil {
		return nil, w.fail(err)
	}
	if w.tail != nil {
		if err := w.tail.Flush(); err != nil {
			return nil, w.fail(err)
		}
		if err := w.tailF.Sync(); err != nil {
			return nil, w.fail(err)
		}
	}
	st := state{
		Version: 1, Info: w.super.Info, TailLen: w.super.tailLen, Any: w.any, Last: packItems([]item{{key: w.last}}),
		Open: packItems(w.items), Closed: w.closed, Giant: w.giant,
	}
	return st.encode()
}

func (st state) encode() (State, error) {
	st.Sum = 0
	b, err := json.Marshal(st)
	if err != nil {
		return nil, fmt.Errorf("encode checkpoint: %w", err)
	}
	st.Sum = checksum(b)
	return json.Marshal(st)
}

func decodeState(b State) (state, error) {
	var st state
	if err := json.Unmarshal(b, &st); err != nil {
		return st, fmt.Errorf("decode checkpoint: %w", err)
	}
	again, err := st.encode()
	if err != nil {
		return st, err
	}
	if string(again) != string(b) || st.Version != 1 || len(st.Last) != itemSize || len(st.Open)%itemSize != 0 {
		return st, fmt.Errorf("%w: checkpoint", ErrCorrupt)
	}
	return st, nil
}

// Resume goes on with a file that was being written when its Writer was last
// asked for a checkpoint. What was written after it is cut off; the pages
// before it are read and checked, which takes as long as the disk needs for them.
func Resume(path string, from State) (*Writer, error) {
	w, err := resume(path, from)
	if err != nil {
		return nil, fmt.Errorf("resume %s: %w", filepath.Base(path), err)
	}
	return w, nil
}

func resume(path string, from State) (*Writer, error) {
	st, err := decodeState(from)
	if err != nil {
		return nil, err
	}
	w := &Writer{path: path, closed: st.Closed, giant: st.Giant, any: st.Any, last: unpackItems(st.Last)[0].key, items: unpackItems(st.Open)}
	w.super.Info, w.super.tailLen = st.Info, st.TailLen
	w.cut = w.super.cut()
	if err := checkCut(w.cut); err != nil {
		return nil, err
	}
	if err := w.takeUp(); err != nil {
		return nil, err
	}
	if err := w.reopen(); err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

// takeUp continues with the items of the open page, if they can be those of one.
func (w *Writer) takeUp() error {
	n := len(w.items)
	if w.closed < 0 || w.closed > n {
		return fmt.Errorf("%w: checkpoint", ErrCorrupt)
	}
	if n == 0 {
		return nil
	}
	for i := range w.items {
		if w.items[i].count == 0 || i > 0 && !w.items[i].after(w.items[i-1].key) {
			return fmt.Errorf("%w: checkpoint", ErrCorrupt)
		}
		if levelOf(w.items[i].count) >= classEscape {
			w.escapes++
		}
	}
	w.first, w.bucket = w.cut.bucket(w.items[0].key), w.cut.bucket(w.items[n-1].key)
	if !w.fits() || !w.any || w.items[n-1].key != w.last {
		return fmt.Errorf("%w: checkpoint", ErrCorrupt)
	}
	return nil
}

// reopen opens both files, cuts them back to the checkpoint, and rebuilds what is kept in memory.
func (w *Writer) reopen() error {
	var err error
	if w.file, err = os.OpenFile(w.path, os.O_RDWR, 0); err != nil {
		return err
	}
	if err := cutBack(w.file, superSize+int64(w.super.Pages)*pageSize); err != nil {
		return err
	}
	if w.super.Tail {
		if w.tailF, err = os.OpenFile(tailPath(w.path), os.O_RDWR, 0); err != nil {
			return err
		}
		if err := cutBack(w.tailF, int64(w.super.tailLen)); err != nil {
			return err
		}
	}
	w.buffer()
	return w.recount()
}

// cutBack leaves the file with size bytes, to be continued behind them.
func cutBack(f *os.File, size int64) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Size() < size {
		return fmt.Errorf("%w: %s has %d bytes, the checkpoint knows of %d", ErrCorrupt, filepath.Base(f.Name()), info.Size(), size)
	}
	if err := f.Truncate(size); err != nil {
		return err
	}
	_, err = f.Seek(size, io.SeekStart)
	return err
}

// recount reads the pages that are there and remembers where each begins.
func (w *Writer) recount() error {
	var rank, tails uint64
	r := io.NewSectionReader(w.file, superSize, int64(w.super.Pages)*pageSize)
	buffer := make([]byte, 256*pageSize)
	for left := w.super.Pages; left > 0; {
		n := min(left, 256)
		if _, err := io.ReadFull(r, buffer[:n*pageSize]); err != nil {
			return err
		}
		for i := range n {
			b := (*[pageSize]byte)(buffer[i*pageSize:])
			p, err := viewPage(b, w.cut.r)
			extra, ok := p.extraBefore(p.n)
			if err != nil || !ok || checksum(b[4:]) != binary.LittleEndian.Uint32(b[:]) || binary.LittleEndian.Uint32(b[28:]) != uint32(rank) {
				return fmt.Errorf("%w: page %d", ErrCorrupt, len(w.heads))
			}
			rank += uint64(p.n)
			w.heads = append(w.heads, p.first)
			if w.tail != nil {
				size := tailSize(w.cut, p.n, extra)
				w.tails = append(w.tails, uint32(size))
				tails += uint64(size)
			}
		}
		left -= n
	}
	if rank+uint64(len(w.items)) != w.super.Entries || tails != w.super.tailLen {
		return fmt.Errorf("%w: the checkpoint knows of %d entries, the pages hold %d", ErrCorrupt, w.super.Entries, rank)
	}
	return nil
}

const itemSize = 24

func packItems(items []item) []byte {
	b := make([]byte, 0, itemSize*len(items))
	for _, it := range items {
		b = binary.LittleEndian.AppendUint64(b, it.a)
		b = binary.LittleEndian.AppendUint64(b, it.b)
		b = binary.LittleEndian.AppendUint32(b, it.c)
		b = binary.LittleEndian.AppendUint32(b, it.count)
	}
	return b
}

func unpackItems(b []byte) []item {
	le := binary.LittleEndian
	items := make([]item, 0, len(b)/itemSize)
	for ; len(b) >= itemSize; b = b[itemSize:] {
		items = append(items, item{key{le.Uint64(b), le.Uint64(b[8:]), le.Uint32(b[16:])}, le.Uint32(b[20:])})
	}
	return items
}
