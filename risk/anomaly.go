package risk

import "math"

// Statistical anomaly: nothing alone need be strange, but everything together is.

// sumUp adds the evidence of all levels.
func (m *moment) sumUp() {
	sum := m.missing
	for l := range m.sights {
		sum += m.sights[l].fresh - m.sights[l].usual
	}
	m.surprise = sum
}

func lookAnomaly(m *moment, v *Vector) {
	where, what := m.unseen()
	v[Unseen], v[UnseenWhere] = where+what, where
	if m.p.history >= float32(m.policy.Anomaly.Baseline)*baselineSlack {
		deviation := sqrtf(max(m.p.spread, leastSpread))
		v[Surprise] = within((m.surprise-m.p.mean)/deviation, 0, loud)
	}
	network := m.sights[atNetwork].fresh + m.sights[atPrefix].fresh/2
	place := m.sights[atCountry].fresh + m.sights[atPlace].fresh
	agent := m.sights[atPlatform].fresh + m.sights[atBrowser].fresh
	if !m.off.Has(UnusualAgent) {
		agent += m.backward()
	}
	v[DeviceAndNetwork] = m.unfamiliar * network
	if device := m.sights[atDevice].fresh + m.missing; device > 0 {
		address := (m.sights[atPrefix].fresh + m.sights[atAddress].fresh) / 2
		v[DeviceAndAddress] = sqrtf(device * address)
	}
	v[DeviceAndPlace] = m.unfamiliar * place
	v[DeviceAndAgent] = m.unfamiliar * agent
	switch m.a.Place.Network {
	case NetworkHosting, NetworkVPN, NetworkTor:
		if !m.cold && !m.usualNetwork() && !m.off.Has(NetworkReputation) {
			v[DeviceAndClass] = m.unfamiliar
		}
	}
}

// leastSpread is the variance that everybody is granted: two nats and a half in
// either direction are no surprise.
const leastSpread = 6

// unseen counts what is new. That a count does without any training is why it is
// here: it catches the simplest attacker in every population. A new device brings
// its browser and its system with it, so an agent counts once.
func (m *moment) unseen() (where, what float32) {
	for _, l := range [...]level{atCountry, atNetwork, atPrefix, atAddress} {
		where += one(m.sights[l].isNew())
	}
	what = one(m.sights[atDevice].isNew() || m.missing > 1)
	what += max(one(m.sights[atPlatform].isNew()), one(m.sights[atBrowser].isNew()), one(m.sights[atAgent].isNew())/2)
	return where, what
}

func sqrtf(x float32) float32 { return float32(math.Sqrt(float64(x))) }
