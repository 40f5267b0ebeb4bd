package risk

import (
	"math/bits"
	"sync"
)

// WorldConfig sizes a World.
type WorldConfig struct {
	// Addresses is how many addresses are remembered, a power of two from 1024 to
	// 1<<22; the other tables follow from it. 0 means 65536, which takes 5.8 MB.
	Addresses int
}

// World is what is known of everybody in one pool, in tables of fixed size. It is
// safe for concurrent use; a nil World knows nobody and learns nothing.
//
//	            cells    bytes   half-life   what is counted
//	addresses       A     32     12 h        failures, successes, accounts that failed
//	prefixes      A/2     32     1 d         the same of a /24 or /48
//	devices       A/2     32     7 d         the same of a device key
//	networks      A/8     32     2 d         the same of an ASN
//	agents        A/8     32     6 h         the same of an agent string
//	popular         A     16     60 d        what honest sign-ins show
//	passwords     A/8     16     12 h        accounts on which a password failed; never stored
//
// Everything is named by keyed hashes. Where a table is full, what matters least
// makes room.
type World struct {
	mu        sync.Mutex // guards everything below
	addresses table
	prefixes  table
	devices   table
	networks  table
	agents    table
	popular   popular
	passwords passwords
	pool      pool
}

// pool is what is counted of all sign-ins together.
type pool struct {
	day     uint16 // as of when the rest stands
	tallies [numPauses][numTallies]tally
	hours   [numHours]float32
	total   float32 // sign-ins
	fail    float32 // failures of people in contexts that their account knew
	good    float32 // and their successes
}

const (
	leastAddresses   = 1 << 10
	defaultAddresses = 1 << 16
	mostAddresses    = 1 << 22
)

// NewWorld makes a world that knows nobody. A size that is not allowed is taken
// to the next one that is.
func NewWorld(c WorldConfig) *World {
	n := c.Addresses
	if n == 0 {
		n = defaultAddresses
	}
	n = min(max(n, leastAddresses), mostAddresses)
	n = 1 << bits.Len(uint(n-1))
	const hour = 3600
	return &World{
		addresses: newTable(n, 12*hour),
		prefixes:  newTable(n/2, 24*hour),
		devices:   newTable(n/2, 7*24*hour),
		networks:  newTable(n/8, 48*hour),
		agents:    newTable(n/8, 6*hour),
		popular:   popular{make([]share, n)},
		passwords: passwords{make([]attempted, n/8)},
	}
}

// Bytes is the memory that the tables take.
func (w *World) Bytes() int {
	n := 0
	for _, t := range w.tables() {
		n += len(t.cells) * 32
	}
	return n + len(w.popular.cells)*16 + len(w.passwords.cells)*16
}

func (w *World) tables() [5]*table {
	return [5]*table{&w.addresses, &w.prefixes, &w.devices, &w.networks, &w.agents}
}

// reading is what the world says of one attempt.
type reading struct {
	address, prefix, device, network, agent cell

	failing float32          // share of attempts that fail of people in known contexts
	rates   [numTallies]rate // how often people show something new
	hour    float32          // share of all sign-ins in this hour
	total   float32          // sign-ins, fading
	country float32          // of them in this country
	inside  float32          // of them in this network
	near    float32          // of them in this prefix
	browser float32          // of them with this browser and platform
	string  float32          // of them with this very agent string
	major   float32          // the mean major version of this browser; 0 unknown
	sprayed float32          // accounts on which this password failed
}

// read asks everything that one attempt needs, under one lock.
func (w *World) read(n *names, now uint32, hour, pause int, out *reading) {
	for l := range out.rates {
		out.rates[l] = rate{natures[l].rate, natures[l].rate * pauseFactor[pause]}
	}
	out.failing, out.hour = usualFailing, 1.0/numHours
	if w == nil {
		return
	}
	day := dayOf(now)
	w.mu.Lock()
	defer w.mu.Unlock()
	if n.address != 0 {
		out.address = w.addresses.at(n.address, now)
		out.prefix = w.prefixes.at(n.prefix, now)
		out.near, _ = w.popular.at(n.prefix, day)
	}
	if n.network != 0 {
		out.network = w.networks.at(n.network, now)
		out.inside, _ = w.popular.at(n.network, day)
	}
	if n.device != 0 {
		out.device = w.devices.at(n.device, now)
	}
	if n.agent != 0 {
		out.agent = w.agents.at(n.agent, now)
		out.string, _ = w.popular.at(n.agent, day)
	}
	if n.country != 0 {
		out.country, _ = w.popular.at(n.country, day)
	}
	if n.browser != 0 {
		out.browser, out.major = w.popular.at(n.browser, day)
	}
	if n.password != 0 {
		out.sprayed = w.passwords.accounts(n.password, now)
	}
	w.pool.read(day, hour, pause, out)
}

const (
	usualFailing = 0.08 // of attempts in known contexts, before the pool has shown
	priorRates   = 20   // sign-ins that stand behind a rate of the pool
	priorFailing = 50
)

func (p *pool) read(day uint16, hour, pause int, out *reading) {
	f := float32(1)
	if day > p.day {
		f = halve(float32(day-p.day) / popularHalfLife)
	}
	for l := range out.rates {
		var all tally
		for i := range p.tallies {
			all.of += p.tallies[i][l].of
			all.new += p.tallies[i][l].new
		}
		r := (all.new*f + priorRates*natures[l].rate) / (all.of*f + priorRates)
		here := p.tallies[pause][l]
		out.rates[l] = rate{r, (here.new*f + priorRates*r*pauseFactor[pause]) / (here.of*f + priorRates)}
	}
	out.total = p.total * f
	out.hour = (p.hours[hour]*f + 4) / (p.total*f + 4*numHours)
	out.failing = (p.fail*f + priorFailing*usualFailing) / ((p.fail+p.good)*f + priorFailing)
}

// passTo fades the counts of the pool to a later day.
func (p *pool) passTo(day uint16) {
	if day <= p.day {
		return
	}
	f := halve(float32(day-p.day) / popularHalfLife)
	p.day = day
	for i := range p.tallies {
		for l := range p.tallies[i] {
			p.tallies[i][l].of *= f
			p.tallies[i][l].new *= f
		}
	}
	for h := range p.hours {
		p.hours[h] *= f
	}
	p.total *= f
	p.fail *= f
	p.good *= f
}
