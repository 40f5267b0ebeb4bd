package risk

// Network reputation and class: whether the network is the user's, what kind it
// is, and what came from it lately.

func lookNetwork(m *moment, v *Vector) {
	network, prefix, address := &m.sights[atNetwork], &m.sights[atPrefix], &m.sights[atAddress]
	v[NetworkNew], v[NetworkKnown] = network.fresh, network.usual
	v[PrefixNew], v[PrefixKnown] = prefix.fresh, prefix.usual
	v[AddressNew], v[AddressKnown] = address.fresh, address.usual
	if network.isNew() {
		v[NetworkRare] = m.travels * rarity(m.world.inside, m.world.country, 64)
	}
	if prefix.isNew() {
		v[PrefixRare] = m.travels * rarity(m.world.near, m.world.inside, 64)
	}
	m.class(v)
	m.reputation(v)
}

// class counts only where the network is new to the user, and less the more of the
// pool's sign-ins there come from people known for it: a company's exit may stand
// in a hosting network.
func (m *moment) class(v *Vector) {
	kind := m.a.Place.Network
	if kind == NetworkMobile {
		v[ClassMobile] = one(m.usualNetwork()) // a carrier of a stranger's explains nothing
		return
	}
	var f Feature
	switch kind {
	case NetworkHosting:
		f = ClassHosting
	case NetworkVPN:
		f = ClassVPN
	case NetworkTor:
		f = ClassTor
	case NetworkRelay:
		f = ClassRelay
	default:
		return
	}
	if m.usualNetwork() || m.cold && kind != NetworkTor {
		return
	}
	c := &m.world.network
	regular := c.regular / (c.good + c.fail + 10)
	v[f] = within(1-regular, 0, 1)
}

// usualNetwork tells that the user is known for this network.
func (m *moment) usualNetwork() bool {
	if m.sights[atNetwork].has {
		return m.sights[atNetwork].known()
	}
	return m.sights[atPrefix].known()
}

func (m *moment) reputation(v *Vector) {
	w, f := &m.world, m.world.failing
	v[AddressOdds] = w.address.reputation(f) * m.strange
	v[PrefixOdds] = w.prefix.reputation(f) * m.strange
	v[NetworkOdds] = w.network.reputation(f) * m.strange
	v[AgentOdds] = w.agent.reputation(f) * m.strange
	v[DeviceOdds] = w.device.reputation(f) * max(m.strange, 0.5) // a stolen key is known
}

// reputation is the odds of attack, half of them where one account alone failed.
func (c *cell) reputation(failing float32) float32 {
	return c.odds(failing) * (1 + c.several()) / 2
}
