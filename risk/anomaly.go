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
	v[Unseen] = m.unseen()
	if m.p.history >= float32(m.policy.Anomaly.Baseline)*baselineSlack {
		deviation := float32(math.Sqrt(float64(max(m.p.spread, leastSpread))))
		v[Surprise] = within((m.surprise-m.p.mean)/deviation, 0, loud)
	}
	network := m.sights[atNetwork].fresh + m.sights[atPrefix].fresh/2
	place := m.sights[atCountry].fresh + m.sights[atPlace].fresh
	agent := m.sights[atPlatform].fresh + m.sights[atBrowser].fresh
	if !m.off.Has(UnusualAgent) {
		agent += m.backward()
	}
	v[DeviceAndNetwork] = m.unfamiliar * network
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
// here: it catches the simplest attacker in every population.
func (m *moment) unseen() float32 {
	n := float32(0)
	for _, l := range [...]level{atCountry, atNetwork, atPrefix, atAddress, atDevice, atPlatform, atBrowser, atAgent} {
		if m.sights[l].isNew() {
			n++
		}
	}
	if m.missing > 1 {
		n++
	}
	return n
}
