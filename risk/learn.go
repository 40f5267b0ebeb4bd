package risk

// Learn teaches the profile and the world how an attempt ended, at the level it
// was given; see Outcome for what teaches what. Either may be nil.
//
// What Learn does to a profile hardly depends on the order of attempts: when two
// sign-ins race and the second finds that the row has changed, it reads the row
// again and learns again. The order decides only what falls out of a full list,
// what pause lay before a sign-in, and what is noted beside a name, such as the
// last version of a browser.
func (e *Engine) Learn(a *Attempt, p *Profile, w *World, o Outcome, l Level) {
	if o >= Blocked {
		return
	}
	s := e.borrow()
	defer e.giveBack(s)
	e.look(a, p, w, &s.moment)
	s.moment.teach(p, w, o, l)
}

// Replay is Assess and then Learn for an attempt whose end is known already, in two
// thirds of the time: for recorded events. A recorded Success that is judged Medium
// or higher counts as Passed, for at that level a challenge would have been asked.
func (e *Engine) Replay(a *Attempt, p *Profile, w *World, o Outcome) (out Assessment) {
	s := e.borrow()
	defer e.giveBack(s)
	e.look(a, p, w, &s.moment)
	s.weigh(e, &out)
	if o == Success && out.Level >= Medium {
		o = Passed
	}
	if o < Blocked {
		s.moment.teach(p, w, o, out.Level)
	}
	return out
}

func (m *moment) teach(p *Profile, w *World, o Outcome, l Level) {
	switch o {
	case Success, Passed, SignedUp:
		w.learnSuccess(m)
		if p != nil {
			p.learn(m, lessonOf(m, o, l))
		}
	default:
		part := float32(1)
		if o == Abandoned {
			part = 0.5
		}
		w.learnFailure(m, o, part)
		if p != nil {
			p.learnFailure(m, o, part)
		}
	}
}

// lesson is what a completed sign-in may teach.
type lesson struct {
	weight float32
	limit  float32 // that no entry exceeds by it
	daily  bool    // and on one day only once
	passed bool
}

const (
	unaskedWeight = 0.25
	alarmedWeight = 0.02 // three of them are more than what counts as forgotten
	unaskedLimit  = 1
	heaviest      = 4096
)

// lessonOf is the rule against poisoning: who was let in without a question from a
// context that looked risky may be an attacker, and must not become usual by
// coming again and again. What looked alarming is all but forgotten: a key can be
// copied, and a pool that only watches must not get used to whoever has one. At an
// address of the user's the alarm is about a new device as a rule, and that is .25.
func lessonOf(m *moment, o Outcome, l Level) lesson {
	if o == Success && l >= Medium && !m.cold && !m.sights[atAddress].known() {
		return lesson{weight: alarmedWeight, limit: unaskedLimit, daily: true}
	}
	if o == Success && l > None && !m.cold && !m.knownDevice() {
		return lesson{weight: unaskedWeight, limit: unaskedLimit}
	}
	return lesson{weight: 1, limit: heaviest, passed: o == Passed}
}

// parents: something can only be new at a level if it is not new above.
var parents = [numLevels]level{
	atCountry: atCountry, atNetwork: atCountry, atPrefix: atNetwork, atAddress: atPrefix,
	atPlace: atPlace, atDevice: atDevice,
	atPlatform: atPlatform, atBrowser: atPlatform, atAgent: atBrowser, atModel: atPlatform,
	atZone: atZone,
}

// chances tells at which levels something new was possible and which showed it.
func (m *moment) chances(tell func(l int, fresh bool)) {
	for l := range level(numLevels) {
		s, above := &m.sights[l], &m.sights[parents[l]]
		if !s.has || m.p.count[l] == 0 || parents[l] != l && above.has && !above.known() {
			continue
		}
		tell(int(l), !s.known())
	}
	tell(tallyKeyless, !m.sights[atDevice].has)
	tell(tallyWeekend, isWeekend(m.day))
}

func (p *Profile) learn(m *moment, x lesson) {
	part := p.passTo(m.day) * x.weight
	p.learnSurprise(m, x)
	if x.passed && p.count[atCountry] > 0 && m.sights[atCountry].isNew() {
		p.tripCountry, p.tripUntil = m.sights[atCountry].name, min(m.day+tripDays, lastDay)
	}
	m.chances(func(l int, fresh bool) {
		p.tallies[l].of += part * m.world.rates[l].exposure()
		if fresh {
			p.tallies[l].new += part
		}
	})
	for l := range level(numLevels) {
		if s := &m.sights[l]; s.has && !(x.daily && m.seenToday(l)) {
			var earlier uint16
			if s.known() {
				earlier = p.list(l)[s.at].day
			}
			if l == atDevice {
				p.learnDevice(m, x, earlier)
				continue
			}
			at := p.see(l, int(s.at), s.name, x.weight, x.limit, m.day)
			p.annotate(m, l, at, earlier)
		}
	}
	p.hours[m.hour] += part
	if p.history == 0 {
		p.born = m.day
	}
	p.history = min(p.history+part, 1e8)
	p.last = max(p.last, m.now)
	if x.weight >= 1 && m.located {
		p.trust(m)
	}
	if x.passed {
		p.forgive(short(m.names.prefix))
	}
	p.lost = false
}

// seenToday tells whether the user showed the same at a level on this day, or a later one.
func (m *moment) seenToday(l level) bool {
	at := int(m.sights[l].at)
	return at >= 0 && at < int(m.p.count[l]) && m.p.list(l)[at].day >= m.day
}

// learnSurprise keeps mean and variance of the user's own surprise: as an average
// at first, and later over about thirty sign-ins.
func (p *Profile) learnSurprise(m *moment, x lesson) {
	if m.cold {
		return
	}
	rate := x.weight / min(max(p.history, 1), 30)
	delta := m.surprise - p.mean
	p.mean = within(p.mean+rate*delta, -127, 127)
	p.spread = within((1-rate)*(p.spread+rate*delta*delta), 0, 1e4)
}

// latest is what an entry keeps of two notes: that of the later day.
func latest(e *entry, day, earlier uint16, note uint32) uint32 {
	switch {
	case note == 0 || day < earlier && e.extra != 0:
		return e.extra
	case day == earlier:
		return max(e.extra, note)
	}
	return note
}

// annotate writes what an entry keeps beside its name: always that of the latest
// day, and of one day the greatest, so that the order does not matter.
func (p *Profile) annotate(m *moment, l level, at int, earlier uint16) {
	e := &p.list(l)[at]
	switch l {
	case atPlace:
		if e.extra == 0 && m.names.city != 0 {
			e.extra = short(m.names.city)
		}
		p.directions[at] = unpackSpot(e.name).direction()
	case atBrowser:
		e.extra = latest(e, m.day, earlier, uint32(m.major()))
	case atDevice:
		e.extra = latest(e, m.day, earlier, deviceMark(m.names.browser, m.major()))
	}
}

// vouches tells whether a sign-in vouches for the device it came with: it was asked,
// it came from where the user has been before, or it looked harmless and not only
// because of a sign-in before it that did not.
func (m *moment) vouches(x lesson) bool {
	const sure = 0.5 // more than a sign-in teaches that looked risky
	here := &m.sights[atAddress]
	if !here.known() {
		here = &m.sights[atPrefix]
	}
	switch {
	case x.passed || m.cold || m.knownDevice():
		return true
	case here.known():
		return here.weight >= sure
	}
	return x.weight >= 1
}

// learnDevice learns the key that a sign-in came with. One for which nothing vouches weighs little.
func (p *Profile) learnDevice(m *moment, x lesson, earlier uint16) {
	s := &m.sights[atDevice]
	vouched := m.vouches(x)
	if !vouched {
		x.weight, x.limit = min(x.weight, unaskedWeight), unaskedLimit
	}
	at := p.see(atDevice, int(s.at), s.name, x.weight, x.limit, m.day)
	p.annotate(m, atDevice, at, earlier)
	p.vouch(m, at, vouched)
}

// Introduce teaches the profile a device key that was given out in a sign-in after
// it ended, for the sign-ins to come. The profile must have learned that sign-in
// already: a is its attempt, with the key, and what else it shows counts once only.
func (e *Engine) Introduce(a *Attempt, p *Profile, o Outcome, l Level) {
	if o != Success && o != Passed || a.Device.Key == "" {
		return
	}
	s := e.borrow()
	defer e.giveBack(s)
	e.look(a, p, nil, &s.moment)
	p.learnDevice(&s.moment, lessonOf(&s.moment, o, l), 0)
}

// vouch marks a device for which nothing vouches, and takes the mark away.
func (p *Profile) vouch(m *moment, at int, vouched bool) {
	e := &p.list(atDevice)[at]
	doubted := m.sights[atDevice].at < 0 || e.trust == unproven
	switch {
	case doubted && !vouched && e.heft(m.day) < provenWeight:
		e.trust = unproven
	case doubted:
		e.trust = m.a.Device.Trust
	default:
		e.trust = max(e.trust, m.a.Device.Trust)
	}
}

// trust remembers where the user certainly was: the latest place, and the latest
// other one, so that one hop through a wrong place hides nothing.
func (p *Profile) trust(m *moment) {
	f := fix{at: m.now, spot: m.spot, radius: uint16(m.radius), network: m.a.Place.Network}
	t := &p.trusted
	switch {
	case t[0].at != 0 && nearby(t[0].spot, f.spot):
		if f.at >= t[0].at {
			t[0] = f
		}
	case f.at >= t[0].at:
		t[0], t[1] = f, t[0]
	case t[1].at == 0 || f.at >= t[1].at:
		t[1] = f
	}
}

func nearby(a, b spot) bool { return km(a.direction().chord2(b.direction())) < 50 }

// forgive drops the failures of a prefix from which somebody has now proven to be
// the user: they were typos.
func (p *Profile) forgive(prefix uint32) {
	kept := p.failures
	p.failures = [maxFailures]failure{}
	n := 0
	for _, f := range kept {
		if f.at == 0 {
			continue
		}
		if f.prefix == prefix {
			p.wrong.count = max(0, p.wrong.count-1)
			continue
		}
		p.failures[n] = f
		n++
	}
}

func (p *Profile) learnFailure(m *moment, o Outcome, part float32) {
	if m.foreign == 0 {
		return
	}
	if o != WrongPassword {
		p.second.add(part*m.foreign, m.now, accountHalfLife)
		return
	}
	p.wrong.add(m.foreign, m.now, accountHalfLife)
	p.wrong.count = min(p.wrong.count, heaviest)
	if m.foreign < 1 {
		return
	}
	p.remember(failure{short(m.names.prefix), m.now})
}

// remember keeps the latest failures, in any order.
func (p *Profile) remember(f failure) {
	if n := len(p.recent()); n < maxFailures {
		p.failures[n] = f
		return
	}
	oldest := 0
	for i := range p.failures {
		if p.failures[i].at < p.failures[oldest].at {
			oldest = i
		}
	}
	if f.at > p.failures[oldest].at {
		p.failures[oldest] = f
	}
}

// learnSuccess counts a completed sign-in for everything that it showed.
func (w *World) learnSuccess(m *moment) {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	n := &m.names
	regular := one(m.foreign == 0 && !m.cold)
	w.eachCell(m, func(c *cell) {
		c.good++
		c.regular += regular
		c.excess = max(0, c.excess-normalShare)
	})
	if n.device != 0 {
		w.devices.touch(n.device, m.now).meet(n.user)
	}
	p := &w.pool
	p.passTo(m.day)
	p.total++
	p.hours[m.hour]++
	p.good += regular
	if !m.cold {
		m.chances(func(l int, fresh bool) {
			p.tallies[m.pause][l].of++
			if fresh {
				p.tallies[m.pause][l].new++
			}
		})
	}
	for _, name := range [...]uint64{n.country, n.network, n.prefix, n.agent} {
		if name != 0 {
			w.popular.add(name, 1, m.day)
		}
	}
	if n.browser != 0 {
		s := w.popular.add(n.browser, 1, m.day)
		if major := float32(m.major()); major > 0 {
			s.mean += (major - s.mean) / min(s.weight, 50)
		}
	}
}

// learnFailure counts a failure for everything that it showed, as far as it was
// not the user's own typo.
func (w *World) learnFailure(m *moment, o Outcome, part float32) {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pool.passTo(m.day)
	if m.foreign == 0 {
		w.pool.fail += part
		return
	}
	part *= m.foreign
	w.eachCell(m, func(c *cell) {
		c.fail += part
		c.excess += part * (1 - normalShare)
		c.meet(m.names.user)
	})
	if o == WrongPassword && m.names.password != 0 {
		w.passwords.add(m.names.password, m.names.user, m.now)
	}
}

// eachCell changes what is known of address, prefix, device, network and agent.
func (w *World) eachCell(m *moment, change func(*cell)) {
	n := &m.names
	for i, name := range [...]uint64{n.address, n.prefix, n.device, n.network, n.agent} {
		if name != 0 {
			change(w.tables()[i].touch(name, m.now))
		}
	}
}

func one(is bool) float32 {
	if is {
		return 1
	}
	return 0
}
