package risk

import "time"

// MaxProfile is the size in bytes that no profile exceeds on disk.
const MaxProfile = 1024

const (
	profileHalfLife = 120 // days: a month's pause keeps 84 % of what is known
	maxFailures     = 6   // failures of the account that are kept apart
	numHours        = 12  // of two hours each, UTC
	numTrusted      = 2   // places to travel from
)

// level is one thing by which a user may be recognised. A profile keeps a list of
// what was seen at each.
type level uint8

const (
	atCountry level = iota
	atNetwork
	atPrefix
	atAddress
	atPlace
	atDevice
	atPlatform
	atBrowser
	atAgent
	atModel
	atZone
	numLevels = iota
)

// Two more tallies stand behind those of the levels: how often no device key came
// along, and how many sign-ins fell on a weekend.
const (
	tallyKeyless = numLevels + iota
	tallyWeekend
	numTallies
)

// What the lists hold, and where each begins.
var (
	caps   = [numLevels]uint8{8, 12, 14, 14, 8, 8, 4, 6, 10, 3, 4}
	starts = [numLevels]uint8{0, 8, 20, 34, 48, 56, 64, 68, 74, 84, 87}
)

const numEntries = 91

// entry is one thing that was seen. What extra means depends on the level: of a
// place the hash of its city, of a browser the last major version, of a device
// the browser (16 bits) and major version it was last seen with.
type entry struct {
	name   uint32
	weight float32 // sign-ins that showed it, as of its day
	extra  uint32
	day    uint16
	trust  Trust
}

// tally counts in how many sign-ins something could be new, and was.
type tally struct{ of, new float32 }

// failure is one wrong password from a context foreign to the user.
type failure struct{ prefix, at uint32 }

// fix is a place where the user certainly was at a time.
type fix struct {
	at      uint32
	spot    spot
	radius  uint16 // km
	network Network
}

// counter is a decaying count.
type counter struct {
	count float32
	at    uint32
}

func (c counter) now(now uint32, halfLife float32) float32 {
	return c.count * halve(float32(since(c.at, now))/halfLife)
}

func (c *counter) add(x float32, now uint32, halfLife float32) {
	if now >= c.at {
		c.count = c.now(now, halfLife) + x
		c.at = now
		return
	}
	c.count += x * halve(float32(c.at-now)/halfLife)
}

// Profile is what is known of one user: bounded, without a raw address. The zero
// Profile knows nothing. It is not safe for concurrent use; a copy is
// independent.
type Profile struct {
	history float32 // sign-ins that taught, fading
	day     uint16  // as of when history, tallies and hours stand
	born    uint16  // day of the first sign-in
	last    uint32  // second of the latest

	count   [numLevels]uint8
	entries [numEntries]entry
	tallies [numTallies]tally
	hours   [numHours]float32

	mean, spread float32 // of the surprise of the user's own sign-ins: mean, variance
	trusted      [numTrusted]fix
	tripCountry  uint32
	tripUntil    uint16

	failures [maxFailures]failure
	wrong    counter // failures of foreign contexts, half-life a day
	second   counter // second factors failed or left unanswered, the same

	directions [8]direction // of the places, computed
	lost       bool
}

// Lost tells that the last UnmarshalBinary found damage and that nothing has
// been learned since. Assess says so and demands what the policy demands.
func (p *Profile) Lost() bool { return p.lost }

// Since is the day of the first sign-in that was learned, in UTC; the zero time when none was.
func (p *Profile) Since() time.Time {
	if p.history == 0 {
		return time.Time{}
	}
	return time.Unix(epoch+int64(p.born)*daySeconds, 0).UTC()
}

// Empty tells that no sign-in was learned.
func (p *Profile) Empty() bool { return p.history == 0 }

// list is what was seen at a level.
func (p *Profile) list(l level) []entry {
	start := starts[l]
	return p.entries[start : start+p.count[l]]
}

// find is where a name stands in the list of a level, or -1.
func (p *Profile) find(l level, name uint32) int {
	for i, e := range p.list(l) {
		if e.name == name {
			return i
		}
	}
	return -1
}

// heft is the weight of an entry on a day.
func (e *entry) heft(day uint16) float32 {
	if day <= e.day {
		return e.weight
	}
	return e.weight * fade(day-e.day)
}

// see adds a sign-in's weight to a name, which stands at a place of the list of
// its level, or at -1; then in the place of the lightest if the list is full. It
// tells where the name stands now. limit is what the weight may not exceed by this
// addition.
func (p *Profile) see(l level, at int, name uint32, weight, limit float32, day uint16) int {
	if at >= 0 {
		p.list(l)[at].add(weight, limit, day)
		return at
	}
	if at = int(p.count[l]); at < int(caps[l]) {
		p.count[l]++
	} else {
		at = lightest(p.list(l), day)
	}
	p.list(l)[at] = entry{name: name, weight: min(weight, limit), day: day}
	return at
}

// add brings entry and weight to the later of both days, so that the order of
// additions does not matter.
func (e *entry) add(weight, limit float32, day uint16) {
	held := e.weight
	if day > e.day {
		held *= fade(day - e.day)
		e.day = day
	} else {
		weight *= fade(e.day - day)
	}
	e.weight = max(held, min(held+weight, limit))
}

func lightest(list []entry, day uint16) int {
	at := 0
	for i := range list {
		a, b := &list[i], &list[at]
		if ha, hb := a.heft(day), b.heft(day); ha < hb || ha == hb && a.day < b.day {
			at = i
		}
	}
	return at
}

// passTo fades what is counted as of the profile's day to a later one, and tells
// what a sign-in of the given day weighs against it.
func (p *Profile) passTo(day uint16) float32 {
	if day <= p.day || p.history == 0 {
		if p.history == 0 {
			p.day = day
		}
		return fade(p.day - day)
	}
	f := fade(day - p.day)
	p.day = day
	p.history *= f
	for i := range p.tallies {
		p.tallies[i].of *= f
		p.tallies[i].new *= f
	}
	for i := range p.hours {
		p.hours[i] *= f
	}
	return 1
}
