package main

import (
	"cmp"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
)

// entry is a hash as numbers, and its sightings.
type entry struct {
	a, b  uint64
	c     uint32
	count uint32
}

func (e *entry) put(h *[20]byte) {
	binary.BigEndian.PutUint64(h[0:], e.a)
	binary.BigEndian.PutUint64(h[8:], e.b)
	binary.BigEndian.PutUint32(h[16:], e.c)
}

// corpus generates the same random hashes, ascending, each time it is walked,
// in the memory of one part: the first bits of a hash are its part, and each
// part is drawn from a seed of its own.
type corpus struct {
	n     uint64 // entries
	about uint64 // what was asked for, which the sizes of the parts are drawn around
	bits  uint   // of the part
	hits  [][20]byte
	exact float64 // entropy of the counts, in bits
}

const partSize = 1 << 15

func newCorpus(n uint64) *corpus {
	c := &corpus{about: n, bits: uint(max(math.Round(math.Log2(float64(n)/partSize)), 1))}
	c.sample()
	return c
}

// size of a part is as random hashes would make it: about Poisson, which is about normal at this size.
func (c *corpus) size(part uint64) uint64 {
	mean := float64(c.about) / float64(uint64(1)<<c.bits)
	r := rand.New(rand.NewPCG(part, 1))
	return uint64(max(math.Round(mean+r.NormFloat64()*math.Sqrt(mean)), 1))
}

// sample keeps hits to ask for, and measures the counts.
func (c *corpus) sample() {
	const want = 1_000_000
	r := rand.New(rand.NewPCG(3, 3))
	seen, total := map[uint32]int{}, 0
	every := float64(c.about) / want
	next := 0.0
	at := 0.0
	_ = c.walk(func(e *entry) error {
		if at >= next {
			var h [20]byte
			e.put(&h)
			c.hits = append(c.hits, h)
			seen[e.count]++
			total++
			next += max(every, 1)
		}
		at++
		c.n++
		return nil
	})
	for _, k := range seen {
		p := float64(k) / float64(total)
		c.exact -= p * math.Log2(p)
	}
	r.Shuffle(len(c.hits), func(i, j int) { c.hits[i], c.hits[j] = c.hits[j], c.hits[i] })
}

func (c *corpus) walk(each func(*entry) error) error {
	var part []entry
	for p := range uint64(1) << c.bits {
		r := rand.NewPCG(p, 2)
		part = part[:0]
		for range c.size(p) {
			part = append(part, entry{
				a: p<<(64-c.bits) | r.Uint64()>>c.bits, b: r.Uint64(), c: uint32(r.Uint64()), count: drawCount(r),
			})
		}
		slices.SortFunc(part, func(x, y entry) int { return cmp.Compare(x.a, y.a) })
		for i := range part {
			if i > 0 && part[i].a == part[i-1].a {
				continue // once in 10^4 runs
			}
			if err := each(&part[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// drawCount draws as the counts of 256 real ranges of November 2024 are
// distributed: 43.5 % once, 13.9 % twice, 13.4 % three times, and so on.
func drawCount(r *rand.PCG) uint32 {
	u := r.Uint64()
	switch at := u % 1000; {
	case at < 435:
		return 1
	case at < 574:
		return 2
	case at < 708:
		return 3
	case at < 881:
		return 4 + uint32(u>>32%4)
	case at < 951:
		return 8 + uint32(u>>32%8)
	}
	low := uint32(16)
	for u >>= 12; u&3 == 0 && low < 1<<24; u >>= 2 {
		low *= 2
	}
	return low + uint32(r.Uint64()%uint64(low))
}
