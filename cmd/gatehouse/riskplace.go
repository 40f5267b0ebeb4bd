package main

import (
	"fmt"
	"net/netip"
	"sync"

	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
	"github.com/gatehouse-id/gatehouse/internal/part/geo"
	"github.com/gatehouse-id/gatehouse/risk"
)

// placeFinder finds out where addresses are. It belongs to one goroutine; what it
// asks belongs to all of a run.
type placeFinder struct {
	open  func() (*geo.Finder, error)
	found map[netip.Addr]risk.Place
}

// openPlaces opens the files once, and without files the built-in atlas not before
// the first event needs it.
func openPlaces(s geoSettings) (func() (*geo.Finder, error), error) {
	open := sync.OnceValues(func() (*geo.Finder, error) { return geo.New(s.config()) })
	if s.config().Empty() {
		return open, nil
	}
	_, err := open()
	return open, err
}

// maxPlaces bounds what a placeFinder remembers; a full one begins anew.
const maxPlaces = 1 << 16

func newPlaceFinder(open func() (*geo.Finder, error)) *placeFinder {
	return &placeFinder{open: open, found: map[netip.Addr]risk.Place{}}
}

// find asks once for an address: recorded events hold the same ones
// again and again.
func (f *placeFinder) find(a netip.Addr) (risk.Place, error) {
	if p, ok := f.found[a]; ok {
		return p, nil
	}
	finder, err := f.open()
	if err != nil {
		return risk.Place{}, fmt.Errorf("find the place of an address: %w", err)
	}
	p := threat.PlaceOf(finder.Find(a))
	if len(f.found) >= maxPlaces {
		clear(f.found)
	}
	f.found[a] = p
	return p, nil
}
