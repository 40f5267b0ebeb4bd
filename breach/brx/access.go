package brx

import (
	"encoding/binary"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"unsafe"
)

// enter lets a call in: it pairs with a deferred leave.
func (s *Segment) enter(stripe byte) (faults bool, err error) {
	if !s.gate.enter(stripe) {
		return false, ErrClosed
	}
	if failed := s.failed.Load(); failed != nil {
		s.gate.leave(stripe)
		return false, *failed
	}
	return debug.SetPanicOnFault(true), nil
}

// leave lets a call out. When the disk under a memory map fails, or the file is
// cut short by somebody, the access faults; that must cost this segment, not
// the process. The segment answers nothing from then on.
func (s *Segment) leave(stripe byte, faults bool, err *error) {
	debug.SetPanicOnFault(faults)
	if r := recover(); r != nil {
		fault, ok := r.(interface{ Addr() uintptr })
		if !ok || !s.holds(fault.Addr()) {
			s.gate.leave(stripe)
			panic(r)
		}
		failed := fmt.Errorf("%w: memory fault", ErrFault)
		s.failed.Store(&failed)
		*err = failed
	}
	s.gate.leave(stripe)
}

// holds tells whether an address lies in the mapped file.
func (s *Segment) holds(addr uintptr) bool {
	base := uintptr(unsafe.Pointer(unsafe.SliceData(s.data)))
	return s.mapped && addr >= base && addr-base < uintptr(len(s.data))
}

// borrow lends room for what is read through a file; a mapped one needs none.
func (s *Segment) borrow() *scratch {
	if s.data != nil {
		return nil
	}
	return s.spare.Get().(*scratch)
}

func (s *Segment) giveBack(room *scratch) {
	if room != nil {
		s.spare.Put(room)
	}
}

// page gives page i, whose checksum has been found right: once for a map, every time for a file.
func (s *Segment) page(i int, room *scratch) (page, error) {
	off := superSize + int64(i)*pageSize
	var b *[pageSize]byte
	if s.data != nil {
		b = (*[pageSize]byte)(s.data[off : off+pageSize])
	} else {
		b = &room.page
		if _, err := s.read(b[:], off); err != nil {
			return page{}, err
		}
	}
	if s.data == nil || !seen(s.checked, i) {
		if checksum(b[4:]) != binary.LittleEndian.Uint32(b[0:]) || binary.LittleEndian.Uint32(b[4:]) != s.heads[i] {
			return page{}, fmt.Errorf("%w: checksum of page %d", ErrCorrupt, i)
		}
		see(s.checked, i)
	}
	return viewPage(b, s.cut.r)
}

// block gives the tail block of page i without its checksum, which has been found right.
func (s *Segment) block(i int, p *page, room *scratch) ([]byte, error) {
	dir, err := s.tailDirectory()
	if err != nil {
		return nil, err
	}
	from, to := binary.LittleEndian.Uint64(dir[8*i:]), s.super.tailLen
	if 8*i+8 < len(dir) {
		to = binary.LittleEndian.Uint64(dir[8*i+8:])
	}
	if from > to || to > s.super.tailLen || to-from > maxBlock || to-from < 4 {
		return nil, fmt.Errorf("%w: tail block %d is out of place", ErrCorrupt, i)
	}
	size := to - from
	var b []byte
	if s.data != nil {
		b = s.data[s.super.tail+from:][:size]
	} else {
		if uint64(cap(room.block)) < size {
			room.block = make([]byte, maxBlock)
		}
		if b, err = s.read(room.block[:size], int64(s.super.tail+from)); err != nil {
			return nil, err
		}
	}
	if s.data == nil || !seen(s.known, i) {
		extra, ok := p.extraBefore(p.n)
		if !ok || uint64(tailSize(s.cut, p.n, extra)) != size || checksum(b[:size-4]) != binary.LittleEndian.Uint32(b[size-4:]) {
			return nil, fmt.Errorf("%w: checksum of tail block %d", ErrCorrupt, i)
		}
		see(s.known, i)
	}
	return b[:size-4], nil
}

// maxBlock is above the longest tail block: no page has 1,300 entries, none of which needs 21 bytes.
const maxBlock = 1 << 15

// tailDirectory loads and checks the places of the tail blocks, at first use.
func (s *Segment) tailDirectory() ([]byte, error) {
	if !s.super.Tail {
		return nil, ErrNoTail
	}
	if dir := s.tailDir.Load(); dir != nil {
		return *dir, nil
	}
	size := 8 * s.super.Pages
	var dir []byte
	if s.data != nil {
		dir = s.data[s.super.tailDir:][:size]
	} else {
		dir = make([]byte, size)
		if _, err := s.read(dir, int64(s.super.tailDir)); err != nil {
			return nil, err
		}
	}
	if checksum(dir) != s.super.tailDirSum {
		return nil, fmt.Errorf("%w: checksum of the tail directory", ErrCorrupt)
	}
	s.tailDir.Store(&dir) // two may load it at once: they load the same
	return dir, nil
}

func seen(set []atomic.Uint64, i int) bool { return set[i/64].Load()>>(i%64)&1 != 0 }

func see(set []atomic.Uint64, i int) { set[i/64].Or(1 << (i % 64)) }
