// Package geo gives the place and the network of an address.
//
//	address ──> reserved?  private, loopback, documentation ...: no place, ever
//	   │
//	   ├ place      city file, or else the built-in atlas
//	   ├ network    ASN file, or else the city file, or else the built-in atlas ──> class, by number and by name
//	   ├ class      own networks > Tor exits > relay ranges > VPN ranges > anonymous file > what the files above say
//	   └ radius     by class, or as the file states it
//	   ▼
//	Place{Country: "NO", City: "Oslo", Lat: 59.91, Lon: 10.75, RadiusKm: 100, ASN: 2119, Class: Fixed}
//
// It works with no set-up: the atlas is part of the program, and a lookup in it
// takes well under a microsecond and allocates nothing. Files that an operator
// has are read into memory, looked at again while the server runs, and replaced
// in one step; one that cannot be read is reported and the one before goes on
// answering.
//
// A place says where the network takes an address to be, not where a person is,
// and RadiusKm says how far off that may be. An infinite radius means that the
// place is that of a gateway, or of a whole country: no evidence of travel.
package geo

import (
	"math"
	"net/netip"
)

// Attribution is what must be shown, with its link, wherever a built-in place or
// network is shown: the sources are licensed under CC BY 4.0.
const Attribution = `IP Geolocation by DB-IP (https://db-ip.com); networks from RouteViews (https://www.routeviews.org) and the Number Resource Organization (https://www.nro.net), CC BY 4.0`

// Place is where an address is believed to be, and by what network it reaches
// us. The zero Place is what is known of nothing. Its strings may be slices of a
// larger file: whoever keeps one for long clones it.
type Place struct {
	Country string // ISO 3166-1 alpha-2; "" unknown
	Region  string // in English, as the source calls it
	City    string // in English, without the quarter

	// Lat and Lon are degrees, within [-90, 90] and [-180, 180], where Located.
	Lat, Lon float64
	Located  bool

	// RadiusKm is how far from there the person may be: 50 km at least, +Inf where
	// the place is no evidence. It is 0 where there is no place.
	RadiusKm float64

	ASN          uint32 // number of the autonomous system; 0 unknown
	Organisation string // who runs it

	Class Network

	// Reserved is why an address belongs to no place: "private", "loopback" ...
	// Such an address never travels. "" for all others.
	Reserved string

	Source Source // who said all this
}

// Network is the kind of network an address belongs to.
type Network uint8

// The kinds of network. Relay is a privacy relay with people behind it and their
// region preserved; Corporate is a network that the operator calls his own.
const (
	Unknown Network = iota
	Fixed
	Mobile
	Hosting
	VPN
	Tor
	Relay
	Corporate
)

var networkNames = [...]string{"unknown", "fixed", "mobile", "hosting", "vpn", "tor", "relay", "corporate"}

// String is the class in lower case, as in "fixed".
func (n Network) String() string {
	if int(n) < len(networkNames) {
		return networkNames[n]
	}
	return networkNames[Unknown]
}

// Radii, from docs/geo-format.md: what a place by this class of network may be
// off, where no source says it. Measured medians are 3 to 16 km for fixed and
// about 200 km for mobile networks; a radius must hold for most, not for half.
const (
	fixedKm   = 100
	wideKm    = 300
	nearestKm = 50 // no source is trusted to be better
)

// radius is what a place may be off. stated is 0 where its source says nothing.
func (p *Place) radius(stated float64) float64 {
	switch {
	case !p.Located:
		return 0
	case p.Class == Hosting || p.Class == VPN || p.Class == Tor:
		return math.Inf(1) // the place of a gateway
	case stated > 0:
		return max(stated, nearestKm)
	case p.City == "":
		return math.Inf(1) // the middle of a country
	case p.Class == Fixed || p.Class == Corporate:
		return fixedKm
	}
	return wideKm
}

// Record is what one source says of an address. The zero Record is nothing.
type Record struct {
	Country, Region, City string
	Lat, Lon              float64
	Located               bool
	RadiusKm              float64 // 0 where the source says nothing
	ASN                   uint32
	Organisation          string
	Class                 Network // Unknown where the source says nothing of it

	byName Network // what Classify says of ASN and Organisation
}

// source is one file, or the atlas. Lookup says what it knows of an address that
// is not reserved and no IPv4 inside IPv6. It is asked by many goroutines at
// once, never fails, and knows nothing of what it cannot read.
type source interface {
	Lookup(netip.Addr) Record
}
