package world

import (
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"
)

// AppendJSON appends the event as one line, without the line's end, in the form
// that `gatehouse risk score` reads, with the truth in members that it ignores:
// label, world, history, matched. It is written by hand because worlds are
// written by the million.
func (e *Event) AppendJSON(b []byte, world string) []byte {
	b = append(b, `{"time":"`...)
	b = e.Time.AppendFormat(b, "2006-01-02T15:04:05.000Z07:00")
	b = appendMember(b, `","user":`, e.User)
	b = append(b, `,"ip":"`...)
	b = e.IP.AppendTo(b)
	b = appendMember(b, `","userAgent":`, e.Agent.String)
	if e.DeviceKey != "" {
		b = appendMember(b, `,"deviceKey":`, e.DeviceKey)
		b = appendMember(b, `,"deviceTrust":`, e.Trust)
	}
	if e.ZoneKnown {
		zone := time.FixedZone("", int(e.Zone)*60)
		b = append(b, `,"timezone":"`...)
		b = e.Time.In(zone).AppendFormat(b, "-07:00")
		b = append(b, '"')
	}
	if e.Password != 0 {
		b = append(b, `,"password":"`...)
		b = fmt.Appendf(b, "%016x", e.Password)
		b = append(b, '"')
	}
	b = appendMember(b, `,"result":`, e.Result)
	b = append(b, `,"probe":`...)
	b = strconv.AppendBool(b, e.Probe)
	b = e.Place.appendJSON(b)
	b = appendMember(b, `,"label":`, e.Label)
	b = appendMember(b, `,"world":`, world)
	b = append(b, `,"history":`...)
	b = strconv.AppendInt(b, int64(e.History), 10)
	b = append(b, `,"matched":`...)
	b = strconv.AppendBool(b, e.Matched)
	return append(b, '}')
}

func (p *Place) appendJSON(b []byte) []byte {
	b = append(b, `,"place":{`...)
	first := len(b)
	member := func(name string) {
		if len(b) > first {
			b = append(b, ',')
		}
		b = append(b, name...)
	}
	for _, text := range [...]struct{ name, value string }{
		{`"country":`, p.Country}, {`"region":`, p.Region}, {`"city":`, p.City}, {`"network":`, p.Network},
	} {
		if text.value != "" {
			member(text.name)
			b = appendString(b, text.value)
		}
	}
	if p.Located {
		member(`"lat":`)
		b = strconv.AppendFloat(b, p.Lat, 'f', -1, 64)
		member(`"lon":`)
		b = strconv.AppendFloat(b, p.Lon, 'f', -1, 64)
	}
	if p.RadiusKm > 0 {
		member(`"radiusKm":`)
		b = strconv.AppendFloat(b, p.RadiusKm, 'f', -1, 64)
	}
	if p.ASN != 0 {
		member(`"asn":`)
		b = strconv.AppendUint(b, uint64(p.ASN), 10)
	}
	return append(b, '}')
}

func appendMember(b []byte, name, value string) []byte {
	return appendString(append(b, name...), value)
}

// appendString quotes what JSON must have quoted; what is not UTF-8 is replaced.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r < 0x20:
			b = fmt.Appendf(b, `\u%04x`, r)
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}
