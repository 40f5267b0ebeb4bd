package main

import (
	"bytes"
	"math"
	"strconv"
	"unicode/utf8"

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
// line that is no event, so that answers stay beside their lines.
func (w *workshop) parse(b *scored) {
	b.events = b.events[:0]
	for rest := b.text; len(rest) > 0; {
		line, after, _ := bytes.Cut(rest, []byte("\n"))
		rest = after
		b.events = append(b.events, riskEvent{})
		w.read(line, &b.events[len(b.events)-1])
	}
}

// read reads one line and finds out what follows from it.
func (w *workshop) read(line []byte, e *riskEvent) {
	if w.parser.parse(line, e); e.err != nil {
		return
	}
	if e.hasAgent {
		a := w.agents.Parse(e.agent)
		e.attempt.Agent = risk.Agent{
			Family: a.Family, Major: int(a.Major), OS: a.OS, Class: classOf(a), Model: a.Model, Automation: a.Automation, Hash: a.Hash,
		}
	}
	if !e.hasPlace && e.attempt.Address.IsValid() {
		e.attempt.Place, e.err = w.places.find(e.attempt.Address)
	}
}

// classOf is empty where nothing is known.
func classOf(a agent.Agent) string {
	if a.Class == agent.Unknown {
		return ""
	}
	return a.Class.String()
}

// write makes the answers of a block, with errors in the place of answers or, where
// the first of them ends the run, without.
func (w *workshop) write(b *scored, name string, errorsToo bool) {
	b.line = b.line[:0]
	for i := range b.events {
		if err := b.events[i].err; err != nil {
			if errorsToo {
				b.line = append(appendJSON(append(b.line, `{"error":`...), name+":"+strconv.Itoa(b.first+i)+": "+err.Error()), "}\n"...)
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
		b = appendNumber(b, float64(reasons[i].Nats), 2)
		b = append(b, `,"text":`...)
		w.text, _ = reasons[i].AppendText(w.text[:0])
		b = appendJSON(b, slice(w.text))
		b = append(b, '}')
	}
	return append(b, "]}\n"...)
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

// appendJSON writes a string of JSON. What is no UTF-8 becomes U+FFFD.
func appendJSON(b []byte, s string) []byte {
	b = append(b, '"')
	for i := 0; i < len(s); {
		n := i
		for n < len(s) && plainByte[s[n]] && s[n] < 0x7f {
			n++
		}
		if b = append(b, s[i:n]...); n == len(s) {
			break
		}
		i = n
		c := s[i]
		if c < utf8.RuneSelf {
			if c == '"' || c == '\\' {
				b = append(b, '\\', c)
			} else {
				b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		b = utf8.AppendRune(b, r)
		i += n
	}
	return append(b, '"')
}
