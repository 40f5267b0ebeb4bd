package main

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// jsonLine reads one line of JSON, as strictly as encoding/json but for bytes that
// are no UTF-8, which stay as they are. It is written by hand, because reading a
// line must not take longer than judging it: strings are slices of the line,
// escapes are undone in place, and what nobody asks for is passed over.
type jsonLine struct {
	b     []byte
	at    int
	depth int
}

// maxEventDepth bounds the nesting of members, read or not.
const maxEventDepth = 32

func (p *jsonLine) wrong(what string) error { return fmt.Errorf("byte %d: %s", p.at+1, what) }

// next is the next byte that is no blank; 0 at the end.
func (p *jsonLine) next() byte {
	if p.at < len(p.b) && p.b[p.at] > ' ' {
		return p.b[p.at]
	}
	return p.behindBlanks()
}

func (p *jsonLine) behindBlanks() byte {
	for ; p.at < len(p.b); p.at++ {
		if c := p.b[p.at]; c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return c
		}
	}
	return 0
}

// object calls member for each member of an object, which must read its value. A
// null says as much as an absent member, and is passed over.
func (p *jsonLine) object(member func(name string) error) error {
	if p.next() != '{' {
		return p.wrong("want an object")
	}
	if p.depth++; p.depth > maxEventDepth {
		return p.wrong("too deep")
	}
	p.at++
	if p.next() == '}' {
		p.at++
		p.depth--
		return nil
	}
	for {
		name, err := p.text()
		if err != nil {
			return err
		}
		if p.next() != ':' {
			return p.wrong("want :")
		}
		p.at++
		if p.next() != 'n' || !p.word("null") {
			if err := member(name); err != nil {
				return err
			}
		}
		switch p.next() {
		case ',':
			p.at++
		case '}':
			p.at++
			p.depth--
			return nil
		default:
			return p.wrong("want , or }")
		}
	}
}

// word passes a word if it stands here.
func (p *jsonLine) word(w string) bool {
	if !strings.HasPrefix(slice(p.b[p.at:]), w) {
		return false
	}
	p.at += len(w)
	return true
}

func (p *jsonLine) boolean() (bool, error) {
	switch p.next(); {
	case p.word("true"):
		return true, nil
	case p.word("false"):
		return false, nil
	}
	return false, p.wrong("want true or false")
}

// skip passes over a value of any kind.
func (p *jsonLine) skip() error {
	switch p.next() {
	case '{':
		return p.object(func(string) error { return p.skip() })
	case '[':
		return p.list()
	case '"':
		_, err := p.text()
		return err
	case 't', 'f':
		_, err := p.boolean()
		return err
	case 'n':
		if p.word("null") {
			return nil
		}
	}
	_, err := p.numeral()
	return err
}

func (p *jsonLine) list() error {
	if p.depth++; p.depth > maxEventDepth {
		return p.wrong("too deep")
	}
	p.at++
	if p.next() == ']' {
		p.at++
		p.depth--
		return nil
	}
	for {
		if err := p.skip(); err != nil {
			return err
		}
		switch p.next() {
		case ',':
			p.at++
		case ']':
			p.at++
			p.depth--
			return nil
		default:
			return p.wrong("want , or ]")
		}
	}
}

// number reads a number that a float64 can hold.
func (p *jsonLine) number() (float64, error) {
	p.next()
	from := p.at
	text, err := p.numeral()
	if err != nil {
		return 0, err
	}
	if v, ok := short(text); ok {
		return v, nil
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		p.at = from
		return 0, p.wrong("a number out of range")
	}
	return v, nil
}

// numeral passes a number and gives it as it stands.
func (p *jsonLine) numeral() (string, error) {
	p.next()
	from := p.at
	p.sign("-")
	zero := p.at < len(p.b) && p.b[p.at] == '0'
	whole, good := p.digits(), true
	if p.at < len(p.b) && p.b[p.at] == '.' {
		p.at++
		good = p.digits() > 0
	}
	if p.at < len(p.b) && p.b[p.at]|0x20 == 'e' {
		p.at++
		p.sign("+-")
		good = p.digits() > 0 && good
	}
	if whole == 0 || zero && whole > 1 || !good {
		p.at = from
		return "", p.wrong("want a number")
	}
	return slice(p.b[from:p.at]), nil
}

func (p *jsonLine) sign(any string) {
	if p.at < len(p.b) && strings.IndexByte(any, p.b[p.at]) >= 0 {
		p.at++
	}
}

func (p *jsonLine) digits() int {
	from := p.at
	for p.at < len(p.b) && p.b[p.at]-'0' <= 9 {
		p.at++
	}
	return p.at - from
}

// tens are those that a float64 holds exactly.
var tens = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// short is the value of a number of at most 15 digits and no exponent, as
// coordinates are written. Its digits and its ten are exact, so their quotient is
// the nearest float64.
func short(text string) (float64, bool) {
	if len(text) > len(tens) {
		return 0, false
	}
	digits, behind, scale := int64(0), 0, 0
	for i := range len(text) {
		switch c := text[i]; {
		case c-'0' <= 9:
			digits = digits*10 + int64(c-'0')
			behind += scale
		case c == '.':
			scale = 1
		case c != '-':
			return 0, false
		}
	}
	v := float64(digits) / tens[behind]
	if text[0] == '-' {
		v = -v
	}
	return v, true
}

// slice makes a string of bytes that stay as they are while it is used.
func slice(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// text reads a string.
func (p *jsonLine) text() (string, error) {
	if p.next() != '"' {
		return "", p.wrong("want a string")
	}
	p.at++
	end := p.at + plainBytes(p.b[p.at:])
	if end < len(p.b) && p.b[end] == '"' {
		from := p.at
		p.at = end + 1
		return slice(p.b[from:end]), nil
	}
	return p.escaped(end)
}

// plainBytes counts the bytes before the first that does not stand for itself in a
// string of JSON.
func plainBytes(b []byte) int {
	n := 0
	for ; n+8 <= len(b); n += 8 {
		if found := special(binary.LittleEndian.Uint64(b[n : n+8])); found != 0 {
			return n + bits.TrailingZeros64(found)/8
		}
	}
	for n < len(b) && b[n] >= ' ' && b[n] != '"' && b[n] != '\\' {
		n++
	}
	return n
}

// special marks, by their topmost bits, those of eight bytes that are quotes,
// backslashes or control characters. From each byte something is taken away: where
// it was less, the topmost bit appears that was not there. What is borrowed from
// the next byte may mark that one wrongly, but never the first.
func special(x uint64) uint64 {
	const each, tops = 0x0101010101010101, 0x8080808080808080
	low := x ^ each*2 // a quote is less than '!' now, as control characters are, and nothing else
	escape := x ^ each*'\\'
	return ((low-each*'!')&^low | (escape-each)&^escape) & tops
}

// escaped goes on with a string whose first byte that is not plain is at i. What is
// written back is never longer than what it was written for.
func (p *jsonLine) escaped(i int) (string, error) {
	from, to := p.at, i
	for i < len(p.b) {
		c := p.b[i]
		switch {
		case c == '"':
			p.at = i + 1
			return slice(p.b[from:to]), nil
		case c < ' ':
			p.at = i
			return "", p.wrong("a control character in a string")
		case c != '\\':
			p.b[to] = c
			to++
			i++
			continue
		}
		r, n := p.escape(i)
		if n == 0 {
			p.at = i
			return "", p.wrong("an escape that JSON does not have")
		}
		to += utf8.EncodeRune(p.b[to:i+n], r)
		i += n
	}
	p.at = len(p.b)
	return "", p.wrong("a string without its end")
}

// escape reads what a backslash begins, and tells how many bytes that took; 0 if it
// is none.
func (p *jsonLine) escape(i int) (rune, int) {
	if i+1 >= len(p.b) {
		return 0, 0
	}
	switch c := p.b[i+1]; c {
	case '"', '\\', '/':
		return rune(c), 2
	case 'n':
		return '\n', 2
	case 't':
		return '\t', 2
	case 'r':
		return '\r', 2
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	}
	r := p.unit(i)
	switch {
	case r < 0:
		return 0, 0
	case !utf16.IsSurrogate(r):
		return r, 6
	}
	if both := utf16.DecodeRune(r, p.unit(i+6)); both != utf8.RuneError {
		return both, 12
	}
	return utf8.RuneError, 6 // half a pair is no character
}

// unit reads \uXXXX, or gives -1.
func (p *jsonLine) unit(i int) rune {
	if i+6 > len(p.b) || p.b[i] != '\\' || p.b[i+1] != 'u' {
		return -1
	}
	n, err := strconv.ParseUint(slice(p.b[i+2:i+6]), 16, 16)
	if err != nil {
		return -1
	}
	return rune(n)
}
