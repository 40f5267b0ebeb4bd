package main

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
	"github.com/gatehouse-id/gatehouse/internal/part/agent"
	"github.com/gatehouse-id/gatehouse/internal/part/geo"
	"github.com/gatehouse-id/gatehouse/risk"
)

// workshop is what one goroutine reads and writes with.
type workshop struct {
	parser eventParser
	agents *agent.Cache
	places *placeFinder
	text   []byte
}

func newWorkshop(places func() (*geo.Finder, error)) *workshop {
	return &workshop{agents: agent.NewCache(0), places: newPlaceFinder(places)}
}

// parse reads the lines of a block. An empty line is an error like any other
// line that is no event, so that answers stay beside their lines; so is one that
// was too long to be read.
func (w *workshop) parse(b *scored) {
	b.events = b.events[:0]
	if errors.Is(b.failed, errLongLine) {
		b.events = append(b.events, riskEvent{err: b.failed})
	}
	for rest := b.text; len(rest) > 0; {
		line, after, _ := bytes.Cut(rest, []byte("\n"))
		rest = after
		n := len(b.events)
		if n < cap(b.events) {
			b.events = b.events[:n+1] // what stood there is written over
		} else {
			b.events = append(b.events, riskEvent{})
		}
		w.read(line, &b.events[n])
	}
}

// read reads one line and finds out what follows from it.
func (w *workshop) read(line []byte, e *riskEvent) {
	if w.parser.parse(line, e); e.err != nil {
		return
	}
	if e.hasAgent {
		e.attempt.Agent = threat.AgentOf(w.agents.Parse(e.agent))
	}
	if !e.hasPlace && e.attempt.Address.IsValid() {
		e.attempt.Place, e.err = w.places.find(e.attempt.Address)
	}
}

// write makes the answers of a block, with errors in the place of answers or, where
// the first of them ends the run, without.
func (w *workshop) write(b *scored, name string, errorsToo bool) {
	b.line = b.line[:0]
	for i := range b.events {
		if err := b.events[i].err; err != nil {
			if errorsToo {
				b.line = append(appendEscaped(append(b.line, `{"error":"`...), fmt.Appendf(nil, "%s:%d: %v", name, b.first+i, err)), "\"}\n"...)
			}
			continue
		}
		b.line = w.appendAssessment(b.line, &b.all[i])
	}
}

func (w *workshop) appendAssessment(b []byte, a *risk.Assessment) []byte {
	b = append(b, `{"score":`...)
	b = appendNumber(b, a.Score, -1)
	b = append(b, `,"scale":`...)
	b = strconv.AppendInt(b, int64(a.Scale), 10)
	b = append(b, `,"level":"`...)
	b = append(b, a.Level.String()...)
	b = append(b, `","reasons":[`...)
	reasons := a.Reasons()
	for i := range reasons {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"code":"`...)
		b = append(b, reasons[i].Code.String()...)
		b = append(b, `","nats":`...)
		b = appendHundredths(b, reasons[i].Nats)
		b = append(b, `,"text":"`...)
		b = w.appendText(b, &reasons[i])
		b = append(b, `"}`...)
	}
	return append(b, "]}\n"...)
}

// appendText writes the words of a reason. They are our own, and plain, but for the
// subject, which may be what a client wrote.
func (w *workshop) appendText(b []byte, r *risk.Reason) []byte {
	if isPlain(r.Subject) {
		b, _ = r.AppendText(b)
		return b
	}
	w.text, _ = r.AppendText(w.text[:0])
	return appendEscaped(b, w.text)
}

// isPlain tells that all of s is ASCII and stands for itself in a string of JSON.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// appendNumber writes a number with so many digits behind the point, -1 for all.
// JSON has no others than finite ones.
func appendNumber(b []byte, x float64, digits int) []byte {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return append(b, "null"...)
	}
	if digits < 0 {
		return strconv.AppendFloat(b, x, 'g', -1, 64)
	}
	return strconv.AppendFloat(b, x, 'f', digits, 64)
}

const hexDigits = "0123456789abcdef"

// appendEscaped writes what stands between the quotes of a string of JSON. What is
// no UTF-8 becomes U+FFFD.
func appendEscaped(b, s []byte) []byte {
	if !utf8.Valid(s) {
		s = bytes.ToValidUTF8(s, []byte("\ufffd"))
	}
	for {
		n := plainBytes(s)
		if b = append(b, s[:n]...); n == len(s) {
			return b
		}
		if c := s[n]; c == '"' || c == '\\' {
			b = append(b, '\\', c)
		} else {
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		s = s[n+1:]
	}
}

// appendHundredths writes a number of nats with two digits behind the point. A
// hundred times a float32 is exact in a float64.
func appendHundredths(b []byte, x float32) []byte {
	n := math.RoundToEven(float64(x) * 100)
	if !(math.Abs(n) < 1e15) {
		return appendNumber(b, float64(x), 2)
	}
	if math.Signbit(n) {
		b = append(b, '-')
	}
	whole, part := uint64(math.Abs(n))/100, uint64(math.Abs(n))%100
	return append(strconv.AppendUint(b, whole, 10), '.', byte('0'+part/10), byte('0'+part%10))
}
