package geo

import (
	"net/netip"
	"strings"
)

// known is everything that answers at one moment. It is never changed: Reload
// puts another one in its place.
type known struct {
	atlas mapped
	files [kinds][]source
}

// The kinds of files, what is trusted most last. Of several files of one kind
// the first that knows an address answers.
const (
	ofCity = iota
	ofASN
	ofAnonymous
	ofVPNs
	ofRelays
	ofTorExits
	ofOwn
	kinds
)

// kindSources is who is named when a file of a kind has answered.
var kindSources = [kinds]Source{
	FromCityFile, FromASNFile, FromAnonymousFile,
	FromVPNRanges, FromRelayRanges, FromTorExits, FromOwnNetworks,
}

// Find tells what is known of an address. It never fails: what is not known is
// left empty. With the built-in atlas alone it does not allocate.
func (f *Finder) Find(addr netip.Addr) (p Place) {
	k := f.now.Load()
	addr = plain(addr)
	if why := reserved(addr); why != "" {
		return k.reserved(addr, why)
	}
	stated := k.place(addr, &p)
	if len(k.files[ofASN]) > 0 {
		k.network(addr, &p)
	}
	for kind := ofAnonymous; kind < kinds; kind++ {
		if len(k.files[kind]) > 0 {
			k.class(kind, addr, &p)
		}
	}
	p.RadiusKm = p.radius(stated)
	return p
}

// reserved is for addresses that belong to no place. An operator may call them
// his own, and a class is then known, but they have no place nevertheless: two
// people in 10.0.0.0/8 are two people behind our own proxy.
func (k *known) reserved(addr netip.Addr, why string) Place {
	p := Place{Reserved: why, Source: FromRules}
	if r, ok := ask(k.files[ofOwn], addr, classed); ok {
		p.Class, p.Source = r.Class, p.Source|FromOwnNetworks
	}
	return p
}

// place fills in the place, and the network where the same source knows it. It
// returns the radius that the source states, 0 for none.
func (k *known) place(addr netip.Addr, p *Place) (stated float64) {
	k.atlas.fill(addr, p)
	if len(k.files[ofCity]) == 0 {
		return 0
	}
	r, ok := ask(k.files[ofCity], addr, placed)
	if !ok {
		return 0
	}
	if p.ASN == 0 {
		p.Source = 0
	}
	p.Source |= FromCityFile
	p.Country, p.Region, p.City = r.Country, r.Region, r.City
	p.Lat, p.Lon, p.Located = r.Lat, r.Lon, r.Located
	p.by(&r)
	return r.RadiusKm
}

func (k *known) network(addr netip.Addr, p *Place) {
	if r, ok := ask(k.files[ofASN], addr, networked); ok {
		p.by(&r)
		p.Source |= FromASNFile
	}
}

// class takes over what files of a kind say, for they know better than the
// number of a network tells.
func (k *known) class(kind int, addr netip.Addr, p *Place) {
	r, ok := ask(k.files[kind], addr, classed)
	if !ok {
		return
	}
	p.Class, p.Source = r.Class, p.Source|kindSources[kind]
	// A list states the place of the people behind an exit, not of the exit.
	if kind >= ofVPNs && r.Country != "" && !(r.Country == p.Country && (r.City == "" || strings.EqualFold(r.City, p.City))) {
		p.Country, p.Region, p.City = r.Country, r.Region, r.City
		p.Lat, p.Lon, p.Located = r.Lat, r.Lon, r.Located
	}
}

// by takes over what a record says of the network.
func (p *Place) by(r *Record) {
	if r.has(networked) {
		p.ASN, p.Organisation, p.Class = r.ASN, r.Organisation, r.Class
		if p.Class == Unknown {
			p.Class = r.byName
		}
	} else if r.has(classed) {
		p.Class = r.Class
	}
}

// ask asks sources in order for the first record that has what is wanted.
func ask(sources []source, addr netip.Addr, wanted want) (Record, bool) {
	for _, s := range sources {
		if r := s.Lookup(addr); r.has(wanted) {
			return r, true
		}
	}
	return Record{}, false
}

// want is what a record is asked for.
type want int

const (
	placed want = iota
	networked
	classed
)

func (r *Record) has(w want) bool {
	switch w {
	case placed:
		return r.Country != "" || r.Located
	case networked:
		return r.ASN != 0
	}
	return r.Class != Unknown
}
