package risk

// Impossible travel: two sign-ins so far apart, after both radii are taken off,
// that nobody could have gone from one to the other in the time.
//
// What makes honest people jump is known, and is taken out: gateways (hosting,
// VPN, Tor) have no place; a network of the user's in a country of the user's is
// home-routed roaming or a wrong entry of a table; a place, or a network, that the
// user has signed in from before with some weight is one end of a pair that
// alternates, home and the company's exit; an exit shared by many regulars of the
// pool is a company's; a device that proves itself by a secret is where it is.

// journey is the fastest of the journeys from the last trusted places to here.
type journey struct {
	ratio   float32 // speed by the limit; 0 if there is no journey to speak of
	km      float32 // what remains after both radii
	hours   float32
	trusted bool // both ends can be believed
}

// grace is granted on every journey, for clocks and for sign-ins that ended when
// another began, in hours.
const grace = 0.5

// travelled looks back at the last places. The two ends count whichever came
// first, for clocks may go backwards.
func (m *moment) travelled() journey {
	var worst journey
	if !m.located {
		return worst
	}
	for i := range m.p.trusted {
		f := &m.p.trusted[i]
		if f.at == 0 {
			continue
		}
		j := m.from(f)
		if j.ratio > worst.ratio {
			worst = j
		}
	}
	if worst.ratio == 0 || m.atHome() {
		return journey{}
	}
	if m.trust == Remembered && m.sights[atDevice].known() || m.sharedExit() || m.sights[atNetwork].weight >= 1 {
		worst.trusted = false
	}
	return worst
}

func (m *moment) from(f *fix) journey {
	t := &m.policy.ImpossibleTravel
	j := journey{
		km:    km(m.direction.chord2(f.spot.direction())) - m.radius - float32(f.radius),
		hours: float32(apart(f.at, m.now)) / 3600,
	}
	limit := float32(t.SpeedKmh)
	speed := j.km / (j.hours + grace)
	if !(j.km > float32(t.MinKm) && speed > limit) {
		return journey{}
	}
	j.ratio = speed / limit
	j.trusted = believable(m.a.Place.Network) && believable(f.network)
	return j
}

// believable tells whether people are where such a network says. Of the unknown
// ones most are.
func believable(n Network) bool {
	return n == NetworkFixed || n == NetworkCorporate || n == NetworkUnknown
}

// atHome tells that the jump is one of tables and gateways, not of people.
func (m *moment) atHome() bool {
	country, network, place := &m.sights[atCountry], &m.sights[atNetwork], &m.sights[atPlace]
	switch {
	case network.known() && country.known():
		return true
	case place.known() && place.weight >= 1:
		return true
	}
	return m.sights[atAddress].known() && m.sights[atAddress].weight >= 1
}

// sharedExit tells that many in the pool come through this prefix in their
// ordinary way.
func (m *moment) sharedExit() bool {
	c := &m.world.prefix
	return c.regular >= 20 && c.odds(m.world.failing) == 0
}

func lookTravel(m *moment, v *Vector) {
	if m.journey.ratio == 0 {
		return
	}
	value := within(log2f(m.journey.ratio), 0, loud)
	if m.journey.trusted {
		v[TravelTrusted] = value
	} else {
		v[TravelUntrusted] = value
	}
}
