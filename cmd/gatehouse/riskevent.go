package main

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"time"

	"github.com/gatehouse-id/gatehouse/risk"
)

// riskEvent is one line of recorded events. Its strings are slices of the line.
type riskEvent struct {
	attempt   risk.Attempt
	agent     string // as sent; "" absent
	hasAgent  bool
	hasPlace  bool
	hasResult bool
	outcome   risk.Outcome
	probe     bool
	label     string // the truth, where events are made: "legit", or the kind of attacker
	pool      string // member world: another one means that users and time begin anew
	err       error
}

// eventParser reads lines into events.
type eventParser struct{ jsonLine }

// parse reads one line into e, which it overwrites. The line is changed, and must
// stay while the event is used.
func (p *eventParser) parse(line []byte, e *riskEvent) {
	*e = riskEvent{outcome: risk.Blocked}
	p.jsonLine = jsonLine{b: line}
	if p.next() == 0 && p.at == len(line) {
		e.err = errors.New("the line is empty")
		return
	}
	if e.err = p.event(e); e.err != nil {
		return
	}
	if p.next(); p.at != len(p.b) {
		e.err = p.wrong("something follows the object")
	} else if e.attempt.Time.IsZero() {
		e.err = errors.New("there is no time")
	}
}

func (p *eventParser) event(e *riskEvent) error {
	a := &e.attempt
	return p.object(func(name string) (err error) {
		switch name {
		case "time":
			a.Time, err = p.moment()
		case "user":
			a.User, err = p.text()
		case "ip":
			a.Address, err = p.address()
		case "userAgent":
			e.agent, err = p.text()
			e.hasAgent = true
		case "deviceKey":
			a.Device.Key, err = p.text()
		case "deviceTrust":
			a.Device.Trust, err = known(p, "deviceTrust", risk.ParseTrust)
		case "timezone":
			a.Zone, err = p.zone()
		case "password":
			a.Password, err = p.digest()
		case "result":
			e.outcome, err = known(p, "result", risk.ParseOutcome)
			e.hasResult = true
		case "probe":
			e.probe, err = p.boolean()
		case "label":
			e.label, err = p.text()
		case "world":
			e.pool, err = p.text()
		case "place":
			e.hasPlace = true
			err = p.place(&a.Place)
		default:
			err = p.skip()
		}
		return err
	})
}

// place reads a place as a whole: of two that stand in one line the second counts.
func (p *eventParser) place(to *risk.Place) error {
	*to = risk.Place{}
	var lat, lon bool
	err := p.object(func(name string) (err error) {
		switch name {
		case "country":
			to.Country, err = p.text()
		case "region":
			to.Region, err = p.text()
		case "city":
			to.City, err = p.text()
		case "lat":
			to.Lat, err = p.number()
			lat = true
		case "lon":
			to.Lon, err = p.number()
			lon = true
		case "radiusKm":
			to.RadiusKm, err = p.number()
		case "asn":
			to.ASN, err = p.asn()
		case "network":
			to.Network, err = known(p, "network", risk.ParseNetwork)
		default:
			err = p.skip()
		}
		return err
	})
	to.Located = lat && lon
	return err
}

// longestAddress is that of an IPv6 address with all its digits and a short zone.
const longestAddress = 64

// address reads an address; what is none is not known, for recorded events hold
// all sorts of things. A zone id says by which of its own cables a machine was
// reached, and is left out.
func (p *eventParser) address() (netip.Addr, error) {
	text, err := p.text()
	if err != nil || len(text) > longestAddress {
		return netip.Addr{}, err
	}
	a, _ := netip.ParseAddr(text)
	return a.WithZone(""), nil
}

// asn reads the number of a network; what cannot be one is not known.
func (p *eventParser) asn() (uint32, error) {
	n, err := p.number()
	if err != nil || n != math.Trunc(n) || n < 0 || n > math.MaxUint32 {
		return 0, err
	}
	return uint32(n), nil
}

// known reads a word of a fixed set.
func known[T any](p *eventParser, member string, parse func(string) (T, bool)) (v T, err error) {
	at := p.at
	text, err := p.text()
	if err != nil {
		return v, err
	}
	v, ok := parse(text)
	if !ok {
		return v, fmt.Errorf("byte %d: %s: %.40q is none of the known ones", at+1, member, text)
	}
	return v, nil
}

func (p *eventParser) moment() (time.Time, error) {
	at := p.at
	text, err := p.text()
	if err != nil {
		return time.Time{}, err
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, fmt.Errorf("byte %d: time: %.40q is not of RFC 3339", at+1, text)
	}
	return t, nil
}

// zone reads +01:00, -0530 or Z; anything else is not known.
func (p *eventParser) zone() (risk.Zone, error) {
	text, err := p.text()
	if err != nil || text == "" {
		return risk.Zone{}, err
	}
	if text == "Z" {
		return risk.ZoneOf(0), nil
	}
	digits := text[1:]
	if len(digits) == 5 && digits[2] == ':' {
		digits = digits[:2] + digits[3:]
	}
	n, failed := strconv.Atoi(digits)
	if failed != nil || len(digits) != 4 || n%100 > 59 || text[0] != '+' && text[0] != '-' {
		return risk.Zone{}, nil
	}
	minutes := n/100*60 + n%100
	if text[0] == '-' {
		minutes = -minutes
	}
	return risk.ZoneOf(minutes), nil
}

// digest reads 16 hexadecimal digits that stand for a password, equal for equal
// ones. Anything else is not looked at: somebody may have left a password there.
func (p *eventParser) digest() (uint64, error) {
	text, err := p.text()
	if err != nil || len(text) != 16 {
		return 0, err
	}
	n, failed := strconv.ParseUint(text, 16, 64)
	if failed != nil {
		return 0, nil
	}
	return n, nil
}
