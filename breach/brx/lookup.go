package brx

import (
	"fmt"
	"sort"
)

// Lookup tells whether a hash of Alg.Bytes() bytes is in the file and how often
// it was seen: exactly with a tail, else the largest power of two that is not
// above the truth (2^18 for everything from there on). It reads one page, and
// on a hit one tail block if there is a tail, and allocates nothing.
//
// An error other than ErrWidth means that nothing is known about the hash.
func (s *Segment) Lookup(hash []byte) (count uint64, found bool, err error) {
	if len(hash) != s.cut.bytes {
		return 0, false, ErrWidth
	}
	stripe := hash[len(hash)-1]
	faults, err := s.enter(stripe)
	if err != nil {
		return 0, false, err
	}
	defer s.leave(stripe, faults, &err)
	room := s.borrow()
	count, err = s.find(keyOf(hash), room)
	s.giveBack(room)
	return count, count > 0, err
}

// find gives the count of a hash, 0 if it is not there.
func (s *Segment) find(k key, room *scratch) (uint64, error) {
	b := uint32(s.cut.bucket(k))
	i := s.pageOf(b)
	if i >= 0 && s.data != nil {
		s.touch(i, b)
	}
	return s.findAt(i, k, room)
}

// findAt is find when pageOf is known.
func (s *Segment) findAt(i int, k key, room *scratch) (uint64, error) {
	if i < 0 {
		return 0, nil
	}
	if i > 0 && s.heads[i-1] == s.heads[i] {
		return s.findInRun(i, k, room)
	}
	p, err := s.page(i, room)
	if err != nil {
		return 0, err
	}
	return s.findIn(i, &p, k, room)
}

func (s *Segment) findIn(i int, p *page, k key, room *scratch) (uint64, error) {
	from, to, err := s.locate(p, k)
	if err != nil {
		return 0, err
	}
	return s.compare(i, p, from, to, k, room)
}

// locate gives the entries of the page that share the hash's bucket.
func (s *Segment) locate(p *page, k key) (from, to uint, err error) {
	j := s.cut.bucket(k) - uint64(p.first)
	if j >= uint64(p.nb) {
		return 0, 0, nil
	}
	from, to, ok := p.entries(uint(j))
	if !ok {
		return 0, 0, fmt.Errorf("%w: buckets of the page that begins at %d", ErrCorrupt, p.first)
	}
	return from, to, nil
}

// compare looks for the hash among entries of its bucket.
func (s *Segment) compare(i int, p *page, from, to uint, k key, room *scratch) (uint64, error) {
	want := s.cut.remainder(k)
	for e := from; e < to; e++ {
		if have := p.remainder(e); have < want {
			continue
		} else if have > want {
			break
		}
		if s.super.Tail {
			if count, err := s.confirm(i, p, e, k, room); count > 0 || err != nil {
				return count, err
			}
			continue // another hash may begin with the same bits
		}
		l, err := p.level(e)
		return 1 << l, err
	}
	return 0, nil
}

// confirm compares the rest of the hash, and gives the exact count if it is the one.
func (s *Segment) confirm(i int, p *page, e uint, k key, room *scratch) (uint64, error) {
	block, err := s.block(i, p, room)
	if err != nil {
		return 0, err
	}
	if tailRest(block, s.cut, e, s.cut.join(s.cut.bucket(k), s.cut.remainder(k))) != k {
		return 0, nil
	}
	level, extra, ok := p.levelAndExtra(e)
	if !ok {
		return 0, fmt.Errorf("%w: counts of page %d", ErrCorrupt, i)
	}
	count := tailCount(block, p.n*s.cut.rest()+extra, level)
	if count == 0 { // only a forged block says so
		return 0, fmt.Errorf("%w: an entry without a count in page %d", ErrCorrupt, i)
	}
	return count, nil
}

// findInRun finds a hash in a bucket that fills several pages. Its remainders ascend over all of them.
func (s *Segment) findInRun(last int, k key, room *scratch) (uint64, error) {
	head := s.heads[last]
	first := sort.Search(last, func(i int) bool { return s.heads[i] >= head })
	want := s.cut.remainder(k)
	var failed error
	at := first + sort.Search(last-first, func(i int) bool {
		p, err := s.page(first+i, room)
		if err != nil {
			failed = err
			return true
		}
		return p.remainder(p.n-1) >= want
	})
	for i := at; i <= last && failed == nil; i++ {
		p, err := s.page(i, room)
		if err != nil {
			return 0, err
		}
		if p.remainder(0) > want {
			break
		}
		if count, err := s.findIn(i, &p, k, room); count > 0 || err != nil {
			return count, err
		}
	}
	return 0, failed
}

// pageOf is the last page that begins at or before bucket b, -1 if there is none.
//
// Hashes spread evenly, so a straight line through the directory and one
// correction usually end a page or two away; doubling steps keep a directory
// that is crooked, or made to be, at twice the logarithm of its length.
func (s *Segment) pageOf(b uint32) int {
	n := len(s.heads)
	if n == 0 {
		return -1
	}
	at := int(uint64(b) * uint64(n) >> s.cut.s)
	if at >= n {
		at = n - 1
	}
	at += int((int64(b) - int64(s.heads[at])) * int64(n) >> s.cut.s)
	at = min(max(at, 0), n-1)

	low, high := at, at+1 // the answer is at least low and below high
	if s.heads[at] <= b {
		for step := 1; high < n && s.heads[high] <= b; step *= 2 {
			low, high = high, high+step
		}
		high = min(high, n)
	} else {
		high = at
		low = at - 1
		for step := 1; low >= 0 && s.heads[low] > b; step *= 2 {
			low, high = low-step, low
		}
		low = max(low, -1)
	}
	for high-low > 1 {
		if mid := (low + high) / 2; s.heads[mid] <= b {
			low = mid
		} else {
			high = mid
		}
	}
	return low
}
