package risk

import (
	"bytes"
	"fmt"
)

// Verdict is what somebody who knows says of an attempt afterwards.
type Verdict uint8

// Valid says that it was the user, Invalid that it was not.
const (
	Valid Verdict = iota + 1
	Invalid
)

var verdictNames = [...]string{"", "valid", "invalid"}

// String gives "valid" or "invalid".
func (v Verdict) String() string {
	if int(v) < len(verdictNames) {
		return verdictNames[v]
	}
	return ""
}

// MarshalText writes what String gives.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads what MarshalText writes, and refuses everything else.
func (v *Verdict) UnmarshalText(text []byte) error {
	for i, name := range verdictNames {
		if i > 0 && string(text) == name {
			*v = Verdict(i)
			return nil
		}
	}
	return fmt.Errorf("risk: no verdict is called %.20q", text)
}

// Change is what a Feedback did, before and after, to be shown and kept as JSON;
// Undo takes it back, at once or later.
type Change struct {
	Verdict Verdict `json:"verdict"`
	At      uint32  `json:"at"` // seconds from 2020-01-01 UTC
	Marks   []Mark  `json:"marks"`
	Before  []byte  `json:"before,omitempty"` // the profile as stored, nil without one
	After   []byte  `json:"after,omitempty"`
}

// Mark is one number that a Feedback changed: the weight of something in the
// profile, or the failures or successes that everybody's table holds of it.
type Mark struct {
	Where  string  `json:"where"` // "profile", "failures", "successes"
	What   string  `json:"what"`  // "address", "country", "device" ...
	Name   uint64  `json:"name,string"`
	Before float64 `json:"before"`
	After  float64 `json:"after"`
}

const (
	inProfile = "profile"
	inFailing = "failures"
	inGood    = "successes"

	feedbackFailures = 5 // that one answer weighs
	leastKept        = 0.3
)

var levelWords = [numLevels]string{"country", "network", "prefix", "address", "place", "device", "platform", "browser", "agent", "model", "timeZone"}

// blamed are the tables that a Feedback changes. The network is not among them:
// one thief does not make a provider.
func (w *World) blamed(n *names) [4]struct {
	what  string
	name  uint64
	table *table
} {
	return [4]struct {
		what  string
		name  uint64
		table *table
	}{
		{"address", n.address, &w.addresses}, {"prefix", n.prefix, &w.prefixes},
		{"device", n.device, &w.devices}, {"agent", n.agent, &w.agents},
	}
}

// Feedback learns from somebody's answer to an attempt. Valid teaches the profile
// the attempt as a passed challenge does, and takes up to five failures from its
// address, prefix, device and agent. Invalid takes one sign-in out of everything
// the attempt showed, so that what only it showed is forgotten, and adds five
// failures. Either of p and w may be nil.
func (e *Engine) Feedback(a *Attempt, p *Profile, w *World, v Verdict) Change {
	s := e.borrow()
	defer e.giveBack(s)
	m := &s.moment
	e.look(a, p, w, m)
	c := Change{Verdict: v, At: m.now}
	if v != Valid && v != Invalid {
		return c
	}
	if p != nil {
		c.Before, _ = p.MarshalBinary()
		weights := m.weights()
		if v == Valid {
			p.learn(m, lesson{weight: 1, limit: heaviest, passed: true})
		} else {
			p.unlearn(m)
		}
		c.Marks = m.changed(&weights)
		c.After, _ = p.MarshalBinary()
	}
	if w != nil {
		c.Marks = append(c.Marks, w.answer(m, v)...)
	}
	return c
}

// weights are those of what the attempt shows, in the profile, as of its day.
func (m *moment) weights() (held [numLevels]float32) {
	for l := range level(numLevels) {
		if at := m.p.find(l, m.entryName(l)); at >= 0 && m.sights[l].has {
			held[l] = m.p.list(l)[at].heft(m.day)
		}
	}
	return held
}

// entryName is the name under which the profile keeps what the attempt shows: that
// of the entry it was recognised by, or its own.
func (m *moment) entryName(l level) uint32 {
	s := &m.sights[l]
	if s.known() && int(s.at) < len(m.p.list(l)) {
		return m.p.list(l)[s.at].name
	}
	return s.name
}

// changed compares with the weights before.
func (m *moment) changed(before *[numLevels]float32) (marks []Mark) {
	after := m.weights()
	for l := range level(numLevels) {
		if before[l] != after[l] {
			marks = append(marks, Mark{inProfile, levelWords[l], uint64(m.entryName(l)), float64(before[l]), float64(after[l])})
		}
	}
	return marks
}

// unlearn takes one sign-in out of everything that the attempt showed, and what
// is then next to nothing out of the list.
func (p *Profile) unlearn(m *moment) {
	for l := range level(numLevels) {
		if s := &m.sights[l]; s.known() {
			p.lighten(l, p.list(l)[s.at].name, 1, m.day)
		}
	}
	for i := range p.trusted {
		if p.trusted[i].at == m.now {
			p.trusted[i] = fix{}
		}
	}
	if p.trusted[0].at == 0 {
		p.trusted[0], p.trusted[1] = p.trusted[1], fix{}
	}
	if p.tripCountry == m.sights[atCountry].name {
		p.tripCountry, p.tripUntil = 0, 0
	}
}

// lighten takes weight from an entry, and the entry away with its last.
func (p *Profile) lighten(l level, name uint32, by float32, day uint16) {
	at := p.find(l, name)
	if at < 0 {
		return
	}
	list := p.list(l)
	left := list[at].heft(day) - by
	if left < leastKept {
		last := len(list) - 1
		list[at], list[last] = list[last], entry{}
		if l == atPlace {
			p.directions[at] = p.directions[last]
		}
		p.count[l]--
		return
	}
	list[at].weight, list[at].day = left, max(day, list[at].day)
}

func (w *World) answer(m *moment, v Verdict) (marks []Mark) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, b := range w.blamed(&m.names) {
		if b.name == 0 {
			continue
		}
		c := b.table.touch(b.name, m.now)
		before := *c
		if v == Invalid {
			c.fail += feedbackFailures
			c.meet(m.names.user)
		} else {
			c.fail = max(0, c.fail-feedbackFailures)
			c.good++
			marks = append(marks, Mark{inGood, b.what, b.name, float64(before.good), float64(c.good)})
		}
		if c.fail != before.fail {
			marks = append(marks, Mark{inFailing, b.what, b.name, float64(before.fail), float64(c.fail)})
		}
	}
	return marks
}

// Undo takes back what a Feedback changed, as of a later time: a profile that
// nothing has touched since becomes what it was, byte for byte; otherwise each
// mark is taken back as far as it has not faded.
func (e *Engine) Undo(c Change, p *Profile, w *World) {
	now := seconds(e.now())
	if p != nil && c.Before != nil {
		if held, _ := p.MarshalBinary(); !bytes.Equal(held, c.After) || p.UnmarshalBinary(c.Before) != nil {
			p.undo(c)
		}
	}
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, k := range c.Marks {
		for _, b := range w.blamed(&names{}) {
			if b.what == k.What && k.Where != inProfile {
				w.undo(k, b.table, c.At, now)
			}
		}
	}
}

func (w *World) undo(k Mark, t *table, at, now uint32) {
	c := t.touch(k.Name, now)
	by := float32(k.After-k.Before) * halve(float32(since(at, max(now, c.at)))/t.halfLife)
	if k.Where == inGood {
		c.good = max(0, c.good-by)
		return
	}
	c.fail = max(0, c.fail-by)
}

func (p *Profile) undo(c Change) {
	day := dayOf(c.At)
	for _, k := range c.Marks {
		if k.Where != inProfile {
			continue
		}
		for l := range level(numLevels) {
			if levelWords[l] != k.What {
				continue
			}
			by := float32(k.After - k.Before)
			if !(by >= -heaviest && by <= heaviest) { // a document that was tampered with
				continue
			}
			name := uint32(k.Name)
			if by > 0 {
				p.lighten(l, name, by*fade(max(day, p.day)-day), max(day, p.day))
				continue
			}
			at := p.see(l, p.find(l, name), name, -by, heaviest, day)
			if l == atPlace {
				p.directions[at] = unpackSpot(name).direction()
			}
		}
	}
}
