package world

func calibrated(p *Params, d dice) {
	stable(p, d)
	p.Detail = .9
	a := &p.Attack
	a.ExactAgent, a.HomeLike, a.SameCity = .02, .005, .5
}
