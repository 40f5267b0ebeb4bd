package world

import (
	"fmt"
	"sort"
)

// variants change the default world. Those after "calibrated" each push one
// property of a pool to its end, because the worst pool is the one to know.
var variants = map[string]func(*Params, dice){
	"default":    func(*Params, dice) {},
	"shifted":    shift,
	"wide":       wide,
	"stable":     stable,
	"calibrated": calibrated,

	"nokeys":   func(p *Params, _ dice) { p.Keys = 0 },
	"noplace":  func(p *Params, _ dice) { p.GeoKnown, p.ClassKnown = 0, 0 },
	"nozone":   func(p *Params, _ dice) { p.Zones = 0 },
	"bare":     func(p *Params, _ dice) { p.Keys, p.GeoKnown, p.ClassKnown, p.Zones = 0, 0, 0, 0 },
	"cgnat":    func(p *Params, _ dice) { p.CGNAT, p.OnPhone, p.V6 = 1, .5, .05 },
	"phones":   func(p *Params, _ dice) { p.PhoneOnly, p.OnPhone, p.Relay = 1, .6, .25 },
	"tiny":     func(p *Params, _ dice) { p.Users, p.Rate, p.Companies = 50, 40, 25 },
	"big":      func(p *Params, _ dice) { p.Users = 40000 },
	"rare":     func(p *Params, _ dice) { p.Rate, p.RateSpread, p.Days, p.Burst = 1.2, .6, 900, .2 },
	"daily":    func(p *Params, _ dice) { p.Users, p.Rate, p.RateSpread = 600, 150, .5 },
	"seasonal": func(p *Params, _ dice) { p.Season, p.Days = 1, 730 },
	"staff":    staff,
	"roaming":  roaming,
}

// Variants are the names that New knows, sorted.
func Variants() []string {
	names := make([]string, 0, len(variants))
	for name := range variants {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// Of gives the parameters of a variant. For "shifted" and "wide" they depend on the seed.
func Of(variant string, seed uint64) (Params, error) {
	change, ok := variants[variant]
	if !ok {
		return Params{}, fmt.Errorf("no variant of the world is called %.40q; there are %v", variant, Variants())
	}
	p := Default()
	change(&p, newDice(seed, 0x5eed))
	p.Variant = variant
	return p, nil
}

// shift draws every parameter from a range that pools fill which have device
// keys, places and clocks.
func shift(p *Params, d dice) {
	p.Users = min(max(int(d.logNormal(7000, .5)), 2000), 14000)
	p.Days = int(d.between(300, 700))
	p.Rate, p.RateSpread = min(max(d.logNormal(3, .5), 1.5), 12), d.between(.7, 1.5)
	p.Users = min(p.Users, int(60000/p.Rate))
	p.Burst, p.BurstSame, p.Season = d.between(.1, .65), d.between(.6, .95), d.between(0, .5)
	p.Home, p.Employed, p.AtWork = d.between(.15, .98), d.between(.1, .8), d.between(.1, .6)
	p.OnPhone, p.Elsewhere = d.between(.05, .4), d.between(.005, .04)
	p.Trips, p.Heavy, p.HomeRouted = d.between(.5, 3.5), d.between(.02, .15), d.between(.2, .8)
	p.Moves, p.Companies = d.between(.03, .15), int(d.between(15, 200))
	p.PhoneOnly, p.Second, p.Detail = d.between(.05, .6), d.between(.15, .6), 0
	if d.chance(.4) {
		p.Detail = d.between(.1, .8)
	}
	p.DeviceLife, p.UpdateLag, p.Stale = d.between(500, 1200), d.between(3, 30), d.between(.01, .1)
	p.Keys, p.Weekly, p.Never = d.between(.8, 1), d.between(.03, .2), d.between(.02, .18)
	p.Private, p.FreshKeys = d.between(.01, .06), d.between(0, 1)
	p.Lease, p.V6, p.CGNAT = min(max(d.logNormal(70, .8), 10), 700), d.between(0, .6), d.between(0, .4)
	p.VPN, p.VPNUse, p.Relay = d.between(.02, .14), d.between(.2, .9), d.between(.02, .3)
	p.CompanyVPN = d.between(0, .6)
	p.GeoKnown, p.CityKnown, p.RadiusKnown = d.between(.95, 1), d.between(.6, 1), d.between(0, 1)
	p.GeoError, p.GeoAbroad, p.ClassKnown = d.between(.03, .2), d.between(.03, .15), d.between(.6, 1)
	p.Zones = d.between(.5, 1)
	p.Typos, p.Forgotten, p.Abandoned = d.between(.03, .15), d.between(.03, .2), d.between(0, .01)

	a := &p.Attack
	a.Every, a.Size, a.HitRate, a.GuessHit = d.between(8, 40), d.between(.1, .5), d.between(.01, .05), d.between(.05, .2)
	a.PopularAgent, a.Hosting, a.SameCity = d.between(.5, 1), d.between(.2, .9), d.between(.2, .8)
	a.ExactAgent, a.SpoofZone, a.FreshKeys, a.HomeLike = d.between(.2, .9), d.between(.2, .9), d.between(.2, 1), d.between(.02, .25)
	a.OnMobile = d.between(0, .35)
}

// wide is a shifted world that may lack any of what the engine is made for, and
// goes farther where pools go far. What a pool lacks altogether is a case of its
// own, not the end of a range.
func wide(p *Params, d dice) {
	shift(p, d)
	for _, lack := range []struct {
		chance float64
		of     *float64
	}{{.3, &p.Keys}, {.2, &p.GeoKnown}, {.25, &p.ClassKnown}, {.4, &p.Zones}, {.3, &p.RadiusKnown}} {
		if d.chance(lack.chance) {
			*lack.of = 0
		}
	}
	p.Rate = min(max(d.logNormal(3, 1), .8), 40)
	p.Users = min(p.Users, int(60000/p.Rate))
	p.Season, p.CGNAT, p.OnPhone = d.between(0, .95), d.between(0, .8), d.between(.05, .6)
	p.Trips, p.Moves, p.Lease = d.between(.5, 6), d.between(.03, .25), d.logNormal(50, 1.2)
	p.PhoneOnly, p.Never, p.Private = d.between(.05, 1), d.between(.02, .3), d.between(.01, .12)
}

// stable is a pool like the one that was published: rare visits by people with
// one device, who seldom change anything.
func stable(p *Params, _ dice) {
	p.Users, p.Rate, p.RateSpread, p.Burst = 16000, 2.2, 1.05, .3
	p.Home, p.AtWork, p.OnPhone, p.Elsewhere = .98, .15, .15, .01
	p.Trips, p.Heavy, p.Moves = .5, .03, .03
	p.Second, p.DeviceLife, p.Lease = .12, 1500, 700
	p.VPN, p.Relay = .02, .03
}

// staff is one company: everybody behind one address by day, through its exit at night.
func staff(p *Params, _ dice) {
	p.Users, p.Rate, p.RateSpread = 800, 60, .6
	p.Home, p.Employed, p.AtWork, p.CompanyVPN, p.Companies = .8, 1, .6, 1, 800
	p.Heavy, p.Second = .25, .8
}

// roaming is a pool of people who are never at home.
func roaming(p *Params, _ dice) {
	p.Trips, p.Heavy, p.Moves, p.Elsewhere, p.VPN = 6, .4, .25, .08, .2
}
