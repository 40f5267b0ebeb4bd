package risk

import "math"

// Unusual location: a country, a place or a clock that the user never had. All of
// it is measured against how often this user shows something new, so that who
// travels pays little and who moved pays once.

// tripDays is how long a country counts as a trip's after a passed challenge.
const tripDays = 14

// expectTrips halves what is new for somebody who is known to be away: somebody
// who knows has said so, or the user has just proven it.
func (m *moment) expectTrips() {
	p := m.p
	if !m.a.Travelling && !(m.day <= p.tripUntil && p.tripCountry != 0 && p.tripCountry == m.sights[atCountry].name) {
		return
	}
	m.travels = 0.5
	for _, l := range [...]level{atCountry, atNetwork, atPrefix, atAddress, atPlace, atZone} {
		m.sights[l].fresh *= m.travels
	}
}

func lookLocation(m *moment, v *Vector) {
	country, place, zone := &m.sights[atCountry], &m.sights[atPlace], &m.sights[atZone]
	v[CountryNew], v[CountryKnown] = country.fresh, country.usual
	if country.isNew() {
		// Half of those who try come from anywhere.
		v[CountryRare] = m.travels * rarity(m.world.country, m.world.total, 100)
	}
	v[PlaceKnown] = place.usual
	if place.isNew() {
		v[PlaceNew] = place.fresh
		if m.located && m.beyond == 0 {
			v[PlaceNew] /= 2 // the radii may explain it
		}
		if m.beyond > 0 {
			v[PlaceFar] = log2f(m.beyond/100) * within(place.fresh/3, 0, 1)
		}
	}
	v[ZoneNew] = zone.fresh
	v[ZoneMismatch] = m.clockAgainstSun()
}

// clockAgainstSun is by how many hours the client's clock disagrees with the sun
// at the place, beyond the three that borders and summer time explain. Whoever
// comes through an exit in the user's country often forgets the clock.
func (m *moment) clockAgainstSun() float32 {
	if !m.a.Zone.Known || !m.located {
		return 0
	}
	_, lon := m.spot.degrees()
	apart := math.Abs(float64(m.a.Zone.Minutes)/60 - lon/15)
	if apart > 12 {
		apart = 24 - apart // across the date line
	}
	value := within(float32(apart)-3, 0, loud)
	if m.sights[atNetwork].known() || m.sights[atZone].known() && m.sights[atCountry].known() {
		value *= 0.25 // this user is known for it
	}
	return value
}

// rarity is log of what somebody from anywhere and the pool show here: half evenly
// over n, half as the pool does, against the pool alone. Never negative.
func rarity(here, all, n float32) float32 {
	share := (here + 0.5) / (all + n/2)
	return within(logf(0.5+0.5/(n*share)), 0, loud)
}
