package main

import (
	"fmt"
	"math"
	"net/netip"

	"github.com/gatehouse-id/gatehouse/internal/part/geo"
	"github.com/gatehouse-id/gatehouse/risk"
)

// placeFinder finds out where addresses are, by the atlas that is part of the
// program. It belongs to one goroutine.
type placeFinder struct {
	finder *geo.Finder // nil until the first event without a place
	found  map[netip.Addr]risk.Place
}

// maxPlaces bounds what a placeFinder remembers; a full one begins anew.
const maxPlaces = 1 << 16

func newPlaceFinder() *placeFinder { return &placeFinder{found: map[netip.Addr]risk.Place{}} }

// find asks the atlas once for an address: recorded events hold the same ones
// again and again.
func (f *placeFinder) find(a netip.Addr) (risk.Place, error) {
	if p, ok := f.found[a]; ok {
		return p, nil
	}
	if f.finder == nil {
		finder, err := geo.New(geo.Config{})
		if err != nil {
			return risk.Place{}, fmt.Errorf("find the place of an address: %w", err)
		}
		f.finder = finder
	}
	p := placeOf(f.finder.Find(a))
	if len(f.found) >= maxPlaces {
		clear(f.found)
	}
	f.found[a] = p
	return p, nil
}

// placeOf tells the engine what geo knows. A place that is no evidence of where
// anybody is, which geo says by an endless radius, has a country and no coordinates.
func placeOf(g geo.Place) risk.Place {
	network, _ := risk.ParseNetwork(g.Class.String()) // what geo does not know is unknown
	p := risk.Place{
		Country: g.Country, Region: g.Region, City: g.City,
		ASN: g.ASN, Network: network,
	}
	if g.Located && !math.IsInf(g.RadiusKm, 0) {
		p.Lat, p.Lon, p.Located, p.RadiusKm = g.Lat, g.Lon, true, g.RadiusKm
	}
	return p
}
