package feed

import (
	"bytes"
	"math"
)

// maxHashLine is far above any HASH:COUNT line: 40 digits, a colon, a number.
const maxHashLine = 256

// parser turns lines into records. It belongs to one goroutine.
type parser interface {
	// parse appends what one line, without its end, stands for. The verdict is
	// taken, padding, or the reason why not.
	parse(to []record, line []byte, prefix uint32) ([]record, Reason)
}

// The verdicts beside the reasons for a rejection.
const (
	taken Reason = iota + reasons
	padding
)

// parse reads all lines of the block.
func (b *block) parse(p parser) {
	for i, piece := range b.pieces {
		end := len(b.text)
		if i+1 < len(b.pieces) {
			end = b.pieces[i+1].from
		}
		b.parseStretch(p, piece, b.text[piece.from:end])
	}
}

func (b *block) parseStretch(p parser, piece stretch, text []byte) {
	number := piece.line - 1
	for len(text) > 0 {
		line := text
		if end := bytes.IndexByte(text, '\n'); end >= 0 {
			line, text = text[:end], text[end+1:]
		} else {
			text = nil
		}
		number++
		if n := len(line); n > 0 && line[n-1] == '\r' {
			line = line[:n-1]
		}
		if len(line) == 0 {
			continue
		}
		had := len(b.records)
		var verdict Reason
		b.records, verdict = p.parse(b.records, line, piece.prefix)
		switch verdict {
		case taken:
			b.tally.Accepted++
			if had > 0 && b.disorder == nil && !less(b.records[had-1], b.records[had]) {
				b.disorder = &place{b.at.Source, piece.prefix, number}
			}
		case padding:
			b.tally.Padding++
		default:
			b.tally.Rejected[verdict]++
			if b.rejected == nil {
				b.rejected = &Rejection{Reason: verdict, at: place{b.at.Source, piece.prefix, number}}
			}
		}
	}
	b.tally.Lines += number - (piece.line - 1)
}

// hashParser reads HASH or HASH:COUNT; in a range the first five digits are the file's name.
type hashParser struct {
	bytes  int // of a hash: 20 or 16
	ranges bool
}

// maxRangeLine with its range is 64 bytes: 35 digits, a colon, a number.
const maxRangeLine = 64 - 5

func (p hashParser) parse(to []record, line []byte, prefix uint32) ([]record, Reason) {
	if p.ranges {
		if len(line) > maxRangeLine {
			return to, TooLong
		}
		var whole [64]byte
		writePrefix(whole[:5], prefix)
		line = whole[:5+copy(whole[5:], line)]
	}
	digits := 2 * p.bytes
	if len(line) < digits {
		return to, p.explain(line)
	}
	count, ok := parseCount(line[digits:])
	if !ok {
		return to, p.explain(line)
	}
	r, ok := p.digits(line)
	if !ok {
		return to, p.explain(line)
	}
	if count == 0 {
		return to, padding
	}
	r.n = uint32(min(count, math.MaxUint32))
	return append(to, r), taken
}

// digits reads the hash at the beginning of a line that is long enough.
func (p hashParser) digits(line []byte) (r record, ok bool) {
	var w [5]uint32
	for i := range p.bytes / 4 {
		if w[i], ok = hex8(line[8*i : 8*i+8]); !ok {
			return r, false
		}
	}
	return record{a: uint64(w[0])<<32 | uint64(w[1]), b: uint64(w[2])<<32 | uint64(w[3]), c: w[4]}, true
}

// explain finds what is wrong with a line that is known to be wrong.
func (p hashParser) explain(line []byte) Reason {
	digits := hexDigits(line, maxHashLine)
	switch {
	case len(line) > maxHashLine:
		return TooLong
	case digits == 2*p.bytes && line[digits] == ':':
		return BadCount
	case digits >= 16 && (digits == len(line) || line[digits] == ':'):
		return WrongWidth
	}
	return NotHexadecimal
}

// parseCount reads a colon and a number, with blanks after it.
func parseCount(text []byte) (n uint64, ok bool) {
	if text = bytes.TrimRight(text, " \t"); len(text) == 0 {
		return 1, true
	}
	if text[0] != ':' || len(text) == 1 || len(text) > 20 {
		return 0, false
	}
	for _, c := range text[1:] {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	return n, true
}

const upperDigits = "0123456789ABCDEF"

// writePrefix writes the five digits of a range.
func writePrefix(to []byte, prefix uint32) {
	for i := range 5 {
		to[i] = upperDigits[prefix>>(16-4*i)&15]
	}
}
