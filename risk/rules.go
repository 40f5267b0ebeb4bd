package risk

import "net/netip"

// A rule demands a level whatever the evidence: a floor, below which it may not
// be, or a ceiling, above which it may not be where no floor says otherwise. Every
// rule is a reason of its own.
type rule struct {
	code     Code
	detector Detector // that must be on; ruleAlways if none
	ceiling  bool
	ask      func(*moment) (Level, bool)
}

const ruleAlways = Detector(NumDetectors)

// rules is the table, in the order in which they are told.
var rules = [...]rule{
	{CodeDenied, ruleAlways, false, (*moment).denied},
	{CodeImpossibleTravel, ImpossibleTravel, false, (*moment).leapt},
	{CodeBruteForce, BruteForce, false, (*moment).forced},
	{CodeSecondFactor, BruteForce, false, (*moment).halfway},
	{CodeCredentialStuffing, CredentialStuffing, false, (*moment).stuffed},
	{CodePasswordSpray, CredentialStuffing, false, (*moment).sprayed},
	{CodeCampaign, CredentialStuffing, false, (*moment).underCampaign},
	{CodeTorNetwork, NetworkReputation, false, (*moment).overTor},
	{CodeAutomation, UnusualAgent, false, (*moment).byTool},
	{CodeStrangeSignIn, UnusualLocation, false, (*moment).strangeSignIn},
	{CodeDeviceChanged, NewDevice, false, (*moment).carriedOff},
	{CodeProfileLost, ruleAlways, false, (*moment).lost},
	{CodeAllowed, ruleAlways, true, (*moment).allowed},
	{CodeFamiliar, ruleAlways, true, (*moment).familiar},
}

// demands is what the rules say together.
type demands struct {
	floors   [len(rules)]Level // of each rule; None if it says nothing
	spoke    [len(rules)]bool
	floor    Level
	ceiling  Level
	forgiven bool // by the list of those always allowed
	blocked  bool
}

func (m *moment) ask(d *demands) {
	*d = demands{ceiling: High}
	for i := range rules {
		r := &rules[i]
		if r.detector != ruleAlways && m.off.Has(r.detector) {
			continue
		}
		level, holds := r.ask(m)
		if !holds {
			continue
		}
		d.spoke[i] = true
		switch {
		case r.ceiling:
			d.ceiling = min(d.ceiling, level)
			d.forgiven = d.forgiven || r.code == CodeAllowed
		default:
			d.floors[i] = level
			d.floor = max(d.floor, level)
			d.blocked = d.blocked || r.code == CodeDenied
		}
	}
	if d.forgiven && !d.blocked {
		d.floor = None
	}
}

func (m *moment) denied() (Level, bool)  { return High, listed(m.policy.AlwaysBlock, m.a.Address) }
func (m *moment) allowed() (Level, bool) { return None, listed(m.policy.AlwaysAllow, m.a.Address) }

func listed(list []netip.Prefix, a netip.Addr) bool {
	if len(list) == 0 || !a.IsValid() {
		return false
	}
	a = a.Unmap().WithZone("")
	for _, p := range list {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// leapt is higher without a device of the user's: a stolen password is likelier
// than a stolen key.
func (m *moment) leapt() (Level, bool) {
	if !(m.journey.trusted && m.journey.ratio > 0) {
		return None, false
	}
	if m.knownDevice() {
		return m.policy.ImpossibleTravel.Floor, true
	}
	return m.policy.ImpossibleTravel.Strange, true
}

// forced: guessed from contexts foreign to the user, and now right in one of them.
// Of somebody who never signed in we do not know which contexts are foreign, and
// demand less.
func (m *moment) forced() (Level, bool) {
	if m.foreign == 0 || m.recentFailures() < m.policy.BruteForce.Failures {
		return None, false
	}
	if m.cold || m.foreign < 1 { // in the user's network, with a new phone: perhaps a forgotten password
		return min(m.policy.BruteForce.Floor, Medium), true
	}
	return m.policy.BruteForce.Floor, true
}

// halfway: somebody has the password and stumbled over the second factor, or tires
// the user with requests until one is answered.
func (m *moment) halfway() (Level, bool) {
	times := m.p.second.now(m.now, accountHalfLife)
	level := min(m.policy.BruteForce.Floor, Medium)
	if times >= 4.5 {
		level = m.policy.BruteForce.Floor
	}
	return level, m.foreign > 0 && times >= 2.5
}

// stuffed: more failures than successes over many accounts, from one address or
// with one device key.
func (m *moment) stuffed() (Level, bool) {
	const even = 0.69 // log(1 + odds) of one attack for each honest sign-in
	n, w := float32(m.policy.CredentialStuffing.Accounts), &m.world
	address := m.strange >= 0.3 && w.address.accounts() >= n && w.address.odds(w.failing) >= even
	device := w.device.accounts() >= n && w.device.odds(w.failing) >= even
	return m.policy.CredentialStuffing.Floor, address || device
}

func (m *moment) sprayed() (Level, bool) {
	return m.policy.CredentialStuffing.Floor, m.strange >= 0.5 && m.world.sprayed >= float32(m.policy.CredentialStuffing.Accounts)/2
}

// underCampaign goes by the range of addresses alone. What an agent or a network
// shows is evidence and no rule: everybody has it, so a few failures under it, which
// anybody can make, would keep out whoever is new.
func (m *moment) underCampaign() (Level, bool) {
	w := &m.world.prefix
	return m.policy.CredentialStuffing.Floor, m.strange >= 0.5 && w.excess*w.several() >= alarmExcess
}

func (m *moment) overTor() (Level, bool) {
	return m.policy.NetworkReputation.Tor, m.a.Place.Network == NetworkTor && !m.knownDevice() && !m.usualNetwork()
}

// byTool is a program that the user never used, of whatever version: the strings of
// SDKs name the operation too. At an address of the user's it is somebody who
// develops; and whoever has signed in a few times only has no habits yet.
func (m *moment) byTool() (Level, bool) {
	own := m.knownDevice() || m.sights[atAgent].known() || m.sights[atBrowser].known() || m.sights[atAddress].known()
	return m.policy.NetworkReputation.Tools, m.a.Agent.Automation && !own && m.p.history >= fewSignIns
}

// fewSignIns is what makes a habit.
const fewSignIns = 3

// strangeSignIn is what everybody would call strange; a rule, because a trained
// score that never met such an attacker may let the simplest one through. Whoever
// is often in new countries is not held by it; and of a user who brings no keys,
// the very agent, with a clock that is right for the place, demands no more than Low.
func (m *moment) strangeSignIn() (Level, bool) {
	country, device := &m.sights[atCountry], &m.sights[atDevice]
	abroad := country.isNew() && country.fresh >= 1.5
	level := m.policy.Strange
	if !device.has && !device.based && m.sights[atAgent].known() && m.a.Zone.Known && m.located && m.clockAgainstSun() == 0 {
		level = min(level, Low)
	}
	return level, abroad && m.newNetwork() && !m.knownDevice()
}

func (m *moment) newNetwork() bool {
	if n := &m.sights[atNetwork]; n.has {
		return !n.known()
	}
	return !m.sights[atPrefix].known()
}

// carriedOff: a key that could be copied turns up in another browser, in a network
// that is not the user's.
func (m *moment) carriedOff() (Level, bool) {
	return Medium, m.trust < Remembered && m.moved() == 2 && m.newNetwork()
}

func (m *moment) lost() (Level, bool) { return m.policy.Lost, m.p.lost }

// familiar: the user's own device, at home or on the way. A key that could have
// been copied must be in its own browser, not in a data centre's network, and not in
// a new country and a new network at once unless a trip is expected; and one that is
// merely claimed must have been seen before more than once.
func (m *moment) familiar() (Level, bool) {
	if !m.policy.Ceiling || !m.knownDevice() {
		return None, false
	}
	if m.trust == Remembered {
		return Low, true
	}
	copied := m.moved() > 0 || m.newNetwork() && !believable(m.a.Place.Network) && m.a.Place.Network != NetworkMobile && m.a.Place.Network != NetworkRelay
	copied = copied || m.newNetwork() && m.sights[atCountry].isNew() && m.travels == 1
	seen := m.trust == Cookie || m.sights[atDevice].weight >= 1.5 || !m.newNetwork()
	return Low, !copied && seen
}

// Within a level that a rule demands, the score still orders by evidence: what is
// below is brought into the first part of the level, what is above into the last.
const (
	bandWidth = 0.05 // nats that such scores share
	bandScale = 3    // nats of evidence over which they fall by e
)

// settle moves a score into the level that the rules demand.
func (c *compiled) settle(score float64, d *demands) float64 {
	if d.ceiling < High && d.floor <= d.ceiling {
		score = c.under(score, c.cuts[d.ceiling])
	}
	if d.floor > None {
		score = c.over(score, d.floor)
	}
	return score
}

func (c *compiled) over(score float64, floor Level) float64 {
	cut, band := c.cuts[floor-1], bandWidth
	if floor < High {
		band = min(band, (c.cuts[floor]-cut)/4)
	}
	if top := cut + band; score < top {
		return cut + band*exp((score-top)/bandScale)
	}
	return score
}

func (c *compiled) under(score, cut float64) float64 {
	if bottom := cut - bandWidth; score > bottom {
		return cut - bandWidth*exp((bottom-score)/bandScale)
	}
	return score
}
