package feed

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
)

// spill is temporary space in which records are scattered by the first bits of
// their hashes, to be sorted one partition at a time.
//
//	file  = chunk ...
//	chunk = u32 partition | u32 records n | u32 crc32c(records) | u32 0 | n records of 24 bytes
//
// One file that only grows needs one fsync for a safe point, and what was
// written after it is cut off when an import goes on.
type spill struct {
	file       *os.File
	out        *bufio.Writer
	size       int64
	bits       uint      // of the hash that choose the partition
	pending    [][]byte  // by partition: records not yet written
	chunks     [][]chunk // by partition
	counts     []int64   // by partition: records
	chunkBytes int
	head       [chunkHead]byte
}

type chunk struct {
	at int64 // of the first record
	n  int32
}

const chunkHead = 16

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// openSpill begins, or goes on behind size bytes that an earlier run made safe.
// memory is for the records of all partitions that are not yet written.
func openSpill(path string, bits uint, size, memory int64) (*spill, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open temporary space: %w", err)
	}
	s := &spill{
		file: f, out: bufio.NewWriterSize(f, 1<<20), bits: bits,
		pending: make([][]byte, 1<<bits), chunks: make([][]chunk, 1<<bits), counts: make([]int64, 1<<bits),
		chunkBytes: max(int(min(memory>>bits, 1<<20))/recordBytes, 1) * recordBytes,
	}
	if err := s.recover(size); err != nil {
		return nil, errors.Join(fmt.Errorf("recover temporary space: %w", err), f.Close())
	}
	return s, nil
}

// recover reads the heads of the chunks that were made safe.
func (s *spill) recover(size int64) error {
	if err := s.file.Truncate(size); err != nil {
		return err
	}
	for s.size < size {
		if _, err := s.file.ReadAt(s.head[:], s.size); err != nil {
			return err
		}
		partition, n := binary.LittleEndian.Uint32(s.head[0:]), binary.LittleEndian.Uint32(s.head[4:])
		end := s.size + chunkHead + int64(n)*recordBytes
		if partition >= uint32(len(s.chunks)) || end > size {
			return errDamaged
		}
		s.note(int(partition), int32(n))
	}
	_, err := s.file.Seek(size, io.SeekStart)
	return err
}

var errDamaged = errors.New("temporary space is damaged: begin anew")

func (s *spill) note(partition int, n int32) {
	s.chunks[partition] = append(s.chunks[partition], chunk{s.size + chunkHead, n})
	s.counts[partition] += int64(n)
	s.size += chunkHead + int64(n)*recordBytes
}

func (s *spill) add(r record) error {
	partition := int(r.a >> (64 - s.bits))
	p := s.pending[partition]
	if p == nil {
		p = make([]byte, 0, s.chunkBytes)
	}
	p = r.append(p)
	s.pending[partition] = p
	if len(p) < s.chunkBytes {
		return nil
	}
	return s.write(partition)
}

func (s *spill) write(partition int) error {
	p := s.pending[partition]
	binary.LittleEndian.PutUint32(s.head[0:], uint32(partition))
	binary.LittleEndian.PutUint32(s.head[4:], uint32(len(p)/recordBytes))
	binary.LittleEndian.PutUint32(s.head[8:], crc32.Checksum(p, castagnoli))
	if _, err := s.out.Write(s.head[:]); err != nil {
		return fmt.Errorf("write temporary space: %w", err)
	}
	if _, err := s.out.Write(p); err != nil {
		return fmt.Errorf("write temporary space: %w", err)
	}
	s.note(partition, int32(len(p)/recordBytes))
	s.pending[partition] = p[:0]
	return nil
}

// sync writes all that is pending and makes it safe. What it answers is the
// size that openSpill goes on from.
func (s *spill) sync() (size int64, err error) {
	for partition := range s.pending {
		if len(s.pending[partition]) > 0 {
			if err := s.write(partition); err != nil {
				return 0, err
			}
		}
	}
	if err := s.out.Flush(); err != nil {
		return 0, fmt.Errorf("write temporary space: %w", err)
	}
	if err := s.file.Sync(); err != nil {
		return 0, fmt.Errorf("write temporary space: %w", err)
	}
	return s.size, nil
}

// release gives the buffers back once all is scattered.
func (s *spill) release() { s.pending = nil }

// distinct estimates from a run how many different records there are.
func (s *spill) distinct(r run) uint64 {
	var all int64
	for _, n := range s.counts {
		all += n
	}
	return uint64(float64(all) * float64(len(r.records)) / float64(s.counts[r.partition]))
}

func (s *spill) close() error { return s.file.Close() }
