package brx

// batchSize is how many lookups overlap: enough to hide the wait for memory, few enough to stay in the first cache.
const batchSize = 32

// LookupBatch looks up hashes that stand one behind the other, Alg.Bytes()
// bytes each, and writes their counts, 0 for those that are not there. It
// allocates nothing, and costs less than as many Lookups, since their waits for
// memory overlap. After an error no count can be relied on.
func (s *Segment) LookupBatch(hashes []byte, counts []uint64) (err error) {
	if len(hashes) != len(counts)*s.cut.bytes {
		return ErrWidth
	}
	if len(counts) == 0 {
		return nil
	}
	stripe := hashes[len(hashes)-1]
	faults, err := s.enter(stripe)
	if err != nil {
		return err
	}
	defer s.leave(stripe, faults, &err)
	if s.data == nil {
		return s.findEach(hashes, counts)
	}
	var probes [batchSize]probe
	for len(counts) > 0 {
		n := min(batchSize, len(counts))
		if err := s.findTogether(probes[:n], hashes[:n*s.cut.bytes], counts[:n]); err != nil {
			return err
		}
		hashes, counts = hashes[n*s.cut.bytes:], counts[n:]
	}
	return nil
}

// findEach finds one after the other, as reading through a file needs.
func (s *Segment) findEach(hashes []byte, counts []uint64) (err error) {
	room := s.borrow()
	defer s.giveBack(room)
	for i := range counts {
		if counts[i], err = s.find(keyOf(hashes[i*s.cut.bytes:][:s.cut.bytes]), room); err != nil {
			return err
		}
	}
	return nil
}

// probe is one lookup on its way.
type probe struct {
	key      key
	at       int // page, -1 for none
	run      bool
	page     page
	from, to uint
}

// findTogether takes each step for all probes before the next: the processor
// then has many independent reads to wait for at once.
func (s *Segment) findTogether(probes []probe, hashes []byte, counts []uint64) (err error) {
	for i := range probes {
		q := &probes[i]
		q.key = keyOf(hashes[i*s.cut.bytes:][:s.cut.bytes])
		q.at = s.pageOf(uint32(s.cut.bucket(q.key)))
		if q.at >= 0 {
			s.touch(q.at, uint32(s.cut.bucket(q.key)))
		}
		q.run = q.at > 0 && s.heads[q.at-1] == s.heads[q.at]
	}
	for i := range probes {
		if q := &probes[i]; q.at >= 0 {
			if q.page, err = s.page(q.at, nil); err != nil {
				return err
			}
		}
	}
	for i := range probes {
		if q := &probes[i]; q.at >= 0 && !q.run {
			if q.from, q.to, err = s.locate(&q.page, q.key); err != nil {
				return err
			}
		}
	}
	for i := range probes {
		switch q := &probes[i]; {
		case q.at < 0:
			counts[i] = 0
		case q.run:
			counts[i], err = s.findInRun(q.at, q.key, nil)
		default:
			counts[i], err = s.compare(q.at, &q.page, q.from, q.to, q.key, nil)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
