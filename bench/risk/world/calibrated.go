package world

// calibrated is the world in which Freeman's score gives the curves that Wiefling
// et al. published: Norwegians of 2020, who change little, with agent strings
// that told much, and attackers who know the browser but not its version.
// `go run ./bench/risk calibrate` says how near it comes, and with -steps found it.
func calibrated(p *Params, d dice) {
	stable(p, d)
	p.Rate, p.RateSpread, p.Burst, p.Home = 1.394, 0.95, 0.3215, 0.999
	p.Employed, p.OnPhone, p.Elsewhere = 0.2118, 0.1485, 0.04329
	p.Trips, p.Moves, p.Second = 1.961, 0.01064, 0.12
	p.DeviceLife, p.Stale, p.UpdateLag, p.Detail = 5000, 0.04163, 9.56, 1
	p.Lease, p.CGNAT, p.GeoError = 1361, 0.1782, 0.2
	a := &p.Attack
	a.PopularAgent, a.Hosting, a.SameCity = 1, 0.1747, 0.7589
	a.ExactAgent, a.HomeLike, a.Servers = 0.01489, 0.001, 0.3
	a.FreshKeys, a.OnMobile = 0.4, 0
}
