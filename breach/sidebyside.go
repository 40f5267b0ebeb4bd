package breach

import (
	"bytes"
	"context"
	"fmt"
	"iter"

	"github.com/gatehouse-id/gatehouse/breach/brx"
)

// alike tells how many bits of a hash all segments know, if they can be compared at all.
func alike(segments []*brx.Segment) (known int, err error) {
	if len(segments) == 0 {
		return 0, fmt.Errorf("%w: none at all", ErrUnlike)
	}
	first := segments[0].Info()
	known = 8 * first.Alg.Bytes()
	for _, s := range segments {
		info := s.Info()
		if info.Alg != first.Alg || info.KeyID != first.KeyID {
			return 0, ErrUnlike
		}
		if !info.Tail {
			known = min(known, info.Buckets+info.Remainder)
		}
	}
	return known, nil
}

// sideBySide goes through segments together: for each hash that any of them
// holds, ascending, the entry in each, with a count of 0 where it is not. The
// slice is valid until the next step.
func sideBySide(ctx context.Context, known int, segments []*brx.Segment) iter.Seq2[[]brx.Entry, error] {
	return func(yield func([]brx.Entry, error) bool) {
		sources := make([]source, len(segments))
		for i, s := range segments {
			sources[i] = source{cursor: s.Cursor(), known: known}
			sources[i].next()
		}
		same := make([]brx.Entry, len(segments))
		for step := 0; ; step++ {
			if step&0xffff == 0 && ctx.Err() != nil {
				yield(nil, ctx.Err())
				return
			}
			least, err := first(sources)
			if err != nil {
				yield(nil, err)
				return
			}
			if least == nil {
				return
			}
			hash := least.Hash
			for i := range sources {
				same[i] = sources[i].take(hash)
			}
			if !yield(same, nil) {
				return
			}
		}
	}
}

// first is the entry with the least hash, nil at the end of all.
func first(sources []source) (least *brx.Entry, err error) {
	for i := range sources {
		s := &sources[i]
		if s.ended {
			if err := s.cursor.Err(); err != nil {
				return nil, err
			}
			continue
		}
		if least == nil || bytes.Compare(s.at.Hash[:], least.Hash[:]) < 0 {
			least = &s.at
		}
	}
	return least, nil
}

// source is one segment on the way through several.
type source struct {
	cursor *brx.Cursor
	known  int // bits that are compared
	at     brx.Entry
	ended  bool
}

func (s *source) next() {
	if s.ended = !s.cursor.Next(); s.ended {
		return
	}
	s.at = s.cursor.Entry()
	if s.known < 8*brx.MaxHash { // perhaps fewer than the cursor knows
		at := s.known / 8
		s.at.Hash[at] &= 0xff << (8 - s.known%8)
		clear(s.at.Hash[at+1:])
	}
}

// take gives the entry with that hash and moves on; hashes that became alike are added up.
func (s *source) take(hash [brx.MaxHash]byte) (e brx.Entry) {
	for !s.ended && s.at.Hash == hash {
		e.Hash = hash
		e.Count += s.at.Count
		s.next()
	}
	return e
}
