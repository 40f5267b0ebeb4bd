package brx

// A lookup reads three places of a page, one after the other: the header tells
// where the unary words are, they tell where the remainders are. But a full page
// of random hashes can be foreseen from the directory alone, so all three are
// asked from memory at once, and the lookup waits for one read instead of three.

// foresee prepares touch: bits that an entry takes in a page, beside the ends of buckets.
func (s *Segment) foresee() {
	escapes := uint64(0)
	for _, n := range s.super.Histogram[classEscape:] {
		escapes += n
	}
	s.perEntry = float64(s.cut.r) + 1 + 2 + 4*float64(escapes)/float64(max(s.super.Entries, 1))
}

// touch reads near the places where a lookup in page i for bucket b will read.
// Nobody needs what it returns; it must not be inlined, or the compiler would
// see that and leave the reads out. A wrong guess costs nothing but its read.
//
//go:noinline
func (s *Segment) touch(i int, b uint32) byte {
	if i+1 >= len(s.heads) {
		return 0 // not full, perhaps
	}
	head, next := s.heads[i], s.heads[i+1]
	if b >= next || head >= next {
		return 0
	}
	const room = (pageSize - pageHeader) * 8
	nb := float64(next - head)
	at := float64(b-head) / nb
	n := (room - nb) / s.perEntry
	if n < 0 {
		return 0
	}
	remainders := n * float64(s.cut.r)
	unary := uint(remainders+at*(n+nb))/8 + pageHeader
	remainder := uint(remainders*at)/8 + pageHeader
	if unary >= pageSize || remainder+32 >= pageSize {
		return 0
	}
	page := s.data[superSize+i*pageSize:][:pageSize]
	// The remainder is within some 60 bytes of the guess, so often on the line beside.
	return page[0] + page[unary] + page[remainder-32] + page[remainder+32]
}
