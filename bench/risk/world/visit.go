package world

import "time"

// Lengths of time in milliseconds.
const (
	minuteMs = int64(60_000)
	hourMs   = 60 * minuteMs
	dayMs    = 86_400_000.0
	yearMs   = 365.2425 * dayMs
)

// visit makes the attempts of one visit, which begins now.
func (who *person) visit(w *World, now int64) {
	d, p := who.d, &w.params
	who.live(w, now)
	c := who.context(w, now)
	who.last = c
	e := who.event(w, c, now)

	at := now
	switch {
	case d.chance(p.Typos):
		wrong := 1 + d.geometric(.8)
		if d.chance(p.Forgotten) {
			wrong = 3 + d.geometric(.3)
		}
		for range min(wrong, 12) {
			f := *e
			f.Result, f.Password = "wrong_password", d.Uint64()
			w.emit(&f, at)
			at += int64(3000 + d.exp(12000))
		}
	case d.chance(p.Abandoned):
		f := *e
		f.Result = [...]string{"mfa_failed", "abandoned"}[d.IntN(2)]
		w.emit(&f, at)
		at += int64(20000 + d.exp(60000))
	}
	e.Password = mix(uint64(who.account), 77)
	w.emit(e, at)
}

// context chooses from where and on what.
func (who *person) context(w *World, now int64) context {
	d, p := who.d, &w.params
	if who.last.until > now && d.chance(p.BurstSame) {
		c := who.last
		c.traits &^= NewDevice
		return c
	}
	c := context{device: who.device(), at: who.homeAt, until: now + int64(d.exp(6*float64(hourMs)))}
	phoneLike := who.devices[c.device].build.platform == iphone || who.devices[c.device].build.platform == android
	local := float64(((now+int64(who.homeAt.zone(now))*minuteMs)/hourMs)%24+24) - 24
	weekday := time.UnixMilli(now).UTC().Weekday()
	switch {
	case now < who.trip.until:
		who.away(&c, phoneLike)
	case who.work != nil && weekday != 0 && weekday != 6 && local >= 7 && local < 18 && d.chance(min(1, p.AtWork*1.6)):
		c.seat, c.traits = who.work.seat, Shared
		c.at = who.work.at
	case phoneLike && d.chance(min(1, p.OnPhone*1.5)):
		c.seat, c.traits = who.carrier(), Shared
	case d.chance(p.Elsewhere):
		c.seat = seatIn(d, anyOf(d, w.nets.fixed[who.homeAt.country]), who.homeAt, false)
	default:
		c.seat = who.home
		if c.seat.net.nat {
			c.traits = Shared
		}
		c.seat.iid = mix(c.seat.iid, uint64(now/int64(dayMs))*uint64(c.device+1)) // privacy extensions: another address each day
	}
	who.detour(w, &c)
	if who.movedAt != 0 && now-who.movedAt < 30*int64(dayMs) {
		c.traits |= NewHome
	}
	return c
}

// away fills the context of somebody on a trip.
func (who *person) away(c *context, phoneLike bool) {
	c.at, c.traits = who.trip.at, Travelling
	c.seat = who.trip.hotel
	if phoneLike && who.d.chance(.55) {
		c.seat = who.trip.roam
		if c.seat.net == who.cell.net {
			c.seat = who.carrier()
		}
	}
}

// carrier is the phone's address now: another one of the few of its gateway.
func (who *person) carrier() seat {
	s := who.cell
	d := who.d
	if d.chance(.3) {
		s.block = int32(d.IntN(len(s.net.where)))
	}
	s.host = uint8(1 + d.IntN(24))
	return s
}

// detour lets the visit leave the Internet elsewhere than the person is.
func (who *person) detour(w *World, c *context) {
	d, p := who.d, &w.params
	b := who.devices[c.device].build
	atWork := who.work != nil && c.seat == who.work.seat
	switch {
	case who.work != nil && !atWork && d.chance(who.remote):
		c.seat = who.work.exit
		c.traits |= OverVPN | Shared
	case who.vpn != nil && !atWork && d.chance(p.VPNUse):
		exit := who.vpnHome
		if d.chance(.2) {
			exit = spot{anyCountry(d, -1), 0}
		}
		c.seat = seatIn(d, who.vpn, exit, false)
		c.traits |= OverVPN | Shared
	case who.relay && b.family == safari && (b.platform == iphone || b.platform == ipad || b.platform == mac):
		c.seat = seatIn(d, anyOf(d, w.nets.relay), c.at, d.chance(.5))
		c.seat.host = uint8(1 + d.IntN(60))
		c.traits |= OverRelay | Shared
	}
}

// device is the one in use: the first most of the time.
func (who *person) device() int {
	if len(who.devices) == 1 || who.d.chance(.65) {
		return 0
	}
	return 1 + who.d.IntN(len(who.devices)-1)
}

// event describes an attempt of the person in a context.
func (who *person) event(w *World, c context, now int64) *Event {
	d, p := who.d, &w.params
	dev := &who.devices[c.device]
	e := &Event{
		User: who.name, Account: who.account, Label: Legit, Result: "success",
		IP: c.seat.addr(), Place: w.placeOf(c.seat), Agent: dev.agent(w, now), Traits: c.traits,
	}
	if d.chance(p.Private) {
		blank := device{serial: 1<<20 + dev.serial}
		dev.serial++
		e.DeviceKey = blank.bring(who.keys, who.fresh, who.account, c.device, now)
	} else {
		e.DeviceKey = dev.bring(who.keys, who.fresh, who.account, c.device, now)
	}
	if e.DeviceKey != "" {
		e.Trust = who.trust
	}
	if dev.signIns++; dev.signIns <= 3 && who.history > 0 {
		e.Traits |= NewDevice
	}
	if mix(uint64(who.account), w.seed)%1000 < uint64(p.Zones*1000) {
		e.Zone, e.ZoneKnown = c.at.zone(now), true
	}
	return e
}
