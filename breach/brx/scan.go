package brx

import (
	"encoding/binary"
	"fmt"
	"iter"
	"math"
	"sort"
	"strconv"
)

// All gives every entry, ascending. Without a tail the hashes end in zeros
// after their first Buckets+Remainder bits, the same one may come twice, and
// counts are the floor that Lookup tells. After an error nothing follows.
//
// The segment may be closed meanwhile: the next entry is ErrClosed then.
func (s *Segment) All() iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		s.walk(s.whole(), func(items []item, err error) bool {
			if err != nil {
				yield(Entry{}, err)
				return false
			}
			for i := range items {
				if !yield(items[i].entry(), nil) {
					return false
				}
			}
			return true
		})
	}
}

// Cursor goes through a segment an entry at a time, for those who go through
// several at once. It belongs to one goroutine.
type Cursor struct {
	s    *Segment
	room scratch
	page int // the next one
	at   int // of room.items
	err  error
}

// Cursor stands before the first entry. What [Segment.All] says of entries goes for it too.
func (s *Segment) Cursor() *Cursor { return &Cursor{s: s, at: -1} }

// Next moves to the next entry; false is the end, or an error.
func (c *Cursor) Next() bool {
	if c.at++; c.at < len(c.room.items) {
		return true
	}
	if c.page == len(c.s.heads) || c.err != nil {
		return false
	}
	c.err = c.s.unpack(c.page, c.s.whole(), &c.room)
	c.page++
	c.at = 0
	return c.err == nil // a page is never empty
}

// Entry is where the cursor stands.
func (c *Cursor) Entry() Entry { return c.room.items[c.at].entry() }

// Err is why Next said false, nil at the end.
func (c *Cursor) Err() error { return c.err }

func (it item) entry() Entry { return Entry{Hash: it.hash(), Count: uint64(it.count)} }

// PrefixBits is how much of a hash a range question tells: five hexadecimal digits.
const PrefixBits = 20

// Range appends what the range API of Pwned Passwords answers for a prefix
// below 2^20: a line for each hash that begins with it, ascending,
//
//	003D68EB55068C33ACE09247EE4C639306B:3\r\n
//
// in upper case and without the five digits of the prefix. It tells how many
// lines it appended. Invented digits would be misses for every client, so
// without a tail the answer is ErrNoTail.
func (s *Segment) Range(dst []byte, prefix uint32) (text []byte, lines int, err error) {
	err = s.prefix(prefix, func(it *item) {
		dst = appendHex(dst, it.key, s.cut.bytes)
		dst = append(dst, ':')
		dst = strconv.AppendUint(dst, uint64(it.count), 10)
		dst = append(dst, '\r', '\n')
		lines++
	})
	return dst, lines, err
}

// Prefix appends the entries whose hash begins with the prefix, which is below
// 2^20, ascending. It needs a tail, else the error is ErrNoTail.
func (s *Segment) Prefix(dst []Entry, prefix uint32) ([]Entry, error) {
	err := s.prefix(prefix, func(it *item) { dst = append(dst, it.entry()) })
	return dst, err
}

func (s *Segment) prefix(prefix uint32, each func(*item)) error {
	if !s.super.Tail {
		return ErrNoTail
	}
	if prefix >= 1<<PrefixBits {
		return fmt.Errorf("prefix %#x has more than %d bits", prefix, PrefixBits)
	}
	low := uint64(prefix) << (64 - PrefixBits)
	high := low | (1<<(64-PrefixBits) - 1)
	first := s.cut.bucket(key{a: low})
	from := max(s.pageOf(uint32(first)), 0)
	if from < len(s.heads) { // back to the begin of a run
		from = sort.Search(from, func(i int) bool { return s.heads[i] >= s.heads[from] })
	}
	to := from + sort.Search(len(s.heads)-from, func(i int) bool {
		return uint64(s.heads[from+i]) > s.cut.bucket(key{a: high})
	})
	var failed error
	s.walk(span{from, to, first, s.cut.bucket(key{a: high})}, func(items []item, err error) bool {
		failed = err
		for i := range items {
			if items[i].a >= low && items[i].a <= high {
				each(&items[i])
			}
		}
		return err == nil
	})
	return failed
}

// appendHex appends the digits of a hash behind its prefix.
func appendHex(dst []byte, k key, width int) []byte {
	const digits = "0123456789ABCDEF"
	var text [2 * MaxHash]byte
	for i, b := range k.hash() {
		text[2*i], text[2*i+1] = digits[b>>4], digits[b&15]
	}
	return append(dst, text[PrefixBits/4:2*width]...)
}

// aheadPages is how far walk asks the system to read ahead: 1 MiB.
const aheadPages = 256

// span is a part of a file: the pages from..to-1, and in them the buckets low..high.
type span struct {
	from, to  int
	low, high uint64
}

// walk gives the entries of a span, a page at a time, outside the gate; it stops when told to, or after an error.
func (s *Segment) walk(in span, each func([]item, error) bool) {
	room := s.spare.Get().(*scratch)
	defer s.spare.Put(room)
	for i := in.from; i < in.to; i++ {
		if err := s.unpack(i, in, room); err != nil {
			each(nil, err)
			return
		}
		if !each(room.items, nil) {
			return
		}
	}
}

// whole is the span of all entries.
func (s *Segment) whole() span { return span{0, len(s.heads), 0, math.MaxUint64} }

// unpack puts those entries of page i that lie in the span into room, and asks the system to read ahead.
func (s *Segment) unpack(i int, in span, room *scratch) (err error) {
	stripe := byte(i)
	faults, err := s.enter(stripe)
	if err != nil {
		return err
	}
	defer s.leave(stripe, faults, &err)
	if s.mapped && in.to-in.from > 1 && (i == in.from || i%aheadPages == 0) {
		willNeed(s.data[superSize+i*pageSize:][:min(aheadPages, in.to-i)*pageSize])
	}
	p, err := s.page(i, room)
	if err != nil {
		return err
	}
	var block []byte
	if s.super.Tail {
		if block, err = s.block(i, &p, room); err != nil {
			return err
		}
	}
	room.items, err = s.cut.decode(room.items[:0], &p, block, in)
	if err != nil {
		return fmt.Errorf("%w: page %d", err, i)
	}
	return nil
}

// decode appends the entries of a page that lie in the span; block is nil if there is no tail.
func (c cut) decode(dst []item, p *page, block []byte, in span) ([]item, error) {
	bucket, i, escapes, extra := uint64(p.first), uint(0), uint(0), p.n*c.rest()
	pos, ended := uint(0), uint(0)
	for ; ended < p.nb; ended++ {
		end, ok := p.nextEnd(pos)
		if !ok {
			return dst, fmt.Errorf("%w: buckets without an end", ErrCorrupt)
		}
		if end-pos > p.n-i || bucket>>c.s != 0 {
			return dst, fmt.Errorf("%w: more entries than counted", ErrCorrupt)
		}
		wanted := bucket >= in.low && bucket <= in.high
		for ; pos < end; pos++ {
			level := p.class(i)
			if level == classEscape {
				v, ok := p.nibble(escapes)
				if !ok {
					return dst, fmt.Errorf("%w: count outside its page", ErrCorrupt)
				}
				level += v
				escapes++
			}
			if wanted {
				it := item{key: c.join(bucket, p.remainder(i)), count: 1 << level}
				if block != nil {
					it.key = tailRest(block, c, i, it.key)
					it.count = uint32(tailCount(block, extra, level))
				}
				dst = append(dst, it)
			}
			extra += extraBits(level)
			i++
		}
		bucket++
		pos++
	}
	if i != p.n {
		return dst, fmt.Errorf("%w: fewer entries than counted", ErrCorrupt)
	}
	return dst, nil
}

// head is what the header of a page says.
type head struct {
	first, rank uint32
	n, nb       uint16
	hints       [8]uint16
	sum         uint32
}

func headOf(b *[pageSize]byte) head {
	le := binary.LittleEndian
	h := head{sum: le.Uint32(b[0:]), first: le.Uint32(b[4:]), n: le.Uint16(b[8:]), nb: le.Uint16(b[10:]), rank: le.Uint32(b[28:])}
	for i := range h.hints {
		h.hints[i] = le.Uint16(b[12+2*i:])
	}
	return h
}
