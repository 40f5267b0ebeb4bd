package risk

// New device: the key that a client brought is not one of the user's, or none came
// from a user who brings one. Where nobody brings keys nothing is said.

// judgeDevice tells how familiar the device is. Without a key the agent must do,
// and it is only claimed.
func (m *moment) judgeDevice() {
	s := &m.sights[atDevice]
	agent := m.agentDistance()
	switch {
	case s.known():
		m.trust = min(m.a.Device.Trust, Remembered)
		m.unfamiliar = [...]float32{Claimed: 0.25, Cookie: 0.05, Remembered: 0}[m.trust]
	case m.off.Has(NewDevice):
		m.unfamiliar = agent
	case s.isNew():
		m.unfamiliar = 0.7 + 0.3*agent
	default:
		keyless := m.p.tallies[tallyKeyless]
		absent := rateOfNew(keyless, m.world.rates[tallyKeyless])
		m.unfamiliar = agent
		if !s.has && keyless.of > 0 {
			foreign := max(natures[tallyKeyless].foreign, m.world.rates[tallyKeyless].all)
			m.missing = within(logf(foreign/absent), 0, loud)
			m.unfamiliar = max(agent, 1-absent)
		}
	}
}

// agentDistance is how far the agent is from those of the user, 0.4 for the very
// same: many people share one agent string.
func (m *moment) agentDistance() float32 {
	platform, browser, agent := &m.sights[atPlatform], &m.sights[atBrowser], &m.sights[atAgent]
	switch {
	case m.off.Has(UnusualAgent):
		return 0.7
	case agent.known():
		return 0.4
	case browser.known():
		return 0.6
	case platform.known():
		return 0.8
	case !platform.has && !browser.has && !agent.has:
		return 0.7
	}
	return 1
}

// knownDevice tells that a key of the user's came, worth something.
func (m *moment) knownDevice() bool { return m.sights[atDevice].known() }

// moved is 2 for a known key in another browser, 1 in an older version of its own:
// keys do not travel between browsers, but thieves carry them.
func (m *moment) moved() float32 {
	s := &m.sights[atDevice]
	if !s.known() || m.assumed {
		return 0
	}
	held := m.p.list(atDevice)[s.at].extra
	browser, major := held>>16, int(held&0xffff)
	if browser == 0 || m.names.browser == 0 {
		return 0
	}
	if browser != shortest(m.names.browser) {
		return 2
	}
	if m.a.Agent.Major > 0 && m.a.Agent.Major < major {
		return 1
	}
	return 0
}

// shortest is 16 bits of a name, never 0.
func shortest(name uint64) uint32 { return uint32(name>>48) | 1 }

// deviceMark is what an entry of a device keeps in extra.
func deviceMark(browser uint64, major int) uint32 {
	if browser == 0 {
		return 0
	}
	return shortest(browser)<<16 | uint32(clampInt(int64(major), 0, 0xffff))
}

func lookDevice(m *moment, v *Vector) {
	s := &m.sights[atDevice]
	if s.known() {
		use := within(1+s.weight/8, 1, 2)
		v[DeviceKnown] = use
		if m.trust >= Cookie {
			v[DeviceCookie] = use
		}
		if m.trust >= Remembered {
			v[DeviceRemembered] = use
		}
		v[DeviceMoved] = m.moved()
		return
	}
	v[DeviceNew] = s.fresh
	v[DeviceAbsent] = m.missing
}
