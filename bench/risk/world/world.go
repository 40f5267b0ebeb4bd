// Package world gives populations of people who sign in, and those who attack
// them: a stream of attempts in order of time, the same for the same seed.
//
//	params (variant, seed) ──> networks, companies, people
//	                                  │
//	                         queue of what is due
//	            a person wakes ───────┤────── a campaign wakes
//	     lives until now: moves,      │       draws victims, sends
//	     trips, devices, leases       │       failures, then hits
//	     visits: typos, sign-in       │
//	     draws the next visit, and    │
//	     the attacks in its place ────┤
//	                                  v
//	                         Event, Event, Event ...
//
// A person is not a list of sign-ins but a life: a home with a line whose
// address changes, a phone behind the gateways of a carrier, work behind one
// address or its exit, trips, moves, devices that are updated and replaced,
// keys that are cleared. A database of places is wrong about some blocks of
// addresses, for everybody and always. The package imports nothing but the
// standard library, so that what it makes owes nothing to what is measured.
package world

import (
	"fmt"
	"iter"
	"time"
)

// World is a population before anything has happened in it.
type World struct {
	params Params
	seed   uint64
	home   int16 // country of the pool
	trust  string
	nets   *nets
	firms  map[spot][]*company
	people []*person
	agents map[build]Agent
	crime  dice

	queue queue
	end   int64
}

// New makes the world of a variant and a seed. Variants lists the names.
func New(variant string, seed uint64) (*World, error) {
	p, err := Of(variant, seed)
	if err != nil {
		return nil, err
	}
	return Make(p, seed)
}

// Make makes a world from parameters of one's own.
func Make(p Params, seed uint64) (*World, error) {
	if p.Users < 1 || p.Users > 1_000_000 || p.Days < 1 || p.Days > 3650 {
		return nil, fmt.Errorf("a world needs 1 to 1000000 users and 1 to 3650 days, not %d and %d", p.Users, p.Days)
	}
	d := newDice(seed, 0)
	w := &World{params: p, seed: seed, agents: map[build]Agent{}, firms: map[spot][]*company{}, crime: newDice(seed, 1<<40)}
	w.home = anyCountry(d, -1)
	w.trust = [...]string{"cookie", "cookie", "remembered", "claimed"}[d.IntN(4)]
	w.nets = buildNets(&w.params, d)
	w.found(d)
	return w, nil
}

// Params gives what the world was made from.
func (w *World) Params() Params { return w.params }

// found makes the employers, each in a city, the large ones first.
func (w *World) found(d dice) {
	p := &w.params
	for range max(1, int(float64(p.Users)*p.Employed)/max(1, p.Companies)) {
		c := w.home
		if !d.chance(p.Home) {
			c = anyCountry(d, -1)
		}
		at := anyCity(d, c)
		line := anyOf(d, w.nets.fixed[c])
		block := line.office(at)
		firm := &company{at: at, vpn: d.chance(p.CompanyVPN), seat: seat{net: line, block: block, host: uint8(1 + d.IntN(254))}}
		firm.exit = firm.seat
		if d.chance(.4) { // the exit stands in a data centre
			firm.exit = seatIn(d, anyOf(d, w.nets.hosting), at, false)
		}
		w.firms[at] = append(w.firms[at], firm)
	}
}

// employer draws one in the city, or else anywhere: then work is far from home.
func (w *World) employer(d dice, at spot) *company {
	near := w.firms[at]
	if len(near) == 0 {
		for _, c := range []int16{at.country, w.home} {
			for i := range countries[c].cities {
				near = append(near, w.firms[spot{c, int16(i)}]...)
			}
			if len(near) > 0 {
				break
			}
		}
	}
	if len(near) == 0 { // the only firms are abroad
		for c := range countries {
			for i := range countries[c].cities {
				near = append(near, w.firms[spot{int16(c), int16(i)}]...)
			}
		}
	}
	return near[int(float64(len(near))*d.Float64()*d.Float64())]
}

// Events runs the world once. The sequence can be ranged over only once.
func (w *World) Events() iter.Seq[*Event] {
	return func(yield func(*Event) bool) {
		w.populate()
		for len(w.queue.heap) > 0 {
			next := w.queue.pop()
			if next.at >= w.end {
				return
			}
			if next.wake != nil {
				next.wake(next.at)
				continue
			}
			w.stamp(next.event, next.at)
			if !yield(next.event) {
				return
			}
		}
	}
}

// populate lets everybody be born and wakes them at their first visit.
func (w *World) populate() {
	p := &w.params
	begin := p.Start.UnixMilli()
	w.end = begin + int64(float64(p.Days)*dayMs)
	d := newDice(w.seed, 2)
	w.people = make([]*person, p.Users)
	for i := range w.people {
		at := begin
		if d.chance(.6) { // the others were there when the pool opened
			at += int64(d.between(0, float64(p.Days)*.9) * dayMs)
		}
		who := w.newPerson(i, at)
		w.people[i] = who
		first := who.hour(at + int64(min(d.exp(1/who.rate)*yearMs, 60*dayMs)))
		w.expect(who, max(first, at), at)
	}
	w.campaigns(begin)
}

// expect wakes the person for a visit, and lets attackers come in its place.
func (w *World) expect(who *person, at, now int64) {
	who.next = at
	w.inPlaceOf(who, at, now)
	w.queue.push(due{at: at, wake: func(now int64) {
		who.visit(w, now)
		w.expect(who, who.nextVisit(w, now), now)
	}})
}

// emit hands out an event when its time has come.
func (w *World) emit(e *Event, at int64) {
	w.queue.push(due{at: at, event: e})
}

// stamp writes what is known only at the moment itself.
func (w *World) stamp(e *Event, at int64) {
	e.Time = time.UnixMilli(at).UTC()
	if e.Account < 0 {
		return
	}
	who := w.people[e.Account]
	e.History = who.history
	if e.Label == Legit && e.Result == "success" {
		who.history++
	}
}

// agentOf writes a build once and remembers it: there are few, and many ask.
func (w *World) agentOf(b build) Agent {
	a, ok := w.agents[b]
	if !ok {
		a = b.agent()
		w.agents[b] = a
	}
	return a
}
