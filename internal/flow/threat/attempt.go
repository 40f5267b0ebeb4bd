package threat

import (
	"encoding/hex"
	"hash/maphash"
	"math"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/part/agent"
	"github.com/gatehouse-id/gatehouse/internal/part/geo"
	"github.com/gatehouse-id/gatehouse/risk"
)

// Context is one attempt, as risk is asked about it and as an event shows it.
type Context struct {
	risk.Attempt
	City, Country string // the country by its English name
	DeviceName    string // "Chrome 126, Windows 10"
	Timezone      string // "-07:00"; "" unknown
}

// Context finds out what can be known of an attempt. subject is whose it is: the
// sub, or the keyed hash of an unknown name. password is "" where it was not
// shown; it is compared in memory and goes no further.
func (t *Threat) Context(p *model.Pool, subject string, o model.Origin, password string) Context {
	c := t.contextOf(subject, o, t.cfg.Now())
	c.Device = deviceOf(t.deviceName(p, o.Fingerprint.DeviceID))
	if password != "" {
		c.Password = max(1, maphash.String(t.passwords, password))
	}
	return c
}

// contextOf is Context without what depends on secrets.
func (t *Threat) contextOf(subject string, o model.Origin, at time.Time) Context {
	c := Context{Attempt: risk.Attempt{User: subject, Time: at}}
	if addr, err := netip.ParseAddr(o.IP); err == nil {
		c.Address = addr
		place := t.cfg.Places.Find(addr)
		c.Place = PlaceOf(place)
		c.City, c.Country = place.City, countryName(place.Country)
	}
	text := o.UserAgent
	if text == "" {
		text = o.Fingerprint.UserAgent // a server that signs in for its users may know no other
	}
	client := t.agents.Parse(text).Refine(agent.Hints(o.Hints))
	c.DeviceName = client.DeviceName()
	if text != "" {
		c.Agent = AgentOf(client)
	}
	if c.Agent.Model == "" {
		c.Agent.Model = o.Fingerprint.DeviceName
	}
	if minutes, ok := offset(o.Fingerprint.Timezone); ok {
		c.Zone, c.Timezone = risk.ZoneOf(minutes), o.Fingerprint.Timezone
	}
	return c
}

// deviceOf is the device that keeps an id. The id is what a cookie is: random, and
// nobody's who does not get at the device's storage.
func deviceOf(name string) risk.Device {
	if name == "" {
		return risk.Device{}
	}
	return risk.Device{Key: name, Trust: risk.Cookie}
}

// deviceName stands for the id that a client's script keeps, which may serve to
// recognise a device elsewhere: neither profile nor event holds it.
func (t *Threat) deviceName(p *model.Pool, id string) string {
	if id == "" {
		return ""
	}
	return hex.EncodeToString(t.cfg.Ring.Derive("device of a user", p.ID, id)[:12])
}

// PlaceOf tells the engine what geo knows. A place that is no evidence of where
// anybody is, which geo says by an endless radius, has a country and no coordinates.
func PlaceOf(g geo.Place) risk.Place {
	network, _ := risk.ParseNetwork(g.Class.String()) // what geo does not know is unknown
	p := risk.Place{Country: g.Country, Region: g.Region, City: g.City, ASN: g.ASN, Network: network}
	if g.Located && !math.IsInf(g.RadiusKm, 0) {
		p.Lat, p.Lon, p.Located, p.RadiusKm = g.Lat, g.Lon, true, g.RadiusKm
	}
	return p
}

// AgentOf tells the engine what a user agent says of itself.
func AgentOf(a agent.Agent) risk.Agent {
	class := ""
	if a.Class != agent.Unknown {
		class = a.Class.String()
	}
	return risk.Agent{
		Family: a.Family, Major: int(a.Major), OS: a.OS, Class: class, Model: a.Model, Automation: a.Automation, Hash: a.Hash,
	}
}

// offset reads "-07:00", in minutes east of Greenwich.
func offset(text string) (minutes int, ok bool) {
	at, err := time.Parse("-07:00", text)
	if err != nil {
		if at, err = time.Parse("-07:00", "+"+text); err != nil { // as the browser's script writes it east of Greenwich
			return 0, false
		}
	}
	_, seconds := at.Zone()
	return seconds / 60, true
}

var regions = display.English.Regions()

// countryName is the English name of an ISO 3166-1 code; the code itself where it has none.
func countryName(code string) string {
	region, err := language.ParseRegion(code)
	if code == "" || err != nil {
		return code
	}
	if name := regions.Name(region); name != "" && !strings.EqualFold(name, "Unknown Region") {
		return name
	}
	return code
}
