package brx

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"time"
)

// Dump writes for human eyes: the superblock if page is -1, else that page with
// all its entries. It shows hashes, which Entry and the logs never do.
func (s *Segment) Dump(w io.Writer, page int) error {
	out := bufio.NewWriter(w)
	if page == -1 {
		s.dumpSuperblock(out)
		return out.Flush()
	}
	if page < 0 || page >= len(s.heads) {
		return fmt.Errorf("page %d of %d pages", page, len(s.heads))
	}
	room := s.spare.Get().(*scratch)
	defer s.spare.Put(room)
	if err := s.unpack(page, span{page, page + 1, 0, math.MaxUint64}, room); err != nil {
		return err
	}
	h, err := s.headAt(page, room)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "page %d at %d  checksum %08x  first bucket %d  entries %d  buckets %d  rank %d  hints %d\n",
		page, superSize+page*pageSize, h.sum, h.first, h.n, h.nb, h.rank, h.hints)
	for i, it := range room.items {
		hash := it.hash()
		if s.super.Tail {
			fmt.Fprintf(out, "%4d  bucket %d  remainder %0*x  %x  count %d\n",
				i, s.cut.bucket(it.key), int(s.cut.r+3)/4, s.cut.remainder(it.key), hash[:s.cut.bytes], it.count)
		} else {
			fmt.Fprintf(out, "%4d  bucket %d  remainder %0*x  %x...  count >= %d\n",
				i, s.cut.bucket(it.key), int(s.cut.r+3)/4, s.cut.remainder(it.key), hash[:8], it.count)
		}
	}
	return out.Flush()
}

func (s *Segment) headAt(i int, room *scratch) (h head, err error) {
	faults, err := s.enter(byte(i))
	if err != nil {
		return h, err
	}
	defer s.leave(byte(i), faults, &err)
	p, err := s.page(i, room)
	if err != nil {
		return h, err
	}
	return headOf(p.b), nil
}

func (s *Segment) dumpSuperblock(w io.Writer) {
	i := s.super.Info
	fmt.Fprintf(w, "version    %d.%d\n", major, minor)
	fmt.Fprintf(w, "algorithm  %v, %d bytes\n", i.Alg, i.Alg.Bytes())
	fmt.Fprintf(w, "bits       %d bucket + %d remainder + %d tail\n", i.Buckets, i.Remainder, s.cut.rest())
	fmt.Fprintf(w, "tail       %t\n", i.Tail)
	fmt.Fprintf(w, "entries    %d\n", i.Entries)
	fmt.Fprintf(w, "pages      %d at %d\n", i.Pages, superSize)
	fmt.Fprintf(w, "directory  at %d, checksum %08x\n", s.super.dir, s.super.dirSum)
	if i.Tail {
		fmt.Fprintf(w, "tails      directory at %d, checksum %08x; %d bytes at %d\n", s.super.tailDir, s.super.tailDirSum, s.super.tailLen, s.super.tail)
	}
	fmt.Fprintf(w, "size       %d bytes\n", i.Size)
	if i.Entries > 0 {
		fmt.Fprintf(w, "           %.3f bytes an entry, %.3f of them core\n",
			float64(i.Size)/float64(i.Entries), float64(s.super.dir+4*s.super.Pages)/float64(i.Entries))
	}
	if rate := i.FalsePositiveRate(); rate > 0 {
		fmt.Fprintf(w, "strangers  found once in %.3g\n", 1/rate)
	} else {
		fmt.Fprintf(w, "strangers  never found\n")
	}
	fmt.Fprintf(w, "built      %s\n", i.Built.Format(time.RFC3339))
	fmt.Fprintf(w, "epoch      %d\n", i.Epoch)
	fmt.Fprintf(w, "uuid       %x\n", i.UUID)
	if i.Alg.Keyed() {
		fmt.Fprintf(w, "key id     %x\n", i.KeyID)
	}
	fmt.Fprintf(w, "counts     largest %d, sum %d\n", i.MaxCount, i.SumCounts)
	for l, n := range i.Histogram {
		if n > 0 {
			fmt.Fprintf(w, "           from %-7d %d\n", 1<<l, n)
		}
	}
	fmt.Fprintf(w, "source     %q\n", i.Source)
	fmt.Fprintf(w, "licence    %q\n", i.Licence)
}
