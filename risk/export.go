package risk

import (
	"fmt"
	"time"
)

// Export is a Profile to be read by people: the answer to a user who asks what is
// stored of them. To erase a profile, delete its row.
type Export struct {
	SignIns      float64        `json:"signIns"` // fading: half counts after 120 days
	First        string         `json:"firstSignIn,omitempty"`
	Last         string         `json:"lastSignIn,omitempty"`
	Countries    []ExportedItem `json:"countries"`
	Networks     []ExportedItem `json:"networks"`
	Prefixes     []ExportedItem `json:"addressRanges"`
	Addresses    []ExportedItem `json:"addresses"`
	Places       []ExportedItem `json:"places"`
	Devices      []ExportedItem `json:"devices"`
	Platforms    []ExportedItem `json:"platforms"`
	Browsers     []ExportedItem `json:"browsers"`
	Agents       []ExportedItem `json:"agents"`
	Models       []ExportedItem `json:"models"`
	Zones        []ExportedItem `json:"timeZones"`
	Hours        [12]float64    `json:"hoursUTC"` // of two hours each
	LastPlaces   []ExportedFix  `json:"lastPlaces"`
	Trip         *ExportedTrip  `json:"trip,omitempty"`
	Failures     []string       `json:"recentFailures"` // times
	Wrong        float64        `json:"failures"`       // fading: half counts after a day
	SecondFactor float64        `json:"secondFactorFailures"`
	Lost         bool           `json:"lost,omitempty"`
}

// ExportedItem is one thing a user is recognised by. Name is a keyed hash where
// the thing itself is not stored.
type ExportedItem struct {
	Name   string  `json:"name"`
	Weight float64 `json:"weight"` // sign-ins as of LastSeen, fading
	Last   string  `json:"lastSeen"`
	Detail string  `json:"detail,omitempty"`
}

// ExportedFix is a place that a journey may begin at.
type ExportedFix struct {
	Time     string  `json:"time"`
	Lat      float64 `json:"lat"`
	Lon      float64 `json:"lon"`
	RadiusKm int     `json:"radiusKm"`
	Network  string  `json:"network"`
}

// ExportedTrip is the country the user has last proven to be away in.
type ExportedTrip struct {
	Country string `json:"country"`
	Until   string `json:"until"`
}

// Export tells everything that is in the profile.
func (p *Profile) Export() Export {
	x := Export{
		SignIns: float64(p.history), Lost: p.lost,
		Countries: p.items(atCountry, countryExported), Networks: p.items(atNetwork, func(e *entry) (string, string) { return fmt.Sprintf("AS%d", e.name), "" }),
		Prefixes: p.items(atPrefix, hashExported), Addresses: p.items(atAddress, hashExported),
		Places: p.items(atPlace, placeExported), Devices: p.items(atDevice, deviceExported),
		Platforms: p.items(atPlatform, hashExported), Browsers: p.items(atBrowser, browserExported),
		Agents: p.items(atAgent, hashExported), Models: p.items(atModel, hashExported),
		Zones: p.items(atZone, zoneExported),
		Wrong: float64(p.wrong.count), SecondFactor: float64(p.second.count),
		LastPlaces: []ExportedFix{}, Failures: []string{},
	}
	if p.history > 0 {
		x.First, x.Last = dayText(p.born), secondText(p.last)
	}
	for i, h := range p.hours {
		x.Hours[i] = float64(h)
	}
	for _, f := range p.trusted {
		if f.at != 0 {
			lat, lon := f.spot.degrees()
			x.LastPlaces = append(x.LastPlaces, ExportedFix{secondText(f.at), round2(lat), round2(lon), int(f.radius), f.network.String()})
		}
	}
	if p.tripCountry != 0 {
		name, _ := countryExported(&entry{name: p.tripCountry})
		x.Trip = &ExportedTrip{name, dayText(p.tripUntil)}
	}
	for _, f := range p.recent() {
		x.Failures = append(x.Failures, secondText(f.at))
	}
	return x
}

func (p *Profile) items(l level, say func(*entry) (name, detail string)) []ExportedItem {
	list := p.list(l)
	items := make([]ExportedItem, 0, len(list))
	for i := range list {
		name, detail := say(&list[i])
		items = append(items, ExportedItem{name, float64(list[i].weight), dayText(list[i].day), detail})
	}
	return items
}

func hashExported(e *entry) (name, detail string) { return fmt.Sprintf("%08x", e.name), "" }

func countryExported(e *entry) (name, detail string) {
	if e.name < 1<<16 {
		return string(appendPrintable(nil, string([]byte{byte(e.name >> 8), byte(e.name)}))), ""
	}
	return hashExported(e)
}

func placeExported(e *entry) (name, detail string) {
	s := unpackSpot(e.name)
	if s.lat == nowhere {
		return fmt.Sprintf("city %08x", e.extra), ""
	}
	lat, lon := s.degrees()
	return fmt.Sprintf("%.2f %.2f", lat, lon), ""
}

func deviceExported(e *entry) (name, detail string) {
	trust := e.trust.String()
	if e.trust == unproven {
		trust = "unproven"
	}
	return fmt.Sprintf("%08x", e.name), fmt.Sprintf("%s, browser version %d", trust, e.extra&0xffff)
}

func browserExported(e *entry) (name, detail string) {
	return fmt.Sprintf("%08x", e.name), fmt.Sprintf("version %d", e.extra)
}

func zoneExported(e *entry) (name, detail string) {
	return fmt.Sprintf("UTC%+g h", float64(int32(e.name)-1<<15)/60), ""
}

func dayText(day uint16) string {
	return time.Unix(epoch+int64(day)*daySeconds, 0).UTC().Format(time.DateOnly)
}

func secondText(s uint32) string { return time.Unix(epoch+int64(s), 0).UTC().Format(time.RFC3339) }

func round2(x float64) float64 { return float64(int64(x*100+0.5*sign(x))) / 100 }

func sign(x float64) float64 {
	if x < 0 {
		return -1
	}
	return 1
}
