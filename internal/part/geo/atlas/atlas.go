// Package atlas gives the place and the network of an address, from one compact file that is searched where it lies.
//
//	address ── unit ──> key ── directory ──> line ──> block ── decode ──> place, network ──> Entry
//	           IPv4: all 32 bits             64       32 bytes            numbers            rows and names
//	           IPv6: the first 64            bytes    at most 32 ranges
//
// The world is cut into ranges of equal answers, eight million of them in what
// Gatehouse ships. Ranges lie in order, packed into lines of 64 bytes, as long as
// those of a processor's cache, of two blocks each: where a range begins is a
// prefix code of its distance from the one before, what it answers is a prefix
// code too, mostly "as the range so many before". A lookup searches the
// directory, which is in memory, and decodes one block; places, networks and
// names are rows of tables that are read in place. So nothing is unpacked, and a
// file of 22 MB is open in a few milliseconds.
//
// The file is drawn in docs/geo-format.md. A file that was damaged, or made to
// do harm, gives wrong answers and nothing worse: [Open] refuses what it can see,
// the decoder is total, and [Atlas.Verify] reads everything.
package atlas

import (
	"encoding/binary"
	"iter"
	"net/netip"
	"time"
)

// Entry is what an atlas knows of an address. The zero Entry is nothing. Its
// strings are slices of the file.
type Entry struct {
	Country string // ISO 3166-1 alpha-2; "" unknown
	Region  string
	City    string

	// Lat and Lon are degrees, in steps of 0.01, where Located.
	Lat, Lon float64
	Located  bool

	ASN          uint32 // number of the autonomous system; 0 unknown
	Organisation string // who runs it
	Class        uint8  // what the maker of the file says of the network
}

// Info is what a file says of itself.
type Info struct {
	Built   time.Time // the day of its sources
	Source  string    // what it was made from
	Licence string    // whom to credit

	Places, Networks   int
	Ranges4, Ranges6   int
	Lines4, Lines6     int
	Countries, Regions int
	Bytes              int
}

// Atlas is an open file. It may be used by many goroutines at once.
type Atlas struct {
	info   Info
	data   string
	v4, v6 family

	countries, regions, places, networks, names string
}

// Info tells what the file says of itself.
func (a *Atlas) Info() Info { return a.info }

// Find tells what is known of an address. An address of IPv4 inside IPv6 is
// taken for what it is inside; a zone is ignored. It does not allocate.
func (a *Atlas) Find(addr netip.Addr) (e Entry) {
	addr = addr.Unmap()
	var place, network uint32
	switch {
	case addr.Is4():
		b := addr.As4()
		place, network = a.v4.find(uint64(binary.BigEndian.Uint32(b[:])))
	case addr.Is6():
		b := addr.As16()
		place, network = a.v6.find(binary.BigEndian.Uint64(b[:8]))
	}
	a.place(place, &e)
	a.network(network, &e)
	return e
}

// Places goes through the places of the file: by country, and in a country those
// with the most ranges first.
func (a *Atlas) Places() iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		for n := range a.info.Places {
			var e Entry
			if a.place(uint32(n)+1, &e); !yield(e) {
				return
			}
		}
	}
}

// Networks goes through the networks of the file, in the same order.
func (a *Atlas) Networks() iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		for n := range a.info.Networks {
			var e Entry
			if a.network(uint32(n)+1, &e); !yield(e) {
				return
			}
		}
	}
}

// place fills in row n of the places; a row that is not there is nothing.
func (a *Atlas) place(n uint32, e *Entry) {
	row, ok := row(a.places, placeRow, n)
	if !ok {
		return
	}
	e.Lat, e.Lon, e.Located = unpackPosition(u32(row, 0))
	e.City = a.name(row[6:])
	region, ok := rowAt(a.regions, regionRow, uint32(u16(row, 4)))
	if !ok {
		return
	}
	e.Region = a.name(region)
	if country, ok := rowAt(a.countries, countryRow, uint32(region[4])); ok && country[0] != 0 {
		e.Country = country[:2]
	}
}

// network fills in row n of the networks.
func (a *Atlas) network(n uint32, e *Entry) {
	row, ok := row(a.networks, networkRow, n)
	if !ok {
		return
	}
	e.ASN, e.Organisation, e.Class = u32(row, 0), a.name(row[4:]), row[8]
}

// name is the text that a row points to: 3 bytes with where it begins, one with
// its length. The text itself is not touched, which would be one more wait for
// memory in every lookup.
func (a *Atlas) name(row string) string {
	at := int(u24(row, 0))
	if at+int(row[3]) > len(a.names) {
		return ""
	}
	return a.names[at : at+int(row[3])]
}

// row is row n of a table whose rows count from 1: 0 is the answer "nothing".
func row(table string, size, n uint32) (string, bool) {
	if n == 0 {
		return "", false
	}
	return rowAt(table, size, n-1)
}

// rowAt is row n of a table, if there is one.
func rowAt(table string, size, n uint32) (string, bool) {
	from := uint64(n) * uint64(size)
	if from+uint64(size) > uint64(len(table)) {
		return "", false
	}
	return table[from : from+uint64(size)], true
}

// A position is a cell of a grid of 0.01 degrees, 1.1 km at most.
const (
	perDegree  = 100
	latSteps   = 180*perDegree + 1
	lonSteps   = 360 * perDegree
	noPosition = 0
)

// packPosition numbers the cell whose middle is nearest, from 1. What is no
// position is noPosition.
func packPosition(lat, lon float64, located bool) uint32 {
	if !located || !(lat >= -90 && lat <= 90 && lon >= -180 && lon <= 180) {
		return noPosition
	}
	y := int((lat+90)*perDegree + 0.5)
	x := int((lon+180)*perDegree+0.5) % lonSteps // 180 degrees east are 180 west
	return uint32(y*lonSteps+x) + 1
}

// unpackPosition is the middle of a cell.
func unpackPosition(cell uint32) (lat, lon float64, located bool) {
	if cell == noPosition || cell > latSteps*lonSteps {
		return 0, 0, false
	}
	cell--
	return float64(int(cell/lonSteps)-90*perDegree) / perDegree, float64(int(cell%lonSteps)-180*perDegree) / perDegree, true
}

func u16(s string, i int) uint16 { s = s[i : i+2]; return uint16(s[0]) | uint16(s[1])<<8 }

func u24(s string, i int) uint32 {
	s = s[i : i+3]
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16
}

func u32(s string, i int) uint32 {
	s = s[i : i+4]
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}

func u64(s string, i int) uint64 {
	s = s[i : i+8]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}
