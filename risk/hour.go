package risk

// Unusual hour: people sleep, and attackers elsewhere do not. Hours are UTC, in
// twelve bins of two with their neighbours counted in by a quarter, so that summer
// time moves nobody out of his habits.

const hourBackOff = 6 // sign-ins of the pool's habit behind a user's own

func lookHour(m *moment, v *Vector) {
	p := m.p
	if p.history < float32(m.policy.UnusualHour.Baseline)*baselineSlack {
		return
	}
	var all float32
	for _, h := range p.hours {
		all += h
	}
	before, after := (m.hour+numHours-1)%numHours, (m.hour+1)%numHours
	here := p.hours[m.hour]/2 + p.hours[before]/4 + p.hours[after]/4
	own := (here + hourBackOff*m.world.hour) / (all + hourBackOff)
	anybody := (m.world.hour + 1.0/numHours) / 2
	nats := logf(anybody / own)
	v[HourUnusual] = within(nats, 0, loud)
	v[HourUsual] = within(-nats, 0, loud)

	weekend := rateOfNew(p.tallies[tallyWeekend], m.world.rates[tallyWeekend])
	if isWeekend(m.day) {
		nats = logf(natures[tallyWeekend].foreign / weekend)
	} else {
		nats = logf((1 - natures[tallyWeekend].foreign) / (1 - weekend + 0.01))
	}
	v[WeekdayUnusual] = within(nats, 0, loud)
}

// baselineSlack lets a baseline of n sign-ins be reached by n that have begun to
// fade.
const baselineSlack = 0.9

// isWeekend counts from 2020-01-01, a Wednesday.
func isWeekend(day uint16) bool { return day%7 == 3 || day%7 == 4 }
