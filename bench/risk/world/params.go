package world

import "time"

// Params describe a population and those who attack it. Shares are
// probabilities; rates are per year; lengths of time are days.
type Params struct {
	Variant string
	Users   int
	Days    int
	Start   time.Time

	// Visits.
	Rate, RateSpread float64 // median visits of a user, and sigma of its logarithm
	Burst, BurstSame float64 // another visit follows within hours; from the same place
	Season           float64 // 0 all year alike, 1 all in two short seasons

	// People.
	Home       float64 // live in the pool's home country
	Employed   float64
	AtWork     float64 // share of an employed user's visits made at work
	OnPhone    float64 // share of visits over a mobile carrier
	Elsewhere  float64 // share of visits from a café, a friend's house, a train
	Trips      float64
	Heavy      float64 // travel six times as often
	HomeRouted float64 // of roaming sign-ins, those that leave by the carrier at home
	Moves      float64
	Companies  int // users per employer, on average

	// Devices.
	PhoneOnly  float64 // users who own nothing but a phone
	Second     float64 // own a second device; a third with half of it
	DeviceLife float64
	UpdateLag  float64 // from a release to its use
	Stale      float64 // devices that are never updated
	Detail     float64 // programs whose strings tell patch levels and models, as before 2023

	// Device keys.
	Keys      float64 // users whose client brings a device key
	Weekly    float64 // of them, clear cookies every week
	Never     float64 // of them, keep none
	Private   float64 // visits in a private window
	FreshKeys float64 // clients that get a key before the first sign-in, instead of bringing none

	// Networks.
	Lease      float64 // of an address at home
	V6         float64 // homes with IPv6
	CGNAT      float64 // fixed networks that put whole cities behind a few gateways
	VPN        float64 // users of a VPN product
	VPNUse     float64 // share of their visits that go through it
	Relay      float64 // share of owners of Apple devices with the private relay on
	CompanyVPN float64 // employers whose remote staff leaves by their exit

	// What databases know.
	GeoKnown    float64 // addresses that have a place at all
	CityKnown   float64 // of them, those with a city and coordinates
	RadiusKnown float64 // of them, those with an accuracy radius
	GeoError    float64 // blocks believed to be in another city
	GeoAbroad   float64 // of them, believed to be in another country
	ClassKnown  float64 // networks whose kind is known
	Zones       float64 // clients that tell their time zone

	// Failures of honest people.
	Typos     float64 // visits that begin with a wrong password
	Forgotten float64 // of them, a whole row of them
	Abandoned float64

	Attack Attack
}

// Attack says how often each kind strikes and how well it is informed.
type Attack struct {
	Probes   [NumKinds]float64 // per real sign-in: attacks of that kind in its place
	Uniform  float64           // attacks on users drawn at random, per attack in place of a sign-in
	Every    float64           // days between campaigns
	Size     float64           // attempts of a campaign, per user of the pool
	HitRate  float64           // of stuffing campaigns
	GuessHit float64           // of rows of guesses

	PopularAgent float64 // of simple attackers, those with a browser that many people use; the rest bring tools
	Hosting      float64 // of simple attackers, those who rent servers; the rest use homes of others
	SameCity     float64 // of targeted attackers
	ExactAgent   float64 // of targeted attackers, those who copy the victim's version and not only the browser
	SpoofZone    float64 // of attackers who know the country, those who set the clock to it
	FreshKeys    float64 // bring a new key instead of none
	OnMobile     float64 // of targeted attackers, those who come over a carrier of the country's
	HomeLike     float64 // of targeted attackers, those in the victim's own network
	Servers      float64 // of targeted attackers, those who rent a server in the country instead
}

// Default is the world of everyday.
func Default() Params {
	return Params{
		Variant: "default", Users: 12000, Days: 365,
		Start: time.Date(2024, 9, 1, 0, 0, 0, 0, time.UTC),
		Rate:  2.4, RateSpread: 1.25, Burst: .5, BurstSame: .8, Season: .1,
		Home: .55, Employed: .5, AtWork: .3, OnPhone: .16, Elsewhere: .01,
		Trips: 1.8, Heavy: .1, HomeRouted: .5, Moves: .08, Companies: 60,
		PhoneOnly: .2, Second: .45, DeviceLife: 800, UpdateLag: 9, Stale: .04,
		Keys: 1, Weekly: .12, Never: .1, Private: .03, FreshKeys: .5,
		Lease: 60, V6: .3, CGNAT: .1, VPN: .07, VPNUse: .5, Relay: .12, CompanyVPN: .3,
		GeoKnown: .99, CityKnown: .9, RadiusKnown: .3, GeoError: .12, GeoAbroad: .08, ClassKnown: .85, Zones: .8,
		Typos: .08, Forgotten: .1, Abandoned: .004,
		Attack: Attack{
			Probes: [NumKinds]float64{
				Naive: .1, VPN: .1, Targeted: .1, VeryTargeted: .1,
				Guess: .02, Slow: .01, RelayHidden: .04, Cookie: .05, Proxy: .05, Insider: .03,
			},
			Uniform: .5, Every: 20, Size: .25, HitRate: .03, GuessHit: .12,
			PopularAgent: .85, Hosting: .6, SameCity: .5, ExactAgent: .5, SpoofZone: .5, FreshKeys: .6, HomeLike: .1, OnMobile: .15,
		},
	}
}
