package main

import (
	"strconv"

	"github.com/gatehouse-id/gatehouse/bench/risk/baseline"
	"github.com/gatehouse-id/gatehouse/bench/risk/world"
)

// observer turns events into what the published scores look at. Numbers are
// given in the order in which values are met, so a run repeats exactly.
type observer struct {
	names map[string]uint64
	buf   []byte
}

func newObserver() *observer { return &observer{names: map[string]uint64{}} }

// number is that of a value at a level; values of different levels never meet.
func (o *observer) number(b []byte) uint64 {
	n, ok := o.names[string(b)]
	if !ok {
		n = uint64(len(o.names)) + 1
		o.names[string(b)] = n
	}
	return n
}

func (o *observer) observe(e *world.Event) baseline.Observation {
	var seen baseline.Observation
	text := func(s ...string) uint64 {
		o.buf = o.buf[:0]
		for _, part := range s {
			o.buf = append(append(o.buf, part...), 0)
		}
		return o.number(o.buf)
	}
	a := &e.Agent
	o.buf = e.IP.AppendTo(o.buf[:0])
	seen[baseline.Address] = o.number(o.buf)
	seen[baseline.Network] = uint64(e.Place.ASN)
	seen[baseline.Country] = text("country", e.Place.Country)
	seen[baseline.Agent] = text("agent", a.String)
	seen[baseline.Browser] = text("browser", a.Family, a.Version, strconv.Itoa(a.Major))
	seen[baseline.System] = text("system", a.OS, a.OSVersion)
	seen[baseline.Class] = text("class", a.Class)
	return seen
}
