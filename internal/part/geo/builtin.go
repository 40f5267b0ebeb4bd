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

// mapped is an atlas as a source.
type mapped struct{ *atlas.Atlas }

func (m mapped) Lookup(addr netip.Addr) Record {
	e := m.Find(addr)
	return Record{
		Country: e.Country, Region: e.Region, City: e.City,
		Lat: e.Lat, Lon: e.Lon, Located: e.Located,
		ASN: e.ASN, Organisation: e.Organisation, Class: Network(e.Class),
	}
}
