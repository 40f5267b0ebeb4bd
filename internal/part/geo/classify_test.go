package geo

import (
	"slices"
	"testing"
)

func TestNetworksAreClassified(t *testing.T) {
	for _, x := range []struct {
		asn  uint32
		name string
		want Network
	}{
		// By number, whatever the name says.
		{16509, "Amazon.com, Inc.", Hosting},
		{7922, "Comcast Cable Communications, LLC", Fixed},
		{21928, "T-Mobile USA, Inc.", Mobile},
		{6167, "Verizon Business", Mobile},
		{13335, "Cloudflare, Inc.", Relay},
		{36183, "Akamai Technologies, Inc.", Relay},
		{209103, "Proton AG", VPN},
		{60729, "Stiftung Erneuerbare Freiheit", Tor},
		{2119, "Telenor Norge AS", Unknown},
		{1766, "Exxon Mobil Corporation", Unknown},
		{27683, "VPN de Mexico, S.A. de C.V.", Unknown},
		// By name.
		{64500, "Example Hosting GmbH", Hosting},
		{64500, "HostExample Ltd", Hosting},
		{64500, "Example Data Center", Hosting},
		{64500, "Mullvad VPN AB", VPN},
		{64500, "Example Mobile Hosting", Hosting},
		{64500, "Example Mobile Telecom", Mobile},
		{64500, "Example Broadband", Fixed},
		{64500, "EXAMPLETELECOM", Fixed},
		{64500, "Hostel Example", Unknown},
		{64500, "Leibniz-Rechenzentrum", Unknown},
		{64500, "Automobile Club", Unknown},
		{64500, "University of Example", Unknown},
		{64500, "", Unknown},
		{0, "", Unknown},
	} {
		if got := Classify(x.asn, x.name); got != x.want {
			t.Errorf("Classify(%d, %q) = %v, want %v", x.asn, x.name, got, x.want)
		}
	}
}

func TestCuratedNumbersAreAscendingAndInOneList(t *testing.T) {
	seen := map[uint32]Network{}
	for _, list := range curatedLists {
		if !slices.IsSorted(list.numbers) {
			t.Errorf("%v: not ascending, so some are not found", list.class)
		}
		for _, n := range list.numbers {
			if class, twice := seen[n]; twice {
				t.Errorf("%d is %v and %v", n, class, list.class)
			}
			seen[n] = list.class
		}
	}
}

// TestTheAtlasIsInStepWithTheRules: classes were put into the atlas when it was
// made, so a rule that changes needs a new one (tool/geogen).
func TestTheAtlasIsInStepWithTheRules(t *testing.T) {
	builtin, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	known := map[uint32]bool{}
	for e := range builtin.Networks() {
		known[e.ASN] = true
		if want := Classify(e.ASN, e.Organisation); Network(e.Class) != want {
			t.Errorf("AS%d %s: the atlas says %v, the rules %v", e.ASN, e.Organisation, Network(e.Class), want)
		}
	}
	for _, list := range curatedLists {
		for _, n := range list.numbers {
			if !known[n] {
				t.Errorf("AS%d, curated as %v, is in no network of the atlas", n, list.class)
			}
		}
	}
}
