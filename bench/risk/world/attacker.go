package world

import "fmt"

// Kind is a kind of attacker.
type Kind uint8

// The kinds of attackers, and what each knows.
const (
	Naive        Kind = iota // the password; comes from any other country with any browser
	VPN                      // and the country
	Targeted                 // and the browser, often the city, through somebody's home line
	VeryTargeted             // and the network and the exact agent, at an hour that fits
	Stuffing                 // pairs from a leak, tried on everybody in bulk
	Spraying                 // a few passwords, tried on everybody slowly
	Guess                    // guesses at one account within an hour
	Slow                     // guesses at one account over days, each from another home line
	RelayHidden              // the country; hides in a privacy relay, as Safari
	Cookie                   // the stolen device key and agent, on another network
	Proxy                    // the city; a home line there, with any browser
	Insider                  // sits at the victim's own address, on another device
	NumKinds                 // how many there are
)

var kindNames = [NumKinds]string{"naive", "vpn", "targeted", "verytargeted", "stuffing", "spraying", "guess", "slow", "relay", "cookie", "proxy", "insider"}

// String is the label of the kind's events.
func (k Kind) String() string {
	if k < NumKinds {
		return kindNames[k]
	}
	return fmt.Sprintf("Kind(%d)", k)
}

// Kinds lists all attackers in the order of their constants.
func Kinds() []Kind {
	all := make([]Kind, NumKinds)
	for i := range all {
		all[i] = Kind(i)
	}
	return all
}

// inPlaceOf lets attackers come where the person will come at that moment, or
// within the day before: so an attack finds the same history and the same pause
// as a real sign-in, and how active a user is tells nothing. With each of them
// another one may strike a user drawn at random.
func (w *World) inPlaceOf(who *person, at, now int64) {
	d, a := w.crime, &w.params.Attack
	for k := range NumKinds {
		if a.Probes[k] == 0 || !d.chance(a.Probes[k]) {
			continue
		}
		early := d.between(0, 24*float64(hourMs)) // no hour is like another to most
		if k == VeryTargeted || k == Insider || k == Cookie && d.chance(.5) {
			early = d.between(0, float64(20*minuteMs))
		}
		when := max(at-int64(early), now+1)
		w.queue.push(due{at: when, wake: func(now int64) { w.strike(k, who, now, true) }})
		if d.chance(a.Uniform) && w.end > now {
			victim, when := d.IntN(len(w.people)), now+d.Int64N(w.end-now)
			w.queue.push(due{at: when, wake: func(now int64) { w.strike(k, w.people[victim], now, false) }})
		}
	}
}

// strike begins an attack on a user of whom something is known.
func (w *World) strike(k Kind, victim *person, now int64, matched bool) {
	if victim.history == 0 {
		return
	}
	switch k {
	case Guess, Slow:
		w.guess(k, victim, now, matched)
	default:
		w.probe(w.forge(k, victim, now), now, matched)
	}
}

// probe hands out a sign-in by an attacker who has the password. It teaches
// nothing, so that one attack does not spoil the measurement of the next.
func (w *World) probe(e *Event, at int64, matched bool) {
	e.Probe, e.Matched, e.Result = true, matched, "success"
	e.Password = mix(uint64(e.Account), 77)
	w.emit(e, at)
}

// guess sends wrong passwords, as real events, and with luck the right one at last.
func (w *World) guess(k Kind, victim *person, now int64, matched bool) {
	d, a := w.crime, &w.params.Attack
	tries := 3 + d.geometric(.12)
	lines := []*Event{w.forge(k, victim, now)}
	for len(lines) < 3 && d.chance(.4) {
		lines = append(lines, w.forge(k, victim, now))
	}
	at := now
	for i := range min(tries, 40) {
		if k == Slow && i >= 8 {
			break
		}
		e := *lines[d.IntN(len(lines))]
		if k == Slow {
			e = *w.forge(k, victim, at)
			e.Agent = lines[0].Agent
		}
		e.Result, e.Password, e.Matched = "wrong_password", d.Uint64(), matched
		w.emit(&e, at)
		if k == Slow {
			at += int64(d.exp(10 * float64(hourMs)))
		} else {
			at += int64(2000 + d.exp(60_000))
		}
	}
	if d.chance(a.GuessHit) || k == Slow && d.chance(.3) {
		e := *lines[0]
		if k == Slow {
			e = *w.forge(k, victim, at)
			e.Agent = lines[0].Agent
		}
		w.probe(&e, at, matched)
	}
}

// forge makes an attempt on the victim's account as an attacker of that kind makes it.
func (w *World) forge(k Kind, victim *person, now int64) *Event {
	d, a := w.crime, &w.params.Attack
	home := victim.homeAt
	dev := &victim.devices[0]
	from, zoneOf := seat{}, spot{-1, 0} // whose clock the client shows
	agent := w.disguise(now)
	e := &Event{User: victim.name, Account: victim.account, Label: k.String()}
	switch k {
	case Naive, Guess, Slow:
		from = w.perch(spot{anyCountry(d, home.country), 0}, k == Naive && d.chance(.06), k != Slow && d.chance(a.Hosting))
		zoneOf = from.where()
	case VPN:
		from = w.perch(spot{home.country, 0}, false, d.chance(a.Hosting))
		if d.chance(.6) {
			from = seatIn(d, anyOf(d, w.nets.vpn), spot{home.country, 0}, false)
		}
	case Targeted:
		from, agent = w.nearby(victim, d.chance(a.SameCity), d.chance(a.HomeLike)), w.imitate(dev, now)
		if a.Servers > 0 && d.chance(a.Servers) {
			from = w.perch(spot{home.country, 0}, false, true)
		}
	case VeryTargeted:
		from, agent = w.nearby(victim, true, true), dev.agent(w, now)
		zoneOf = home
	case RelayHidden:
		at := home
		if d.chance(.5) {
			at = anyCity(d, home.country)
		}
		from = seatIn(d, anyOf(d, w.nets.relay), at, d.chance(.5))
		agent = w.agentOf(build{platform: []platform{iphone, mac}[d.IntN(2)], family: safari}.at(now - int64(d.exp(10)*dayMs)))
		zoneOf = home
	case Cookie:
		from, agent = w.nearby(victim, d.chance(.3), false), dev.agent(w, now)
		if d.chance(.5) {
			from = w.perch(spot{anyCountry(d, -1), 0}, false, d.chance(a.Hosting))
		}
		e.DeviceKey, e.Trust = dev.key, victim.trust
	case Proxy:
		from = w.nearby(victim, true, false)
	case Insider:
		from, zoneOf = victim.last.seat, home
	}
	return w.dress(e, k, from, agent, home, zoneOf)
}

// dress adds what the network, the clock and the key of the attacker show.
func (w *World) dress(e *Event, k Kind, from seat, agent Agent, home, zoneOf spot) *Event {
	d, p := w.crime, &w.params
	e.IP, e.Place, e.Agent = from.addr(), w.placeOf(from), agent
	if zoneOf.country < 0 { // the country is known: some think of the clock, the others live where they live
		zoneOf = spot{anyCountry(d, -1), 0}
		if d.chance(p.Attack.SpoofZone) {
			zoneOf = home
		}
	}
	if d.chance(p.Zones * .8) {
		e.Zone, e.ZoneKnown = zoneOf.zone(p.Start.UnixMilli()), true
		if len(w.queue.heap) > 0 {
			e.Zone = zoneOf.zone(w.queue.heap[0].at)
		}
	}
	if k != Cookie && d.chance(p.Keys*p.Attack.FreshKeys) {
		e.DeviceKey, e.Trust = fmt.Sprintf("a%012x", d.Uint64()>>16), w.trust
	}
	if e.DeviceKey == "" {
		e.Trust = ""
	}
	return e
}

// disguise is the agent of somebody who knows nothing of the victim's.
func (w *World) disguise(now int64) Agent {
	d := w.crime
	if d.chance(w.params.Attack.PopularAgent) {
		return w.agentOf(w.popular(d, now, 30))
	}
	return tools[d.IntN(len(tools))]
}

// imitate is the victim's browser on the victim's system, as far as a glance tells.
func (w *World) imitate(dev *device, now int64) Agent {
	d := w.crime
	if d.chance(w.params.Attack.ExactAgent) {
		return dev.agent(w, now)
	}
	b := dev.build.at(now - int64(d.exp(25)*dayMs))
	b.variant = uint8(d.IntN(8))
	if b.detail > 0 {
		b.detail = uint8(1 + d.IntN(200))
	}
	return w.agentOf(b)
}

// perch is a place in a country to attack from: a server, an exit of Tor, or
// the line of somebody who does not know.
func (w *World) perch(in spot, overTor, server bool) seat {
	d := w.crime
	if overTor {
		return seatIn(d, w.nets.tor, spot{-1, 0}, false)
	}
	at := anyCity(d, in.country)
	if server {
		for range 12 { // not every network has servers there
			net := w.nets.hosting[d.IntN(len(w.nets.hosting))]
			for i := range countries[in.country].cities {
				if s := (spot{in.country, int16(i)}); len(net.byCity[s]) > 0 {
					return seatIn(d, net, s, false)
				}
			}
		}
	}
	if d.chance(.2) {
		return seatIn(d, anyOf(d, w.nets.mobile[in.country]), at, false)
	}
	return seatIn(d, anyOf(d, w.nets.fixed[in.country]), at, d.chance(.1))
}

// nearby is somebody's line in the victim's country, mostly at home.
func (w *World) nearby(victim *person, sameCity, sameNetwork bool) seat {
	d := w.crime
	at := anyCity(d, victim.homeAt.country)
	if sameCity {
		at = victim.homeAt
	}
	net := anyOf(d, w.nets.fixed[at.country])
	switch {
	case sameNetwork:
		net = victim.home.net
	case w.params.Attack.OnMobile > 0 && d.chance(w.params.Attack.OnMobile):
		net = anyOf(d, w.nets.mobile[at.country])
	}
	return seatIn(d, net, at, d.chance(.1))
}
