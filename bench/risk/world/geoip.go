package world

import "math"

// placeOf gives what a database says of an address. It depends on the block
// alone and never changes: a wrong entry is wrong for everybody, every day.
func (w *World) placeOf(s seat) Place {
	net := s.net
	for len(net.shown) < len(net.where) {
		net.shown = append(net.shown, Place{})
		net.known = append(net.known, false)
	}
	if !net.known[s.block] {
		net.shown[s.block] = w.lookUp(net, s.block)
		net.known[s.block] = true
	}
	return net.shown[s.block]
}

func (w *World) lookUp(net *network, block int32) Place {
	p := &w.params
	d := newDice(w.seed, mix(uint64(net.v4), uint64(block)))
	if !d.chance(p.GeoKnown) {
		return Place{Network: w.shownClass(d, net)}
	}
	at := net.where[block]
	if d.chance(p.GeoError) && net.class != relay { // relays publish where their addresses belong
		if d.chance(p.GeoAbroad) {
			at = anyCity(d, anyCountry(d, at.country))
		} else {
			at = anyCity(d, at.country)
		}
	}
	place := Place{Country: countries[at.country].code, ASN: net.asn, Network: w.shownClass(d, net)}
	if !d.chance(p.CityKnown) {
		return place
	}
	c := at.at()
	place.Region, place.City, place.Located = c.region, c.name, true
	place.Lat = math.Round((c.lat+d.NormFloat64()*.05)*1e4) / 1e4
	place.Lon = math.Round((c.lon+d.NormFloat64()*.05)*1e4) / 1e4
	if d.chance(p.RadiusKnown) {
		radii := []float64{5, 10, 20, 50}
		if net.class != fixed {
			radii = []float64{50, 100, 200, 1000}
		}
		place.RadiusKm = radii[d.IntN(len(radii))]
	}
	return place
}

// shownClass is the kind of network that a list makes of it. Lists find
// servers more easily than VPN exits, which rent among servers.
func (w *World) shownClass(d dice, net *network) string {
	if !d.chance(w.params.ClassKnown) {
		return ""
	}
	at := d.Float64()
	switch {
	case net.class == vpn && at < .4:
		return "hosting"
	case net.class == vpn && at < .5, net.class == hosting && at < .1, net.class == mobile && at < .15:
		return "fixed"
	}
	return classNames[net.class]
}
