package risk

// Credential stuffing and spraying: one address, device or password for many
// accounts. What counts is strangers who fail; a shared network of people who are
// known there is none of that.

func lookStuffing(m *moment, v *Vector) {
	w := &m.world
	v[AddressStrangers] = strangers(&w.address, w.failing) * m.strange
	v[PrefixStrangers] = strangers(&w.prefix, w.failing) * m.strange
	v[AddressRate] = log2f(max(0, w.address.excess)) * w.address.several() * m.strange
	if n := w.device.accounts(); n > 4 {
		v[DeviceUsers] = log2f(n/4) * within(0.3+w.device.odds(w.failing), 0, 1)
	}
	if w.sprayed > 3 {
		v[Spray] = log2f(w.sprayed/3) * m.strange
	}
	v[Campaign] = m.campaign()
}

// strangers is how many accounts failed here that were never known here, as far
// as failures exceed what is normal.
func strangers(c *cell, failing float32) float32 {
	return log2f(max(0, c.accounts()-2)) * within(c.odds(failing), 0, 1)
}

// several is 0 where one account failed and 1 from five on: what one account does
// is told by the account. One is counted as up to 1.5.
func (c *cell) several() float32 { return within((c.accounts()-1.5)/3.5, 0, 1) }

// The cumulative sum of failures rises by 1-normalShare with each failure of a
// stranger and falls by normalShare with each success, so it stays near 0 while
// fewer than that share fail. Alarm is where it is called a campaign.
const (
	normalShare = 0.35
	alarmExcess = 5
)

// campaign is how far failures of this agent, network or prefix run above normal:
// 1 is the alarm.
func (m *moment) campaign() float32 {
	w := &m.world
	most := max(w.agent.excess*w.agent.several(), w.network.excess*w.network.several(), w.prefix.excess*w.prefix.several())
	if most <= 2 {
		return 0
	}
	return within((most-2)/(alarmExcess-2), 0, loud) * m.strange
}
