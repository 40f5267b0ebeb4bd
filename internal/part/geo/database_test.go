package geo

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/part/geo/mmdbtest"
)

type fields = mmdbtest.Map

// maxmindCity is a record as GeoLite2 City has it.
func maxmindCity(country, region, city string, lat, lon float64, radius uint16) fields {
	return fields{
		"country":      fields{"iso_code": country, "names": fields{"en": "Country", "de": "Land"}},
		"subdivisions": []any{fields{"iso_code": "X", "names": fields{"en": region}}},
		"city":         fields{"names": fields{"en": city, "de": "Stadt"}},
		"location":     fields{"latitude": lat, "longitude": lon, "accuracy_radius": radius, "time_zone": "UTC"},
	}
}

// layouts are records of one and the same place and network, as their makers write them.
var layouts = map[string]struct {
	record fields
	want   Record
}{
	"MaxMind City": {
		maxmindCity("NO", "Oslo", "Oslo", 59.91, 10.75, 20),
		Record{Country: "NO", Region: "Oslo", City: "Oslo", Lat: 59.91, Lon: 10.75, Located: true, RadiusKm: 20},
	},
	"MaxMind Country, registered abroad": {
		fields{"registered_country": fields{"iso_code": "SE"}},
		Record{Country: "SE"},
	},
	"MaxMind ASN": {
		fields{"autonomous_system_number": uint32(64500), "autonomous_system_organization": "Example Net"},
		Record{ASN: 64500, Organisation: "Example Net"},
	},
	"MaxMind Enterprise": {
		fields{"country": fields{"iso_code": "NO"}, "traits": fields{"autonomous_system_number": uint32(64500), "autonomous_system_organization": "Example Net", "user_type": "cellular"}},
		Record{Country: "NO", ASN: 64500, Organisation: "Example Net", Class: Mobile},
	},
	"MaxMind Anonymous-IP": {fields{"is_anonymous": true, "is_anonymous_vpn": true, "is_hosting_provider": true}, Record{Class: VPN}},
	"MaxMind Tor exit":     {fields{"is_anonymous": true, "is_tor_exit_node": true, "is_anonymous_vpn": true}, Record{Class: Tor}},
	"DB-IP City": {
		fields{"country": fields{"iso_code": "NO"}, "city": fields{"names": fields{"en": "Oslo"}}, "subdivisions": []any{fields{"names": fields{"en": "Oslo County"}}}, "location": fields{"latitude": 59.91, "longitude": 10.75}},
		Record{Country: "NO", Region: "Oslo County", City: "Oslo", Lat: 59.91, Lon: 10.75, Located: true},
	},
	"IPinfo location": {
		fields{"country": "NO", "region": "Oslo County", "city": "Oslo", "lat": "59.91", "lng": "10.75", "postal_code": "0150", "radius": "50"},
		Record{Country: "NO", Region: "Oslo County", City: "Oslo", Lat: 59.91, Lon: 10.75, Located: true, RadiusKm: 50},
	},
	"IPinfo lite": {
		fields{"country": "Norway", "country_code": "NO", "asn": "AS64500", "as_name": "Example Net", "as_domain": "net.example"},
		Record{Country: "NO", ASN: 64500, Organisation: "Example Net"},
	},
	"IPinfo ASN": {
		fields{"asn": "AS64500", "name": "Example Net", "type": "hosting", "domain": "net.example"},
		Record{ASN: 64500, Organisation: "Example Net", Class: Hosting},
	},
	"IPinfo joined": {
		fields{"country": "NO", "loc": "59.91,10.75", "org": "AS64500 Example Net"},
		Record{Country: "NO", Lat: 59.91, Lon: 10.75, Located: true, ASN: 64500, Organisation: "Example Net"},
	},
	"IPinfo privacy": {fields{"hosting": "true", "proxy": "", "relay": "true", "tor": "", "vpn": "true", "service": "x"}, Record{Class: Relay}},
	"ip-location-db city": {
		fields{"country_code": "NO", "state1": "Oslo County", "state2": "", "city": "Oslo", "postcode": "", "latitude": 59.91, "longitude": 10.75, "timezone": ""},
		Record{Country: "NO", Region: "Oslo County", City: "Oslo", Lat: 59.91, Lon: 10.75, Located: true},
	},
	"what cannot be is left out": {
		fields{"country_code": "NO", "city": "Os\x1b[2Jlo\u202e", "latitude": 91.0, "longitude": 10.75, "accuracy_radius": uint32(4_000_000_000), "asn": "ASfoo"},
		Record{Country: "NO", City: "Os[2Jlo"},
	},
	"fields of other types are left out": {
		fields{"country": uint16(7), "city": []any{"Oslo"}, "location": "north", "subdivisions": fields{"en": "x"}, "country_code": "NO", "traits": true},
		Record{Country: "NO"},
	},
	"zero and zero is no place": {
		fields{"country_code": "NO", "latitude": 0.0, "longitude": 0.0},
		Record{Country: "NO"},
	},
}

func TestADatabaseIsReadInTheLayoutOfItsMaker(t *testing.T) {
	for name, x := range layouts {
		t.Run(name, func(t *testing.T) {
			d, err := NewDatabase(mmdbtest.File("test", map[string]fields{"192.0.3.0/24": x.record, "2a00:db8::/32": x.record}))
			if err != nil {
				t.Fatal(err)
			}
			x.want.byName = Classify(x.want.ASN, x.want.Organisation)
			for _, addr := range []string{"192.0.3.77", "2a00:db8::1", "192.0.3.78"} {
				if got := d.Lookup(netip.MustParseAddr(addr)); got != x.want {
					t.Errorf("Lookup(%s)\n got %+v\nwant %+v", addr, got, x.want)
				}
			}
			if got := d.Lookup(netip.MustParseAddr("192.0.4.1")); got != (Record{}) {
				t.Errorf("outside: %+v, want nothing", got)
			}
			networks := 0
			for _, r := range d.All() {
				if networks++; r != x.want {
					t.Errorf("All gives %+v, want %+v", r, x.want)
				}
			}
			if networks != 2 {
				t.Errorf("All gives %d networks, want 2", networks)
			}
		})
	}
}

func TestADatabaseThatTellsNothingIsRefused(t *testing.T) {
	dir := t.TempDir()
	whole := mmdbtest.File("Domains", map[string]fields{"192.0.3.0/24": {"domain": "example.com"}})
	for _, x := range []struct {
		name string
		data []byte
		want string
	}{
		{"empty", nil, "not a MaxMind database"},
		{"text", []byte("192.0.2.0/24\n"), "not a MaxMind database"},
		{"other fields", whole, `type "Domains": the first 1 records say nothing`},
		{"cut off", whole[:len(whole)-20], "not a MaxMind database"},
	} {
		t.Run(x.name, func(t *testing.T) {
			path := filepath.Join(dir, "x.mmdb")
			if err := os.WriteFile(path, x.data, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := OpenDatabase(path)
			if err == nil || !strings.Contains(err.Error(), x.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v, want an error with the path and %q", err, x.want)
			}
		})
	}
	if _, err := OpenDatabase(dir); err == nil || !strings.Contains(err.Error(), "no file") {
		t.Errorf("a folder: got %v, want an error", err)
	}
}

// FuzzDatabase breaks a file at one place: whatever it says then, it does not
// panic and says nothing that cannot be.
func FuzzDatabase(f *testing.F) {
	whole := mmdbtest.File("GeoLite2-City", map[string]fields{
		"192.0.3.0/24":  maxmindCity("NO", "Oslo", "Oslo", 59.91, 10.75, 20),
		"192.0.4.0/24":  {"autonomous_system_number": uint32(64500), "autonomous_system_organization": "Example Net"},
		"2a00:db8::/32": {"country_code": "NO", "lat": "59.91", "lng": "10.75"},
	})
	f.Add(whole, uint(0), byte(0), uint(0))
	f.Add(whole, uint(len(whole)/2), byte(0xff), uint(1))
	f.Add([]byte("\xab\xcd\xefMaxMind.com"), uint(0), byte(0), uint(0))
	f.Fuzz(func(t *testing.T, data []byte, at uint, flip byte, cut uint) {
		if len(data) > 0 {
			data[at%uint(len(data))] ^= flip
			data = data[:uint(len(data))-cut%uint(len(data))]
		}
		d, err := NewDatabase(data)
		if err != nil {
			return
		}
		for _, addr := range []string{"192.0.3.1", "192.0.4.1", "2a00:db8::1", "255.255.255.255"} {
			sound(t, d.Lookup(netip.MustParseAddr(addr)))
		}
		for _, r := range d.walk(1000) {
			sound(t, r)
		}
	})
}

// sound fails the test if a record says what cannot be.
func sound(t *testing.T, r Record) {
	t.Helper()
	if r.Located && !(r.Lat >= -90 && r.Lat <= 90 && r.Lon >= -180 && r.Lon <= 180) {
		t.Errorf("a point outside the world: %+v", r)
	}
	if !(r.RadiusKm >= 0 && r.RadiusKm <= maxRadiusKm) {
		t.Errorf("a radius that cannot be: %+v", r)
	}
	if r.Country != "" && !isCountry(r.Country) {
		t.Errorf("a country that is none: %+v", r)
	}
	for _, s := range []string{r.Region, r.City, r.Organisation} {
		if Printable(s) != s {
			t.Errorf("a text that cannot be shown: %+v", r)
		}
	}
	if int(r.Class) >= len(networkNames) || int(r.byName) >= len(networkNames) {
		t.Errorf("a class that is none: %+v", r)
	}
}
