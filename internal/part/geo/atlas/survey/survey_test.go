package survey

import (
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gatehouse-id/gatehouse/internal/part/geo"
	"github.com/gatehouse-id/gatehouse/internal/part/geo/atlas"
	"github.com/gatehouse-id/gatehouse/internal/part/geo/mmdbtest"
)

// few is how many keys the drawn lists are about: all of them are asked.
const few = 40

// drawSpans draws spans that may overlap, near one end of the keys or the other.
func drawSpans(t *rapid.T, name string, base uint64) []span {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) span {
		from := rapid.Uint64Range(0, few-1).Draw(t, "from")
		return span{base + from, base + rapid.Uint64Range(from, few-1).Draw(t, "to"), rapid.Uint32Range(1, 3).Draw(t, "value")}
	}), 0, 12).Draw(t, name)
}

// valueAt is what a list says of a key by its definition.
func valueAt(list []span, key uint64) uint32 {
	for _, s := range list {
		if s.from <= key && key <= s.to {
			return s.value
		}
	}
	return 0
}

func TestSpansAreLaidOverEachOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := rapid.SampledFrom([]uint64{0, 1 << 32, math.MaxUint64 - few + 1}).Draw(t, "base")
		first, second := flat(drawSpans(t, "first", base)), flat(drawSpans(t, "second", base))
		networks := flat(drawSpans(t, "networks", base))
		for _, list := range [][]span{first, second, networks, filled(first, second)} {
			for i, s := range list {
				if s.to < s.from || i > 0 && s.from <= list[i-1].to {
					t.Fatalf("not in order: %v", list)
				}
			}
		}
		places := filled(first, second)
		ranges := overlay(places, networks, math.MaxUint64)
		if ranges[0].Key != 0 {
			t.Fatalf("the first range begins at %d", ranges[0].Key)
		}
		for key := base; ; key++ {
			want := valueAt(first, key)
			if want == 0 {
				want = valueAt(second, key)
			}
			if got := valueAt(places, key); got != want {
				t.Fatalf("key %d of %v filled by %v: got %d, want %d", key, first, second, got, want)
			}
			var r atlas.Range
			for _, x := range ranges {
				if x.Key <= key {
					r = x
				}
			}
			if r.Place != want || r.Network != valueAt(networks, key) {
				t.Fatalf("key %d: got %+v, want place %d, network %d", key, r, want, valueAt(networks, key))
			}
			if key == base+few-1 {
				return
			}
		}
	})
}

func TestWhatBeginsEarlierKeepsItsKeys(t *testing.T) {
	got := flat([]span{{5, 9, 2}, {1, 6, 1}, {1, 3, 9}, {20, 21, 3}})
	want := []span{{1, 6, 1}, {7, 9, 2}, {20, 21, 3}}
	for i := range want {
		if len(got) != len(want) || got[i] != want[i] {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
}

// city is a record in MaxMind's layout.
func city(country, name string, lat, lon float64) mmdbtest.Map {
	return mmdbtest.Map{
		"country":  mmdbtest.Map{"iso_code": country},
		"city":     mmdbtest.Map{"names": mmdbtest.Map{"en": name}},
		"location": mmdbtest.Map{"latitude": lat, "longitude": lon},
	}
}

// put writes a file and answers its path.
func put(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAnAtlasIsMadeOfSeveralFiles(t *testing.T) {
	first := put(t, "first.mmdb", mmdbtest.File("City", map[string]mmdbtest.Map{
		"192.0.3.0/25":  city("NO", "Oslo (Frogner)", 59.92, 10.70),
		"192.0.5.0/24":  city("NO", "Oslo", 59.96, 10.74),
		"2a00:db8::/32": city("NO", "Bergen", 60.39, 5.32),
	}))
	second := put(t, "second.mmdb", mmdbtest.File("City", map[string]mmdbtest.Map{
		"192.0.2.0/23": city("SE", "Stockholm", 59.33, 18.07),
	}))
	list := put(t, "networks.csv", []byte("192.0.3.0,192.0.3.255,64500,Example Hosting\n192.0.4.0,192.0.4.255,0,none\n2a00:db8::,2a00:db8:ffff:ffff:ffff:ffff:ffff:ffff,64501,\"Example, Ltd\"\n"))
	asn := put(t, "asn.mmdb", mmdbtest.File("ASN", map[string]mmdbtest.Map{
		"192.0.3.0/24": {"autonomous_system_number": uint32(64502), "autonomous_system_organization": "Later"},
		"192.0.5.0/24": {"autonomous_system_number": uint32(64503), "autonomous_system_organization": "Example Mobile"},
	}))
	file, err := Compile(Config{Cities: []string{first, second}, Networks: []string{list, asn}, Built: time.Unix(1_780_000_000, 0), Source: "four files", Licence: "CC BY 4.0"})
	if err != nil {
		t.Fatal(err)
	}
	a, err := atlas.Open(string(file))
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Verify(); err != nil {
		t.Error(err)
	}
	if info := a.Info(); info.Source != "four files" || info.Licence != "CC BY 4.0" || info.Built.Unix() != 1_780_000_000 {
		t.Errorf("it says of itself: %+v", info)
	}
	oslo := atlas.Entry{Country: "NO", City: "Oslo", Lat: 59.94, Lon: 10.72, Located: true} // both quarters are one place
	stockholm := atlas.Entry{Country: "SE", City: "Stockholm", Lat: 59.33, Lon: 18.07, Located: true}
	bergen := atlas.Entry{Country: "NO", City: "Bergen", Lat: 60.39, Lon: 5.32, Located: true}
	in := func(e atlas.Entry, asn uint32, organisation string, class geo.Network) atlas.Entry {
		e.ASN, e.Organisation, e.Class = asn, organisation, uint8(class)
		return e
	}
	for addr, want := range map[string]atlas.Entry{
		"192.0.1.255": {},
		"192.0.2.1":   stockholm,
		"192.0.3.127": in(oslo, 64500, "Example Hosting", geo.Hosting),
		"192.0.3.128": in(stockholm, 64500, "Example Hosting", geo.Hosting),
		"192.0.4.0":   {},
		"192.0.5.255": in(oslo, 64503, "Example Mobile", geo.Mobile),
		"192.0.6.0":   {},
		"2a00:db8::1": in(bergen, 64501, "Example, Ltd", geo.Unknown),
		"2a00:db9::":  {},
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff": {},
	} {
		if got := a.Find(netip.MustParseAddr(addr)); got != want {
			t.Errorf("Find(%s)\n got %+v\nwant %+v", addr, got, want)
		}
	}
	agreement, err := Compare(a, first, 100, 1)
	if err != nil || agreement.Asked != 3 || agreement.Country != 3 || agreement.City != 3 || agreement.Km[4] > 3 {
		t.Errorf("Compare: %v, %v: want three addresses that agree", agreement, err)
	}
}

func TestFilesThatMakeNoAtlasAreRefused(t *testing.T) {
	places := put(t, "places.mmdb", mmdbtest.File("City", map[string]mmdbtest.Map{"192.0.3.0/24": city("NO", "Oslo", 59.9, 10.7)}))
	networks := put(t, "networks.mmdb", mmdbtest.File("ASN", map[string]mmdbtest.Map{"192.0.3.0/24": {"autonomous_system_number": uint32(64500), "autonomous_system_organization": "Example"}}))
	csv := func(text string) Config { return Config{Networks: []string{put(t, "x.csv", []byte(text))}} }
	for name, x := range map[string]struct {
		c    Config
		want string
	}{
		"nothing":             {Config{}, "neither"},
		"no file":             {Config{Cities: []string{"missing.mmdb"}}, "missing.mmdb"},
		"no list":             {Config{Networks: []string{"missing.csv"}}, "missing.csv"},
		"networks for places": {Config{Cities: []string{networks}}, "no places in it"},
		"places for networks": {Config{Networks: []string{places}}, "no networks in it"},
		"too few fields":      {csv("1.0.0.0,1.0.0.1,64500\n"), "x.csv: record on line 1: wrong number of fields"},
		"no address":          {csv("1.0.0.0,1.0.0.1,1,a\n1.0.0,1.0.0.1,64500,x\n"), "x.csv:2: "},
		"no number":           {csv("1.0.0.0,1.0.0.1,AS1,x\n"), "x.csv:1: "},
		"backwards":           {csv("1.0.0.1,1.0.0.0,64500,x\n"), "is no range"},
		"from IPv4 to IPv6":   {csv("1.0.0.1,2001:db8::,64500,x\n"), "is no range"},
		"from inside to IPv6": {csv("::ffff:1.0.0.1,2001:db8::,64500,x\n"), "is no range"},
		"an unfinished quote": {csv("1.0.0.0,1.0.0.1,64500,\"x\n"), "x.csv: "},
	} {
		if _, err := Compile(x.c); err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: got %v, want an error with %q", name, err, x.want)
		}
	}
}

// FuzzNetworkList reads lists of networks: whatever they hold, what is taken from
// them makes an atlas, or the line is told.
func FuzzNetworkList(f *testing.F) {
	f.Add("1.0.0.0,1.0.0.255,64500,Example\n::ffff:2.0.0.0,2.0.0.9,64500,again\n")
	f.Add("2a00::,2a00:ffff::,4294967295,\"a \"\"b\"\"\"\r\n2a00::1,2a00::2,1,x")
	f.Add("::,ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff,1,all\n0.0.0.0,255.255.255.255,2,all\n")
	f.Fuzz(func(t *testing.T, text string) {
		n := newNetworks()
		var by [2][]span
		if err := n.readList(strings.NewReader(text), "f", &by); err != nil {
			if !strings.HasPrefix(err.Error(), "f:") {
				t.Errorf("an error without the list's name: %v", err)
			}
			return
		}
		c := atlas.Contents{Networks: n.rows}
		c.V4, c.V6 = overlay(nil, flat(by[0]), lastKey[0]), overlay(nil, flat(by[1]), lastKey[1])
		file, err := atlas.Build(c)
		if err != nil {
			t.Fatal(err)
		}
		a, err := atlas.Open(string(file))
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Verify(); err != nil {
			t.Fatal(err)
		}
	})
}
