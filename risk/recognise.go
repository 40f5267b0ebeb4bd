package risk

// Recognise tells whether the user is known for the device key of an attempt, and
// for the prefix of its address: IPv4 by 24 bits, IPv6 by 48. Both are forgotten
// as everything is, and neither is taught by a sign-in that was disowned. A nil or
// empty profile knows neither.
func (e *Engine) Recognise(a *Attempt, p *Profile) (device, prefix bool) {
	s := e.borrow()
	defer e.giveBack(s)
	e.look(a, p, nil, &s.moment)
	return s.moment.sights[atDevice].known(), s.moment.sights[atPrefix].known()
}
