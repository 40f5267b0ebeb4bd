// Package survey gives an atlas from published files of places and networks.
//
//	city databases     ──> spans of places   ──┐
//	                                           ├ overlay ──> ranges ──> atlas.Build
//	network files      ──> spans of networks ──┘
//	  .mmdb or .csv
//
// Quarters of a city are joined to the city, inside a cell of a quarter of a
// degree, and what lies in between two boundaries of IPv6 within a /64 is dropped:
// nothing shorter than a /64 is ever one person's neighbour. Everything else of
// the sources is kept.
package survey

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/part/geo"
	"github.com/gatehouse-id/gatehouse/internal/part/geo/atlas"
)

// Config says what to make an atlas of.
type Config struct {
	// Cities are databases in MaxMind's format with places, in any layout that
	// package geo reads. Where two have an address, the first answers.
	Cities []string
	// Networks are databases in MaxMind's format with autonomous systems, or
	// files whose name ends in .csv with lines START,END,NUMBER,NAME.
	Networks []string

	Built           time.Time // the day of the sources
	Source, Licence string    // what is noted in the file
}

// Compile makes the file. It takes some gigabytes of memory for the whole world.
func Compile(c Config) ([]byte, error) {
	if len(c.Cities)+len(c.Networks) == 0 {
		return nil, errors.New("neither a file of places nor one of networks")
	}
	places, networks := newPlaces(), newNetworks()
	var at, by [2][]span // IPv4, IPv6
	if err := readAll(c.Cities, places.read, &at); err != nil {
		return nil, err
	}
	if err := readAll(c.Networks, networks.read, &by); err != nil {
		return nil, err
	}
	contents := atlas.Contents{
		Built: c.Built, Source: c.Source, Licence: c.Licence,
		Places: places.rows(), Networks: networks.rows,
	}
	for i, ranges := range []*[]atlas.Range{&contents.V4, &contents.V6} {
		*ranges = overlay(at[i], by[i], lastKey[i])
	}
	return atlas.Build(contents)
}

// readAll reads files, each of which fills in what those before it leave open.
func readAll(paths []string, read func(path string, into *[2][]span) error, all *[2][]span) error {
	for _, path := range paths {
		var of [2][]span
		if err := read(path, &of); err != nil {
			return err
		}
		for i := range all {
			all[i] = filled(all[i], flat(of[i]))
		}
	}
	return nil
}

// span is a run of keys with one value, a number from 1.
type span struct {
	from, to uint64 // both inside
	value    uint32
}

// flat puts the spans of a file in order and takes overlaps away: what begins
// earlier keeps its keys, and of two that begin together the one that was read first.
func flat(spans []span) []span {
	slices.SortStableFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	out := spans[:0]
	for _, s := range spans {
		if n := len(out); n > 0 && s.from <= out[n-1].to {
			if s.to <= out[n-1].to {
				continue
			}
			s.from = out[n-1].to + 1
		}
		out = append(out, s)
	}
	return out
}

// filled is one flat list with its gaps filled from another.
func filled(first, second []span) []span {
	if len(first) == 0 {
		return second
	}
	out := make([]span, 0, len(first)+len(second))
	for _, s := range second {
		for len(first) > 0 && first[0].from <= s.to {
			if first[0].from > s.from {
				out = append(out, span{s.from, first[0].from - 1, s.value})
			}
			if first[0].to >= s.to {
				break // it may reach into the next as well
			}
			s.from = max(s.from, first[0].to+1)
			out, first = append(out, first[0]), first[1:]
		}
		if len(first) == 0 || first[0].from > s.to {
			out = append(out, s)
		}
	}
	return append(out, first...)
}

// lastKey is the last key of IPv4 and of IPv6.
var lastKey = [2]uint64{math.MaxUint32, math.MaxUint64}

// overlay cuts the keys up to the last one wherever place or network changes.
func overlay(places, networks []span, last uint64) []atlas.Range {
	var out []atlas.Range
	var i, j int
	for key := uint64(0); ; key++ {
		r := atlas.Range{Key: key}
		var until1, until2 uint64
		r.Place, i, until1 = at(places, i, key)
		r.Network, j, until2 = at(networks, j, key)
		if n := len(out); n == 0 || out[n-1].Place != r.Place || out[n-1].Network != r.Network {
			out = append(out, r)
		}
		if key = min(until1, until2); key >= last {
			return out
		}
	}
}

// at is the value at a key, and up to which key it holds; i is the first span
// that does not lie before the key.
func at(spans []span, i int, key uint64) (value uint32, next int, until uint64) {
	for i < len(spans) && spans[i].to < key {
		i++
	}
	switch {
	case i == len(spans):
		return 0, i, math.MaxUint64
	case spans[i].from > key:
		return 0, i, spans[i].from - 1
	}
	return spans[i].value, i, spans[i].to
}

// places numbers the places of databases.
type places struct {
	number map[placeKey]uint32
	sums   []placeSum
}

// placeKey is what makes a place: the city, and a cell of a quarter of a degree,
// for a region may have two cities of one name.
type placeKey struct {
	country, region, city string
	y, x                  int
}

// placeSum gathers the points of a place.
type placeSum struct {
	key      placeKey
	lat, lon float64
	n        int
}

const cellsPerDegree = 4

func newPlaces() *places { return &places{number: map[placeKey]uint32{}} }

// read takes in a database.
func (p *places) read(path string, into *[2][]span) error {
	d, err := geo.OpenDatabase(path)
	if err != nil {
		return err
	}
	found := 0
	var last geo.Record
	var value uint32
	for prefix, r := range d.All() {
		if r != last {
			last, value = r, p.add(r)
		}
		if s, family, ok := spanOf(prefix, value); ok && value != 0 {
			into[family] = append(into[family], s)
			found++
		}
	}
	if found == 0 {
		return fmt.Errorf("%s: no places in it", path)
	}
	return nil
}

// add is the number of a record's place, 0 for none.
func (p *places) add(r geo.Record) uint32 {
	if r.Country == "" {
		return 0
	}
	key := placeKey{country: r.Country, region: r.Region, city: City(r.City)}
	if r.Located {
		key.y, key.x = int(math.Floor(r.Lat*cellsPerDegree)), int(math.Floor(r.Lon*cellsPerDegree))
	}
	n, ok := p.number[key]
	if !ok {
		p.sums = append(p.sums, placeSum{key: key})
		n = uint32(len(p.sums))
		p.number[key] = n
	}
	if sum := &p.sums[n-1]; r.Located {
		sum.lat, sum.lon, sum.n = sum.lat+r.Lat, sum.lon+r.Lon, sum.n+1
	}
	return n
}

// City is a city's name without its quarter: "Oslo (Grünerløkka)" is Oslo.
func City(name string) string {
	if before, _, ok := strings.Cut(name, " ("); ok && before != "" && strings.HasSuffix(name, ")") {
		return before
	}
	return name
}

// rows are the places, each in the middle of its points.
func (p *places) rows() []atlas.Place {
	rows := make([]atlas.Place, len(p.sums))
	for i, s := range p.sums {
		rows[i] = atlas.Place{Country: s.key.country, Region: s.key.region, City: s.key.city, Located: s.n > 0}
		if s.n > 0 {
			rows[i].Lat, rows[i].Lon = s.lat/float64(s.n), s.lon/float64(s.n)
		}
	}
	return rows
}
