package world

import (
	"strings"
	"testing"
)

func TestAttackersKnowWhatTheySayTheyKnow(t *testing.T) {
	p := Default()
	p.Users, p.Days = 800, 200
	p.GeoError, p.GeoKnown, p.CityKnown, p.ClassKnown = 0, 1, 1, 1 // the truth, not what a database makes of it
	w, err := Make(p, 11)
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	sameAgent, newKeys := map[string]int{}, 0
	for e := range w.Events() {
		if !e.Probe {
			continue
		}
		counts[e.Label]++
		who := w.people[e.Account]
		home := who.homeAt
		own := false
		for i := range who.devices {
			own = own || w.agentOf(who.devices[i].build) == e.Agent
			if e.DeviceKey != "" && e.DeviceKey == who.devices[i].key && e.Label != "cookie" {
				t.Fatalf("%s holds the victim's key", e.Label)
			}
		}
		if own {
			sameAgent[e.Label]++
		}
		if strings.HasPrefix(e.DeviceKey, "a") {
			newKeys++
		}
		country := countries[home.country].code
		switch e.Label {
		case "naive":
			if e.Place.Network != "tor" && e.Place.Country == country {
				t.Fatalf("naive comes from the victim's country")
			}
		case "vpn", "targeted", "relay":
			if e.Place.Network != "hosting" && e.Place.Country != country {
				t.Fatalf("%s comes from %s, the victim lives in %s", e.Label, e.Place.Country, country)
			}
		case "verytargeted":
			if e.Place.ASN != who.home.net.asn || e.Place.City != home.at().name {
				t.Fatalf("very targeted comes from %s in AS%d, the victim lives in %s in AS%d", e.Place.City, e.Place.ASN, home.at().name, who.home.net.asn)
			}
		case "proxy":
			if e.Place.Country != country { // the gateways of carriers may be anywhere in it
				t.Fatalf("proxy at %+v", e.Place)
			}
		}
	}
	for label, least := range map[string]float64{"verytargeted": .99, "cookie": .99, "targeted": .5} {
		if share := float64(sameAgent[label]) / float64(counts[label]); share < least {
			t.Errorf("%s shows an agent of the victim in %.2f of cases, want at least %.2f", label, share, least)
		}
	}
	if share := float64(sameAgent["naive"]) / float64(counts["naive"]); share > .3 {
		t.Errorf("naive happens to show the victim's agent in %.2f of cases", share)
	}
	if newKeys == 0 {
		t.Error("no attacker brings a key of its own")
	}
}

func TestAgentsGoForward(t *testing.T) {
	w := small(t, "default", 9)
	who := w.newPerson(0, w.params.Start.UnixMilli())
	dev := &who.devices[0]
	dev.lag, dev.build = 0, build{platform: windows, family: chrome}
	var last int
	for day := range 400 {
		dev.agent(w, w.params.Start.UnixMilli()+int64(day)*int64(dayMs))
		if dev.build.version < last {
			t.Fatalf("day %d: version %d after %d", day, dev.build.version, last)
		}
		last = dev.build.version
	}
	if got := versionAt(chrome, date(2024, 11, 20)); got != 131 {
		t.Errorf("Chrome of 20 November 2024 is %d, was 131", got)
	}
	if got := versionAt(firefox, date(2025, 11, 20)); got < 144 || got > 146 {
		t.Errorf("Firefox of 20 November 2025 is %d, was 145", got)
	}
	if r := safariReleases[versionAt(safari, date(2025, 4, 10))]; r.major != 18 || r.minor != 4 {
		t.Errorf("Safari of 10 April 2025 is %d.%d, was 18.4", r.major, r.minor)
	}
}
