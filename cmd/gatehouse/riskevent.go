package main

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"

	"github.com/gatehouse-id/gatehouse/risk"
)

// riskEvent is one line of recorded events. Its strings are slices of the line.
type riskEvent struct {
	attempt   risk.Attempt
	agent     string // as sent; "" absent
	hasAgent  bool
	hasPlace  bool
	hasResult bool
	outcome   risk.Outcome
	probe     bool
	label     string // the truth, where events are made: "legit", or the kind of attacker
	pool      string // member world: another one means that users and time begin anew
	err       error
}

// eventParser reads lines of JSON. It is written by hand, because reading a line
// must not take longer than judging it: strings are slices of the line, escapes
// are undone in place. The line is changed, and must stay while the event is used.
type eventParser struct {
	b     []byte
	at    int
	depth int
}

// maxEventDepth bounds the nesting of members that nobody reads.
const maxEventDepth = 32

// parse reads one line into e, which it overwrites.
func (p *eventParser) parse(line []byte, e *riskEvent) {
	*e = riskEvent{outcome: risk.Blocked}
	p.b, p.at, p.depth = line, 0, 0
	if e.err = p.event(e); e.err != nil {
		return
	}
	if p.skipBlanks(); p.at != len(p.b) {
		e.err = p.wrong("something follows the object")
	} else if e.attempt.Time.IsZero() {
		e.err = errors.New("there is no time")
	}
}

func (p *eventParser) wrong(what string) error { return fmt.Errorf("byte %d: %s", p.at+1, what) }

func (p *eventParser) skipBlanks() {
	for p.at < len(p.b) && (p.b[p.at] == ' ' || p.b[p.at] == '\t' || p.b[p.at] == '\r' || p.b[p.at] == '\n') {
		p.at++
	}
}

// next is the next byte that is no blank; 0 at the end.
func (p *eventParser) next() byte {
	if p.skipBlanks(); p.at < len(p.b) {
		return p.b[p.at]
	}
	return 0
}

// object calls member for each member of an object, which must read its value.
func (p *eventParser) object(member func(name string) error) error {
	if p.next() != '{' {
		return p.wrong("want an object")
	}
	if p.depth++; p.depth > maxEventDepth {
		return p.wrong("too deep")
	}
	p.at++
	for first := true; ; first = false {
		switch c := p.next(); {
		case c == '}':
			p.at++
			p.depth--
			return nil
		case c == ',' && !first:
			p.at++
		case !first:
			return p.wrong("want , or }")
		}
		name, err := p.text()
		if err != nil {
			return err
		}
		if p.next() != ':' {
			return p.wrong("want :")
		}
		p.at++
		if p.null() {
			continue
		}
		if err := member(name); err != nil {
			return err
		}
	}
}

// null passes a null, which says as much as an absent member.
func (p *eventParser) null() bool {
	if p.next() == 'n' && string(p.b[p.at:min(p.at+4, len(p.b))]) == "null" {
		p.at += 4
		return true
	}
	return false
}

func (p *eventParser) event(e *riskEvent) error {
	a := &e.attempt
	return p.object(func(name string) (err error) {
		switch name {
		case "time":
			a.Time, err = p.moment()
		case "user":
			a.User, err = p.text()
		case "ip":
			var text string
			if text, err = p.text(); err == nil {
				// What is no address is not known: recorded events hold all sorts of things.
				a.Address, _ = netip.ParseAddr(text)
			}
		case "userAgent":
			e.agent, err = p.text()
			e.hasAgent = true
		case "deviceKey":
			a.Device.Key, err = p.text()
		case "deviceTrust":
			a.Device.Trust, err = known(p, "deviceTrust", risk.ParseTrust)
		case "timezone":
			a.Zone, err = p.zone()
		case "password":
			a.Password, err = p.digest()
		case "result":
			e.outcome, err = known(p, "result", risk.ParseOutcome)
			e.hasResult = true
		case "probe":
			e.probe, err = p.boolean()
		case "label":
			e.label, err = p.text()
		case "world":
			e.pool, err = p.text()
		case "place":
			e.hasPlace = true
			err = p.place(&a.Place)
		default:
			err = p.skip()
		}
		return err
	})
}

func (p *eventParser) place(to *risk.Place) error {
	located := 0
	err := p.object(func(name string) (err error) {
		switch name {
		case "country":
			to.Country, err = p.text()
		case "region":
			to.Region, err = p.text()
		case "city":
			to.City, err = p.text()
		case "lat":
			to.Lat, err = p.number()
			located++
		case "lon":
			to.Lon, err = p.number()
			located++
		case "radiusKm":
			to.RadiusKm, err = p.number()
		case "asn":
			var n float64
			if n, err = p.number(); err == nil && n >= 0 && n <= 1<<32-1 {
				to.ASN = uint32(n)
			}
		case "network":
			to.Network, err = known(p, "network", risk.ParseNetwork)
		default:
			err = p.skip()
		}
		return err
	})
	to.Located = located == 2
	return err
}

// known reads a word of a fixed set.
func known[T any](p *eventParser, member string, parse func(string) (T, bool)) (v T, err error) {
	at := p.at
	text, err := p.text()
	if err != nil {
		return v, err
	}
	v, ok := parse(text)
	if !ok {
		return v, fmt.Errorf("byte %d: %s: %.40q is none of the known ones", at+1, member, text)
	}
	return v, nil
}

func (p *eventParser) moment() (time.Time, error) {
	at := p.at
	text, err := p.text()
	if err != nil {
		return time.Time{}, err
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, fmt.Errorf("byte %d: time: %.40q is not of RFC 3339", at+1, text)
	}
	return t, nil
}

// zone reads +01:00, -0530 or Z; anything else is not known.
func (p *eventParser) zone() (risk.Zone, error) {
	text, err := p.text()
	if err != nil || text == "" {
		return risk.Zone{}, err
	}
	if text == "Z" {
		return risk.ZoneOf(0), nil
	}
	digits := text[1:]
	if len(digits) == 5 && digits[2] == ':' {
		digits = digits[:2] + digits[3:]
	}
	n, failed := strconv.Atoi(digits)
	if failed != nil || len(digits) != 4 || n%100 > 59 || text[0] != '+' && text[0] != '-' {
		return risk.Zone{}, nil
	}
	minutes := n/100*60 + n%100
	if text[0] == '-' {
		minutes = -minutes
	}
	return risk.ZoneOf(minutes), nil
}

// digest reads 16 hexadecimal digits that stand for a password, equal for equal
// ones. Anything else is not looked at: somebody may have left a password there.
func (p *eventParser) digest() (uint64, error) {
	text, err := p.text()
	if err != nil || len(text) != 16 {
		return 0, err
	}
	n, failed := strconv.ParseUint(text, 16, 64)
	if failed != nil {
		return 0, nil
	}
	return n, nil
}

func (p *eventParser) boolean() (bool, error) {
	p.skipBlanks()
	rest := slice(p.b[p.at:])
	switch {
	case strings.HasPrefix(rest, "true"):
		p.at += len("true")
		return true, nil
	case strings.HasPrefix(rest, "false"):
		p.at += len("false")
		return false, nil
	}
	return false, p.wrong("want true or false")
}

func (p *eventParser) number() (float64, error) {
	p.skipBlanks()
	from := p.at
	for p.at < len(p.b) {
		c := p.b[p.at]
		if (c < '0' || c > '9') && c != '-' && c != '+' && c != '.' && c != 'e' && c != 'E' {
			break
		}
		p.at++
	}
	v, err := strconv.ParseFloat(slice(p.b[from:p.at]), 64)
	if err != nil {
		p.at = from
		return 0, p.wrong("want a number")
	}
	return v, nil
}

// slice makes a string of bytes that stay as they are while it is used.
func slice(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// text reads a string.
func (p *eventParser) text() (string, error) {
	if p.next() != '"' {
		return "", p.wrong("want a string")
	}
	p.at++
	rest, i := p.b[p.at:], 0
	for i < len(rest) && plainByte[rest[i]] {
		i++
	}
	if i < len(rest) && rest[i] == '"' {
		p.at += i + 1
		return slice(rest[:i]), nil
	}
	return p.escaped(p.at + i)
}

// plainByte tells what stands for itself in a string of JSON.
var plainByte = func() (plain [256]bool) {
	for c := range plain {
		plain[c] = c >= ' ' && c != '"' && c != '\\'
	}
	return plain
}()

// escaped goes on with a string that has its first escape at i. What is written
// back is never longer than what it was written for.
func (p *eventParser) escaped(i int) (string, error) {
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
		if i+1 >= len(p.b) {
			break
		}
		if p.b[i+1] != 'u' {
			plain, ok := unescaped(p.b[i+1])
			if !ok {
				p.at = i
				return "", p.wrong("an escape that JSON does not have")
			}
			p.b[to] = plain
			to++
			i += 2
			continue
		}
		r, n := p.unicode(i)
		if n == 0 {
			p.at = i
			return "", p.wrong("want four hexadecimal digits")
		}
		to += utf8.EncodeRune(p.b[to:to+utf8.UTFMax], r)
		i += n
	}
	p.at = len(p.b)
	return "", p.wrong("a string without its end")
}

func unescaped(c byte) (byte, bool) {
	switch c {
	case '"', '\\', '/':
		return c, true
	case 'n':
		return '\n', true
	case 't':
		return '\t', true
	case 'r':
		return '\r', true
	case 'b':
		return '\b', true
	case 'f':
		return '\f', true
	}
	return 0, false
}

// unicode reads \uXXXX, or two of them that are one character, and tells how many bytes that took.
func (p *eventParser) unicode(i int) (rune, int) {
	unit := func(i int) rune {
		if i+6 > len(p.b) || p.b[i] != '\\' || p.b[i+1] != 'u' {
			return -1
		}
		n, err := strconv.ParseUint(slice(p.b[i+2:i+6]), 16, 16)
		if err != nil {
			return -1
		}
		return rune(n)
	}
	r := unit(i)
	if r < 0 {
		return 0, 0
	}
	if utf16.IsSurrogate(r) {
		if both := utf16.DecodeRune(r, unit(i+6)); both != utf8.RuneError {
			return both, 12
		}
		return utf8.RuneError, 6
	}
	return r, 6
}

// skip passes a value of any kind.
func (p *eventParser) skip() error {
	switch c := p.next(); {
	case c == '{':
		return p.object(func(string) error { return p.skip() })
	case c == '[':
		return p.list()
	case c == '"':
		_, err := p.text()
		return err
	case c == 't' || c == 'f':
		_, err := p.boolean()
		return err
	case p.null():
		return nil
	}
	_, err := p.number()
	return err
}

func (p *eventParser) list() error {
	if p.depth++; p.depth > maxEventDepth {
		return p.wrong("too deep")
	}
	p.at++
	for first := true; ; first = false {
		switch c := p.next(); {
		case c == ']':
			p.at++
			p.depth--
			return nil
		case c == ',' && !first:
			p.at++
		case !first:
			return p.wrong("want , or ]")
		}
		if err := p.skip(); err != nil {
			return err
		}
	}
}
