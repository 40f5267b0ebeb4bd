package feed

import "time"

// Progress tells how far an import is.
type Progress struct {
	Phase      string // build, scatter, sort or verify
	Tally      Tally
	Done, Size int64         // of this phase: bytes of the sources, then records to sort, then pages to verify; Size is 0 where it is not known
	Rate       float64       // of this phase: units of Done a second
	Left       time.Duration // of this phase; 0 where it is not known
	Elapsed    time.Duration
}

// display counts what was done, and tells a few times a second.
type display struct {
	show  func(Progress)
	now   func() time.Time
	began time.Time

	phase      string
	done, size int64
	base       int64 // of done: what an earlier run did
	phaseAt    time.Time
	shownAt    time.Time
}

const showEvery = 200 * time.Millisecond

// begin starts a phase of size units, of which some may be done already.
func (d *display) begin(phase string, done, size int64) {
	d.phase, d.done, d.base, d.size = phase, done, done, size
	d.phaseAt, d.shownAt = d.now(), time.Time{}
}

// step counts n more units.
func (d *display) step(n int64, t Tally) {
	if d.show == nil {
		return
	}
	now := d.now()
	d.done += n
	if now.Sub(d.shownAt) < showEvery && d.done != d.size {
		return
	}
	d.shownAt = now
	p := Progress{Phase: d.phase, Tally: t, Done: d.done, Size: max(d.size, d.done), Elapsed: now.Sub(d.began)}
	if d.size == 0 {
		p.Size = 0
	}
	if spent := now.Sub(d.phaseAt).Seconds(); spent > 0 {
		p.Rate = float64(d.done-d.base) / spent
	}
	if p.Rate > 0 && d.size > d.done {
		p.Left = time.Duration(float64(d.size-d.done) / p.Rate * float64(time.Second))
	}
	d.show(p)
}
