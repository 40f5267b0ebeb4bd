package feed

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math/bits"
	"slices"
)

// sorter reads one partition after the other, sorted and without duplicates,
// in bounded memory whatever a partition holds.
type sorter struct {
	spill  *spill
	limit  int // records in memory
	buf    []record
	spare  []record // as long as buf: what sort moves them to
	counts []uint32
	raw    []byte
}

// each hands the records of a partition to take, ascending, in exchange for an empty buffer.
func (s *sorter) each(partition int, take func([]record) ([]record, error)) error {
	low := uint64(partition) << (64 - s.spill.bits)
	return s.between(partition, low, low|(1<<(64-s.spill.bits)-1), take)
}

// between takes the records from low to high by their first 8 bytes. Duplicates
// are summed whenever memory is full, so a list that says "123456" a billion
// times is no problem; where too many different hashes remain, each half of the
// span is read alone.
func (s *sorter) between(partition int, low, high uint64, take func([]record) ([]record, error)) (err error) {
	s.buf = s.buf[:0]
	for _, c := range s.spill.chunks[partition] {
		if err := s.read(partition, c, low, high); err != nil {
			return err
		}
		if len(s.buf) < s.limit {
			continue
		}
		s.compact(low, high)
		if len(s.buf) > s.limit/2 && low < high {
			middle := low + (high-low)/2
			if err := s.between(partition, low, middle, take); err != nil {
				return err
			}
			return s.between(partition, middle+1, high, take)
		}
	}
	s.compact(low, high)
	s.buf, err = take(s.buf)
	return err
}

// compact sorts what lies from low to high, and sums duplicates.
func (s *sorter) compact(low, high uint64) {
	s.sort(low, high)
	s.buf = sumDuplicates(s.buf)
}

const (
	fewRecords = 4096 // are sorted as they are
	perBucket  = 8
)

// sort spreads the records over buckets by their place in the span, about eight
// in each, and sorts those: hashes are spread evenly, so this is faster than
// comparing. Where they are not, a bucket is sorted by comparing.
func (s *sorter) sort(low, high uint64) {
	n := len(s.buf)
	if n < fewRecords {
		slices.SortFunc(s.buf, compare)
		return
	}
	buckets := n / perBucket
	shift := max(bits.Len64((high-low)/uint64(buckets)), 0)
	s.counts = slices.Grow(s.counts[:0], buckets+2)[:buckets+2]
	clear(s.counts)
	for i := range s.buf {
		s.counts[(s.buf[i].a-low)>>shift+1]++
	}
	for i := 1; i < len(s.counts); i++ {
		s.counts[i] += s.counts[i-1]
	}
	s.spare = slices.Grow(s.spare[:0], n)[:n]
	for _, r := range s.buf {
		bucket := (r.a - low) >> shift
		s.spare[s.counts[bucket]] = r
		s.counts[bucket]++
	}
	from := uint32(0)
	for _, end := range s.counts[:buckets+1] { // each count is the end of its bucket by now
		sortFew(s.spare[from:end])
		from = end
	}
	s.buf, s.spare = s.spare, s.buf
}

// sortFew sorts by insertion what is short.
func sortFew(list []record) {
	if len(list) > 4*perBucket {
		slices.SortFunc(list, compare)
		return
	}
	for i := 1; i < len(list); i++ {
		r, j := list[i], i
		for ; j > 0 && less(r, list[j-1]); j-- {
			list[j] = list[j-1]
		}
		list[j] = r
	}
}

// read appends those records of a chunk that lie from low to high.
func (s *sorter) read(partition int, c chunk, low, high uint64) error {
	size := chunkHead + int(c.n)*recordBytes
	s.raw = slices.Grow(s.raw[:0], size)[:size]
	if _, err := s.spill.file.ReadAt(s.raw, c.at-chunkHead); err != nil {
		return fmt.Errorf("read temporary space: %w", err)
	}
	records := s.raw[chunkHead:]
	if binary.LittleEndian.Uint32(s.raw) != uint32(partition) ||
		binary.LittleEndian.Uint32(s.raw[8:]) != crc32.Checksum(records, castagnoli) {
		return errDamaged
	}
	for ; len(records) > 0; records = records[recordBytes:] {
		if r := parseRecord(records); low <= r.a && r.a <= high {
			s.buf = append(s.buf, r)
		}
	}
	return nil
}
