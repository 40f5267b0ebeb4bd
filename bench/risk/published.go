package main

// published are the curves of Wiefling et al. (ACM TOPS 2022) as their data set's
// repository shows them, read off a plot to about 0.02: the median over users of
// the share of sign-ins that are challenged until the 12th and the 30th.
var published = []publishedPoint{
	{"naive", .995, .25, .07}, {"naive", .99, .17, .05}, {"naive", .98, .08, .03},
	{"vpn", .995, .33, .13}, {"vpn", .99, .25, .10}, {"vpn", .98, .17, .07},
	{"targeted", .995, .42, .17}, {"targeted", .99, .33, .10}, {"targeted", .98, .17, .07},
}

type publishedPoint struct {
	attacker string
	caught   float64
	at12     float64
	at30     float64
}

// oneChallenge is one challenge in twelve sign-ins: how near is near enough.
const oneChallenge = .083 + .001
