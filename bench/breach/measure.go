package main

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"text/tabwriter"
	"time"
)

const (
	chunk   = 500 // lookups of one batch
	batches = 60  // of one turn
	singles = 4000
)

// result is the best that a contender did over all turns: the noise of a shared machine only adds.
type result struct{ hit, miss, batchHit, batchMiss float64 }

// speeds asks all contenders in turns.
func speeds(out *tabwriter.Writer, o options, c *corpus, all []contender) error {
	r := rand.New(rand.NewPCG(9, 9))
	results := make([]result, len(all))
	together := make([]float64, len(all)) // LookupBatch
	unit := 0.0
	chain := newChain()
	for round := range o.rounds {
		best(&unit, chain.read(), round)
		for i, who := range all {
			hits, misses := pick(r, c.hits), strangers(r)
			best(&results[i].hit, single(who, hits), round)
			best(&results[i].miss, single(who, misses), round)
			best(&results[i].batchHit, batch(who, pick(r, c.hits)), round)
			best(&results[i].batchMiss, batch(who, strangers(r)), round)
			if s, ok := who.(*segment); ok {
				took, err := many(s, pick(r, c.hits))
				if err != nil {
					return err
				}
				best(&together[i], took, round)
			}
		}
	}
	fmt.Fprintf(out, "\none dependent read of memory\t%.0f ns\n", unit)
	fmt.Fprintln(out, "\nlookup, in reads of memory\tone hit\tone miss\thits in a row\tmisses in a row\thits by LookupBatch")
	for i, who := range all {
		row := fmt.Sprintf("%s\t%.2f\t%.2f\t%.2f\t%.2f\t", who.name(),
			results[i].hit/unit, results[i].miss/unit, results[i].batchHit/unit, results[i].batchMiss/unit)
		if together[i] > 0 {
			row += fmt.Sprintf("%.2f", together[i]/unit)
		}
		fmt.Fprintln(out, row)
	}
	fmt.Fprintln(out, "\nBRX core is faster than\tone hit\tone miss\thits in a row\tmisses in a row\tLookupBatch over hits in a row")
	ours := results[0]
	for i, who := range all[1:] {
		x := results[i+1]
		fmt.Fprintf(out, "%s\t%.1fx\t%.1fx\t%.1fx\t%.1fx\t%.1fx\n", who.name(),
			x.hit/ours.hit, x.miss/ours.miss, x.batchHit/ours.batchHit, x.batchMiss/ours.batchMiss, x.batchHit/together[0])
	}
	return out.Flush()
}

func best(of *float64, took float64, round int) {
	if round == 0 || took < *of {
		*of = took
	}
}

func pick(r *rand.Rand, from [][20]byte) [][20]byte {
	some := make([][20]byte, chunk*batches)
	for i := range some {
		some[i] = from[r.IntN(len(from))]
	}
	return some
}

func strangers(r *rand.Rand) [][20]byte {
	some := make([][20]byte, chunk*batches)
	for i := range some {
		stranger(r, &some[i])
	}
	return some
}

func stranger(r *rand.Rand, h *[20]byte) {
	binary.BigEndian.PutUint64(h[0:], r.Uint64())
	binary.BigEndian.PutUint64(h[8:], r.Uint64())
	binary.BigEndian.PutUint32(h[16:], r.Uint32())
}

// single is the median of lookups timed alone, less what asking the time takes.
func single(who contender, hashes [][20]byte) float64 {
	took := make([]time.Duration, singles)
	empty := make([]time.Duration, singles)
	for i := range took {
		begin := time.Now()
		who.has(&hashes[i])
		took[i] = time.Since(begin)
		begin = time.Now()
		empty[i] = time.Since(begin)
	}
	slices.Sort(took)
	slices.Sort(empty)
	return float64(took[singles/2] - empty[singles/2])
}

// batch is the 5th percentile over batches, per lookup.
func batch(who contender, hashes [][20]byte) float64 {
	var took []time.Duration
	for len(hashes) >= chunk {
		begin := time.Now()
		for i := range hashes[:chunk] {
			who.has(&hashes[i]) // through an interface, so it is not left out
		}
		took = append(took, time.Since(begin))
		hashes = hashes[chunk:]
	}
	slices.Sort(took)
	return float64(took[len(took)/20]) / chunk
}

// many is batch by LookupBatch.
func many(s *segment, hashes [][20]byte) (float64, error) {
	var took []time.Duration
	flat, counts := make([]byte, 20*chunk), make([]uint64, chunk)
	for len(hashes) >= chunk {
		for i := range counts {
			copy(flat[20*i:], hashes[i][:])
		}
		begin := time.Now()
		if err := s.s.LookupBatch(flat, counts); err != nil {
			return 0, err
		}
		took = append(took, time.Since(begin))
		hashes = hashes[chunk:]
	}
	slices.Sort(took)
	return float64(took[len(took)/20]) / chunk, nil
}

// chain is 512 MiB of memory in which each place tells the next.
type chain struct {
	next []uint32
	at   uint32
}

func newChain() *chain {
	c := &chain{next: make([]uint32, 1<<27)}
	// Sattolo's shuffle: one cycle through all places, a cache line apart.
	const step, places = 16, 1 << 23
	for i := range uint32(places) {
		c.next[i*step] = i * step
	}
	r := rand.New(rand.NewPCG(5, 5))
	for i := uint32(places - 1); i > 0; i-- {
		j := r.Uint32N(i)
		c.next[i*step], c.next[j*step] = c.next[j*step], c.next[i*step]
	}
	return c
}

// read is how long one dependent read takes, in nanoseconds.
func (c *chain) read() float64 {
	const reads = 20_000
	var took []time.Duration
	for range 20 {
		begin := time.Now()
		for range reads {
			c.at = c.next[c.at]
		}
		took = append(took, time.Since(begin))
	}
	return float64(slices.Min(took)) / reads
}
