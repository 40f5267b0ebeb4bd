package geo

import (
	_ "embed"
	"net/netip"
	"sync"

	"github.com/gatehouse-id/gatehouse/internal/part/geo/atlas"
)

// world is the atlas that tool/geogen makes. It is searched where it lies in the
// program: what is never asked is never read from the disk.
//
//go:embed world.atlas
var world string

// Builtin is the atlas inside the program, opened at the first call.
var Builtin = sync.OnceValues(func() (*atlas.Atlas, error) { return atlas.Open(world) })

// mapped is an atlas as a source. The class is what Classify said when the atlas
// was made.
type mapped struct{ *atlas.Atlas }

// fill puts what the atlas knows into a Place that is empty. It is what Lookup
// tells without a copy.
func (m mapped) fill(addr netip.Addr, p *Place) {
	e := m.Find(addr)
	if e.Country == "" && e.ASN == 0 {
		return
	}
	p.Country, p.Region, p.City = e.Country, e.Region, e.City
	p.Lat, p.Lon, p.Located = e.Lat, e.Lon, e.Located
	p.ASN, p.Organisation, p.Class = e.ASN, e.Organisation, Network(e.Class)
	p.Source = FromAtlas
}

func (m mapped) Lookup(addr netip.Addr) Record {
	e := m.Find(addr)
	return Record{
		Country: e.Country, Region: e.Region, City: e.City,
		Lat: e.Lat, Lon: e.Lon, Located: e.Located,
		ASN: e.ASN, Organisation: e.Organisation, byName: Network(e.Class),
	}
}
