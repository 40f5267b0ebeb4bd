package breach

import (
	"bytes"
	"container/heap"
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"

	"github.com/gatehouse-id/gatehouse/breach/brx"
)

// Rule tells which count a hash gets that several lists hold.
type Rule int

const (
	// Replace takes the count of the first list that holds the hash: editions of one corpus, newest first.
	Replace Rule = iota
	// Add takes the sum: lists of different leaks.
	Add
)

// ErrUnlike says that segments cannot be laid side by side.
var ErrUnlike = errors.New("segments of different hashes or keys")

// Merge writes a new segment with every hash of the given ones. It reads each
// once, in order, in constant memory, and asks ctx now and then. Algorithm and
// key id are those of the segments; Expected may be left out. A tail needs a
// tail in all of them, else the error is brx.ErrNoTail; without one the result
// has no more bits than the shortest of them, and hashes alike in those become one.
// On an error nothing is left at path.
func Merge(ctx context.Context, path string, o brx.Options, rule Rule, segments ...*brx.Segment) (brx.Info, error) {
	known, err := alike(segments)
	if err != nil {
		return brx.Info{}, fmt.Errorf("merge: %w", err)
	}
	first := segments[0].Info()
	o.Alg, o.KeyID = first.Alg, first.KeyID
	if o.Expected == 0 {
		for _, s := range segments {
			o.Expected += s.Info().Entries
		}
	}
	whole := known == 8*first.Alg.Bytes()
	if o.Tail && !whole {
		return brx.Info{}, fmt.Errorf("merge: %w", brx.ErrNoTail)
	}
	if !whole && o.Remainder == 0 {
		o.Remainder = min(known-o.BucketBits(), 40)
	}
	if o.BucketBits()+o.Remainder > known {
		return brx.Info{}, fmt.Errorf("merge: %w, %d of them, and the result needs %d", brx.ErrNoTail, known, o.BucketBits()+o.Remainder)
	}
	w, err := brx.Create(path, o)
	if err != nil {
		return brx.Info{}, fmt.Errorf("merge: %w", err)
	}
	info, err := mergeInto(ctx, w, rule, known, segments)
	if err != nil {
		return info, errors.Join(fmt.Errorf("merge: %w", err), w.Abort())
	}
	return info, nil
}

func mergeInto(ctx context.Context, w *brx.Writer, rule Rule, known int, segments []*brx.Segment) (brx.Info, error) {
	width := segments[0].Info().Alg.Bytes()
	for same, err := range sideBySide(ctx, known, segments) {
		if err != nil {
			return brx.Info{}, err
		}
		var hash [brx.MaxHash]byte
		var count uint64
		for _, e := range same {
			if e.Count == 0 {
				continue
			}
			hash = e.Hash
			if rule == Add {
				count += e.Count
			} else if count == 0 {
				count = e.Count
			}
		}
		if err := w.Add(hash[:width], count); err != nil {
			return brx.Info{}, err
		}
	}
	return w.Finish()
}

// Difference is a hash whose count is not the same in two segments; 0 means that it is not there.
type Difference struct {
	Hash          [brx.MaxHash]byte
	Before, After uint64
}

// Diff gives what the newer segment adds, drops or counts otherwise, ascending.
// If one of them has no tail, only the bits that both know are compared, and
// counts only by their floors. After an error nothing follows.
func Diff(ctx context.Context, older, newer *brx.Segment) iter.Seq2[Difference, error] {
	return func(yield func(Difference, error) bool) {
		segments := []*brx.Segment{older, newer}
		known, err := alike(segments)
		if err != nil {
			yield(Difference{}, fmt.Errorf("diff: %w", err))
			return
		}
		exact := older.Info().Tail && newer.Info().Tail
		for same, err := range sideBySide(ctx, known, segments) {
			if err != nil {
				yield(Difference{}, fmt.Errorf("diff: %w", err))
				return
			}
			d := Difference{Before: same[0].Count, After: same[1].Count}
			if d.Before == d.After || !exact && floor(d.Before) == floor(d.After) {
				continue
			}
			if d.Hash = same[0].Hash; d.Before == 0 {
				d.Hash = same[1].Hash
			}
			if !yield(d, nil) {
				return
			}
		}
	}
}

// floor is the count that a segment without a tail keeps.
func floor(count uint64) uint64 {
	if count == 0 {
		return 0
	}
	return 1 << min(int(math.Log2(float64(count))), 18)
}

// Top gives the n entries with the largest counts, the largest first; among
// equal counts the first hashes. Without a tail counts are floors, and the
// choice among those is by hash.
func Top(ctx context.Context, s *brx.Segment, n int) ([]brx.Entry, error) {
	if n <= 0 {
		return nil, nil
	}
	var top smallest
	at := 0
	for e, err := range s.All() {
		if err == nil && at&0xffff == 0 {
			err = ctx.Err()
		}
		if err != nil {
			return nil, fmt.Errorf("top: %w", err)
		}
		at++
		if len(top) < n {
			heap.Push(&top, e)
		} else if e.Count > top[0].Count {
			top[0] = e
			heap.Fix(&top, 0)
		}
	}
	slices.SortFunc(top, func(a, b brx.Entry) int { return -byCount(a, b) })
	return top, nil
}

// byCount orders by count, and the first hash after the last among equals.
func byCount(a, b brx.Entry) int {
	if a.Count != b.Count {
		if a.Count < b.Count {
			return -1
		}
		return 1
	}
	return bytes.Compare(b.Hash[:], a.Hash[:])
}

// smallest is a heap of entries with the least on top.
type smallest []brx.Entry

func (h smallest) Len() int           { return len(h) }
func (h smallest) Less(i, j int) bool { return byCount(h[i], h[j]) < 0 }
func (h smallest) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *smallest) Push(e any)        { *h = append(*h, e.(brx.Entry)) }
func (h *smallest) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
