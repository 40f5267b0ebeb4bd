package feed

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"
)

// sorter reads one partition after the other, sorted and without duplicates,
// in bounded memory whatever a partition holds.
type sorter struct {
	spill *spill
	limit int // records in memory
	buf   []record
	raw   []byte
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
		s.compact()
		if len(s.buf) > s.limit/2 && low < high {
			middle := low + (high-low)/2
			if err := s.between(partition, low, middle, take); err != nil {
				return err
			}
			return s.between(partition, middle+1, high, take)
		}
	}
	s.compact()
	s.buf, err = take(s.buf)
	return err
}

func (s *sorter) compact() {
	slices.SortFunc(s.buf, compare)
	s.buf = sumDuplicates(s.buf)
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
