package risk

import "math"

// Unusual agent: another operating system, browser or string than the user's, a
// version that went backwards, a version the pool has left behind, or a tool.

func lookAgent(m *moment, v *Vector) {
	platform, browser, agent := &m.sights[atPlatform], &m.sights[atBrowser], &m.sights[atAgent]
	v[PlatformNew], v[BrowserNew], v[AgentNew] = platform.fresh, browser.fresh, agent.fresh
	v[ModelNew] = m.sights[atModel].fresh
	if agent.known() {
		// A string that everybody has proves less than one that few have.
		v[AgentKnown] = agent.usual * within(rarity(m.world.string, m.world.total, 200)+0.5, 0.5, 3) / 3
	}
	if platform.isNew() || browser.isNew() {
		v[AgentRare] = rarity(m.world.browser, m.world.total, 40)
	}
	v[AgentBackward] = m.backward()
	if agent.isNew() && m.world.browser >= 10 && m.a.Agent.Major > 0 {
		v[AgentStale] = within(log2f(max(0, m.world.major-2-float32(m.major()))), 0, loud)
	}
	if m.a.Agent.Automation && !agent.known() {
		v[Automation] = 1
	}
}

// backward is by how much the version fell below the last that was seen of this
// browser. Browsers only ever go forward, but people have several devices, so a
// string of the user's own is not held against him.
func (m *moment) backward() float32 {
	s := &m.sights[atBrowser]
	if !s.known() || m.assumed || m.a.Agent.Major <= 0 || m.sights[atAgent].known() {
		return 0
	}
	last := int(m.p.list(atBrowser)[s.at].extra)
	return within(log2f(float32(max(0, last-m.major()))), 0, loud)
}

func (m *moment) major() int { return min(max(m.a.Agent.Major, 0), math.MaxUint16) }
