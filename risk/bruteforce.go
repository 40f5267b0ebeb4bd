package risk

import "math"

// Brute force: failures of this account from contexts that its user never used.
// The user's own typos are no attack, and an attacker's failures say nothing of
// the user at home: both would only lock out the owner.

const (
	accountHalfLife = daySeconds // of failures, seconds
	failuresKept    = daySeconds // how old a failure may be to count at all
)

func lookBruteForce(m *moment, v *Vector) {
	p, part := m.p, m.strange
	if m.cold {
		part = 0.5 // they may be the user's own
	}
	v[AccountFailures] = log2f(p.wrong.now(m.now, accountHalfLife)) * part
	v[AccountFailuresRecent] = log2f(float32(m.recentFailures())) * part
	v[AccountFailuresHere] = log2f(float32(m.failuresHere())) * min(m.foreign*2, 1) * part
	v[AccountSecondFactor] = log2f(p.second.now(m.now, accountHalfLife)) * part
}

// recentFailures are those inside the policy's window.
func (m *moment) recentFailures() int {
	window := uint32(m.policy.BruteForce.Window.seconds())
	n := 0
	for _, f := range m.p.recent() {
		if apart(f.at, m.now) <= window {
			n++
		}
	}
	return n
}

// failuresHere are those of the last day from the prefix of this attempt.
func (m *moment) failuresHere() int {
	prefix, n := short(m.names.prefix), 0
	for _, f := range m.p.recent() {
		if m.names.prefix != 0 && f.prefix == prefix && apart(f.at, m.now) <= failuresKept {
			n++
		}
	}
	return n
}

func (d Duration) seconds() int64 { return clampInt(int64(d)/1e9, 1, math.MaxUint32) }

// judgeContext tells how foreign the context is to the user. foreign decides
// whether a failure here counts against the account; strange weakens what is
// known of others where the user is known himself.
func (m *moment) judgeContext() {
	address, prefix, network := &m.sights[atAddress], &m.sights[atPrefix], &m.sights[atNetwork]
	m.foreign, m.strange = 1, 1
	if m.cold {
		return
	}
	m.strange = m.unfamiliar
	switch {
	case address.known() && address.weight >= 0.5:
		m.strange *= 0.3
	case prefix.known() && prefix.weight >= 0.5:
		m.strange *= 0.5
	case network.known():
		m.strange *= 0.8
	}
	if m.strange < 0.05 {
		m.strange = 0 // his own device at his own place: no concern of others
	}
	switch {
	case m.knownDevice() || prefix.known() || address.known():
		m.foreign = 0
	case network.known() && (m.sights[atAgent].known() || m.sights[atPlace].known()):
		m.foreign = 0.5
	}
}
