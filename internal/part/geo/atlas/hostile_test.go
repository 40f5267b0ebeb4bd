package atlas

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// small is a file with everything a file can hold, and not much of it.
func small(t testing.TB) []byte {
	t.Helper()
	c := Contents{Built: time.Unix(1780666922, 0), Source: "drawn", Licence: "none"}
	for i, code := range []string{"AT", "NO", "NO", "US", ""} {
		c.Places = append(c.Places, Place{Country: code, Region: "Region", City: strings.Repeat("City ", i), Lat: float64(10 * i), Lon: 170, Located: i%2 == 0})
	}
	for i := range 300 {
		c.Networks = append(c.Networks, Network{ASN: uint32(i + 1), Organisation: "Example", Class: uint8(i % 8)})
	}
	dice := rand.New(rand.NewPCG(7, 7))
	c.V4 = ranges(dice, 300, 32, len(c.Places), len(c.Networks))
	c.V6 = ranges(dice, 300, 64, len(c.Places), len(c.Networks))
	file, err := Build(c)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// signed puts the right checksums into a file that was changed.
func signed(file []byte) {
	if len(file) < headerBytes {
		return
	}
	le := binary.LittleEndian
	for i := range parts {
		row := file[partsAt+i*partRow:]
		at, size := uint64(le.Uint32(row)), uint64(le.Uint32(row[4:]))
		if at+size <= uint64(len(file)) {
			le.PutUint32(row[8:], crc32.Checksum(file[at:at+size], castagnoli))
		}
	}
	le.PutUint32(file[headerCRCAt:], crc32.Checksum(file[:headerCRCAt], castagnoli))
}

// use asks a file all that can be asked; it must not panic, and say nothing that
// is outside the world.
func use(t *testing.T, data string) {
	t.Helper()
	a, err := Open(data)
	if err != nil {
		if !errors.Is(err, ErrFormat) {
			t.Errorf("Open: %v does not wrap ErrFormat", err)
		}
		return
	}
	if err := a.Verify(); err != nil && !errors.Is(err, ErrFormat) {
		t.Errorf("Verify: %v does not wrap ErrFormat", err)
	}
	keys := []uint64{0, 1, 1 << 31, 1<<32 - 1, 1 << 63, 1<<64 - 1}
	keys = append(append(keys, a.v4.keys...), a.v6.keys...)
	for _, key := range keys[:min(len(keys), 200)] {
		for _, addr := range []netip.Addr{address4(key), address6(key, 1), address6(key+1<<20, 1)} {
			e := a.Find(addr)
			if e.Located && !(e.Lat >= -90 && e.Lat <= 90 && e.Lon >= -180 && e.Lon < 180) {
				t.Errorf("Find(%v) = %+v", addr, e)
			}
		}
	}
	for range a.Places() {
	}
	for range a.Networks() {
	}
}

// FuzzAtlas changes a byte of a sound file and cuts it, with checksums made right
// again, as somebody would who means harm.
func FuzzAtlas(f *testing.F) {
	whole := small(f)
	f.Add(uint(0), byte(1), uint(0), true)
	f.Add(uint(headerBytes+10), byte(0xff), uint(0), true)
	f.Add(uint(len(whole)-70), byte(0x10), uint(3), false)
	f.Fuzz(func(t *testing.T, at uint, flip byte, cut uint, sign bool) {
		file := append([]byte(nil), whole...)
		file[at%uint(len(file))] ^= flip
		file = file[:uint(len(file))-cut%uint(len(file))]
		if sign {
			signed(file)
		}
		use(t, string(file))
	})
}

// FuzzAtlasBytes is for bytes that come from anywhere.
func FuzzAtlasBytes(f *testing.F) {
	f.Add(small(f))
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, data []byte) {
		signed(data)
		use(t, string(data))
	})
}

func TestADamagedFileIsNoticed(t *testing.T) {
	whole := small(t)
	if a, err := Open(string(whole)); err != nil || a.Verify() != nil {
		t.Fatalf("the whole file: %v", err)
	}
	for at := range whole {
		file := append([]byte(nil), whole...)
		file[at] ^= 0x20
		use(t, string(file))
		a, err := Open(string(file))
		if err == nil {
			err = a.Verify()
		}
		if err == nil {
			t.Errorf("byte %d of %d was changed, and nobody noticed", at, len(whole))
		}
	}
	for size := range whole {
		if _, err := Open(string(whole[:size])); err == nil {
			t.Errorf("cut to %d of %d bytes, and nobody noticed", size, len(whole))
		}
	}
}

func TestContentsThatCannotBeAreRefused(t *testing.T) {
	place := []Place{{Country: "NO"}}
	for _, x := range []struct {
		name string
		c    Contents
		want string
	}{
		{"out of order", Contents{V4: []Range{{Key: 2}, {Key: 1}}}, "IPv4: range 1 begins at 0x1, after one at 0x2"},
		{"twice", Contents{V6: []Range{{Key: 2}, {Key: 2}}}, "IPv6: range 1"},
		{"too large a key", Contents{V4: []Range{{Key: 1 << 32}}}, "IPv4: range 0"},
		{"no such place", Contents{Places: place, V4: []Range{{Place: 2}}}, "names place 2 of 1"},
		{"no such network", Contents{Places: place, V4: []Range{{Network: 1}}}, "network 1 of 0"},
		{"a country that is none", Contents{Places: []Place{{Country: "NOR"}}}, `country "NOR"`},
		{"a long text about it", Contents{Source: strings.Repeat("x", maxAbout+1)}, "longer than"},
	} {
		if _, err := Build(x.c); err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: got %v, want an error with %q", x.name, err, x.want)
		}
	}
}

func TestNamesAreMadeFitToBeShown(t *testing.T) {
	file, err := Build(Contents{
		Places: []Place{{Country: "NO", City: "Os\x1b[31mlo\u202e\xff", Region: strings.Repeat("å", 200)}},
		V4:     []Range{{Place: 1}},
	})
	if err != nil {
		t.Fatal(err)
	}
	a, err := Open(string(file))
	if err != nil {
		t.Fatal(err)
	}
	e := a.Find(netip.MustParseAddr("1.2.3.4"))
	if e.City != "Os[31mlo" || e.Region != strings.Repeat("å", 127) {
		t.Errorf("got %+v", e)
	}
}

func TestAnEmptyAtlasKnowsNothing(t *testing.T) {
	file, err := Build(Contents{})
	if err != nil {
		t.Fatal(err)
	}
	a, err := Open(string(file))
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Verify(); err != nil {
		t.Error(err)
	}
	for _, addr := range []string{"0.0.0.0", "255.255.255.255", "::", "ffff::"} {
		if e := a.Find(netip.MustParseAddr(addr)); e != (Entry{}) {
			t.Errorf("Find(%s) = %+v", addr, e)
		}
	}
}
