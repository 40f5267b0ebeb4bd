package atlas

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// contents draws the contents of a small world with everything that a block can say.
func contents(t *rapid.T) Contents {
	c := Contents{Built: time.Unix(1780666922, 0), Source: "drawn", Licence: "none"}
	countries := []string{"", "AT", "NO", "US"}
	for i := range rapid.IntRange(0, 300).Draw(t, "places") {
		code := rapid.SampledFrom(countries).Draw(t, "country")
		p := Place{Country: code, City: fmt.Sprintf("City %d", i)}
		if code != "" {
			p.Region = rapid.SampledFrom([]string{"", "North", "South"}).Draw(t, "region")
			p.Lat, p.Lon = rapid.Float64Range(-90, 90).Draw(t, "lat"), rapid.Float64Range(-180, 180).Draw(t, "lon")
			p.Located = rapid.Bool().Draw(t, "located")
		}
		c.Places = append(c.Places, p)
	}
	for i := range rapid.IntRange(0, 200).Draw(t, "networks") {
		c.Networks = append(c.Networks, Network{ASN: uint32(i)*7919 + 1, Organisation: fmt.Sprintf("Org %d", i), Class: uint8(i % 8)})
	}
	seed := rapid.Uint64().Draw(t, "seed")
	c.V4 = ranges(rand.New(rand.NewPCG(seed, 4)), rapid.IntRange(0, 2000).Draw(t, "ranges4"), 32, len(c.Places), len(c.Networks))
	c.V6 = ranges(rand.New(rand.NewPCG(seed, 6)), rapid.IntRange(0, 2000).Draw(t, "ranges6"), 64, len(c.Places), len(c.Networks))
	return c
}

// ranges draws keys of all distances: a step of one, of any power of two, and of anything.
func ranges(r *rand.Rand, n, width, places, networks int) []Range {
	var out []Range
	key := r.Uint64() >> (64 - width) >> r.IntN(width)
	for range n {
		next := Range{Key: key, Place: uint32(r.IntN(places + 1)), Network: uint32(r.IntN(networks + 1))}
		if m := len(out); m > 0 && r.IntN(2) == 0 {
			back := out[m-1-r.IntN(min(m, 70))]
			next.Place = back.Place
			if r.IntN(2) == 0 {
				next.Network = back.Network
			}
		}
		out = append(out, next)
		step := uint64(1) << r.IntN(width)
		if r.IntN(4) == 0 {
			step = r.Uint64() >> r.IntN(64)
		}
		if r.IntN(3) > 0 {
			step = 1 + step>>(width/2+8)
		}
		if step == 0 || step > math.MaxUint64>>(64-width)-key {
			break
		}
		key += step
	}
	return out
}

// want is the answer by the definition: the last range that begins at the key or before.
func want(c Contents, list []Range, key uint64) Entry {
	var r Range
	for _, x := range list {
		if x.Key <= key {
			r = x
		}
	}
	var e Entry
	if r.Place > 0 {
		p := c.Places[r.Place-1]
		e.Country, e.Region, e.City = p.Country, p.Region, p.City
		e.Lat, e.Lon, e.Located = unpackPosition(packPosition(p.Lat, p.Lon, p.Located))
	}
	if r.Network > 0 {
		n := c.Networks[r.Network-1]
		e.ASN, e.Organisation, e.Class = n.ASN, n.Organisation, n.Class
	}
	return e
}

func address4(key uint64) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(key >> 24), byte(key >> 16), byte(key >> 8), byte(key)})
}

func address6(key uint64, low byte) netip.Addr {
	var b [16]byte
	for i := range 8 {
		b[i] = byte(key >> (56 - 8*i))
	}
	b[15] = low
	return netip.AddrFrom16(b)
}

func TestAnAtlasAnswersWhatItWasMadeOf(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := contents(t)
		file, err := Build(c)
		if err != nil {
			t.Fatal(err)
		}
		a, err := Open(string(file))
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Verify(); err != nil {
			t.Errorf("Verify of a new file: %v", err)
		}
		ask := func(addr netip.Addr, list []Range, key uint64) {
			if got, want := a.Find(addr), want(c, list, key); got != want {
				t.Fatalf("Find(%v)\n got %+v\nwant %+v", addr, got, want)
			}
		}
		ask(address4(math.MaxUint32), c.V4, math.MaxUint32)
		ask(address6(math.MaxUint64, 0xff), c.V6, math.MaxUint64)
		for _, i := range rapid.SliceOfN(rapid.IntRange(0, 1<<20), 20, 20).Draw(t, "asked") {
			if n := len(c.V4); n > 0 {
				key := c.V4[i%n].Key
				ask(address4(key), c.V4, key)
				ask(address4(key-1&math.MaxUint32), c.V4, key-1&math.MaxUint32)
			}
			if n := len(c.V6); n > 0 {
				key := c.V6[i%n].Key
				if key>>32 == 0 {
					continue // ::/32 holds the addresses of IPv4 inside IPv6
				}
				ask(address6(key, byte(i)), c.V6, key)
				ask(address6(key-1, 0xff), c.V6, key-1)
			}
		}
	})
}

func TestAPositionIsKeptWithinHalfACell(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lat, lon := rapid.Float64Range(-90, 90).Draw(t, "lat"), rapid.Float64Range(-180, 180).Draw(t, "lon")
		gotLat, gotLon, ok := unpackPosition(packPosition(lat, lon, true))
		half := 0.5/perDegree + 1e-9
		across := math.Abs(gotLon - lon)
		across = min(across, 360-across) // the date line is one line
		if !ok || math.Abs(gotLat-lat) > half || across > half {
			t.Fatalf("(%v, %v) came back as (%v, %v, %v)", lat, lon, gotLat, gotLon, ok)
		}
		if gotLat < -90 || gotLat > 90 || gotLon < -180 || gotLon >= 180 {
			t.Fatalf("(%v, %v) came back outside the world: (%v, %v)", lat, lon, gotLat, gotLon)
		}
	})
	for _, p := range [][2]float64{{math.NaN(), 0}, {0, math.NaN()}, {91, 0}, {0, -181}, {math.Inf(1), 0}} {
		if cell := packPosition(p[0], p[1], true); cell != noPosition {
			t.Errorf("packPosition(%v) = %d, want none", p, cell)
		}
	}
}

// TestBlocksMayBeFarApart is about the distance inside a line, of any length.
func TestBlocksMayBeFarApart(t *testing.T) {
	for shift := range 64 {
		c := Contents{Networks: []Network{{ASN: 1}, {ASN: 2}, {ASN: 3}}}
		// More ranges than a block takes, then some that are far from it, and the last key of all.
		for i := range uint64(2 * blockMost) {
			c.V6 = append(c.V6, Range{Key: i, Network: uint32(i % 3)})
		}
		for i := range uint64(3) {
			if key := 1<<shift + i; key > c.V6[len(c.V6)-1].Key {
				c.V6 = append(c.V6, Range{Key: key, Network: uint32(3 - i)})
			}
		}
		c.V6 = append(c.V6, Range{Key: math.MaxUint64, Network: 1})
		file, err := Build(c)
		if err != nil {
			t.Fatal(err)
		}
		a, err := Open(string(file))
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Verify(); err != nil {
			t.Errorf("2^%d: %v", shift, err)
		}
		for i, r := range c.V6 {
			end := uint64(math.MaxUint64)
			if i+1 < len(c.V6) {
				end = c.V6[i+1].Key - 1
			}
			for _, key := range []uint64{r.Key, end} {
				if _, got := a.v6.find(key); a.networkNumber(got) != r.Network {
					t.Errorf("2^%d: key %#x: got network %d, want %d", shift, key, a.networkNumber(got), r.Network)
				}
			}
		}
	}
}

// networkNumber is the autonomous system of a row, as the contents above number it.
func (a *Atlas) networkNumber(row uint32) uint32 {
	var e Entry
	a.network(row, &e)
	return e.ASN
}
