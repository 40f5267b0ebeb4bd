package risk

import (
	"math"
	"net/netip"
)

// moment is one attempt in the light of one profile and the world: what the
// detectors look at.
type moment struct {
	policy *Policy
	off    DetectorSet
	a      *Attempt // sound
	sound  Attempt  // the attempt, without constants that do not exist
	p      *Profile
	now    uint32 // second of the attempt
	day    uint16
	hour   int // of two hours, UTC
	pause  int // since the user last signed in
	names  names
	world  reading
	sights [numLevels]sight

	cold      bool // nothing is known of the user
	located   bool // the place is known well enough to have a distance
	malformed bool
	assumed   bool // something is taken for known that is not, for a counterfactual
	spot      spot
	direction direction
	radius    float32 // km; what the place may be wrong by
	nearest   float32 // km to the nearest known place; -1 unknown
	beyond    float32 // of that, what the radii do not explain

	trust      Trust   // of a known device
	travels    float32 // 1; 0.5 where the user is expected to be away
	unfamiliar float32 // 0 a device of the user's, 1 surely not
	strange    float32 // the same of the whole context, where others are concerned
	foreign    float32 // how much a failure here is not the user's own
	journey    journey
	missing    float32 // evidence in the absence of a device key, nats
	surprise   float32 // all evidence together, nats
}

// names are the keyed hashes of what an attempt shows; 0 is absent.
type names struct {
	user, address, prefix, network, country, device uint64
	platform, browser, agent, model, city, password uint64
}

// look gathers everything. It writes every member.
func (e *Engine) look(a *Attempt, p *Profile, w *World, m *moment) {
	if p == nil {
		p = &nobody
	}
	*m = moment{policy: &e.policy, off: e.off, p: p, travels: 1, nearest: -1, foreign: 1, strange: 1, unfamiliar: 1}
	m.sound = *a
	if a = &m.sound; a.Device.Trust > Remembered {
		a.Device.Trust = Claimed
	}
	if a.Place.Network > NetworkCorporate {
		a.Place.Network = NetworkUnknown
	}
	m.a = a
	t := a.Time
	if t.IsZero() {
		t = e.now()
	}
	m.now = seconds(t)
	m.day = dayOf(m.now)
	m.hour = int(m.now % daySeconds / (daySeconds / numHours))
	m.pause = pauseOf(since(p.last, m.now))
	m.cold = p.history == 0
	m.locate()
	e.name(a, &m.names, m)
	w.read(&m.names, m.now, m.hour, m.pause, &m.world)
	m.recognise()
}

// nobody stands for a profile that is not there. Nothing writes to it.
var nobody Profile

// name hashes what the attempt shows.
func (e *Engine) name(a *Attempt, n *names, m *moment) {
	h := e.hash
	n.user = h.text(kindPart, bounded(a.User))
	if addr := a.Address; addr.IsValid() {
		n.address, n.prefix = h.address(addr)
	}
	if c := a.Place.Country; c != "" {
		n.country = h.text(kindCountry, bounded(c))
	}
	if a.Place.ASN != 0 {
		n.network = h.number(kindNetwork, uint64(a.Place.ASN))
	}
	if c := a.Place.City; c != "" {
		n.city = h.text(kindCity, bounded(c))
	}
	if k := a.Device.Key; k != "" {
		n.device = h.text(kindDevice, k)
	}
	g := &a.Agent
	if g.OS != "" || g.Class != "" {
		n.platform = h.pair(kindPlatform, h.text(kindPart, bounded(g.OS)), h.text(kindPart, bounded(g.Class)))
	}
	if g.Family != "" {
		n.browser = h.pair(kindBrowser, n.platform, h.text(kindPart, bounded(g.Family)))
	}
	if g.Hash != 0 {
		n.agent = h.number(kindAgent, g.Hash)
	}
	if g.Model != "" {
		n.model = h.text(kindModel, bounded(g.Model))
	}
	if a.Password != 0 {
		n.password = h.number(kindPassword, a.Password)
	}
}

// bounded cuts what nobody needs whole.
func bounded(s string) string { return s[:min(len(s), 128)] }

// address names an address and its prefix: IPv4 by all 32 bits and 24, IPv6 by 64
// and 48, for the rest of an IPv6 address changes with the hour.
func (h hasher) address(a netip.Addr) (address, prefix uint64) {
	a = a.Unmap()
	if a.Is4() {
		b := a.As4()
		n := uint64(b[0])<<24 | uint64(b[1])<<16 | uint64(b[2])<<8 | uint64(b[3])
		return h.number(kindAddress, n), h.number(kindPrefix, n>>8)
	}
	b := a.As16()
	var n uint64
	for _, x := range b[:8] {
		n = n<<8 | uint64(x)
	}
	return h.pair(kindAddress, n, 6), h.pair(kindPrefix, n>>16, 6)
}

// Radii by network class, for sources that state none; see risk.md 6.4. What has
// no end says that the place is that of a gateway and proves nothing.
func radiusOf(p *Place) float32 {
	stated := float32(within(float32(p.RadiusKm), 0, 20000))
	switch p.Network {
	case NetworkHosting, NetworkVPN, NetworkTor:
		return float32(math.Inf(1))
	case NetworkFixed, NetworkCorporate:
		if stated == 0 {
			return 100
		}
		return max(stated, 50)
	case NetworkMobile, NetworkRelay:
		if stated == 0 {
			return 300
		}
		return max(stated, 150)
	}
	if stated == 0 {
		return 300
	}
	return max(stated, 50)
}

// locate turns the place into a direction, unless it is absent, cannot be, or is
// only that of a gateway.
func (m *moment) locate() {
	place := &m.a.Place
	if math.IsNaN(place.RadiusKm) || place.RadiusKm < 0 {
		m.malformed = true
	}
	m.radius = radiusOf(place)
	if !place.Located {
		return
	}
	s, ok := spotOf(place.Lat, place.Lon)
	if !ok {
		m.malformed = true
		return
	}
	if m.radius > 1000 {
		return // a country, not a place
	}
	m.located, m.spot, m.direction = true, s, s.direction()
}

// recognise finds at every level whether the user is known for what the attempt
// shows, and weighs it.
func (m *moment) recognise() {
	n := &m.names
	if n.country != 0 {
		m.findExact(atCountry, countryName(m.a.Place.Country, n.country))
	}
	if asn := m.a.Place.ASN; asn != 0 {
		m.findExact(atNetwork, asn)
	}
	m.find(atPrefix, n.prefix)
	m.find(atAddress, n.address)
	m.find(atDevice, n.device)
	m.find(atPlatform, n.platform)
	m.find(atBrowser, n.browser)
	m.find(atAgent, n.agent)
	m.find(atModel, n.model)
	m.findZone()
	m.findPlace()
	for l := range m.sights {
		m.sights[l].weigh(m.p.list(level(l)), m.p.tallies[l], m.world.rates[l], natures[l], m.day)
	}
	m.expectTrips()
	m.forget()
	m.judge()
}

// judge draws the conclusions from what was recognised.
func (m *moment) judge() {
	m.judgeDevice()
	m.judgeContext()
	m.journey = m.travelled()
	m.sumUp()
}

// forget takes away the evidence at the levels of detectors that are off, lest it
// speak through sums and counts of others. What is known stays known.
func (m *moment) forget() {
	if m.off == 0 {
		return
	}
	for l := range m.sights {
		if m.off.Has(watchedBy[l]) {
			m.sights[l].fresh, m.sights[l].usual, m.sights[l].based = 0, 0, false
		}
	}
}

// watchedBy is which detector speaks of a level.
var watchedBy = [numLevels]Detector{
	atCountry:  UnusualLocation,
	atNetwork:  NetworkReputation,
	atPrefix:   NetworkReputation,
	atAddress:  NetworkReputation,
	atPlace:    UnusualLocation,
	atDevice:   NewDevice,
	atPlatform: UnusualAgent,
	atBrowser:  UnusualAgent,
	atAgent:    UnusualAgent,
	atModel:    UnusualAgent,
	atZone:     UnusualLocation,
}

func (m *moment) find(l level, name uint64) {
	if name != 0 {
		m.findExact(l, short(name))
	}
}

func (m *moment) findExact(l level, name uint32) {
	m.sights[l] = sight{name: name, at: int32(m.p.find(l, name)), has: true}
}

// countryName keeps two letters as they are, so that an export can be read.
func countryName(code string, name uint64) uint32 {
	if len(code) == 2 {
		return uint32(code[0])<<8 | uint32(code[1])
	}
	return short(name) | 1<<31
}

// short is the part of a name that a profile keeps.
func short(name uint64) uint32 { return uint32(name >> 32) }

// findZone takes an hour's difference for summer time.
func (m *moment) findZone() {
	s := &m.sights[atZone]
	if !m.a.Zone.Known {
		return
	}
	*s = sight{name: zoneName(m.a.Zone.Minutes), at: -1, has: true}
	for i, e := range m.p.list(atZone) {
		if apart(e.name, s.name) <= 60 {
			s.at = int32(i)
			return
		}
	}
}

// zoneName counts from far enough west that nothing is negative.
func zoneName(minutes int16) uint32 { return uint32(int32(minutes) + 1<<15) }

// findPlace finds the nearest known place, or one of the same city's name where
// coordinates are missing.
func (m *moment) findPlace() {
	s := &m.sights[atPlace]
	list := m.p.list(atPlace)
	if !m.located {
		m.findCity(list)
		return
	}
	*s = sight{name: m.spot.packed(), at: -1, has: true}
	least, at := float32(math.MaxFloat32), -1
	for i := range list {
		if d := m.direction.chord2(m.p.directions[i]); d < least {
			least, at = d, i
		}
	}
	if at < 0 {
		return
	}
	m.nearest = km(least)
	m.beyond = max(0, m.nearest-m.radius-storedRadius)
	near := within(m.radius, 50, 150)
	if m.nearest <= near || m.names.city != 0 && list[at].extra == short(m.names.city) && m.beyond == 0 {
		s.at = int32(at)
	}
}

// findCity compares names alone. A list without any city says nothing.
func (m *moment) findCity(list []entry) {
	if m.names.city == 0 || m.a.Place.Located && m.radius > 1000 {
		return
	}
	s, city, named := sight{name: noSpot(m.names.city), at: -1, has: true}, short(m.names.city), len(list) == 0
	for i := range list {
		named = named || list[i].extra != 0
		if list[i].extra == city {
			s.at = int32(i)
		}
	}
	if named {
		m.sights[atPlace] = s
	}
}

// storedRadius is the accuracy that is granted to the places of a profile, km.
const storedRadius = 100
