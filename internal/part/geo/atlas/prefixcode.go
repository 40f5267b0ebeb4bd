package atlas

import (
	"cmp"
	"container/heap"
	"fmt"
	"math/bits"
	"slices"
)

// Prefix codes: canonical Huffman codes of at most 11 bits, read from the lowest
// bit up, so that one look into a table of 2048 rows decodes a symbol.

const (
	maxCode    = 11
	maxSymbols = 256
)

// decoder has a row for each sequence of the next 11 bits: that of the symbol
// whose code they begin with.
type decoder [1 << maxCode]uint32

// newDecoder makes the table for symbols with these lengths of code, 0 for a
// symbol that has none. The codes must fill the table: a hole would be a
// sequence of bits without a meaning.
func newDecoder(lengths []uint8, row func(symbol int, length uint8) uint32) (*decoder, error) {
	codes, err := assign(lengths)
	if err != nil {
		return nil, err
	}
	var d decoder
	for s, length := range lengths {
		if length == 0 {
			continue
		}
		entry := row(s, length)
		for i := int(codes[s]); i < len(d); i += 1 << length {
			d[i] = entry
		}
	}
	return &d, nil
}

// assign gives the canonical codes: shorter ones first, then by symbol. They are
// mirrored, for the reader begins at the lowest bit.
func assign(lengths []uint8) ([]uint16, error) {
	if len(lengths) == 0 || len(lengths) > maxSymbols {
		return nil, fmt.Errorf("a code of %d symbols: want 1 to %d", len(lengths), maxSymbols)
	}
	codes := make([]uint16, len(lengths))
	next, filled := 0, 0
	for length := 1; length <= maxCode; length++ {
		for s, l := range lengths {
			if int(l) != length {
				continue
			}
			codes[s] = bits.Reverse16(uint16(next)) >> (16 - length)
			next++
			filled += 1 << (maxCode - length)
		}
		next <<= 1
	}
	if longest := slices.Max(lengths); longest > maxCode || filled != 1<<maxCode {
		return nil, fmt.Errorf("lengths of codes that do not fit together: %d of %d, longest %d", filled, 1<<maxCode, longest)
	}
	return codes, nil
}

// codeLengths gives each symbol that occurs the length of its code. A code of
// Huffman's that is too long is made anew from counts that differ less, which
// costs a hundredth of a bit where it happens at all.
func codeLengths(counts []int) []uint8 {
	counts = slices.Clone(counts)
	for used := 0; used < 2; { // two symbols at least, or there is no code of one bit
		used = 0
		for _, n := range counts {
			if n > 0 {
				used++
			}
		}
		if used < 2 {
			counts[slices.Index(counts, 0)] = 1
		}
	}
	for {
		lengths := huffman(counts)
		if slices.Max(lengths) <= maxCode {
			return lengths
		}
		for i, n := range counts {
			if n > 0 {
				counts[i] = n/2 + 1
			}
		}
	}
}

// huffman gives the lengths of an optimal code, without a limit.
func huffman(counts []int) []uint8 {
	var h forest
	for s, n := range counts {
		if n > 0 {
			h = append(h, tree{count: n, symbols: []int{s}})
		}
	}
	heap.Init(&h)
	lengths := make([]uint8, len(counts))
	for len(h) > 1 {
		a, b := heap.Pop(&h).(tree), heap.Pop(&h).(tree)
		joined := slices.Concat(a.symbols, b.symbols)
		for _, s := range joined {
			lengths[s]++
		}
		heap.Push(&h, tree{count: a.count + b.count, symbols: joined})
	}
	return lengths
}

// tree is a set of symbols that share the beginning of their codes.
type tree struct {
	count   int
	symbols []int
}

// forest is a heap, the least frequent tree first; equal ones in the order of
// their symbols, so that a file is the same whenever it is made.
type forest []tree

func (f forest) Len() int { return len(f) }
func (f forest) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(f[i].count, f[j].count), cmp.Compare(f[i].symbols[0], f[j].symbols[0])) < 0
}
func (f forest) Swap(i, j int) { f[i], f[j] = f[j], f[i] }
func (f *forest) Push(x any)   { *f = append(*f, x.(tree)) }
func (f *forest) Pop() any {
	last := (*f)[len(*f)-1]
	*f = (*f)[:len(*f)-1]
	return last
}
