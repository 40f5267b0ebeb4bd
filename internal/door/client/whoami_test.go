package client_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/door/client"
	"github.com/gatehouse-id/gatehouse/internal/part/forwarded"
)

// hostile is what somebody might put into a header.
const hostile = `<script>alert(1)</script>"><img src=x onerror=alert(1)>`

func handler(t *testing.T, c forwarded.Config) http.Handler {
	t.Helper()
	p, err := forwarded.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return client.New(client.Config{Proxies: p})
}

func trusting(ranges ...string) forwarded.Config {
	var c forwarded.Config
	for _, text := range ranges {
		c.Trusted = append(c.Trusted, netip.MustParsePrefix(text))
	}
	return c
}

func get(h http.Handler, peer string, headers http.Header) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "http://login.example.com"+client.WhoamiPath, nil)
	r.RemoteAddr = peer
	for name, values := range headers {
		r.Header[http.CanonicalHeaderKey(name)] = values
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

// told is the answer to a program.
type told struct {
	Address, Finding, Device string
	Route                    []struct {
		Text, Address string
		Trusted       bool
	}
	Headers []struct {
		Name   string
		Values []string
	}
	Trusts map[string]any
}

func ask(t *testing.T, h http.Handler, peer string, headers http.Header) told {
	t.Helper()
	w := get(h, peer, headers)
	if got := w.Header().Get("Content-Type"); got != "application/json" {
		t.Fatalf("got Content-Type %q", got)
	}
	var v told
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	return v
}

func TestWhoamiTellsTheAddressAndWhy(t *testing.T) {
	protocol := trusting("10.0.0.0/8")
	protocol.Protocol = true
	rfc7239 := trusting("10.0.0.0/8")
	rfc7239.Header = forwarded.Forwarded
	xff := func(values ...string) http.Header { return http.Header{"X-Forwarded-For": values} }
	for _, c := range []struct {
		name string
		forwarded.Config
		peer          string
		headers       http.Header
		address, want string
	}{
		{"nothing is set and nothing is there", forwarded.Config{}, "203.0.113.9:80", nil, "203.0.113.9", "No proxy is trusted, and none seems to be in front"},
		{"a proxy that nobody named", forwarded.Config{}, "172.18.0.2:80", xff("203.0.113.9"), "172.18.0.2", "172.18.0.2 sends a forwarding header: if it is your proxy, add its address to trusted-proxies"},
		{"a proxy beside those that are named", trusting("10.0.0.0/8"), "172.18.0.2:80", xff("203.0.113.9"), "172.18.0.2", "The peer 172.18.0.2 sends a forwarding header and is not among the trusted proxies"},
		{"a stranger with a header", trusting("10.0.0.0/8"), "198.51.100.7:80", xff("203.0.113.9"), "198.51.100.7", "The peer is not a trusted proxy, so the address is its own"},
		{"a stranger with a header, and nothing set", forwarded.Config{}, "198.51.100.7:80", xff("203.0.113.9"), "198.51.100.7", "No proxy is trusted, and none seems to be in front"},
		{"a trusted proxy", trusting("10.0.0.0/8"), "10.0.0.1:80", xff("9.9.9.9, 203.0.113.9, 10.2.2.2"), "203.0.113.9", "Trusted proxies told the address in X-Forwarded-For"},
		{"a trusted proxy that says nothing", trusting("10.0.0.0/8"), "10.0.0.1:80", nil, "10.0.0.1", "sent no X-Forwarded-For, so the address is the proxy's"},
		{"a trusted proxy that says it elsewhere", rfc7239, "10.0.0.1:80", xff("203.0.113.9"), "10.0.0.1", "sent no Forwarded"},
		{"a trusted proxy that names nobody", rfc7239, "10.0.0.1:80", http.Header{"Forwarded": {"for=203.0.113.9, for=unknown"}}, "10.0.0.1", "named something that is no address"},
		{"the PROXY protocol", protocol, "203.0.113.9:80", nil, "203.0.113.9", "The proxy that connects told the address by the PROXY protocol"},
		{"no address at all", forwarded.Config{}, "@", nil, "", "the address is the peer's"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ask(t, handler(t, c.Config), c.peer, c.headers)
			if got.Address != c.address || !strings.Contains(got.Finding, c.want) {
				t.Errorf("got  %q, %s\nwant %q, %s", got.Address, got.Finding, c.address, c.want)
			}
		})
	}
	t.Run("and the way, the device and what is trusted", func(t *testing.T) {
		h := xff("9.9.9.9, 203.0.113.9:5, 10.2.2.2")
		h.Set("User-Agent", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36")
		h.Set("Cookie", "secret")
		h.Set("Authorization", "secret")
		got := ask(t, handler(t, trusting("10.0.0.0/8", "2001:db8::/32")), "10.0.0.1:4711", h)
		if len(got.Route) != 3 || got.Route[0].Text != "10.0.0.1:4711" || !got.Route[1].Trusted || got.Route[2].Address != "203.0.113.9" || got.Route[2].Trusted {
			t.Errorf("got route %+v", got.Route)
		}
		if got.Device != "Chrome 143, Windows 10" {
			t.Errorf("got device %q", got.Device)
		}
		if len(got.Headers) != 2 || got.Headers[0].Name != "X-Forwarded-For" || !slices.Equal(got.Headers[0].Values, h["X-Forwarded-For"]) || got.Headers[1].Name != "User-Agent" {
			t.Errorf("got headers %+v", got.Headers)
		}
		if got.Trusts["ranges"] != 2.0 || got.Trusts["header"] != "X-Forwarded-For" || got.Trusts["proxyProtocol"] != false {
			t.Errorf("got %+v", got.Trusts)
		}
	})
	t.Run("without proxies at all", func(t *testing.T) {
		if got := ask(t, client.New(client.Config{}), "203.0.113.9:80", nil); got.Address != "203.0.113.9" {
			t.Errorf("got %+v", got)
		}
	})
}

func TestWhoamiAsAPage(t *testing.T) {
	h := handler(t, trusting("10.0.0.0/8"))
	page := func(headers http.Header) (*httptest.ResponseRecorder, string) {
		headers.Set("Accept", browser)
		w := get(h, "10.0.0.1:4711", headers)
		return w, w.Body.String()
	}
	t.Run("tells the same", func(t *testing.T) {
		_, text := page(http.Header{"X-Forwarded-For": {"203.0.113.9"}})
		for _, want := range []string{
			`<p class="address">203.0.113.9</p>`, "Trusted proxies told the address", "<code>10.0.0.1:4711</code> connected: a trusted proxy",
			"<code>203.0.113.9</code> was named by the one above", "1 range of addresses", "<dt>PROXY protocol</dt><dd>off</dd>", "Other, Other",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("the page lacks %q:\n%s", want, text)
			}
		}
		if strings.Contains(text, "10.0.0.0/8") {
			t.Error("the page tells everybody which ranges are trusted")
		}
	})
	t.Run("escapes what strangers wrote", func(t *testing.T) {
		_, text := page(http.Header{"X-Forwarded-For": {hostile}, "User-Agent": {hostile}, "Via": {hostile, "a\x1b[31mb\u202e"}})
		if strings.Contains(text, "<script") || strings.Contains(text, "<img") || strings.ContainsAny(text, "\x1b\u202e") {
			t.Errorf("got %s", text)
		}
		if !strings.Contains(text, "&lt;script&gt;") || !strings.Contains(text, "a?[31mb?") {
			t.Errorf("what was sent is not shown:\n%s", text)
		}
	})
	t.Run("bounds it", func(t *testing.T) {
		many := slices.Repeat([]string{strings.Repeat("é", 1<<19)}, 1000)
		if _, text := page(http.Header{"User-Agent": many, "Via": many, "X-Forwarded-For": many, "Forwarded": many}); len(text) > 200<<10 {
			t.Errorf("a page of %d bytes", len(text))
		}
	})
	t.Run("allows its one style sheet and nothing else", func(t *testing.T) {
		w, text := page(http.Header{})
		policy := w.Header().Get("Content-Security-Policy")
		found := regexp.MustCompile(`(?s)<style>(.*)</style>`).FindStringSubmatch(text)
		if found == nil {
			t.Fatal("the page has no style")
		}
		sum := sha256.Sum256([]byte(found[1]))
		for _, want := range []string{"default-src 'none'", "style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'", "frame-ancestors 'none'"} {
			if !strings.Contains(policy, want) {
				t.Errorf("the policy %q lacks %q", policy, want)
			}
		}
	})
}

func TestWhoamiIsForTheOneWhoAsks(t *testing.T) {
	h := handler(t, trusting("10.0.0.0/8"))
	for _, accept := range []string{browser, "application/json", ""} {
		w := get(h, "10.0.0.1:80", http.Header{"Accept": {accept}, "Origin": {"https://evil.example"}})
		for name, want := range map[string]string{
			"Cache-Control": "no-store", "Vary": "Accept", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
			"Cross-Origin-Resource-Policy": "same-origin", "Access-Control-Allow-Origin": "",
			"Accept-Ch": "Sec-CH-UA-Platform-Version, Sec-CH-UA-Model, Sec-CH-UA-Full-Version-List",
		} {
			if got := w.Header().Get(name); got != want {
				t.Errorf("%s: %s: got %q, want %q", accept, name, got, want)
			}
		}
	}
	for accept, want := range map[string]string{
		browser: "text/html", "TEXT/HTML": "text/html", "application/json;q=0.1, text/html": "text/html", "text/*": "text/html",
		"": "application/json", "*/*": "application/json", "application/json": "application/json", "text/htmlx": "application/json", ";;;,,,": "application/json",
		strings.Repeat("x,", 1<<15): "application/json",
	} {
		if got := get(h, "10.0.0.1:80", http.Header{"Accept": {accept}}).Header().Get("Content-Type"); !strings.HasPrefix(got, want) {
			t.Errorf("%.40q: got %s, want %s", accept, got, want)
		}
	}
}

func TestOnlyRead(t *testing.T) {
	h := handler(t, forwarded.Config{})
	for _, path := range []string{client.WhoamiPath, client.ScriptPath} {
		for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS", "TRACE"} {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(method, path, nil))
			if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
				t.Errorf("%s %s: got %d", method, path, w.Code)
			}
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", path+"/x", nil))
		if w.Code != http.StatusNotFound {
			t.Errorf("%s/x: got %d", path, w.Code)
		}
	}
}
