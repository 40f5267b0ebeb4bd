package brx

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"time"
)

const (
	magic = "BREACHX1"
	major = 1
	minor = 0

	superSize = 4096

	flagTail   = 1 // the file has a tail
	flagKeyed  = 2 // hashes need a key
	flagCounts = 4 // pages hold counts
	flagExact  = 8 // the tail holds exact counts
	knownFlags = flagTail | flagKeyed | flagCounts | flagExact

	// Levels is how many rows the histogram has; levels above topLevel are never used.
	Levels = 20

	textSize = 128 // bytes of source and of licence

	maxBucketBits                      = 32
	minRemainderBits, maxRemainderBits = 24, 40
)

// Info is what the superblock of a file tells.
type Info struct {
	Alg       Alg
	Buckets   int // S: bits of the hash that choose a bucket, 0 to 32
	Remainder int // R: bits of the hash kept in the core, 24 to 40, S+R at most 64
	Tail      bool
	Entries   uint64
	Pages     uint64
	Size      int64 // of the file, in bytes
	Built     time.Time
	Epoch     uint64
	UUID      [16]byte
	KeyID     [16]byte
	MaxCount  uint64         // the largest count
	SumCounts uint64         // of all counts, saturating
	Histogram [Levels]uint64 // how many entries have a count of 2^level to 2^(level+1)-1; the last used row is 18 and open
	Source    string
	Licence   string
}

// FalsePositiveRate is the chance that a hash which is not in the file is
// nevertheless found: 0 with a tail, else entries * 2^-(S+R), since a stranger
// meets a full bucket entries * 2^-S times and equals a remainder 2^-R times.
func (i Info) FalsePositiveRate() float64 {
	if i.Tail {
		return 0
	}
	return math.Ldexp(float64(i.Entries), -(i.Buckets + i.Remainder))
}

// superblock is Info with the places of the other parts.
type superblock struct {
	Info
	dir, tailDir, tail, tailLen uint64
	dirSum, tailDirSum          uint32
}

func (s *superblock) cut() cut {
	return cut{s: uint(s.Buckets), r: uint(s.Remainder), bytes: s.Alg.Bytes()}
}

func (s *superblock) encode() []byte {
	b := make([]byte, superSize)
	le := binary.LittleEndian
	copy(b, magic)
	le.PutUint16(b[8:], major)
	le.PutUint16(b[10:], minor)
	le.PutUint32(b[12:], superSize)
	le.PutUint32(b[16:], s.flags())
	b[20], b[21], b[22], b[23] = byte(s.Alg), byte(s.Alg.Bytes()), byte(s.Buckets), byte(s.Remainder)
	le.PutUint64(b[24:], s.Entries)
	le.PutUint64(b[32:], s.Pages)
	le.PutUint64(b[40:], superSize)
	le.PutUint64(b[48:], s.dir)
	le.PutUint32(b[56:], 4)
	le.PutUint32(b[60:], s.dirSum)
	le.PutUint64(b[64:], s.tailDir)
	le.PutUint64(b[72:], s.tail)
	le.PutUint64(b[80:], s.tailLen)
	le.PutUint32(b[88:], s.tailDirSum)
	le.PutUint64(b[96:], uint64(s.Built.Unix()))
	le.PutUint64(b[104:], s.Epoch)
	copy(b[112:], s.UUID[:])
	copy(b[128:], s.KeyID[:])
	le.PutUint64(b[144:], s.MaxCount)
	le.PutUint64(b[152:], s.SumCounts)
	for l, n := range s.Histogram {
		le.PutUint64(b[160+8*l:], n)
	}
	copy(b[320:320+textSize], s.Source)
	copy(b[448:448+textSize], s.Licence)
	le.PutUint32(b[superSize-4:], checksum(b[:superSize-4]))
	return b
}

func (s *superblock) flags() uint32 {
	flags := uint32(flagCounts)
	if s.Tail {
		flags |= flagTail | flagExact
	}
	if s.Alg.Keyed() {
		flags |= flagKeyed
	}
	return flags
}

// decodeSuperblock believes nothing: whatever it returns without an error fits a file of that size.
func decodeSuperblock(b []byte, size int64) (superblock, error) {
	var s superblock
	if len(b) < superSize || size < superSize {
		return s, fmt.Errorf("%w: shorter than a superblock", ErrFormat)
	}
	le := binary.LittleEndian
	if string(b[:8]) != magic {
		return s, fmt.Errorf("%w: it does not begin with %s", ErrFormat, magic)
	}
	if v := le.Uint16(b[8:]); v != major {
		return s, fmt.Errorf("%w: version %d.%d, known is %d", ErrFormat, v, le.Uint16(b[10:]), major)
	}
	if flags := le.Uint32(b[16:]); flags&^uint32(knownFlags) != 0 {
		return s, fmt.Errorf("%w: unknown flags %#x", ErrFormat, flags&^uint32(knownFlags))
	}
	if checksum(b[:superSize-4]) != le.Uint32(b[superSize-4:]) {
		return s, fmt.Errorf("%w: checksum of the superblock", ErrCorrupt)
	}
	s.Alg, s.Buckets, s.Remainder = Alg(b[20]), int(b[22]), int(b[23])
	if s.Alg.Bytes() == 0 {
		return s, fmt.Errorf("%w: %v", ErrFormat, s.Alg)
	}
	s.Tail = le.Uint32(b[16:])&flagTail != 0
	s.Entries, s.Pages, s.Size = le.Uint64(b[24:]), le.Uint64(b[32:]), size
	s.dir, s.dirSum = le.Uint64(b[48:]), le.Uint32(b[60:])
	s.tailDir, s.tail, s.tailLen, s.tailDirSum = le.Uint64(b[64:]), le.Uint64(b[72:]), le.Uint64(b[80:]), le.Uint32(b[88:])
	s.Built, s.Epoch = time.Unix(int64(le.Uint64(b[96:])), 0).UTC(), le.Uint64(b[104:])
	copy(s.UUID[:], b[112:])
	copy(s.KeyID[:], b[128:])
	s.MaxCount, s.SumCounts = le.Uint64(b[144:]), le.Uint64(b[152:])
	for l := range s.Histogram {
		s.Histogram[l] = le.Uint64(b[160+8*l:])
	}
	s.Source, s.Licence = text(b[320:320+textSize]), text(b[448:448+textSize])

	// One comparison for flags, sizes and every byte that is fixed or must be zero.
	if !bytes.Equal(b[:superSize-4], s.encode()[:superSize-4]) {
		return s, fmt.Errorf("%w: superblock contradicts itself", ErrCorrupt)
	}
	return s, s.check()
}

// check tells whether the parts lie one after the other in a file of that size.
func (s *superblock) check() error {
	size, pages := uint64(s.Size), s.Pages
	end := uint64(superSize) + pages*pageSize
	ok := pages <= size/pageSize && s.Entries >= pages && s.Entries <= pages*maxBuckets &&
		checkCut(s.cut()) == nil && s.dir == end
	end += 4 * pages
	if s.Tail {
		ok = ok && s.tailDir == end && s.tail == end+8*pages && s.tail <= size && s.tailLen == size-s.tail
	} else {
		ok = ok && s.tailDir == 0 && s.tail == 0 && s.tailLen == 0 && end == size
	}
	if !ok {
		return fmt.Errorf("%w: its parts do not fit into %d bytes", ErrCorrupt, size)
	}
	return nil
}

func checkCut(c cut) error {
	if c.bytes == 0 || c.s > maxBucketBits || c.r < minRemainderBits || c.r > maxRemainderBits || c.s+c.r > 64 {
		return fmt.Errorf("%w: hashes of %d bytes, %d bucket bits, %d remainder bits", ErrFormat, c.bytes, c.s, c.r)
	}
	return nil
}

func text(b []byte) string {
	b, _, _ = bytes.Cut(b, []byte{0})
	return string(b)
}
