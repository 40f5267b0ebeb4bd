package brx

// A lookup reads three places of a page, one after the other: the header tells
// where the unary words are, they tell where the remainders are. But a full page
// of random hashes can be foreseen from the directory alone, so all are asked
// from memory at once, and the lookup waits for one read instead of three.

// foresee prepares touch: bits that an entry takes in a page, beside the ends of buckets.
func (s *Segment) foresee() {
	escapes := uint64(0)
	for _, n := range s.super.Histogram[classEscape:] {
		escapes += n
	}
	s.perEntry = float64(s.cut.r) + 1 + 2 + 4*float64(escapes)/float64(max(s.super.Entries, 1))
}

// touch asks memory for the places near which a lookup in page i for bucket b
// will read. A wrong guess costs nothing but its read.
func (s *Segment) touch(i int, b uint32) {
	if i+1 >= len(s.heads) {
		return // not full, perhaps
	}
	head, next := s.heads[i], s.heads[i+1]
	if b >= next || head >= next {
		return
	}
	const room = (pageSize - pageHeader) * 8
	nb := float64(next - head)
	at := float64(b-head) / nb
	n := (room - nb) / s.perEntry
	if n < 0 {
		return
	}
	remainders := n * float64(s.cut.r)
	unary := uint(remainders+at*(n+nb))/8 + pageHeader
	remainder := uint(remainders*at)/8 + pageHeader
	class := uint(remainders+n+nb+at*2*n)/8 + pageHeader
	if max(unary, remainder+32, class) >= pageSize {
		return
	}
	prefetch(&s.data[superSize+i*pageSize], uintptr(unary), uintptr(remainder), uintptr(class))
}
