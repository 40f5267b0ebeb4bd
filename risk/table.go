package risk

import (
	"math"
	"math/bits"
)

// cell is what is known of one address, prefix, network, agent or device: 32
// bytes, four to a set. Counts fade with the half-life of their table.
type cell struct {
	tag     uint32
	at      uint32  // second of the last change; 0 is an empty cell
	fail    float32 // failures from contexts foreign to the account
	good    float32 // completed sign-ins
	regular float32 // those of them in contexts that the account knew
	excess  float32 // cumulative sum of failures above normal, half-life an hour
	users   uint32  // accounts of this window: linear counting
	before  uint32  // and of the window before it
}

// table is a set-associative memory of fixed size: of the four cells where a name
// may be, the one with the least in it makes room.
type table struct {
	cells    []cell
	halfLife float32 // seconds
	window   uint32  // seconds
}

const ways = 4

func newTable(size int, halfLife float32) table {
	return table{cells: make([]cell, size), halfLife: halfLife, window: userWindow}
}

const (
	userWindow     = 6 * 3600
	excessHalfLife = 3600
)

// set is the four cells where a name may be, and its tag among them.
func (t *table) set(name uint64) ([]cell, uint32) {
	i := int(name) & (len(t.cells) - 1) &^ (ways - 1)
	return t.cells[i : i+ways : i+ways], uint32(name >> 32)
}

// at tells what is known of a name as of now; the zero cell if nothing is.
func (t *table) at(name uint64, now uint32) cell {
	set, tag := t.set(name)
	for i := range set {
		if set[i].tag == tag && set[i].at != 0 {
			c := set[i]
			t.pass(&c, now)
			return c
		}
	}
	return cell{}
}

// touch is the cell of a name, faded to now, to be changed in place.
func (t *table) touch(name uint64, now uint32) *cell {
	set, tag := t.set(name)
	least, weight := 0, float32(math.MaxFloat32)
	for i := range set {
		c := &set[i]
		if c.tag == tag && c.at != 0 {
			t.pass(c, now)
			return c
		}
		held := float32(-1)
		if c.at != 0 {
			held = (c.fail + c.good) * halve(float32(since(c.at, now))/t.halfLife)
		}
		if held < weight {
			least, weight = i, held
		}
	}
	set[least] = cell{tag: tag, at: now}
	return &set[least]
}

// pass fades a cell to now. A clock that went backwards fades nothing.
func (t *table) pass(c *cell, now uint32) {
	dt := since(c.at, now)
	if dt == 0 {
		return
	}
	f := halve(float32(dt) / t.halfLife)
	c.fail *= f
	c.good *= f
	c.regular *= f
	c.excess *= halve(float32(dt) / excessHalfLife)
	switch now/t.window - c.at/t.window {
	case 0:
	case 1:
		c.before, c.users = c.users, 0
	default:
		c.before, c.users = 0, 0
	}
	c.at = now
}

// meet counts an account among those of the window.
func (c *cell) meet(user uint64) { c.users |= 1 << (user & 31) }

// accounts estimates how many accounts were met in this window and the last
// (Whang et al. 1990, linear counting): at most 111, which means that or more.
func (c *cell) accounts() float32 { return linearCount[bits.OnesCount32(c.users|c.before)] }

// linearCount is -32 ln(1 - n/32), with half a bit for the last.
var linearCount = func() (t [33]float32) {
	for n := range 32 {
		t[n] = float32(-32 * math.Log(1-float64(n)/32))
	}
	t[32] = 111
	return t
}()

// odds is the label-free estimate of attacks per honest sign-in (Herley and
// Schechter, NDSS 2019): honest people fail at a steady rate f and attackers
// hardly ever succeed, so with F failures and S successes it is F/S·(1-f) - f.
// Given as log(1 + odds), and less while little was seen.
func (c *cell) odds(f float32) float32 {
	seen := c.fail + c.good
	if c.fail < 0.5 {
		return 0
	}
	odds := c.fail/(c.good+0.5)*(1-f) - f
	if odds <= 0 {
		return 0
	}
	return logf(1+odds) * seen / (seen + 8)
}

// popular is a memory of what honest sign-ins show: 16 bytes a cell, with the
// half-life of popularity.
type popular struct {
	cells []share
}

type share struct {
	tag    uint32
	weight float32 // sign-ins
	mean   float32 // of major versions, where that is kept
	day    uint16
	_      uint16
}

const popularHalfLife = 60 // days

func (t *popular) set(name uint64) ([]share, uint32) {
	i := int(name) & (len(t.cells) - 1) &^ (ways - 1)
	return t.cells[i : i+ways : i+ways], uint32(name >> 32)
}

func (s *share) heft(day uint16) float32 {
	if day <= s.day {
		return s.weight
	}
	return s.weight * halve(float32(day-s.day)/popularHalfLife)
}

// at tells how many sign-ins showed a name lately.
func (t *popular) at(name uint64, day uint16) (weight, mean float32) {
	set, tag := t.set(name)
	for i := range set {
		if set[i].tag == tag && set[i].weight > 0 {
			return set[i].heft(day), set[i].mean
		}
	}
	return 0, 0
}

// add counts a sign-in that showed a name.
func (t *popular) add(name uint64, weight float32, day uint16) *share {
	set, tag := t.set(name)
	least := 0
	for i := range set {
		s := &set[i]
		if s.tag == tag && s.weight > 0 {
			s.weight = s.heft(day) + weight
			s.day = max(s.day, day)
			return s
		}
		if s.heft(day) < set[least].heft(day) {
			least = i
		}
	}
	set[least] = share{tag: tag, weight: weight, day: day}
	return &set[least]
}

// passwords remembers which password failed on how many accounts, in memory
// alone and for a window.
type passwords struct{ cells []attempted }

type attempted struct {
	tag, at       uint32
	users, before uint32
}

const passwordWindow = 12 * 3600

func (t *passwords) set(name uint64) ([]attempted, uint32) {
	i := int(name) & (len(t.cells) - 1) &^ (ways - 1)
	return t.cells[i : i+ways : i+ways], uint32(name >> 32)
}

func (a *attempted) pass(now uint32) {
	switch since(a.at/passwordWindow, now/passwordWindow) {
	case 0:
	case 1:
		a.before, a.users = a.users, 0
	default:
		a.before, a.users = 0, 0
	}
	a.at = max(a.at, now)
}

// accounts is on how many accounts a password failed lately.
func (t *passwords) accounts(name uint64, now uint32) float32 {
	set, tag := t.set(name)
	for _, a := range set {
		if a.tag == tag && a.at != 0 {
			a.pass(now)
			return linearCount[bits.OnesCount32(a.users|a.before)]
		}
	}
	return 0
}

func (t *passwords) add(name, user uint64, now uint32) {
	set, tag := t.set(name)
	oldest := 0
	for i := range set {
		a := &set[i]
		if a.tag == tag && a.at != 0 {
			a.pass(now)
			a.users |= 1 << (user & 31)
			return
		}
		if a.at < set[oldest].at {
			oldest = i
		}
	}
	set[oldest] = attempted{tag: tag, at: now, users: 1 << (user & 31)}
}
