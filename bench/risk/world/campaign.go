package world

import "fmt"

// campaign is an attack on the whole pool. Its failures are real events: they
// teach whoever counts. Its hits are probes.
type campaign struct {
	kind      Kind
	left      int
	every     float64 // milliseconds from one attempt to the next
	lines     []seat
	agents    []Agent
	passwords []uint64 // of a spraying; stuffing has one for each account
	hits      float64
	zone      spot
}

// campaigns wakes the criminals now and then.
func (w *World) campaigns(from int64) {
	a := &w.params.Attack
	if a.Every <= 0 || a.Size <= 0 {
		return
	}
	at := from + int64(w.crime.exp(a.Every)*dayMs)
	w.queue.push(due{at: at, wake: func(now int64) {
		c := w.plan(now)
		w.queue.push(due{at: now, wake: func(now int64) { w.step(c, now) }})
		w.campaigns(now)
	}})
}

// plan draws a campaign: its lines are rented servers and homes of others, in
// any countries or, for one in four, in the pool's own.
func (w *World) plan(now int64) *campaign {
	d, a := w.crime, &w.params.Attack
	c := &campaign{kind: Stuffing, hits: a.HitRate, zone: spot{anyCountry(d, -1), 0}}
	hours := d.logNormal(10, .8)
	if d.chance(.35) {
		c.kind, c.hits = Spraying, a.HitRate/2
		hours = d.logNormal(90, .6)
		for range 3 + d.IntN(10) {
			c.passwords = append(c.passwords, d.Uint64())
		}
	}
	c.left = max(30, int(a.Size*float64(w.params.Users)*d.logNormal(1, .5)))
	c.every = hours * float64(hourMs) / float64(c.left)
	local := d.chance(.25)
	for range min(max(1, int(d.logNormal(40, 1.2))), 2000) {
		in := spot{anyCountry(d, -1), 0}
		if local {
			in.country = w.home
		}
		c.lines = append(c.lines, w.perch(in, false, d.chance(a.Hosting)))
	}
	for range 1 + d.IntN(4) {
		c.agents = append(c.agents, w.disguise(now))
	}
	return c
}

// step is one attempt of a campaign. Half of the names in a leak are nobody's here.
func (w *World) step(c *campaign, now int64) {
	d := w.crime
	if c.left--; c.left > 0 {
		w.queue.push(due{at: now + 1 + int64(d.exp(c.every)), wake: func(now int64) { w.step(c, now) }})
	}
	e := &Event{Account: -1, User: fmt.Sprintf("x%07x", d.Uint32N(1<<28)), Label: c.kind.String(), Result: "wrong_password", Password: d.Uint64()}
	hit := d.chance(c.hits)
	if hit || d.chance(.5) {
		victim := w.people[d.IntN(len(w.people))]
		if hit && victim.history == 0 {
			return
		}
		e.Account, e.User = victim.account, victim.name
	}
	if len(c.passwords) > 0 {
		e.Password = c.passwords[d.IntN(len(c.passwords))]
	}
	from := c.lines[d.IntN(len(c.lines))]
	w.dress(e, c.kind, from, c.agents[d.IntN(len(c.agents))], c.zone, c.zone)
	if hit {
		e.Probe, e.Result = true, "success"
	}
	w.emit(e, now)
}
