package cognito

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/report"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/part/fingerprint"
	"github.com/gatehouse-id/gatehouse/internal/part/forwarded"
)

// noon is when the fingerprints of these tests are made and read.
var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

// encoded is EncodedData as a browser's script makes it at noon.
func encoded(poolID, clientID, name string) string {
	payload := fmt.Sprintf(`{"contextData":{"UserAgent":"Mozilla/5.0","DeviceId":"id:1","ClientTimezone":"-07:00"},"username":%q,"userPoolId":%q,"timestamp":"%d"}`,
		name, poolID, noon.UnixMilli())
	mac := hmac.New(sha256.New, []byte(clientID))
	mac.Write([]byte(fingerprint.JS + payload))
	text := fmt.Sprintf(`{"payload":%q,"signature":%q,"version":%q}`, payload, base64.StdEncoding.EncodeToString(mac.Sum(nil)), fingerprint.JS)
	return base64.StdEncoding.EncodeToString([]byte(text))
}

// encodedDevice is what encoded tells.
var encodedDevice = model.Fingerprint{DeviceID: "id:1", Timezone: "-07:00", UserAgent: "Mozilla/5.0"}

func atNoon(c *Config) {
	c.AnyCredentials, c.Meter, c.Now = true, new(report.Meter), func() time.Time { return noon }
}

// newParty makes a pool and a client of it, with these members more.
func (r *rig) newParty(t *testing.T, pool, client string) (poolID, clientID string) {
	t.Helper()
	poolID = r.must(t, "CreateUserPool", `{"PoolName":"x","UserPoolTier":"PLUS"`+pool+`}`).text(t, "UserPool.Id")
	clientID = r.must(t, "CreateUserPoolClient", fmt.Sprintf(`{"UserPoolId":%q,"ClientName":"app"%s}`, poolID, client)).text(t, "UserPoolClient.ClientId")
	return poolID, clientID
}

func TestOrigin(t *testing.T) {
	request := func(peer string, h http.Header) *http.Request { return &http.Request{RemoteAddr: peer, Header: h} }
	t.Run("is the peer, whatever headers say, until proxies are trusted", func(t *testing.T) {
		d := New(Config{})
		h := http.Header{"X-Forwarded-For": {"203.0.113.9"}, "Forwarded": {"for=203.0.113.9"}}
		for peer, want := range map[string]string{
			"10.0.0.1:80": "10.0.0.1", "[::ffff:192.0.2.1]:80": "192.0.2.1", "[2001:db8::1%eth0]:80": "2001:db8::1", "@": "", "": "",
		} {
			if got := d.origin(request(peer, h), "id").IP; got != want {
				t.Errorf("%q: got %q, want %q", peer, got, want)
			}
		}
	})
	t.Run("is the client that a trusted proxy names", func(t *testing.T) {
		proxies, err := forwarded.New(forwarded.Config{Trusted: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
		if err != nil {
			t.Fatal(err)
		}
		d := New(Config{Proxies: proxies})
		h := http.Header{"X-Forwarded-For": {"9.9.9.9, ::ffff:203.0.113.9"}}
		if got := d.origin(request("10.0.0.1:80", h), "id").IP; got != "203.0.113.9" {
			t.Errorf("got %s", got)
		}
		if got := d.origin(request("192.0.2.1:80", h), "id").IP; got != "192.0.2.1" {
			t.Errorf("a stranger was believed: %s", got)
		}
	})
	t.Run("has what the client says of itself, bounded", func(t *testing.T) {
		h := http.Header{
			"User-Agent": {strings.Repeat("x", 1<<20)}, "Sec-Ch-Ua": {`"Chromium";v="126"`}, "Sec-Ch-Ua-Full-Version-List": {strings.Repeat("x", 513)},
			"Sec-Ch-Ua-Platform": {`"Windows"`}, "Sec-Ch-Ua-Platform-Version": {`"15.0.0"`}, "Sec-Ch-Ua-Mobile": {"?0"}, "Sec-Ch-Ua-Model": {"\"Pix\x1bel\xff\""},
		}
		want := model.Origin{
			UserAgent: strings.Repeat("x", 512), RequestID: "id",
			Hints: model.ClientHints{Brands: `"Chromium";v="126"`, Platform: `"Windows"`, PlatformVersion: `"15.0.0"`, Mobile: "?0", Model: `"Pixel"`},
		}
		if got := New(Config{}).origin(request("", h), "id"); got != want {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	})
}

func TestContextData(t *testing.T) {
	r := newRig(t, atNoon)
	pool, client := r.newParty(t, "", "")
	server := model.Origin{IP: "10.0.0.1", UserAgent: "backend/1.0", RequestID: "id", Hints: model.ClientHints{Mobile: "?1"}}
	data := func(ip string, headers ...shape.HttpHeader) *shape.ContextDataType {
		return &shape.ContextDataType{IpAddress: &ip, HttpHeaders: headers}
	}
	header := func(name, value string) shape.HttpHeader {
		return shape.HttpHeader{HeaderName: &name, HeaderValue: &value}
	}
	tell := func(data *shape.ContextDataType) (model.Origin, error) {
		return r.told(t.Context(), server, pool, client, "ann", data)
	}
	t.Run("without it the server is the origin", func(t *testing.T) {
		if got, err := tell(nil); err != nil || got != server {
			t.Errorf("got %v, %v", got, err)
		}
	})
	t.Run("with it the server is not, nor what it says of itself", func(t *testing.T) {
		got, err := tell(data("2001:DB8::1"))
		if want := (model.Origin{IP: "2001:db8::1", RequestID: "id"}); err != nil || got != want {
			t.Errorf("got %v, %v", got, err)
		}
	})
	t.Run("user agent and hints are among the headers, in any case, and bounded", func(t *testing.T) {
		got, err := tell(data("::ffff:192.0.2.1", header("user-agent", strings.Repeat("x", 1<<20)), header("sec-ch-ua-platform", `"Windows"`),
			header("SEC-CH-UA-MODEL", strings.Repeat("x", 1<<20)), header("", ""), header("no name\r\n", "x"), shape.HttpHeader{}))
		want := model.Origin{IP: "192.0.2.1", UserAgent: strings.Repeat("x", 512), RequestID: "id", Hints: model.ClientHints{Platform: `"Windows"`}}
		if err != nil || got != want {
			t.Errorf("got %v, %v", got, err)
		}
	})
	t.Run("a user agent cannot begin another line", func(t *testing.T) {
		got, err := tell(data("192.0.2.1", header("User-Agent", "a\r\nBcc: eve@example.com\u2028")))
		if err != nil || got.UserAgent != "aBcc: eve@example.com" {
			t.Errorf("got %q, %v", got.UserAgent, err)
		}
	})
	t.Run("the user's device is told in it", func(t *testing.T) {
		d := data("192.0.2.1")
		d.EncodedData = new(encoded(pool, client, "ann"))
		if got, err := tell(d); err != nil || got.Fingerprint != encodedDevice || got.UserAgent != "" {
			t.Errorf("got %+v, %v", got, err)
		}
	})
	t.Run("not for a client of another pool, whose name no counter is made of", func(t *testing.T) {
		d := data("192.0.2.1")
		d.EncodedData = new("nonsense")
		for _, id := range []string{"us-east-1_MadeUp", pool + "x"} {
			if got, err := r.told(t.Context(), server, id, client, "ann", d); err != nil || got.Fingerprint != (model.Fingerprint{}) {
				t.Errorf("got %+v, %v", got, err)
			}
		}
		if got := r.Meter.Samples(); len(got) != 0 {
			t.Errorf("counted %+v", got)
		}
	})
	for _, bad := range []string{"", "192.0.2.1:80", "192.0.2.0/24", "localhost"} {
		t.Run(fmt.Sprintf("%q is no address", bad), func(t *testing.T) {
			if _, err := tell(data(bad)); !fault.Has(err, fault.InvalidParameter) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestUserContextData(t *testing.T) {
	r := newRig(t, atNoon)
	make := func(pool, client string) string { _, id := r.newParty(t, pool, client); return id }
	const enforced = `,"UserPoolAddOns":{"AdvancedSecurityMode":"AUDIT"}`
	const set = `,"GenerateSecret":true,"EnablePropagateAdditionalUserContextData":true`
	for _, c := range []struct{ name, client, ip, want string }{
		{"a client that may tells where its user is", make(enforced, set), "192.0.2.9", "192.0.2.9"},
		{"in any spelling", make(enforced, set), "::FFFF:192.0.2.9", "192.0.2.9"},
		{"a client without the setting is not believed", make(enforced, `,"GenerateSecret":true`), "192.0.2.9", "127.0.0.1"},
		{"a public client is not believed", make(enforced, ""), "192.0.2.9", "127.0.0.1"},
		{"without threat protection nobody is believed", make("", set), "192.0.2.9", "127.0.0.1"},
		{"nor is a client that does not exist", "nobody", "192.0.2.9", "127.0.0.1"},
		{"what is ignored may be nonsense", make(enforced, ""), "nonsense", "127.0.0.1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := &call{Origin: model.Origin{IP: "127.0.0.1"}}
			if err := r.believe(t.Context(), got, c.client, "ann", &shape.UserContextDataType{IpAddress: &c.ip}); err != nil || got.Origin.IP != c.want {
				t.Errorf("got %s, %v, want %s", got.Origin.IP, err, c.want)
			}
		})
	}
	t.Run("where the address is the user's, so is the user agent", func(t *testing.T) {
		pool, client := r.newParty(t, enforced, set)
		server := model.Origin{IP: "127.0.0.1", UserAgent: "backend/1.0", Hints: model.ClientHints{Mobile: "?0"}}
		got := &call{Origin: server}
		data := &shape.UserContextDataType{EncodedData: new(encoded(pool, client, "ann"))}
		if err := r.believe(t.Context(), got, client, "ann", data); err != nil || got.Origin.UserAgent != "backend/1.0" {
			t.Errorf("without an address: got %+v, %v", got.Origin, err)
		}
		data.IpAddress = new("192.0.2.9")
		want := model.Origin{IP: "192.0.2.9", UserAgent: "Mozilla/5.0", Fingerprint: encodedDevice}
		if err := r.believe(t.Context(), got, client, "ann", data); err != nil || got.Origin != want {
			t.Errorf("with one: got %+v, %v", got.Origin, err)
		}
	})
	t.Run("nonsense that would be believed is refused, on every operation that takes it", func(t *testing.T) {
		client := make(enforced, set)
		for operation, rest := range contextual {
			got := r.call(t, operation, fmt.Sprintf(`{"ClientId":%q,"UserContextData":{"IpAddress":"nonsense"},%s}`, client, rest))
			refused(t, got, 400, "InvalidParameterException", "Invalid IpAddress in UserContextData.")
		}
	})
}

// contextual are the operations that take UserContextData, with what they need beside it.
var contextual = map[string]string{
	"InitiateAuth":           `"AuthFlow":"USER_PASSWORD_AUTH","AuthParameters":{"USERNAME":"ann","PASSWORD":"x"}`,
	"RespondToAuthChallenge": `"ChallengeName":"NEW_PASSWORD_REQUIRED","ChallengeResponses":{"USERNAME":"ann"},"Session":"12345678901234567890"`,
	"SignUp":                 `"Username":"ann","Password":"x"`,
	"ConfirmSignUp":          `"Username":"ann","ConfirmationCode":"1"`,
	"ForgotPassword":         `"Username":"ann"`,
	"ConfirmForgotPassword":  `"Username":"ann","Password":"xxxxxx","ConfirmationCode":"1"`,
	"ResendConfirmationCode": `"Username":"ann"`,
}

func TestFingerprints(t *testing.T) {
	r := newRig(t, atNoon)
	pool, client := r.newParty(t, `,"AliasAttributes":["email"]`, "")
	sub := r.must(t, "SignUp", fmt.Sprintf(`{"ClientId":%q,"Username":"ann","Password":"Quiet-Harbour-71-lanterns","UserAttributes":[{"Name":"email","Value":"ann@example.com"}]}`, client)).text(t, "UserSub")
	r.must(t, "AdminConfirmSignUp", fmt.Sprintf(`{"UserPoolId":%q,"Username":"ann"}`, pool))
	r.must(t, "AdminUpdateUserAttributes", fmt.Sprintf(`{"UserPoolId":%q,"Username":"ann","UserAttributes":[{"Name":"email_verified","Value":"true"}]}`, pool))
	r.must(t, "SignUp", fmt.Sprintf(`{"ClientId":%q,"Username":"bob","Password":"Quiet-Harbour-71-lanterns"}`, client))
	read := func(t *testing.T, clientID, name, text string) model.Fingerprint {
		t.Helper()
		c := new(call)
		if err := r.believe(t.Context(), c, clientID, name, &shape.UserContextDataType{EncodedData: &text}); err != nil {
			t.Fatal(err)
		}
		return c.Origin.Fingerprint
	}
	t.Run("are read from whoever sends them, in every mode", func(t *testing.T) {
		if got := read(t, client, "ann", encoded(pool, client, "ann")); got != encodedDevice {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("may name the user otherwise than the request does", func(t *testing.T) {
		for name, claimed := range map[string]string{"ann": "ann@example.com", sub: "ann", "ann@example.com": sub, "": "anybody"} {
			if got := read(t, client, name, encoded(pool, client, claimed)); got != encodedDevice {
				t.Errorf("%s in a request for %s: got %+v", claimed, name, got)
			}
		}
	})
	t.Run("may not name another", func(t *testing.T) {
		for name, claimed := range map[string]string{"ann": "eve", "bob": "ann", "eve": "ann@example.com", "eve@example.com": "mallory@example.com"} {
			if got := read(t, client, name, encoded(pool, client, claimed)); got != (model.Fingerprint{Problem: fingerprint.OtherUser}) {
				t.Errorf("%s in a request for %s: got %+v", claimed, name, got)
			}
		}
	})
	t.Run("are none where there is no client, or nothing", func(t *testing.T) {
		if got := read(t, "nobody", "ann", encoded(pool, client, "ann")); got != (model.Fingerprint{}) {
			t.Errorf("got %+v", got)
		}
		if got := read(t, client, "ann", ""); got != (model.Fingerprint{}) {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("that do not hold are counted, fail no operation, and tell nothing", func(t *testing.T) {
		r := newRig(t, atNoon)
		pool, client := r.newParty(t, "", "")
		n := int64(0)
		for operation, rest := range contextual {
			body := fmt.Sprintf(`{"ClientId":%q,%s`, client, rest)
			plain := r.call(t, operation, body+`}`)
			for _, text := range []string{"nonsense", strings.Repeat("A", 131072), encoded(pool, client, "eve")} {
				if got := r.call(t, operation, body+fmt.Sprintf(`,"UserContextData":{"EncodedData":%q}}`, text)); got.status != plain.status || got.body != plain.body {
					t.Errorf("%s: got %d %s, without it %d %s", operation, got.status, got.body, plain.status, plain.body)
				}
				n++
			}
		}
		for operation, rest := range map[string]string{
			"AdminInitiateAuth":           `"AuthFlow":"ADMIN_USER_PASSWORD_AUTH","AuthParameters":{"USERNAME":"ann","PASSWORD":"x"}`,
			"AdminRespondToAuthChallenge": contextual["RespondToAuthChallenge"],
		} {
			body := fmt.Sprintf(`{"UserPoolId":%q,"ClientId":%q,%s,"ContextData":{"IpAddress":"192.0.2.1","ServerName":"s","ServerPath":"/","HttpHeaders":[]`, pool, client, rest)
			plain := r.call(t, operation, body+`}}`)
			if got := r.call(t, operation, body+`,"EncodedData":"nonsense"}}`); got.status != plain.status || got.body != plain.body {
				t.Errorf("%s: got %d %s, without it %d %s", operation, got.status, got.body, plain.status, plain.body)
			}
			n++
		}
		counted := int64(0)
		for _, s := range r.Meter.Samples() {
			if s.Metric != report.FingerprintsRefused || s.Labels[0] != pool || !slices.Contains(fingerprint.Problems, s.Labels[1]) {
				t.Errorf("counted %+v", s)
			}
			counted += s.N
		}
		if counted != n {
			t.Errorf("counted %d, want %d", counted, n)
		}
	})
}

func TestPagesOfOthersAreNoAdministrators(t *testing.T) {
	dev := newRig(t, anyCredentials)
	from := func(t *testing.T, operation, body string, origins ...string) reply {
		t.Helper()
		req := dev.request(t, operation, body)
		req.Header["Origin"] = origins
		return dev.do(t, req)
	}
	for _, origin := range []string{"https://evil.example", "http://localhost.evil.example", "http://127.0.0.1.evil.example", "null", "", "http://192.0.2.1", "%"} {
		t.Run(fmt.Sprintf("%q is refused while signatures are not checked", origin), func(t *testing.T) {
			refused(t, from(t, "ListUserPools", goodBody, origin), 400, "AccessDeniedException",
				"While signatures are not checked, this operation is only for pages of this machine.")
		})
	}
	for _, origin := range []string{"http://localhost:3000", "http://127.0.0.1:9470", "http://[::1]:5173"} {
		t.Run(origin+" is let in", func(t *testing.T) {
			if got := from(t, "ListUserPools", goodBody, origin); got.status != 200 {
				t.Errorf("got %d %s", got.status, got.body)
			}
		})
	}
	t.Run("what users do is for pages of every origin", func(t *testing.T) {
		got := from(t, "InitiateAuth", `{"ClientId":"nobody","AuthFlow":"USER_PASSWORD_AUTH"}`, "https://app.example")
		refused(t, got, 400, "ResourceNotFoundException", "User pool client nobody does not exist.")
	})
}
