package geo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/part/geo/mmdbtest"
)

func find(t *testing.T, f *Finder, addr string) Place {
	t.Helper()
	return f.Find(netip.MustParseAddr(addr))
}

func open(t *testing.T, c Config) *Finder {
	t.Helper()
	f, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestItWorksWithNoSetUp(t *testing.T) {
	f := open(t, Config{})
	for _, x := range []struct {
		addr, country, city string
		asn                 uint32
		class               Network
		radius              float64
	}{
		{"193.213.112.4", "NO", "", 2119, Unknown, 300},
		{"73.1.2.3", "US", "", 7922, Fixed, 100},
		{"172.58.1.1", "US", "", 21928, Mobile, 300},
		{"8.8.8.8", "US", "Mountain View", 15169, Hosting, math.Inf(1)},
		{"104.28.1.1", "CA", "Toronto", 13335, Relay, 300},
		{"185.220.101.1", "DE", "", 60729, Tor, math.Inf(1)},
		{"2a02:2121::1", "NO", "Oslo", 2119, Unknown, 300},
		{"2601:1c0::1", "US", "", 7922, Fixed, 100},
		{"240e::1", "CN", "", 4134, Fixed, 100},
	} {
		p := find(t, f, x.addr)
		if p.Country != x.country || x.city != "" && p.City != x.city || p.City == "" || p.ASN != x.asn || p.Class != x.class || p.RadiusKm != x.radius ||
			!p.Located || p.Source != FromAtlas || p.Organisation == "" {
			t.Errorf("Find(%s) = %+v, want %+v", x.addr, p, x)
		}
	}
}

func TestALookupInTheAtlasDoesNotAllocate(t *testing.T) {
	f := open(t, Config{})
	addrs := []netip.Addr{netip.MustParseAddr("193.213.112.4"), netip.MustParseAddr("2601:1c0::1"), netip.MustParseAddr("10.0.0.1")}
	n := testing.AllocsPerRun(1000, func() {
		for _, addr := range addrs {
			f.Find(addr)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func TestFilesComeBeforeTheAtlas(t *testing.T) {
	dir := t.TempDir()
	city := write(t, dir, "city.mmdb", mmdbtest.File("City", map[string]fields{
		"193.213.112.0/24": maxmindCity("SE", "Skane", "Malmo", 55.6, 13, 20),
		"73.1.2.0/24":      maxmindCity("US", "Florida", "Miami", 25.77, -80.19, 200),
		"8.8.8.0/24":       maxmindCity("US", "Kansas", "Cheney", 37.75, -97.82, 1000),
		"81.2.69.0/24":     {"country": fields{"iso_code": "GB"}, "location": fields{"latitude": 54.7, "longitude": -3.4}},
	}))
	asn := write(t, dir, "asn.mmdb", mmdbtest.File("ASN", map[string]fields{
		"193.213.112.0/24": {"autonomous_system_number": uint32(64500), "autonomous_system_organization": "Example Broadband"},
		"73.1.3.0/24":      {"asn": "AS64501", "name": "Example", "type": "hosting"},
	}))
	f := open(t, Config{City: []string{city}, ASN: []string{asn}})
	for _, x := range []struct {
		name, addr string
		want       Place
	}{
		{"place and network from files, the stated radius at least 50 km", "193.213.112.4",
			Place{Country: "SE", Region: "Skane", City: "Malmo", Lat: 55.6, Lon: 13, Located: true, RadiusKm: 50, ASN: 64500, Organisation: "Example Broadband", Class: Fixed, Source: FromCityFile | FromASNFile}},
		{"network from the atlas", "73.1.2.3",
			Place{Country: "US", Region: "Florida", City: "Miami", Lat: 25.77, Lon: -80.19, Located: true, RadiusKm: 200, ASN: 7922, Organisation: "Comcast Cable Communications, LLC", Class: Fixed, Source: FromAtlas | FromCityFile}},
		{"a gateway is no evidence, whatever the file states", "8.8.8.8",
			Place{Country: "US", Region: "Kansas", City: "Cheney", Lat: 37.75, Lon: -97.82, Located: true, RadiusKm: math.Inf(1), ASN: 15169, Organisation: "Google LLC", Class: Hosting, Source: FromAtlas | FromCityFile}},
		{"a country is no evidence", "81.2.69.142",
			Place{Country: "GB", Lat: 54.7, Lon: -3.4, Located: true, RadiusKm: math.Inf(1), ASN: 20712, Organisation: "Andrews & Arnold Ltd", Source: FromAtlas | FromCityFile}},
	} {
		got := find(t, f, x.addr)
		if x.want.Source&FromASNFile != 0 {
			x.want.Source |= FromAtlas // which was asked for the network, too
		}
		if got != x.want {
			t.Errorf("%s\n got %+v\nwant %+v", x.name, got, x.want)
		}
	}
	if p := find(t, f, "73.1.3.3"); p.Class != Hosting || p.ASN != 64501 || p.Country != "US" {
		t.Errorf("a class that the ASN file states: %+v", p)
	}
}

func TestOfSeveralFilesTheFirstThatKnowsAnswers(t *testing.T) {
	dir := t.TempDir()
	first := write(t, dir, "1.mmdb", mmdbtest.File("City", map[string]fields{"192.0.3.0/24": maxmindCity("NO", "", "Oslo", 59.9, 10.7, 20)}))
	second := write(t, dir, "2.mmdb", mmdbtest.File("City", map[string]fields{
		"192.0.3.0/24": maxmindCity("SE", "", "Lund", 55.7, 13.2, 20), "192.0.4.0/24": maxmindCity("SE", "", "Lund", 55.7, 13.2, 20)}))
	f := open(t, Config{City: []string{first, second}})
	if p := find(t, f, "192.0.3.1"); p.City != "Oslo" {
		t.Errorf("got %+v, want Oslo", p)
	}
	if p := find(t, f, "192.0.4.1"); p.City != "Lund" {
		t.Errorf("got %+v, want Lund", p)
	}
}

func TestAClassIsThatOfWhoKnowsBest(t *testing.T) {
	dir := t.TempDir()
	// Each list holds its own address and those of all lists before it.
	addrs := []string{"73.1.2.1", "73.1.2.2", "73.1.2.3", "73.1.2.4", "73.1.2.5"}
	list := func(name string, n int) []string {
		return []string{write(t, dir, name, []byte(strings.Join(addrs[n:], "\n")))}
	}
	anonymous := map[string]fields{}
	for _, a := range addrs {
		anonymous[a+"/32"] = fields{"is_hosting_provider": true}
	}
	f := open(t, Config{
		Anonymous: []string{write(t, dir, "anonymous.mmdb", mmdbtest.File("Anonymous-IP", anonymous))},
		VPNs:      list("vpn.txt", 1), Relays: list("relay.txt", 2), TorExits: list("tor.txt", 3), Own: list("own.txt", 4),
	})
	sources := FromAtlas | FromAnonymousFile
	for i, x := range []struct {
		class  Network
		radius float64
		from   Source
	}{
		{Hosting, math.Inf(1), 0}, {VPN, math.Inf(1), FromVPNRanges}, {Relay, 300, FromRelayRanges}, {Tor, math.Inf(1), FromTorExits}, {Corporate, 100, FromOwnNetworks},
	} {
		sources |= x.from
		p := find(t, f, addrs[i])
		if p.Class != x.class || p.RadiusKm != x.radius || p.Source != sources {
			t.Errorf("%s: %v, %v km, from %v; want %v, %v km, from %v", addrs[i], p.Class, p.RadiusKm, p.Source, x.class, x.radius, sources)
		}
	}
	if p := find(t, f, "73.1.2.6"); p.Class != Fixed || p.Source != FromAtlas {
		t.Errorf("beside all lists: %+v", p)
	}
}

func TestARelayStatesThePlaceOfItsPeople(t *testing.T) {
	path := write(t, t.TempDir(), "relay.csv", []byte(
		"104.28.1.0/24,NO,NO-03,Oslo,\n104.28.2.0/24,NO,,Nowhere at all,\n104.28.3.0/24,US,,,\n"))
	f := open(t, Config{Relays: []string{path}})
	p := find(t, f, "104.28.1.1")
	if p.Country != "NO" || p.City != "Oslo" || p.Region != "NO-03" || p.RadiusKm != 300 || Kilometres(p.Lat, p.Lon, 59.91, 10.75) > 20 {
		t.Errorf("a city that the atlas knows: %+v", p)
	}
	if p := find(t, f, "104.28.2.1"); p.Country != "NO" || p.Located || p.RadiusKm != 0 {
		t.Errorf("a city that it does not know: %+v, want a country and no point", p)
	}
	if p := find(t, f, "104.28.3.1"); p.Class != Relay || p.Country != "US" {
		t.Errorf("a country: %+v", p)
	}
}

func TestOwnNetworksMayBePrivate(t *testing.T) {
	f := open(t, Config{Own: []string{write(t, t.TempDir(), "own.txt", []byte("10.1.0.0/16,NO,,Oslo\nfd00::/8\n"))}})
	want := Place{Class: Corporate, Reserved: "private", Source: FromRules | FromOwnNetworks}
	for _, addr := range []string{"10.1.2.3", "::ffff:10.1.2.3", "fd12::1"} {
		if got := find(t, f, addr); got != want {
			t.Errorf("Find(%s) = %+v, want %+v", addr, got, want)
		}
	}
	if got := find(t, f, "10.2.0.1"); got != (Place{Reserved: "private", Source: FromRules}) {
		t.Errorf("not his own: %+v", got)
	}
}

func TestAFileThatCannotBeUsedIsRefusedAtTheBeginning(t *testing.T) {
	dir := t.TempDir()
	bad := write(t, dir, "bad", []byte("!!\n"))
	for name, c := range map[string]Config{
		"atlas": {Atlas: bad}, "city": {City: []string{bad}}, "asn": {ASN: []string{bad}}, "anonymous": {Anonymous: []string{bad}},
		"tor": {TorExits: []string{bad}}, "relay": {Relays: []string{bad}}, "vpn": {VPNs: []string{bad}}, "own": {Own: []string{bad}},
	} {
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), bad) {
			t.Errorf("%s: got %v, want an error with the path", name, err)
		}
	}
	if _, err := New(Config{City: []string{filepath.Join(dir, "absent")}}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

// cityFile is a database that knows one city, and no other bytes than another.
func cityFile(city string) []byte {
	return mmdbtest.File("City", map[string]fields{"192.0.3.0/24": maxmindCity("NO", "", city, 59.9, 10.7, 20)})
}

func TestABadNewFileLeavesTheOldOneAnswering(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "city.mmdb", cityFile("Oslo"))
	f := open(t, Config{City: []string{path}})
	steps := []struct {
		name    string
		change  func()
		city    string
		taken   int
		wantErr string
	}{
		{"nothing changed", func() {}, "Oslo", 0, ""},
		{"half a file", func() { write(t, dir, "city.mmdb", cityFile("Bergen")[:100]) }, "Oslo", 0, path},
		{"refused once", func() {}, "Oslo", 0, ""},
		{"a whole one", func() { write(t, dir, "city.mmdb", cityFile("Bergen")) }, "Bergen", 1, ""},
		{"gone", func() { os.Remove(path) }, "Bergen", 0, "no such file"},
		{"back, by a rename", func() {
			if err := os.Rename(write(t, dir, "new", cityFile("Hamar")), path); err != nil {
				t.Fatal(err)
			}
		}, "Hamar", 1, ""},
	}
	for i, s := range steps {
		s.change()
		if s.taken > 0 || s.wantErr != "" {
			// Files of one length, changed within one tick of the clock, would look the same.
			_ = os.Chtimes(path, time.Time{}, time.Unix(int64(i)+1_000_000_000, 0)) // it may be gone
		}
		taken, err := f.Reload()
		if taken != s.taken || (err == nil) != (s.wantErr == "") || err != nil && !strings.Contains(err.Error(), s.wantErr) {
			t.Errorf("%s: Reload = %d, %v; want %d, %q", s.name, taken, err, s.taken, s.wantErr)
		}
		if got := find(t, f, "192.0.3.1").City; got != s.city {
			t.Errorf("%s: %q answers, want %q", s.name, got, s.city)
		}
	}
}

func TestRunTakesUpFilesAndTellsOnceWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "city.mmdb", cityFile("Oslo"))
	synctest.Test(t, func(t *testing.T) {
		lines := make(chan string, 100)
		f := open(t, Config{City: []string{path}, Poll: time.Minute, Report: func(path string, err error) {
			lines <- fmt.Sprint(filepath.Base(path), " ", err)
		}})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- f.Run(ctx) }()

		for _, step := range []struct {
			name   string
			change func()
			told   string
			failed int
			city   string
		}{
			{"nothing", func() {}, "", 0, "Oslo"},
			{"gone", func() {
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
			}, "city.mmdb stat " + path + ": no such file or directory", 1, "Oslo"},
			{"half of one", func() { write(t, dir, "city.mmdb", cityFile("Bergen")[:100]) }, "city.mmdb read " + path + ": not a MaxMind database", 1, "Oslo"},
			{"a folder", func() {
				if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
					t.Fatal(err)
				}
			}, "city.mmdb " + path + " is no file", 1, "Oslo"},
			{"a whole one", func() {
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
				write(t, dir, "city.mmdb", cityFile("Bergen"))
			}, "city.mmdb <nil>", 0, "Bergen"},
		} {
			step.change()
			time.Sleep(5*time.Minute + time.Second) // of the bubble's clock
			synctest.Wait()
			var told []string
			for len(lines) > 0 {
				told = append(told, <-lines)
			}
			if got := strings.Join(told, "\n"); (step.told == "") != (got == "") || !strings.HasPrefix(got, step.told) || len(told) > 1 {
				t.Errorf("%s: told %q, want one line that begins %q", step.name, told, step.told)
			}
			if f.Failed() != step.failed {
				t.Errorf("%s: %d files failed, want %d", step.name, f.Failed(), step.failed)
			}
			if got := find(t, f, "192.0.3.1").City; got != step.city {
				t.Errorf("%s: %q answers, want %q", step.name, got, step.city)
			}
		}
		stop()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
}

// TestNoLookupFailsDuringASwap replaces a file again and again under load.
func TestNoLookupFailsDuringASwap(t *testing.T) {
	dir := t.TempDir()
	cities := [2]string{"Oslo", "Bergen"}
	path := write(t, dir, "city.mmdb", cityFile(cities[0]))
	f := open(t, Config{City: []string{path}})
	var stop atomic.Bool
	var asked, wrong atomic.Int64
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			addr := netip.MustParseAddr("192.0.3.1")
			for !stop.Load() {
				p := f.Find(addr)
				asked.Add(1)
				if p.City != cities[0] && p.City != cities[1] || p.Country != "NO" || p.Source&FromCityFile == 0 {
					wrong.Add(1)
				}
			}
		})
	}
	for i := range 200 {
		data := cityFile(cities[i%2])
		if i%5 == 4 {
			data = data[:len(data)/2]
		}
		if err := os.Rename(write(t, dir, "new", data), path); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Reload(); (err != nil) != (i%5 == 4) {
			t.Errorf("swap %d: %v", i, err)
		}
	}
	stop.Store(true)
	all.Wait()
	if wrong.Load() != 0 || asked.Load() == 0 {
		t.Errorf("%d of %d lookups failed", wrong.Load(), asked.Load())
	}
}
