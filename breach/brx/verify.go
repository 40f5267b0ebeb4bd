package brx

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
)

// Verify reads the whole file and checks every checksum and every invariant.
// Each page and tail block is unpacked, packed again and must come out as the
// same bytes, so hints, padding and order are checked without rules of their
// own. The error says which page is wrong; progress (may be nil) hears of the
// pages done. A file that verifies answers every question as its Writer was told.
func (s *Segment) Verify(ctx context.Context, progress func(done, total int64)) error {
	seen := verifier{s: s}
	room := s.spare.Get().(*scratch)
	defer s.spare.Put(room)
	for i := range s.heads {
		if i%aheadPages == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			if progress != nil {
				progress(int64(i), int64(len(s.heads)))
			}
		}
		if err := s.unpack(i, s.whole(), room); err != nil {
			return err
		}
		if err := seen.page(i, room); err != nil {
			return err
		}
	}
	if progress != nil {
		progress(int64(len(s.heads)), int64(len(s.heads)))
	}
	return seen.totals()
}

// verifier holds what must agree over all pages.
type verifier struct {
	s       *Segment
	info    Info // counted, not told
	tailLen uint64
	last    key
	lastNB  uint16
	copy    [pageSize]byte
	block   []byte
}

func (v *verifier) page(i int, room *scratch) (err error) {
	s, items := v.s, room.items
	for j := range items {
		if items[j].count == 0 {
			return fmt.Errorf("%w: an entry without a count in page %d", ErrCorrupt, i)
		}
		// Without a tail two hashes may look alike.
		after := items[j].after(v.last) || !s.super.Tail && items[j].key == v.last
		if !after && v.info.Entries > 0 {
			return fmt.Errorf("%w: order in page %d", ErrCorrupt, i)
		}
		v.last = items[j].key
		level := levelOf(items[j].count)
		v.info.Entries++
		v.info.Histogram[level]++
		v.info.MaxCount = max(v.info.MaxCount, uint64(items[j].count))
		if v.info.SumCounts += uint64(items[j].count); v.info.SumCounts < uint64(items[j].count) {
			v.info.SumCounts = math.MaxUint64
		}
	}
	encodePage(&v.copy, s.cut, items, v.info.Entries-uint64(len(items)))
	if s.super.Tail {
		v.block = appendTail(v.block[:0], s.cut, items)
	}
	return v.compare(i, room)
}

// compare compares the page and its tail block with the bytes that a Writer makes of their entries.
func (v *verifier) compare(i int, room *scratch) (err error) {
	s := v.s
	faults, err := s.enter(byte(i))
	if err != nil {
		return err
	}
	defer s.leave(byte(i), faults, &err)
	p, err := s.page(i, room)
	if err != nil {
		return err
	}
	if *p.b != v.copy {
		return fmt.Errorf("%w: page %d is not what its entries make", ErrCorrupt, i)
	}
	nb := binary.LittleEndian.Uint16(p.b[10:])
	if i > 0 && s.heads[i-1] == s.heads[i] && (nb != 1 || v.lastNB != 1) {
		return fmt.Errorf("%w: page %d begins inside page %d", ErrCorrupt, i, i-1)
	}
	v.lastNB = nb
	if !s.super.Tail {
		return nil
	}
	block, err := s.block(i, &p, room)
	if err != nil {
		return err
	}
	dir, err := s.tailDirectory()
	if err != nil {
		return err
	}
	if at := binary.LittleEndian.Uint64(dir[8*i:]); at != v.tailLen {
		return fmt.Errorf("%w: tail block %d lies at %d, want %d", ErrCorrupt, i, at, v.tailLen)
	}
	v.tailLen += uint64(len(v.block))
	// block comes without its checksum, which has been checked or is checked here.
	if whole := block[:len(block)+4]; string(whole) != string(v.block) {
		return fmt.Errorf("%w: tail block %d is not what its entries make", ErrCorrupt, i)
	}
	return nil
}

func (v *verifier) totals() error {
	told, counted := v.s.super.Info, v.info
	switch {
	case told.Entries != counted.Entries:
		return fmt.Errorf("%w: %d entries, the superblock tells %d", ErrCorrupt, counted.Entries, told.Entries)
	case told.Histogram != counted.Histogram:
		return fmt.Errorf("%w: the histogram of counts", ErrCorrupt)
	case told.Tail && (told.MaxCount != counted.MaxCount || told.SumCounts != counted.SumCounts):
		return fmt.Errorf("%w: the largest count or the sum of counts", ErrCorrupt)
	case v.tailLen != v.s.super.tailLen:
		return fmt.Errorf("%w: %d bytes of tails, the superblock tells %d", ErrCorrupt, v.tailLen, v.s.super.tailLen)
	}
	return nil
}
