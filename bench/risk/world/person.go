package world

import (
	"fmt"
	"math"
)

// person is somebody with an account, and the life that leads to sign-ins.
type person struct {
	d       dice
	account int
	name    string
	history int // successful sign-ins so far
	rate    float64

	home, cell seat
	homeAt     spot
	leaseEnd   int64
	movedAt    int64
	nextMove   int64
	work       *company
	remote     float64 // share of visits from home that leave by the employer's exit

	devices  []device
	keys     keyHabit
	fresh    bool
	trust    string
	relay    bool
	vpn      *network
	vpnHome  spot
	peak     float64 // favourite hour
	night    bool
	nextTrip int64
	trip     trip
	tripsPer float64

	last context // of the latest visit
	next int64   // the visit to come
}

// company is an employer: an address for everybody inside, an exit for those outside.
type company struct {
	seat seat
	at   spot
	exit seat
	vpn  bool
}

// trip is an absence from home.
type trip struct {
	until  int64
	at     spot
	hotel  seat
	roam   seat
	abroad bool
}

// context is from where and on what somebody signs in.
type context struct {
	seat   seat
	at     spot // where the person really is
	device int
	traits Traits
	until  int64 // the context is gone after that moment
}

func (w *World) newPerson(account int, at int64) *person {
	d := newDice(w.seed, uint64(account)+1)
	p := &w.params
	who := &person{d: d, account: account, name: fmt.Sprintf("u%06d", account), rate: d.logNormal(p.Rate, p.RateSpread)}
	who.rate = min(who.rate, 2500)

	c := w.home
	if !d.chance(p.Home) {
		c = anyCountry(d, -1)
	}
	who.homeAt = anyCity(d, c)
	who.settle(w, at)
	carrier := anyOf(d, w.nets.mobile[c])
	who.cell = seatIn(d, carrier, who.homeAt, false)
	if d.chance(p.Employed) {
		who.work = w.employer(d, who.homeAt)
		if who.work.vpn {
			who.remote = d.between(0, .6)
		}
	}
	who.nextMove = at + int64(d.exp(1/max(p.Moves, 1e-6))*yearMs)
	who.tripsPer = d.logNormal(p.Trips, .6)
	if d.chance(p.Heavy) {
		who.tripsPer *= 6
	}
	who.nextTrip = at + int64(d.exp(1/max(who.tripsPer, 1e-6))*yearMs)

	who.devices = w.firstDevices(d, at)
	who.keys = w.habit(d)
	who.fresh = d.chance(p.FreshKeys)
	who.trust = w.trust
	if d.chance(.15) {
		who.trust = [...]string{"remembered", "cookie", "claimed"}[d.IntN(3)]
	}
	for i := range who.devices {
		if b := who.devices[i].build; (b.platform == iphone || b.platform == mac || b.platform == ipad) && b.family == safari {
			who.relay = d.chance(p.Relay)
			break
		}
	}
	if d.chance(p.VPN) {
		who.vpn = anyOf(d, w.nets.vpn)
		who.vpnHome = spot{who.homeAt.country, 0}
		if d.chance(.3) {
			who.vpnHome = spot{anyCountry(d, -1), 0}
		}
	}
	who.peak = d.between(7, 22)
	who.night = d.chance(.06)
	return who
}

func (w *World) firstDevices(d dice, at int64) []device {
	p := &w.params
	on := platform(d.pick(platformShare))
	if d.chance(p.PhoneOnly) {
		on = phone(d)
		return []device{w.newDevice(d, on, at)}
	}
	devices := []device{w.newDevice(d, on, at)}
	if d.chance(p.Second) {
		second := phone(d)
		if on == iphone || on == android {
			second = platform(d.pick(platformShare[:iphone]))
		}
		devices = append(devices, w.newDevice(d, second, at))
		if d.chance(p.Second / 2) {
			devices = append(devices, w.newDevice(d, platform(d.pick(platformShare)), at))
		}
	}
	return devices
}

func phone(d dice) platform {
	if d.chance(.49) {
		return iphone
	}
	return android
}

// settle gives the person a line at home.
func (who *person) settle(w *World, now int64) {
	isp := anyOf(who.d, w.nets.fixed[who.homeAt.country])
	who.home = seatIn(who.d, isp, who.homeAt, who.d.chance(w.params.V6))
	who.lease(w, now)
}

func (who *person) lease(w *World, now int64) {
	who.leaseEnd = now + int64(who.d.exp(w.params.Lease)*dayMs)
}

// live lets everything happen to the person that happens without us until now.
func (who *person) live(w *World, now int64) {
	d, p := who.d, &w.params
	if now >= who.nextMove {
		c := who.homeAt.country
		if d.chance(.15) {
			c = anyCountry(d, c)
			who.cell = seatIn(d, anyOf(d, w.nets.mobile[c]), spot{c, 0}, false)
		}
		who.homeAt = anyCity(d, c)
		who.settle(w, now)
		who.movedAt = who.nextMove
		who.nextMove = now + int64(d.exp(1/max(p.Moves, 1e-6))*yearMs)
	}
	if now >= who.leaseEnd { // mostly another address nearby, sometimes another part of the town
		if d.chance(.6) {
			who.home.host = uint8(1 + d.IntN(254))
			who.home.sub = uint16(d.Uint32())
		} else {
			who.home = seatIn(d, who.home.net, who.homeAt, who.home.v6)
		}
		who.lease(w, now)
	}
	for i := range who.devices {
		if dev := &who.devices[i]; now >= dev.end {
			on := dev.build.platform
			if d.chance(.1) {
				on = platform(d.pick(platformShare))
			}
			serial := dev.serial
			*dev = w.newDevice(d, on, now)
			dev.serial = serial
		}
	}
	for now >= who.nextTrip {
		who.depart(w)
	}
}

// depart begins the trip that is due; trips that are over when somebody looks leave no trace.
func (who *person) depart(w *World) {
	d := who.d
	length := d.logNormal(4, .8)
	begin := who.nextTrip
	who.nextTrip = begin + int64((length+d.exp(365.25/max(who.tripsPer, 1e-6)))*dayMs)
	t := trip{until: begin + int64(length*dayMs), abroad: d.chance(.55), at: anyCity(d, who.homeAt.country)}
	if t.abroad {
		t.at = abroad(d, who.homeAt)
	}
	t.hotel = seatIn(d, anyOf(d, w.nets.fixed[t.at.country]), t.at, false)
	t.roam = seatIn(d, anyOf(d, w.nets.mobile[t.at.country]), t.at, false)
	if !t.abroad || d.chance(w.params.HomeRouted) {
		t.roam = who.cell
	}
	who.trip = t
}

// nextVisit draws when the person comes again, after a visit now.
func (who *person) nextVisit(w *World, now int64) int64 {
	d, p := who.d, &w.params
	if d.chance(p.Burst) {
		return now + int64(d.exp(3*float64(hourMs))) + minuteMs
	}
	at := now
	for range 40 { // in a season with few visits the first ones drawn do not take place
		at += int64(d.exp(1/who.rate)*yearMs) + 30*minuteMs
		if d.chance(seasonal(p.Season, at)) {
			break
		}
	}
	return max(who.hour(at), now+minuteMs)
}

// seasonal is the share of visits that take place on that day of the year, at
// most 1: two seasons of five weeks, and what is left for the rest of the year.
func seasonal(strength float64, ms int64) float64 {
	day := float64(yearDay(ms))
	peak := math.Exp(-sq((day-105)/18)) + math.Exp(-sq((day-290)/18))
	return 1 - strength*(1-min(1, peak)) + .02*strength
}

func sq(x float64) float64 { return x * x }

// hour moves a moment to an hour at which the person is awake: 7 to 20 evenly,
// a fifth of that at night, and half of all visits near the favourite hour.
func (who *person) hour(at int64) int64 {
	d := who.d
	zone := int64(who.homeAt.zone(at)) * minuteMs
	day := (at + zone) / dayMs * dayMs
	h := who.peak + 2*d.NormFloat64()
	if d.chance(.5) {
		for h = d.between(0, 24); (h < 7 || h >= 20) && !d.chance(.2); {
			h = d.between(0, 24)
		}
	}
	if who.night {
		h += 9
	}
	h = math.Mod(h+24, 24)
	return day + int64(h*float64(hourMs)) - zone
}
