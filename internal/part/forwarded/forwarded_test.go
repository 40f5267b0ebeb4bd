package forwarded_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gatehouse-id/gatehouse/internal/part/forwarded"
)

// proxies trusts 10.0.0.0/8, 2001:db8:1::/48 and one address.
func proxies(t testing.TB, header string) *forwarded.Proxies {
	t.Helper()
	p, err := forwarded.New(forwarded.Config{Header: header, Trusted: []netip.Prefix{
		netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:1::/48"), netip.MustParsePrefix("::ffff:192.0.2.1/128"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func request(peer, header string, lines ...string) *http.Request {
	r := &http.Request{RemoteAddr: peer, Header: http.Header{}}
	for _, line := range lines {
		r.Header.Add(header, line)
	}
	return r
}

const peer = "10.0.0.1:4711"

func TestXForwardedFor(t *testing.T) {
	p := proxies(t, "")
	for _, c := range []struct {
		name  string
		peer  string
		lines []string
		want  string
	}{
		{"no header: the peer", peer, nil, "10.0.0.1"},
		{"a stranger is not believed", "198.51.100.7:80", []string{"203.0.113.9"}, "198.51.100.7"},
		{"a trusted proxy is", peer, []string{"203.0.113.9"}, "203.0.113.9"},
		{"one that is trusted alone is", "192.0.2.1:80", []string{"203.0.113.9"}, "203.0.113.9"},
		{"its neighbour is not", "192.0.2.2:80", []string{"203.0.113.9"}, "192.0.2.2"},
		{"what the client wrote itself is left of what the proxy saw", peer, []string{"1.1.1.1, 203.0.113.9"}, "203.0.113.9"},
		{"trusted ones are walked over", peer, []string{"1.1.1.1, 203.0.113.9, 10.9.9.9, 192.0.2.1"}, "203.0.113.9"},
		{"all trusted: the farthest", peer, []string{"10.3.3.3, 10.2.2.2"}, "10.3.3.3"},
		{"many lines are one list", peer, []string{"1.1.1.1", "203.0.113.9, 10.2.2.2", "10.3.3.3"}, "203.0.113.9"},
		{"a port", peer, []string{"203.0.113.9:51234"}, "203.0.113.9"},
		{"IPv6 bare", peer, []string{"2001:db8:2::9"}, "2001:db8:2::9"},
		{"IPv6 in brackets", peer, []string{"[2001:db8:2::9]"}, "2001:db8:2::9"},
		{"IPv6 with a port", peer, []string{"[2001:db8:2::9]:443"}, "2001:db8:2::9"},
		{"IPv6 in another spelling", peer, []string{"2001:0DB8:0002:0:0:0:0:9"}, "2001:db8:2::9"},
		{"a zone is of no use here", peer, []string{"fe80::1%eth0"}, "fe80::1"},
		{"IPv4 in IPv6 is IPv4", peer, []string{"::ffff:203.0.113.9"}, "203.0.113.9"},
		{"and as such it is trusted", "[::ffff:10.0.0.1]:80", []string{"203.0.113.9, ::ffff:10.2.2.2"}, "203.0.113.9"},
		{"a peer of IPv6", "[2001:db8:1::5]:80", []string{"203.0.113.9"}, "203.0.113.9"},
		{"a peer with a zone", "[fe80::1%eth0]:80", []string{"203.0.113.9"}, "fe80::1"},
		{"white space and empty elements", peer, []string{" ,\t203.0.113.9 , ,", ""}, "203.0.113.9"},
		{"unknown: the nearest that is known", peer, []string{"203.0.113.9, unknown, 10.2.2.2"}, "10.2.2.2"},
		{"an obfuscated name", peer, []string{"203.0.113.9, _hidden"}, "10.0.0.1"},
		{"no address at all", peer, []string{"203.0.113.9, <script>"}, "10.0.0.1"},
		{"brackets around IPv4", peer, []string{"[203.0.113.9]"}, "10.0.0.1"},
		{"brackets left open", peer, []string{"[2001:db8:2::9"}, "10.0.0.1"},
		{"something behind the brackets", peer, []string{"[2001:db8:2::9]x"}, "10.0.0.1"},
		{"a number is no address", peer, []string{"3405803785"}, "10.0.0.1"},
		{"nor are leading zeros", peer, []string{"203.000.113.011"}, "10.0.0.1"},
		{"an element as long as a book", peer, []string{strings.Repeat("1", 1<<20)}, "10.0.0.1"},
		{"a book left of the client", peer, []string{strings.Repeat("9.9.9.9,", 1<<17) + "203.0.113.9"}, "203.0.113.9"},
		{"thirty-two stations are followed", peer, []string{"203.0.113.9" + strings.Repeat(",10.2.2.2", 31)}, "203.0.113.9"},
		{"more are not", peer, []string{"203.0.113.9" + strings.Repeat(",10.2.2.2", 32)}, "10.2.2.2"},
		{"nor are more commas", peer, []string{"203.0.113.9" + strings.Repeat(",", 1<<20)}, "10.0.0.1"},
		{"the other header is not looked at", peer, nil, "10.0.0.1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := request(c.peer, forwarded.XForwardedFor, c.lines...)
			r.Header.Set(forwarded.Forwarded, "for=8.8.8.8")
			if got := p.Client(r); got.String() != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestForwarded(t *testing.T) {
	p := proxies(t, forwarded.Forwarded)
	for _, c := range []struct{ line, want string }{
		{`for=203.0.113.9`, "203.0.113.9"},
		{`For="203.0.113.9:80"`, "203.0.113.9"},
		{`FOR=203.0.113.9;proto=https;by=10.0.0.1`, "203.0.113.9"},
		{`proto=https;by=10.0.0.1 ; for = 203.0.113.9`, "203.0.113.9"},
		{`for="[2001:db8:2::9]:4711"`, "2001:db8:2::9"},
		{`for="[2001:db8:2::9]:_port"`, "2001:db8:2::9"},
		{`for="[::ffff:203.0.113.9]"`, "203.0.113.9"},
		{`for=1.1.1.1, for=203.0.113.9, for=10.2.2.2;by="a,b;for=9.9.9.9"`, "203.0.113.9"},
		{`for=203.0.113.9, for=10.2.2.2;host="say \", for=9.9.9.9"`, "203.0.113.9"},
		{`for=203.0.113.9, for=10.2.2.2;host="ends in \\"`, "203.0.113.9"},
		{`for=203.0.113.9;by=";for=9.9.9.9"`, "203.0.113.9"},
		{`for=203.0.113.9;by="\";for=9.9.9.9"`, "203.0.113.9"},
		{`for=1.1.1.1, host="` + strings.Repeat("x", 1<<20) + `";for=203.0.113.9`, "203.0.113.9"},
		// What a client leaves open on the left swallows nothing.
		{`for=", for=203.0.113.9`, "203.0.113.9"},
		{`x="\, for=203.0.113.9;by="10.0.0.1"`, "203.0.113.9"},
		{`for=1.1.1.1;x="` + strings.Repeat(`\`, 1001) + `, for="203.0.113.9"`, "203.0.113.9"},
		{strings.Repeat(`"`, 1<<20) + `, for="203.0.113.9"`, "203.0.113.9"},
		// What tells nothing.
		{`for=unknown`, "10.0.0.1"},
		{`for="_gazonk"`, "10.0.0.1"},
		{`for=_gazonk`, "10.0.0.1"},
		{`for=`, "10.0.0.1"},
		{`for`, "10.0.0.1"},
		{`203.0.113.9`, "10.0.0.1"},
		{`proto=https`, "10.0.0.1"},
		{`by=203.0.113.9`, "10.0.0.1"},
		{`for=203.0.113.9;for=9.9.9.9`, "10.0.0.1"},
		{`for="203.0.113.9`, "10.0.0.1"},
		{`for="203.0.113\.9"`, "10.0.0.1"},
		{`for=""`, "10.0.0.1"},
		{`for="`, "10.0.0.1"},
		{``, "10.0.0.1"},
	} {
		r := request(peer, forwarded.Forwarded, c.line)
		r.Header.Set(forwarded.XForwardedFor, "8.8.8.8")
		if got := p.Client(r); got.String() != c.want {
			t.Errorf("%.80s: got %s, want %s", c.line, got, c.want)
		}
	}
	t.Run("many lines are one list", func(t *testing.T) {
		if got := p.Client(request(peer, forwarded.Forwarded, `for=1.1.1.1`, `for=203.0.113.9, for=10.2.2.2`, `for=10.3.3.3`)); got.String() != "203.0.113.9" {
			t.Errorf("got %s", got)
		}
	})
}

func TestOffUntilConfigured(t *testing.T) {
	zero, err := forwarded.New(forwarded.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []*forwarded.Proxies{nil, zero} {
		r := request(peer, forwarded.XForwardedFor, "203.0.113.9")
		r.Header.Set(forwarded.Forwarded, "for=203.0.113.9")
		if got := p.Client(r); got.String() != "10.0.0.1" {
			t.Errorf("got %s, want the peer", got)
		}
		if p.Count() != 0 || p.Header() != "" || p.Protocol() || p.Listen(nil, nil) != nil {
			t.Errorf("something is on: %+v", p)
		}
	}
}

func TestAPeerWithoutAnAddress(t *testing.T) {
	for _, remote := range []string{"", "@", "/run/socket", "10.0.0.1", "example.com:80"} {
		if got := proxies(t, "").Client(request(remote, forwarded.XForwardedFor, "203.0.113.9")); got.IsValid() {
			t.Errorf("%q: got %s", remote, got)
		}
	}
}

func TestHops(t *testing.T) {
	told := func(p *forwarded.Proxies, r *http.Request) (list []string) {
		for hop := range p.Hops(r) {
			list = append(list, fmt.Sprintf("%.40s %s %t", hop.Text, hop.Addr, hop.Trusted))
		}
		return list
	}
	got := told(proxies(t, ""), request(peer, forwarded.XForwardedFor, "9.9.9.9, 203.0.113.9:5, 10.2.2.2"))
	if want := []string{"10.0.0.1:4711 10.0.0.1 true", "10.2.2.2 10.2.2.2 true", "203.0.113.9:5 203.0.113.9 false"}; !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	got = told(proxies(t, forwarded.Forwarded), request(peer, forwarded.Forwarded, "for=9.9.9.9, for=unknown"))
	if want := []string{"10.0.0.1:4711 10.0.0.1 true", "for=unknown invalid IP false"}; !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	for hop := range proxies(t, "").Hops(request(peer, forwarded.XForwardedFor, strings.Repeat("x", 1<<20))) {
		if len(hop.Text) > 512 {
			t.Errorf("a hop of %d bytes", len(hop.Text))
		}
	}
}

func TestConfigurations(t *testing.T) {
	ten := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for _, c := range []struct {
		name string
		forwarded.Config
		want string // in the error, "" = none
	}{
		{"nothing", forwarded.Config{}, ""},
		{"proxies", forwarded.Config{Trusted: ten}, ""},
		{"a header of nobody", forwarded.Config{Header: forwarded.Forwarded}, "no proxy is trusted"},
		{"the protocol of nobody", forwarded.Config{Protocol: true}, "no proxy is trusted"},
		{"a header of one's own", forwarded.Config{Trusted: ten, Header: "X-Real-IP"}, `"X-Real-IP" is no header`},
		{"everybody", forwarded.Config{Trusted: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}}, "0.0.0.0/0 trusts everybody"},
		{"everybody in IPv6", forwarded.Config{Trusted: []netip.Prefix{netip.MustParsePrefix("::/0")}}, "::/0 trusts everybody"},
		{"everybody of IPv4 in IPv6", forwarded.Config{Trusted: []netip.Prefix{netip.MustParsePrefix("::ffff:0:0/96")}}, "0.0.0.0/0 trusts everybody"},
		{"bits beyond the length", forwarded.Config{Trusted: []netip.Prefix{netip.MustParsePrefix("10.1.2.3/8")}}, "10.1.2.3/8 has bits set beyond its length: want 10.0.0.0/8, or 10.1.2.3/32 for the one address"},
		{"no range", forwarded.Config{Trusted: []netip.Prefix{{}}}, "invalid"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := forwarded.New(c.Config)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	t.Run("with the PROXY protocol a header is believed where it is asked for", func(t *testing.T) {
		for header, want := range map[string]string{"": "", forwarded.XForwardedFor: forwarded.XForwardedFor} {
			p, err := forwarded.New(forwarded.Config{Trusted: ten, Protocol: true, Header: header})
			if err != nil || p.Header() != want || !p.Protocol() || p.Count() != 1 {
				t.Errorf("got %+v, %v, want header %q", p, err, want)
			}
		}
	})
}

func TestParsePrefix(t *testing.T) {
	for text, want := range map[string]string{
		"10.0.0.0/8": "10.0.0.0/8", "10.0.0.1": "10.0.0.1/32", "2001:DB8::/32": "2001:db8::/32", "::1": "::1/128",
		"::ffff:10.0.0.0/104": "10.0.0.0/8", "::ffff:10.0.0.1": "10.0.0.1/32",
	} {
		if got, err := forwarded.ParsePrefix(text); err != nil || got.String() != want {
			t.Errorf("%q: got %s, %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "10.0.0.0/33", "10.0.0.0/8 ", "10.0.0/8", "example.com", "fe80::1%eth0", "fe80::%1/10", "10.0.0.1/8", "0.0.0.0/0", "10.0.0.0/-1", "10.0.0.0/08"} {
		if got, err := forwarded.ParsePrefix(text); err == nil {
			t.Errorf("%q: got %s, want an error", text, got)
		}
	}
}

func TestWhoseWordIsIgnored(t *testing.T) {
	p := proxies(t, "")
	for remote, want := range map[string]bool{
		"127.0.0.1:80": true, "[::1]:80": true, "172.18.0.2:80": true, "192.168.1.1:80": true, "[fd00::1]:80": true, "[fe80::1%eth0]:80": true,
		"100.64.0.1:80": true, "[::ffff:192.168.1.1]:80": true,
		"203.0.113.9:80": false, "[2001:db8::1]:80": false, "172.32.0.1:80": false, "100.128.0.1:80": false, // strangers
		"10.1.2.3:80": false, // trusted
		"@":           false,
	} {
		for _, header := range []string{"x-forwarded-for", "forwarded"} {
			if peer, got := p.Ignored(request(remote, header, "")); got != want || got && peer.Is4In6() {
				t.Errorf("%s: got %s, %t", remote, peer, got)
			}
		}
		if _, got := p.Ignored(request(remote, "x-real-ip", "203.0.113.9")); got {
			t.Errorf("%s: without a word of it", remote)
		}
	}
	var none *forwarded.Proxies
	if peer, ok := none.Ignored(request("10.1.2.3:80", "x-forwarded-for", "203.0.113.9")); !ok || peer.String() != "10.1.2.3" {
		t.Errorf("where nobody is trusted: got %s, %t", peer, ok)
	}
}

// Whatever a client writes, it cannot change which address a trusted proxy is
// believed to have seen.
func TestTheClientCannotChooseItsAddress(t *testing.T) {
	for _, header := range []string{forwarded.XForwardedFor, forwarded.Forwarded} {
		p := proxies(t, header)
		rapid.Check(t, func(t *rapid.T) {
			lines := rapid.SliceOfN(rapid.StringMatching(`[ -~\t]{0,40}`), 0, 4).Draw(t, "lines")
			real := netip.AddrFrom4([4]byte{203, 0, 113, rapid.Byte().Draw(t, "real")}).String()
			appended := real
			if header == forwarded.Forwarded {
				appended = rapid.SampledFrom([]string{"for=" + real, `by="10.0.0.1";for="` + real + `:80"`, "proto=https;for=" + real}).Draw(t, "element")
			}
			if rapid.Bool().Draw(t, "on the last line") && len(lines) > 0 {
				lines[len(lines)-1] += ", " + appended
			} else {
				lines = append(lines, appended)
			}
			if got := p.Client(request(peer, header, lines...)); got.String() != real {
				t.Fatalf("%q: got %s, want %s", lines, got, real)
			}
		})
	}
}

func FuzzClient(f *testing.F) {
	f.Add("1.1.1.1, 203.0.113.9", "10.0.0.1:80")
	f.Add(`for="[2001:db8::1]:80";by="a,b", for=_x`, "10.0.0.1:80")
	f.Add(`for="\", for=unknown`, "[::ffff:10.0.0.1]:80")
	x, y := proxies(f, forwarded.XForwardedFor), proxies(f, forwarded.Forwarded)
	f.Fuzz(func(t *testing.T, line, remote string) {
		for header, p := range map[string]*forwarded.Proxies{forwarded.XForwardedFor: x, forwarded.Forwarded: y} {
			n := 0
			for hop := range p.Hops(request(remote, header, line, line)) {
				if hop.Addr.Is4In6() || hop.Addr.Zone() != "" || len(hop.Text) > 512 || hop.Trusted && !p.Trusts(hop.Addr) {
					t.Fatalf("%+v", hop)
				}
				n++
			}
			if n < 1 || n > 33 {
				t.Fatalf("%d hops", n)
			}
		}
	})
}

func BenchmarkClient(b *testing.B) {
	p := proxies(b, "")
	r := request(peer, forwarded.XForwardedFor, "203.0.113.9, 10.2.2.2")
	b.ReportAllocs()
	for b.Loop() {
		if !p.Client(r).IsValid() {
			b.Fatal("no client")
		}
	}
}
