package main

import (
	"net/netip"
	"testing"

	"github.com/gatehouse-id/gatehouse/risk"
)

func TestPlacesOfEvents(t *testing.T) {
	places, err := openPlaces(geoSettings{})
	if err != nil {
		t.Fatal(err)
	}
	read := func(t *testing.T, line string) risk.Place {
		t.Helper()
		var e riskEvent
		if newWorkshop(places).read([]byte(line), &e); e.err != nil {
			t.Fatal(e.err)
		}
		return e.attempt.Place
	}
	t.Run("an address without a place is looked up", func(t *testing.T) {
		if p := read(t, `{"time":"2026-11-02T10:00:00Z","ip":"193.156.1.1"}`); p.Country != "NO" || p.ASN == 0 {
			t.Errorf("got %+v, want a network in Norway", p)
		}
	})
	t.Run("a place that is told stands for all of the lookup, also where it says nothing", func(t *testing.T) {
		if p := read(t, `{"time":"2026-11-02T10:00:00Z","ip":"193.156.1.1","place":{"city":"Bergen"}}`); p != (risk.Place{City: "Bergen"}) {
			t.Errorf("got %+v, want Bergen alone", p)
		}
	})
	t.Run("a private address is nowhere", func(t *testing.T) {
		if p := read(t, `{"time":"2026-11-02T10:00:00Z","ip":"192.168.1.1"}`); p != (risk.Place{}) {
			t.Errorf("got %+v, want nothing", p)
		}
	})
	t.Run("what was found is found again without the atlas, and memory stays bounded", func(t *testing.T) {
		f, a := newPlaceFinder(places), netip.MustParseAddr("1.0.0.1")
		first, err := f.find(a)
		if err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(100, func() {
			if p, _ := f.find(a); p != first {
				t.Errorf("got %+v, want %+v", p, first)
			}
		}); n > 0 {
			t.Errorf("%v allocations", n)
		}
		for range maxPlaces + 1 {
			a = a.Next()
			if _, err := f.find(a); err != nil {
				t.Fatal(err)
			}
		}
		if len(f.found) > maxPlaces {
			t.Errorf("%d addresses are remembered, want at most %d", len(f.found), maxPlaces)
		}
	})
}
