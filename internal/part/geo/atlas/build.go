package atlas

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"math"
	"math/bits"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Contents are what an atlas is made of. A range names its place and its network
// by their index, plus one; 0 is none.
type Contents struct {
	Built           time.Time // the day of the sources
	Source, Licence string

	Places   []Place
	Networks []Network
	V4, V6   []Range // ascending keys; equal neighbours are joined
}

// Place is a row of the places. A place without a country has no region either.
type Place struct {
	Country, Region, City string
	Lat, Lon              float64
	Located               bool
}

// Network is a row of the networks.
type Network struct {
	ASN          uint32
	Organisation string
	Class        uint8
}

// Build makes a file. The same contents make the same bytes.
func Build(c Contents) ([]byte, error) {
	if len(c.Places) > maxPlaces || len(c.Networks) > maxNetworks {
		return nil, fmt.Errorf("%d places and %d networks: at most %d and %d", len(c.Places), len(c.Networks), maxPlaces, maxNetworks)
	}
	b := &builder{Contents: c}
	for _, step := range []func() error{b.check, b.order, b.tables} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	v4 := pack(b.renumber(c.V4), b.countries, b.homeOf)
	v6 := pack(b.renumber(c.V6), b.countries, b.homeOf)
	b.family(partCode4, v4)
	b.family(partCode6, v6)
	return b.file()
}

// builder gathers the parts of a file.
type builder struct {
	Contents
	part [parts][]byte

	codes     []string  // of the countries, by number
	countries []country // where their rows begin
	homeOf    []uint8   // number of the country of each place, by the place's new number
	place     []uint32  // new numbers by old
	network   []uint32

	names   map[string]uint32
	regions map[[2]string]uint16
}

// check refuses ranges that are out of order or name what is not there.
func (b *builder) check() error {
	for i, list := range [][]Range{b.V4, b.V6} {
		for j, r := range list {
			if j > 0 && r.Key <= list[j-1].Key {
				return fmt.Errorf("IPv%d: range %d begins at %#x, after one at %#x", 4+2*i, j, r.Key, list[j-1].Key)
			}
			if int(r.Place) > len(b.Places) || int(r.Network) > len(b.Networks) {
				return fmt.Errorf("IPv%d: range %d names place %d of %d, network %d of %d", 4+2*i, j, r.Place, len(b.Places), r.Network, len(b.Networks))
			}
			if i == 0 && r.Key > math.MaxUint32 {
				return fmt.Errorf("IPv4: range %d begins at %#x", j, r.Key)
			}
		}
	}
	return nil
}

// order numbers places and networks by country, and inside a country by how
// often they are named: the number of a frequent one is short. A network belongs
// to the country that most of its ranges lie in.
func (b *builder) order() error {
	places := make([]int, len(b.Places)+1)
	inCountry := make([]map[string]int, len(b.Networks)+1)
	networks := make([]int, len(b.Networks)+1)
	for _, r := range slices.Concat(b.V4, b.V6) {
		places[r.Place]++
		networks[r.Network]++
		if r.Network > 0 && r.Place > 0 {
			if inCountry[r.Network] == nil {
				inCountry[r.Network] = map[string]int{}
			}
			inCountry[r.Network][b.Places[r.Place-1].Country]++
		}
	}
	home := make([]string, len(b.Networks)+1)
	for i, m := range inCountry {
		if len(m) > 0 {
			home[i] = byFrequency(m)[0]
		}
	}
	country := func(i uint32) string { return b.Places[i-1].Country }
	homed := func(i uint32) string { return home[i] }
	newPlaces, byCountry := numbered(places, country)
	newNetworks, byHome := numbered(networks, homed)
	b.place, b.network = newPlaces, newNetworks

	b.codes = slices.Sorted(maps.Keys(byCountry))
	for code := range byHome {
		if _, ok := slices.BinarySearch(b.codes, code); !ok {
			b.codes = append(b.codes, code)
		}
	}
	slices.Sort(b.codes)
	b.codes = slices.Compact(append([]string{""}, b.codes...))
	if len(b.codes) > maxCountries {
		return fmt.Errorf("%d countries: at most %d", len(b.codes), maxCountries)
	}
	var before, beforeNetwork uint32
	b.homeOf = append(b.homeOf, 0)
	for i, code := range b.codes {
		b.countries = append(b.countries, struct{ place, network uint32 }{before, beforeNetwork})
		before += uint32(byCountry[code])
		beforeNetwork += uint32(byHome[code])
		for range byCountry[code] {
			b.homeOf = append(b.homeOf, uint8(i))
		}
	}
	return nil
}

// numbered gives rows 1 to n their new numbers: by group, then frequency. It
// tells how many there are in each group.
func numbered(counts []int, group func(uint32) string) (now []uint32, sizes map[string]int) {
	order := make([]uint32, 0, len(counts)-1)
	sizes = map[string]int{}
	for i := uint32(1); int(i) < len(counts); i++ {
		order = append(order, i)
		sizes[group(i)]++
	}
	slices.SortFunc(order, func(x, y uint32) int {
		return cmp.Or(strings.Compare(group(x), group(y)), cmp.Compare(counts[y], counts[x]), cmp.Compare(x, y))
	})
	now = make([]uint32, len(counts))
	for i, was := range order {
		now[was] = uint32(i) + 1
	}
	return now, sizes
}

// renumber puts the new numbers into ranges, and joins neighbours that answer alike.
func (b *builder) renumber(ranges []Range) []Range {
	out := make([]Range, 0, len(ranges))
	for _, r := range ranges {
		r.Place, r.Network = b.place[r.Place], b.network[r.Network]
		if n := len(out); n > 0 && out[n-1].Place == r.Place && out[n-1].Network == r.Network {
			continue
		}
		out = append(out, r)
	}
	return out
}

// tables writes the rows of countries, regions, places and networks, and the names.
func (b *builder) tables() error {
	b.names, b.regions = map[string]uint32{}, map[[2]string]uint16{}
	if len(b.Source) > maxAbout || len(b.Licence) > maxAbout {
		return fmt.Errorf("source or licence longer than %d bytes", maxAbout)
	}
	for _, text := range []string{b.Source, b.Licence} {
		b.part[partAbout] = append(binary.LittleEndian.AppendUint16(b.part[partAbout], uint16(len(text))), text...)
	}
	for i, code := range b.codes {
		row := make([]byte, 2, countryRow)
		if len(code) != 0 && len(code) != 2 {
			return fmt.Errorf("country %q: want two letters", code)
		}
		copy(row, code)
		b.part[partCountries] = append(b.part[partCountries], append24(append24(row, b.countries[i].place), b.countries[i].network)...)
	}
	for _, was := range inverse(b.place) {
		p := b.Places[was-1]
		region, err := b.region(p)
		if err != nil {
			return err
		}
		row := binary.LittleEndian.AppendUint32(nil, packPosition(p.Lat, p.Lon, p.Located))
		row = binary.LittleEndian.AppendUint16(row, region)
		b.part[partPlaces] = append(b.part[partPlaces], b.text(row, p.City)...)
	}
	for _, was := range inverse(b.network) {
		n := b.Networks[was-1]
		row := b.text(binary.LittleEndian.AppendUint32(nil, n.ASN), n.Organisation)
		b.part[partNetworks] = append(b.part[partNetworks], append(row, n.Class)...)
	}
	if len(b.part[partNames]) > maxNames {
		return fmt.Errorf("names of %d bytes: at most %d", len(b.part[partNames]), maxNames)
	}
	return nil
}

// inverse lists old numbers by new.
func inverse(now []uint32) []uint32 {
	was := make([]uint32, len(now)-1)
	for old, n := range now[1:] {
		was[n-1] = uint32(old) + 1
	}
	return was
}

// region is the number of a place's region, which names its country too.
func (b *builder) region(p Place) (uint16, error) {
	key := [2]string{p.Country, p.Region}
	if n, ok := b.regions[key]; ok {
		return n, nil
	}
	if len(b.regions) == maxRegions {
		return 0, fmt.Errorf("more than %d regions", maxRegions)
	}
	home, ok := slices.BinarySearch(b.codes, p.Country)
	if !ok {
		return 0, errors.New("a place in a country that has no number")
	}
	n := uint16(len(b.regions))
	b.regions[key] = n
	b.part[partRegions] = append(b.text(b.part[partRegions], p.Region), byte(home))
	return n, nil
}

// text puts a name among the names, and where it stands into a row. It is cut to
// 255 bytes, and loses what cannot be shown.
func (b *builder) text(row []byte, s string) []byte {
	s = Printable(s, math.MaxUint8)
	at, ok := b.names[s]
	if !ok {
		at = uint32(len(b.part[partNames]))
		b.names[s] = at
		b.part[partNames] = append(b.part[partNames], s...)
	}
	return append(append24(row, at), byte(len(s)))
}

// Printable is a text without what is no printable character, cut to so many
// bytes at the end of a character. Names reach pages, mails and terminals.
func Printable(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
	for len(s) > most {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return s
}

// family writes the three parts of a family.
func (b *builder) family(first int, p packed) {
	code := slices.Concat(p.stepLengths, p.answerLengths)
	for _, d := range p.distances {
		code = binary.AppendUvarint(code, d)
	}
	var keys []byte
	last := uint64(0)
	for _, k := range p.keys {
		keys = binary.AppendUvarint(keys, k-last)
		last = k
	}
	b.part[first], b.part[first+1], b.part[first+2] = code, keys, p.lines
}

// file puts the parts together.
func (b *builder) file() ([]byte, error) {
	head := make([]byte, headerBytes)
	le := binary.LittleEndian
	copy(head, magic)
	le.PutUint16(head[8:], major)
	le.PutUint16(head[10:], minor)
	le.PutUint32(head[12:], headerBytes)
	le.PutUint64(head[16:], uint64(b.Built.Unix()))
	le.PutUint32(head[24:], uint32(len(b.renumber(b.V4))))
	le.PutUint32(head[28:], uint32(len(b.renumber(b.V6))))
	at := len(head)
	for i, part := range b.part {
		row := head[partsAt+i*partRow:]
		le.PutUint32(row, uint32(at))
		le.PutUint32(row[4:], uint32(len(part)))
		le.PutUint32(row[8:], crc32.Checksum(part, castagnoli))
		if at += len(part); at > maxFile {
			return nil, fmt.Errorf("more than %d bytes", maxFile)
		}
	}
	le.PutUint32(head[headerCRCAt:], crc32.Checksum(head[:headerCRCAt], castagnoli))
	return slices.Concat(append([][]byte{head}, b.part[:]...)...), nil
}

// byFrequency lists keys, the most frequent first; equal ones in order.
func byFrequency[K cmp.Ordered](counts map[K]int) []K {
	return slices.SortedFunc(maps.Keys(counts), func(x, y K) int {
		return cmp.Or(cmp.Compare(counts[y], counts[x]), cmp.Compare(x, y))
	})
}

func append24(b []byte, n uint32) []byte { return append(b, byte(n), byte(n>>8), byte(n>>16)) }

func bitLen64(n uint64) int { return bits.Len64(n) }
