package risk

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"math"
)

// The form of a world on disk, version 1, all numbers little-endian:
//
//	0  "GW"                 2
//	2  version              1   1
//	3  log2 of addresses    1   10 to 22; every size follows from it
//	4  pool                     day 2, tallies 4 x 13 x (of 4, new 4), hours 12 x 4, total 4, failures 4, successes 4
//	   tables                   addresses, prefixes, devices, networks, agents: the number of cells in
//	                            use 4, then each with its place 4 and its 32 bytes
//	   popular                  the same, 14 bytes each
//	   CRC-32C              4   of all before it
//
// Passwords are not in it.
const worldVersion = 1

// ErrWorld is what ReadWorld finds wrong with a snapshot.
var ErrWorld = errors.New("snapshot of the world is damaged or of another version")

// WriteTo writes a snapshot: no addresses, agents or keys, only keyed hashes, and
// nothing about passwords. Attempts wait while the tables are copied, a few
// milliseconds; not while they are written.
func (w *World) WriteTo(to io.Writer) (int64, error) {
	copied := w.copied()
	sum := crc32.New(castagnoli)
	out := &counting{w: bufio.NewWriterSize(io.MultiWriter(to, sum), 1<<16)}
	out.bytes('G', 'W', worldVersion, byte(log2(len(copied.addresses.cells))))
	out.pool(&copied.pool)
	for _, t := range copied.tables() {
		out.table(t)
	}
	out.popular(&copied.popular)
	if out.err == nil {
		out.err = out.w.Flush()
	}
	if out.err != nil {
		return out.n, fmt.Errorf("write the world: %w", out.err)
	}
	tail := binary.LittleEndian.AppendUint32(nil, sum.Sum32())
	n, err := to.Write(tail)
	return out.n + int64(n), err
}

func (w *World) copied() *World {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := &World{addresses: w.addresses, prefixes: w.prefixes, devices: w.devices, networks: w.networks, agents: w.agents, popular: w.popular, pool: w.pool}
	for _, t := range c.tables() {
		t.cells = append([]cell(nil), t.cells...)
	}
	c.popular.cells = append([]share(nil), c.popular.cells...)
	return c
}

func log2(n int) int {
	k := 0
	for n > 1 {
		n >>= 1
		k++
	}
	return k
}

// counting writes numbers until the first error.
type counting struct {
	w   *bufio.Writer
	n   int64
	err error
}

func (c *counting) bytes(b ...byte) {
	if c.err == nil {
		var n int
		n, c.err = c.w.Write(b)
		c.n += int64(n)
	}
}

func (c *counting) u16(x uint16) { c.bytes(byte(x), byte(x>>8)) }

func (c *counting) u32(xs ...uint32) {
	for _, x := range xs {
		c.bytes(byte(x), byte(x>>8), byte(x>>16), byte(x>>24))
	}
}

func (c *counting) f32(xs ...float32) {
	for _, x := range xs {
		c.u32(math.Float32bits(x))
	}
}

func (c *counting) pool(p *pool) {
	c.u16(p.day)
	for i := range p.tallies {
		for _, t := range p.tallies[i] {
			c.f32(t.of, t.new)
		}
	}
	c.f32(p.hours[:]...)
	c.f32(p.total, p.fail, p.good)
}

func (c *counting) table(t *table) {
	n := uint32(0)
	for i := range t.cells {
		if t.cells[i].at != 0 {
			n++
		}
	}
	c.u32(n)
	for i := range t.cells {
		if x := &t.cells[i]; x.at != 0 {
			c.u32(uint32(i), x.tag, x.at)
			c.f32(x.fail, x.good, x.regular, x.excess)
			c.u32(x.users, x.before)
		}
	}
}

func (c *counting) popular(t *popular) {
	n := uint32(0)
	for i := range t.cells {
		if t.cells[i].weight > 0 {
			n++
		}
	}
	c.u32(n)
	for i := range t.cells {
		if x := &t.cells[i]; x.weight > 0 {
			c.u32(uint32(i), x.tag)
			c.f32(x.weight, x.mean)
			c.u16(x.day)
		}
	}
}

// ReadWorld reads what WriteTo wrote. Damage and unknown versions are ErrWorld;
// the caller then begins with an empty world.
func ReadWorld(r io.Reader) (*World, error) {
	in := &taking{r: bufio.NewReaderSize(r, 1<<16), sum: crc32.New(castagnoli)}
	head := in.bytes(4)
	if in.err != nil || head[0] != 'G' || head[1] != 'W' || head[2] != worldVersion || head[3] < 10 || head[3] > 22 {
		return nil, in.wrong("it does not begin like one")
	}
	w := NewWorld(WorldConfig{Addresses: 1 << head[3]})
	in.pool(&w.pool)
	for _, t := range w.tables() {
		in.table(t)
	}
	in.popular(&w.popular)
	if in.err != nil {
		return nil, in.wrong("it ends early")
	}
	sum := in.sum.Sum32()
	if tail := in.bytes(4); in.err != nil || binary.LittleEndian.Uint32(tail) != sum {
		return nil, in.wrong("checksum")
	}
	return w, nil
}

// taking reads numbers until the first error, after which everything is 0.
type taking struct {
	r   *bufio.Reader
	sum hash.Hash32
	buf [64]byte
	err error
}

func (t *taking) wrong(what string) error {
	if t.err != nil && !errors.Is(t.err, io.EOF) && !errors.Is(t.err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: %s: %w", ErrWorld, what, t.err)
	}
	return fmt.Errorf("%w: %s", ErrWorld, what)
}

func (t *taking) bytes(n int) []byte {
	b := t.buf[:n]
	if t.err == nil {
		_, t.err = io.ReadFull(t.r, b)
	}
	if t.err != nil {
		clear(b)
		return b
	}
	t.sum.Write(b)
	return b
}

func (t *taking) u16() uint16 { return binary.LittleEndian.Uint16(t.bytes(2)) }
func (t *taking) u32() uint32 { return binary.LittleEndian.Uint32(t.bytes(4)) }

// count refuses a count that cannot be: what was never finite or is negative.
func (t *taking) count() float32 {
	x := math.Float32frombits(t.u32())
	if !(x >= 0 && x < 1e12) && t.err == nil {
		t.err = errors.New("a count that cannot be")
	}
	return x
}

func (t *taking) pool(p *pool) {
	p.day = t.u16()
	for i := range p.tallies {
		for l := range p.tallies[i] {
			p.tallies[i][l] = tally{of: t.count(), new: t.count()}
		}
	}
	for i := range p.hours {
		p.hours[i] = t.count()
	}
	p.total, p.fail, p.good = t.count(), t.count(), t.count()
}

// place is where a cell belongs.
func (t *taking) place(size int) int {
	i := t.u32()
	if t.err == nil && int64(i) >= int64(size) {
		t.err = errors.New("a place beyond the table")
	}
	if t.err != nil {
		return 0
	}
	return int(i)
}

func (t *taking) table(to *table) {
	for n := t.u32(); n > 0 && t.err == nil; n-- {
		c := &to.cells[t.place(len(to.cells))]
		c.tag, c.at = t.u32(), t.u32()
		c.fail, c.good, c.regular, c.excess = t.count(), t.count(), t.count(), t.count()
		c.users, c.before = t.u32(), t.u32()
	}
}

func (t *taking) popular(to *popular) {
	for n := t.u32(); n > 0 && t.err == nil; n-- {
		s := &to.cells[t.place(len(to.cells))]
		s.tag, s.weight, s.mean, s.day = t.u32(), t.count(), t.count(), t.u16()
	}
}
