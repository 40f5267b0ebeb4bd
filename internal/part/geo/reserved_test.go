package geo

import (
	"net/netip"
	"testing"
)

func TestReservedAddressesHaveNoPlace(t *testing.T) {
	f, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct{ first, last, want string }{
		{"0.0.0.0", "0.255.255.255", "unspecified"},
		{"10.0.0.0", "10.255.255.255", "private"},
		{"100.64.0.0", "100.127.255.255", "carrier-grade NAT"},
		{"127.0.0.0", "127.255.255.255", "loopback"},
		{"169.254.0.0", "169.254.255.255", "link-local"},
		{"172.16.0.0", "172.31.255.255", "private"},
		{"192.0.0.0", "192.0.0.255", "protocol"},
		{"192.0.2.0", "192.0.2.255", "documentation"},
		{"192.88.99.0", "192.88.99.255", "protocol"},
		{"192.168.0.0", "192.168.255.255", "private"},
		{"198.18.0.0", "198.19.255.255", "benchmark"},
		{"198.51.100.0", "198.51.100.255", "documentation"},
		{"203.0.113.0", "203.0.113.255", "documentation"},
		{"224.0.0.0", "239.255.255.255", "multicast"},
		{"240.0.0.0", "255.255.255.254", "reserved"},
		{"255.255.255.255", "255.255.255.255", "broadcast"},
		{"::", "::", "unspecified"},
		{"::1", "::1", "loopback"},
		{"::2", "::ffff", "reserved"},
		{"::ffff:10.0.0.1", "::ffff:10.9.9.9", "private"},
		{"64:ff9b::10.0.0.0", "64:ff9b::10.255.255.255", "private"},
		{"64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "private"},
		{"100::", "100::ffff:ffff:ffff:ffff", "discard"},
		{"2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff", "tunnel"},
		{"2001:2::", "2001:2:0:ffff:ffff:ffff:ffff:ffff", "benchmark"},
		{"2001:10::", "2001:2f:ffff:ffff:ffff:ffff:ffff:ffff", "protocol"},
		{"2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "documentation"},
		{"2002:a00::", "2002:aff:ffff:ffff:ffff:ffff:ffff:ffff", "private"},
		{"2002:cb00:7100::", "2002:cb00:71ff:ffff:ffff:ffff:ffff:ffff", "documentation"},
		{"3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "documentation"},
		{"4000::", "4000::1", "reserved"},
		{"5f00::", "5f00::1", "reserved"},
		{"fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "private"},
		{"fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "link-local"},
		{"fe80::1%eth0", "fe80::1%eth0", "link-local"},
		{"fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "private"},
		{"ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "multicast"},
	} {
		for _, text := range []string{x.first, x.last} {
			got := f.Find(netip.MustParseAddr(text))
			if want := (Place{Reserved: x.want, Source: FromRules}); got != want {
				t.Errorf("Find(%s) = %+v, want %+v", text, got, want)
			}
		}
	}
	if got := f.Find(netip.Addr{}).Reserved; got != "invalid" {
		t.Errorf("no address at all: %q", got)
	}
}

func TestNeighboursOfReservedAddressesMayHaveAPlace(t *testing.T) {
	for _, text := range []string{
		"1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
		"169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.0.3.0", "192.88.98.255", "192.88.100.0",
		"192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "198.51.99.255", "198.51.101.0", "203.0.112.255", "203.0.114.0",
		"223.255.255.255", "2001:1::", "2001:3::", "2001:30::", "2001:200::", "2001:db7:ffff::", "2001:db9::", "2002:808:808::1",
		"3ffe::", "3fff:1000::", "64:ff9b::8.8.8.8",
	} {
		if why := reserved(plain(netip.MustParseAddr(text))); why != "" {
			t.Errorf("%s is %q, want none", text, why)
		}
	}
}

func TestAnIPv4AddressIsFoundInsideOthers(t *testing.T) {
	f, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	want := f.Find(netip.MustParseAddr("8.8.8.8"))
	if want.ASN != 15169 {
		t.Fatalf("8.8.8.8 is %+v", want)
	}
	for _, text := range []string{"::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1", "::ffff:8.8.8.8%eth0"} {
		if got := f.Find(netip.MustParseAddr(text)); got != want {
			t.Errorf("Find(%s) = %+v, want %+v", text, got, want)
		}
	}
	if got := f.Find(netip.MustParseAddr("2001:4860:4860::8888%eth0")); got.ASN != 15169 {
		t.Errorf("with a zone: %+v", got)
	}
}
