package brx

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
)

// OpenOptions tell how a file is read.
type OpenOptions struct {
	// Pread reads with positioned reads and checks every page at every access,
	// instead of mapping the file: for network disks, where a page fault would
	// hold a processor for milliseconds.
	Pread bool
}

// Segment is one open file. All its methods may be called concurrently,
// Close among them.
type Segment struct {
	super superblock
	cut   cut
	heads []uint32 // first bucket of each page

	perEntry float64 // for touch

	data   []byte      // the whole file, nil when it is read through file
	mapped bool        // data is a memory map
	file   io.ReaderAt // nil when data is not
	closer io.Closer

	gate    gate
	failed  atomic.Pointer[error]  // set once the storage has failed
	checked []atomic.Uint64        // bit per page: its checksum was right
	known   []atomic.Uint64        // the same for tail blocks
	tailDir atomic.Pointer[[]byte] // loaded and checked at first use
	spare   sync.Pool              // of *scratch
}

// scratch holds what is read through file, and what is unpacked from a page.
type scratch struct {
	page  [pageSize]byte
	block []byte
	items []item
}

// Open opens a file and checks its superblock and directory; pages are checked
// when they are first asked. It costs 4 bytes of memory a page (about 900
// entries), or 5 MB for 10^9 entries.
func Open(path string, o OpenOptions) (*Segment, error) {
	s, err := open(path, o)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", filepath.Base(path), err)
	}
	return s, nil
}

func open(path string, o OpenOptions) (*Segment, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	s := &Segment{file: f, closer: f}
	if err := s.load(info.Size()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if o.Pread {
		return s, nil
	}
	if s.data, err = mapFile(f, info.Size()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if s.data != nil { // the map lives without the file
		s.mapped, s.file, s.closer = true, nil, nil
		if err := f.Close(); err != nil {
			return nil, errors.Join(err, unmap(s.data))
		}
	}
	return s, nil
}

// OpenBytes opens a file that is in memory already. The bytes must not change before Close.
func OpenBytes(b []byte) (*Segment, error) {
	s := &Segment{data: b}
	if err := s.load(int64(len(b))); err != nil {
		return nil, fmt.Errorf("open file of hashes in memory: %w", err)
	}
	return s, nil
}

// load reads and checks what is kept in memory.
func (s *Segment) load(size int64) error {
	head := make([]byte, min(size, superSize))
	if _, err := s.read(head, 0); err != nil {
		return err
	}
	super, err := decodeSuperblock(head, size)
	if err != nil {
		return err
	}
	s.super, s.cut = super, super.cut()
	dir := make([]byte, 4*super.Pages)
	if _, err := s.read(dir, int64(super.dir)); err != nil {
		return err
	}
	if checksum(dir) != super.dirSum {
		return fmt.Errorf("%w: checksum of the directory", ErrCorrupt)
	}
	s.heads = make([]uint32, super.Pages)
	for i := range s.heads {
		s.heads[i] = binary.LittleEndian.Uint32(dir[4*i:])
		if uint64(s.heads[i])>>s.cut.s != 0 || i > 0 && s.heads[i] < s.heads[i-1] {
			return fmt.Errorf("%w: page %d is out of place in the directory", ErrCorrupt, i)
		}
	}
	s.checked = make([]atomic.Uint64, (super.Pages+63)/64)
	if super.Tail {
		s.known = make([]atomic.Uint64, (super.Pages+63)/64)
	}
	s.foresee()
	s.spare.New = func() any { return new(scratch) }
	return nil
}

// read fills b from off on, which must lie inside the file as it was when opened.
func (s *Segment) read(b []byte, off int64) ([]byte, error) {
	if s.data != nil {
		copy(b, s.data[off:])
		return b, nil
	}
	if n, err := s.file.ReadAt(b, off); n < len(b) {
		if errors.Is(err, io.EOF) {
			err = fmt.Errorf("%w: the file ends before its parts do", ErrCorrupt)
		}
		return nil, err
	}
	return b, nil
}

// Info is what the superblock tells.
func (s *Segment) Info() Info { return s.super.Info }

// Failed tells why the segment answers nothing any more, nil if it does.
func (s *Segment) Failed() error {
	if failed := s.failed.Load(); failed != nil {
		return *failed
	}
	return nil
}

// FalsePositiveRate is the chance that a hash which is not in the file is found nevertheless, 0 with a tail.
func (s *Segment) FalsePositiveRate() float64 { return s.super.FalsePositiveRate() }

// Close waits for the calls that are running, then lets the file go. Calls that
// come later return ErrClosed. Close it once; a second Close does nothing.
func (s *Segment) Close() error {
	if !s.gate.close() {
		return nil
	}
	var err error
	if s.closer != nil {
		err = s.closer.Close()
	}
	if s.mapped {
		err = errors.Join(err, unmap(s.data))
	}
	s.data = nil
	return err
}
