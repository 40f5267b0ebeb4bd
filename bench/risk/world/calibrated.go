package world

// calibrated is the world in which Freeman's score gives the curves that Wiefling
// et al. published: Norwegians of 2020, who change little, with agent strings
// that told much, and attackers who know the browser but not its version.
// `go run ./bench/risk calibrate` says how near it comes, and with -steps found it.
func calibrated(p *Params, d dice) {
	stable(p, d)
	p.Rate, p.RateSpread, p.Home = 1.394, .809, .999
	p.OnPhone, p.Elsewhere, p.Trips = .1485, .03144, 2
	p.DeviceLife, p.Stale, p.UpdateLag, p.Detail = 5000, .04163, 9.56, 1
	p.Lease, p.CGNAT, p.GeoError = 1361, .2131, .1986
	a := &p.Attack
	a.SameCity, a.ExactAgent, a.HomeLike = .5138, .01489, .002031
}
