package risk

import "slices"

// explain writes the reasons: those of rules, then the evidence of each code by
// its size. A detector that sees something is heard even where the trained model
// gives it no weight.
func (m *moment) explain(said *verdict, shown []uint8, d *demands, out *Assessment) {
	var nats [numCodes]float32
	var seen [numCodes]bool
	for _, f := range shown {
		x, info := out.Features[f], &FeatureTable[f]
		code := m.rename(info.Code)
		// Along the path of a tree a feature may seem to speak against its direction,
		// where it is merely less than usual. That is no evidence.
		if by := said.by[f]; by*float32(info.Direction) > 0 {
			nats[code] += by
		}
		if info.Direction > 0 && x >= notable {
			seen[code] = true
		}
	}
	if seen[CodeNewCountry] && m.baseline() {
		seen[CodeUnusualLocation] = true
	}
	out.count = 0
	m.explainRules(&nats, d, out)
	if m.cold {
		out.give(Reason{Code: CodeFirstSignIn})
	}
	if !m.a.Address.IsValid() {
		out.give(Reason{Code: CodeUnreadable})
	}
	if m.malformed {
		out.give(Reason{Code: CodeMalformed})
	}
	m.explainEvidence(&nats, &seen, out)
}

// notable is the least a feature must show to be told without weight.
const notable = 0.7

// faint is the least evidence that is told, in nats.
const faint = 0.05

func (m *moment) explainRules(nats *[numCodes]float32, d *demands, out *Assessment) {
	for i := range rules {
		if !d.spoke[i] {
			continue
		}
		r := Reason{Code: rules[i].code, Nats: nats[rules[i].code], Floor: d.floors[i]}
		nats[rules[i].code] = told
		m.fill(&r, &out.Features)
		out.give(r)
	}
}

// told marks a code that stands among the reasons already: no evidence is as large.
const told = 1e9

func (m *moment) explainEvidence(nats *[numCodes]float32, seen *[numCodes]bool, out *Assessment) {
	first := int(out.count)
	var order [numCodes]uint8
	n := 0
	for c := range nats {
		size := max(nats[c], -nats[c])
		if size < faint && !seen[c] || nats[c] == told {
			continue
		}
		at := n
		for ; at > 0; at-- { // a dozen at most
			before := nats[order[at-1]]
			if max(before, -before) >= size {
				break
			}
			order[at] = order[at-1]
		}
		order[at] = uint8(c)
		n++
	}
	for _, c := range order[:n] {
		out.give(Reason{Code: Code(c), Nats: nats[c]})
	}
	for i := first; i < int(out.count); i++ {
		m.fill(&out.reasons[i], &out.Features)
	}
}

func (a *Assessment) give(r Reason) {
	if int(a.count) < maxReasons {
		a.reasons[a.count] = r
		a.count++
	}
}

// baseline tells that the user is known well enough for a location to be unusual.
func (m *moment) baseline() bool {
	return m.p.history >= float32(m.policy.UnusualLocation.Baseline)*baselineSlack
}

// rename calls a place new, not unusual, while there is no baseline.
func (m *moment) rename(c Code) Code {
	if c == CodeUnusualLocation && !m.baseline() {
		return CodeNewPlace
	}
	return c
}

// fill adds what was seen and what is usual, in the unit of the code.
func (m *moment) fill(r *Reason, v *Vector) {
	place, agent, w := &m.a.Place, &m.a.Agent, &m.world
	switch r.Code {
	case CodeNewCountry, CodeKnownCountry, CodeStrangeSignIn:
		r.Subject, r.Value = place.Country, m.sights[atCountry].weight
	case CodeNewNetwork, CodeKnownNetwork, CodeHostingNetwork, CodeVPNNetwork, CodeTorNetwork, CodeRelayNetwork, CodeMobileNetwork:
		r.Number, r.Value = place.ASN, m.sights[atNetwork].weight
	case CodeUnusualLocation, CodeNewPlace, CodeKnownPlace:
		r.Subject, r.Value = place.City, max(m.nearest, 0)
		r.Baseline = float32(min(m.radius, 1e4)) + storedRadius
	case CodeImpossibleTravel:
		r.Subject, r.Value, r.Baseline = place.City, m.journey.km, m.journey.hours
	case CodeNewZone, CodeZoneMismatch:
		r.Value = float32(m.a.Zone.Minutes) / 60
	case CodeKnownDevice, CodeDeviceChanged:
		r.Subject, r.Value = m.trust.String(), m.sights[atDevice].weight
	case CodeUnusualAgent, CodeKnownAgent, CodeOlderAgent, CodeOutdatedAgent, CodeAutomation:
		r.Subject, r.Value = agent.Family, float32(m.major())
		if s := &m.sights[atBrowser]; s.known() && !m.assumed {
			r.Baseline = float32(m.p.list(atBrowser)[s.at].extra)
		}
	case CodeNewModel:
		r.Subject = agent.Model
	case CodeUnusualHour, CodeUsualHour:
		r.Value = float32(m.hour * 24 / numHours)
		if v[WeekdayUnusual] > v[HourUnusual] {
			r.Subject = "a working day"
			if isWeekend(m.day) {
				r.Subject = "a weekend"
			}
		}
	case CodeBruteForce:
		r.Value, r.Baseline = float32(m.recentFailures()), float32(m.policy.BruteForce.Failures)
		r.Value = max(r.Value, m.p.wrong.now(m.now, accountHalfLife))
	case CodeSecondFactor:
		r.Value = m.p.second.now(m.now, accountHalfLife)
	case CodeCredentialStuffing:
		r.Value, r.Baseline = max(w.address.accounts(), w.device.accounts()), float32(m.policy.CredentialStuffing.Accounts)
	case CodePasswordSpray:
		r.Value = w.sprayed
	case CodeNetworkReputation:
		r.Value, r.Baseline = w.prefix.fail, w.prefix.good // those of the address are among them
		if w.network.fail > 4*r.Value {
			r.Value, r.Baseline = w.network.fail, w.network.good
		}
	case CodeAgentReputation:
		r.Value, r.Baseline = w.agent.fail, w.agent.good
	case CodeDeviceReputation:
		r.Value, r.Baseline = w.device.fail, w.device.good
	case CodeAnomaly:
		where, what := m.unseen()
		r.Value = where + what
	}
}

// Facts are what Counterfactual tries, in this order.
var facts = []string{"device", "network", "place", "agent"}

// Facts lists what Counterfactual may answer.
func Facts() []string { return slices.Clone(facts) }

// Counterfactual names the single fact that, had the user been known for it, would
// have lowered the level most, and the level it would have been. It is asked with
// what Assess was asked; "" if no single fact would have.
func (e *Engine) Counterfactual(a *Attempt, p *Profile, w *World) (fact string, level Level) {
	s := e.borrow()
	defer e.giveBack(s)
	var out Assessment
	e.look(a, p, w, &s.moment)
	actual := s.moment
	s.weigh(e, &out)
	level = out.Level
	for _, name := range facts {
		if level == None {
			break
		}
		s.moment = actual
		s.moment.suppose(name)
		s.weigh(e, &out)
		if out.Level < level {
			fact, level = name, out.Level
		}
	}
	return fact, level
}

// suppose takes a fact for known, as if it had been seen a few times.
func (m *moment) suppose(fact string) {
	m.assumed = true
	take := func(levels ...level) {
		for _, l := range levels {
			m.sights[l] = sight{has: true, based: true, weight: 4, usual: 1}
		}
	}
	switch fact {
	case "device":
		take(atDevice)
		m.sound.Device.Trust = max(m.sound.Device.Trust, Cookie)
		m.missing = 0
	case "network":
		take(atNetwork, atPrefix, atAddress)
	case "place":
		take(atCountry, atPlace, atZone)
	case "agent":
		take(atPlatform, atBrowser, atAgent, atModel)
	}
	m.judge()
}
