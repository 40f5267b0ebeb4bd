package geo

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestAListIsRead(t *testing.T) {
	l, err := ReadList(strings.NewReader("\ufeff# Tor and others\n"+
		"192.0.3.1\n\n  2a00:db8::/32  # one of ours\n"+
		"172.225.0.0/27,gb,GB-EN,London,\n\"172.225.0.32/27\",\"NO\",,\n"+
		"::ffff:192.0.3.9\n"), "list.txt")
	if err != nil {
		t.Fatal(err)
	}
	if l.Len() != 5 {
		t.Errorf("Len = %d, want 5", l.Len())
	}
	for _, x := range []struct {
		addr string
		want listed
		in   bool
	}{
		{"192.0.3.1", listed{}, true},
		{"192.0.3.0", listed{}, false},
		{"192.0.3.2", listed{}, false},
		{"192.0.3.9", listed{}, true},
		{"2a00:db8:ffff:ffff:ffff:ffff:ffff:ffff", listed{}, true},
		{"2a00:db9::", listed{}, false},
		{"172.225.0.31", listed{country: "GB", region: "GB-EN", city: "London"}, true},
		{"172.225.0.32", listed{country: "NO"}, true},
		{"172.225.0.64", listed{}, false},
		{"0.0.0.0", listed{}, false},
		{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", listed{}, false},
	} {
		if got, in := l.find(netip.MustParseAddr(x.addr)); got != x.want || in != x.in {
			t.Errorf("find(%s) = %+v, %v; want %+v, %v", x.addr, got, in, x.want, x.in)
		}
	}
}

func TestAListWithAMistakeIsRefusedByLine(t *testing.T) {
	for _, x := range []struct{ name, text, want string }{
		{"a word", "192.0.3.1\nexit node\n", `list.txt:2: "exit node" is neither an address nor a network`},
		{"a control character is not repeated", "a\x1bb", `list.txt:1: "ab" is neither`},
		{"bits beyond the length", "192.0.3.1/24", "list.txt:1: 192.0.3.1/24 is no network: its first address is 192.0.3.0"},
		{"everything", "::/0", "list.txt:1: ::/0 is everything"},
		{"IPv4 in IPv6", "::ffff:192.0.3.0/120", "write it as IPv4"},
		{"a zone", "fe80::1%eth0", "is neither"},
		{"a country that is none", "192.0.3.1,Norway", `list.txt:1: "Norway" is no country: want two letters`},
		{"a long line", "# ok\n" + strings.Repeat("x", 2000), "list.txt:2: longer than 1024 bytes"},
	} {
		t.Run(x.name, func(t *testing.T) {
			l, err := ReadList(strings.NewReader(x.text), "list.txt")
			if err == nil || !strings.Contains(err.Error(), x.want) {
				t.Errorf("got %v, %v; want an error with %q", l, err, x.want)
			}
		})
	}
}

func TestTheSmallestNetworkAnswersAndTheLastLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// A small corner of the addresses, so that networks meet.
		var text strings.Builder
		lines := map[netip.Prefix]string{}
		for range rapid.IntRange(0, 40).Draw(t, "lines") {
			p := netip.PrefixFrom(netip.AddrFrom4([4]byte{255, 255, 255, rapid.Byte().Draw(t, "last")}), rapid.IntRange(22, 32).Draw(t, "bits")).Masked()
			city := fmt.Sprint("c", rapid.IntRange(0, 5).Draw(t, "city"))
			fmt.Fprintf(&text, "%v,NO,,%s\n", p, city)
			lines[p] = city
		}
		l, err := ReadList(strings.NewReader(text.String()), "list.txt")
		if err != nil {
			t.Fatal(err)
		}
		if l.Len() != len(lines) {
			t.Fatalf("Len = %d, want %d", l.Len(), len(lines))
		}
		for last := range 256 {
			addr := netip.AddrFrom4([4]byte{255, 255, 255, byte(last)})
			want, bits := "", -1
			for p, city := range lines {
				if p.Contains(addr) && p.Bits() > bits {
					want, bits = city, p.Bits()
				}
			}
			if got, in := l.find(addr); got.city != want || in != (bits >= 0) {
				t.Fatalf("find(%v) = %q, %v; want %q\n%s", addr, got.city, in, want, &text)
			}
		}
	})
}

func FuzzList(f *testing.F) {
	f.Add("192.0.3.1\n2a00:db8::/32,NO,NO-03,Oslo,0150\n", "192.0.3.1")
	f.Add("0.0.0.0/1\n128.0.0.0/1\n", "255.255.255.255")
	f.Add("ffff::/16\n::/1\n", "ffff::")
	f.Fuzz(func(t *testing.T, text, asked string) {
		l, err := ReadList(strings.NewReader(text), "f")
		if err != nil {
			if !strings.HasPrefix(err.Error(), "f:") {
				t.Errorf("an error without a line: %v", err)
			}
			return
		}
		if addr, err := netip.ParseAddr(asked); err == nil {
			sound(t, listSource{l, VPN}.Lookup(addr))
		}
		// Every line that is an address is found.
		for _, line := range strings.Split(text, "\n") {
			if addr, err := netip.ParseAddr(strings.TrimSpace(line)); err == nil {
				if _, in := l.find(addr.Unmap()); !in {
					t.Errorf("%v is in the list and not found", addr)
				}
			}
		}
	})
}
