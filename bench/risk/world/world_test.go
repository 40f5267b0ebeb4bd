package world

import (
	"encoding/json"
	"hash/fnv"
	"net/netip"
	"testing"
	"time"
	"unicode/utf8"
)

// digest is a hash of a whole stream as it is written, and its length.
func digest(t *testing.T, variant string, seed uint64) (uint64, int) {
	t.Helper()
	w, err := New(variant, seed)
	if err != nil {
		t.Fatal(err)
	}
	h, n := fnv.New64a(), 0
	var line []byte
	for e := range w.Events() {
		line = e.AppendJSON(line[:0], variant)
		h.Write(line)
		n++
	}
	return h.Sum64(), n
}

func TestWorld(t *testing.T) {
	t.Run("the same seed gives the same stream, another seed another one", func(t *testing.T) {
		one, n := digest(t, "tiny", 7)
		again, m := digest(t, "tiny", 7)
		if one != again || n != m {
			t.Errorf("two runs of seed 7: digests %x and %x of %d and %d events, want equal", one, again, n, m)
		}
		if other, _ := digest(t, "tiny", 8); other == one {
			t.Error("seeds 7 and 8 give the same stream")
		}
	})
	t.Run("a variant or a size that does not exist is refused", func(t *testing.T) {
		if _, err := New("perfect", 1); err == nil {
			t.Error("no error for the variant perfect")
		}
		for _, change := range []func(*Params){func(p *Params) { p.Users = 0 }, func(p *Params) { p.Users = 2_000_000 }, func(p *Params) { p.Days = 0 }, func(p *Params) { p.Days = 4000 }} {
			p := Default()
			change(&p)
			if _, err := Make(p, 1); err == nil {
				t.Errorf("no error for %d users and %d days", p.Users, p.Days)
			}
		}
	})
	t.Run("a consumer may stop", func(t *testing.T) {
		w, err := New("tiny", 1)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for range w.Events() {
			if n++; n == 10 {
				break
			}
		}
		if n != 10 {
			t.Errorf("got %d events before the stop, want 10", n)
		}
	})
}

// small makes a variant small enough to be run for a test.
func small(t *testing.T, variant string, seed uint64) *World {
	t.Helper()
	p, err := Of(variant, seed)
	if err != nil {
		t.Fatal(err)
	}
	p.Users = min(p.Users, 300)
	p.Days = min(p.Days, 200)
	w, err := Make(p, seed)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestEveryVariantKeepsTheContract(t *testing.T) {
	for _, variant := range Variants() {
		t.Run(variant, func(t *testing.T) {
			w := small(t, variant, 3)
			history := map[int]int{}
			var before time.Time
			n := 0
			for e := range w.Events() {
				n++
				check(t, w, e)
				if e.Time.Before(before) {
					t.Fatalf("event %d at %v comes after one at %v", n, e.Time, before)
				}
				before = e.Time
				if e.Account >= 0 && e.History != history[e.Account] {
					t.Fatalf("event %d says %d sign-ins before, counted %d", n, e.History, history[e.Account])
				}
				if e.Label == Legit && e.Result == "success" {
					history[e.Account]++
				}
			}
			if n < 500 {
				t.Errorf("only %d events", n)
			}
		})
	}
}

// check tells what no event of any world may be.
func check(t *testing.T, w *World, e *Event) {
	t.Helper()
	switch {
	case !e.IP.IsValid() || !e.IP.IsGlobalUnicast() || e.IP.IsPrivate():
		t.Fatalf("address %v", e.IP)
	case e.Probe && (e.Label == Legit || e.Result != "success" || e.History == 0):
		t.Fatalf("probe %+v", e)
	case !e.Probe && e.Label != Legit && e.Result == "success":
		t.Fatalf("an attack that would teach: %+v", e)
	case (e.DeviceKey == "") != (e.Trust == ""):
		t.Fatalf("key %q with trust %q", e.DeviceKey, e.Trust)
	case e.ZoneKnown && (e.Zone < -720 || e.Zone > 840):
		t.Fatalf("zone %d", e.Zone)
	case e.Agent.String == "" || e.User == "":
		t.Fatalf("no agent or user: %+v", e)
	case w.params.Keys == 0 && e.DeviceKey != "":
		t.Fatalf("a key in a world without keys: %q", e.DeviceKey)
	case w.params.GeoKnown == 0 && e.Place != (Place{Network: e.Place.Network}): // a list of servers may still know the kind
		t.Fatalf("a place in a world without places: %+v", e.Place)
	case w.params.Zones == 0 && e.ZoneKnown:
		t.Fatal("a clock in a world without clocks")
	case !e.Place.Located && (e.Place.Lat != 0 || e.Place.City != ""):
		t.Fatalf("a place that is not located: %+v", e.Place)
	}
}

func TestOneAddressHasOnePlace(t *testing.T) {
	w := small(t, "default", 2)
	seen := map[netip.Addr]Place{}
	for e := range w.Events() {
		if place, ok := seen[e.IP]; ok && place != e.Place {
			t.Fatalf("%v is at %+v and at %+v", e.IP, place, e.Place)
		}
		seen[e.IP] = e.Place
	}
}

func TestTheDefaultWorldHasTheMarginalsOfTheSpecification(t *testing.T) {
	w, err := New("default", 501)
	if err != nil {
		t.Fatal(err)
	}
	m := Measure(w.Events())
	for _, c := range []struct {
		what           string
		got, want, off float64
	}{
		{"median sign-ins of a user", float64(m.Median), 4, 0},
		{"90th percentile", float64(m.P90), 18, 3},
		{"99th percentile", float64(m.P99), 64, 12},
		{"users with one sign-in", m.Single, .17, .025},
		{"sign-ins on a new network", m.NewNetwork, .089, .02},
		{"sign-ins from a new country", m.NewCountry, .02, .008},
	} {
		if c.got < c.want-c.off || c.got > c.want+c.off {
			t.Errorf("%s: got %.3g, want %.3g +- %.2g", c.what, c.got, c.want, c.off)
		}
	}
	for _, k := range Kinds() {
		if m.Attacks[k.String()] < 30 {
			t.Errorf("%d probes of %v, too few to measure", m.Attacks[k.String()], k)
		}
	}
}

func TestJSON(t *testing.T) {
	w := small(t, "default", 5)
	n := 0
	for e := range w.Events() {
		line := e.AppendJSON(nil, "default/5")
		var got struct {
			Time                                                time.Time
			User, IP, UserAgent, DeviceKey, DeviceTrust, Result string
			Timezone, Label, World                              string
			Probe, Matched                                      bool
			History                                             int
			Place                                               struct {
				Country, Region, City, Network string
				Lat, Lon, RadiusKm             float64
				ASN                            uint32
			}
		}
		if err := json.Unmarshal(line, &got); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		if !got.Time.Equal(e.Time) || got.User != e.User || got.IP != e.IP.String() || got.UserAgent != e.Agent.String || got.DeviceKey != e.DeviceKey ||
			got.DeviceTrust != e.Trust || got.Result != e.Result || got.Label != e.Label || got.World != "default/5" || got.Probe != e.Probe ||
			got.Matched != e.Matched || got.History != e.History {
			t.Fatalf("wrote %s\nfor %+v", line, e)
		}
		if p := got.Place; p.Country != e.Place.Country || p.City != e.Place.City || p.Lat != e.Place.Lat || p.ASN != e.Place.ASN || p.RadiusKm != e.Place.RadiusKm || p.Network != e.Place.Network {
			t.Fatalf("wrote %s\nfor %+v", line, e.Place)
		}
		if want := ""; e.ZoneKnown {
			at, err := time.Parse("-07:00", got.Timezone)
			if _, off := at.Zone(); err != nil || off != int(e.Zone)*60 {
				t.Fatalf("time zone %q for %d minutes: %v", got.Timezone, e.Zone, err)
			}
		} else if got.Timezone != want {
			t.Fatalf("time zone %q where none is known", got.Timezone)
		}
		n++
	}
	if n == 0 {
		t.Fatal("no events")
	}
}

func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "a\"b\\c", "\x00\n\u2028", "\xff\xfe", "Île"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var got string
		if err := json.Unmarshal(appendString(nil, s), &got); err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		if utf8.ValidString(s) && got != s {
			t.Fatalf("wrote %q, read %q", s, got)
		}
	})
}

func BenchmarkEvents(b *testing.B) {
	n := 0
	var line []byte
	for b.Loop() {
		w, err := New("shifted", 1)
		if err != nil {
			b.Fatal(err)
		}
		for e := range w.Events() {
			line = e.AppendJSON(line[:0], "shifted/1")
			n++
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/event")
}
