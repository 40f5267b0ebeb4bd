package fingerprint_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/part/fingerprint"
)

// What the files in testdata were made for, by programs other than this one.
const (
	client = "6k2tn8sq1v0m4f7c9d3b5x8z2a"
	pool   = "us-east-1_Gate1House"
	name   = "ann@example.com"
)

var made = time.UnixMilli(1790000000123)

const chrome = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36"

func expected() fingerprint.Expected {
	return fingerprint.Expected{PoolID: pool, ClientID: client, Now: made, Named: func(n string) bool { return n == name }}
}

func vector(t testing.TB, file string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestWhatRealClientsSendIsRead(t *testing.T) {
	for file, want := range map[string]model.Fingerprint{
		"js.txt":      {DeviceID: "az3dtn1jjy0e9omv3z8j:1789999990000", Timezone: "-07:00", UserAgent: chrome},
		"android.txt": {DeviceID: "3f0e6d1c-6c0e-4a64-9c57-1d6a5bb3b7f1:1719999990000", Timezone: "-03:30", DeviceName: "Pixel 7"},
		"ios.txt":     {DeviceID: "B1C3E1F4-55B3-4D1F-9C7B-5E2E6C4C0A11", Timezone: "+05:30", DeviceName: "iPhone15,2"},
	} {
		t.Run(file, func(t *testing.T) {
			text := vector(t, file)
			if got := fingerprint.Read(text, expected()); got != want {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
			spaced := strings.Join(strings.Split(strings.Trim(text, "\n="), ""), " \r\n\t")
			if got := fingerprint.Read(spaced, expected()); got != want {
				t.Errorf("with white space, without padding: got %+v", got)
			}
		})
	}
	if !strings.Contains(vector(t, "android.txt"), "\n") {
		t.Error("the vector of Android lacks its line breaks")
	}
}

// parts are a fingerprint before it is wrapped, for tests to spoil.
type parts struct {
	context                       any
	username, userPoolID, version string
	timestamp                     any
	key                           string
	edit                          func(payload string) string // before the signature
	forge                         func(payload string) string // after it
	wrap                          func(m map[string]any)
}

func good() parts {
	return parts{
		context:  map[string]any{"DeviceId": "id:1", "ClientTimezone": "01:00", "UserAgent": "agent"},
		username: name, userPoolID: pool, version: fingerprint.JS, timestamp: strconv.FormatInt(made.UnixMilli(), 10), key: client,
	}
}

func (p parts) encode(t interface{ Fatal(...any) }) string {
	text := must(t, map[string]any{"contextData": p.context, "username": p.username, "userPoolId": p.userPoolID, "timestamp": p.timestamp})
	if p.edit != nil {
		text = p.edit(text)
	}
	mac := hmac.New(sha256.New, []byte(p.key))
	mac.Write([]byte(p.version + text))
	if p.forge != nil {
		text = p.forge(text)
	}
	m := map[string]any{"payload": text, "signature": base64.StdEncoding.EncodeToString(mac.Sum(nil)), "version": p.version}
	if p.wrap != nil {
		p.wrap(m)
	}
	return base64.StdEncoding.EncodeToString([]byte(must(t, m)))
}

func must(t interface{ Fatal(...any) }, v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestWhatDoesNotHoldIsNoFingerprint(t *testing.T) {
	minutes := func(n int) string {
		return strconv.FormatInt(made.Add(time.Duration(n)*time.Minute).UnixMilli(), 10)
	}
	for _, c := range []struct {
		name  string
		spoil func(*parts)
		want  string
	}{
		{"another version", func(p *parts) { p.version = "JS20991231" }, fingerprint.BadVersion},
		{"no version", func(p *parts) { p.version = "" }, fingerprint.BadVersion},
		{"another client's key", func(p *parts) { p.key = "another" }, fingerprint.BadSignature},
		{"a payload changed afterwards", func(p *parts) {
			p.forge = func(s string) string { return strings.Replace(s, "id:1", "id:2", 1) }
		}, fingerprint.BadSignature},
		{"another version named afterwards", func(p *parts) {
			p.wrap = func(m map[string]any) { m["version"] = fingerprint.IOS }
		}, fingerprint.BadSignature},
		{"no signature", func(p *parts) { p.wrap = func(m map[string]any) { delete(m, "signature") } }, fingerprint.BadSignature},
		{"a signature cut short", func(p *parts) {
			p.wrap = func(m map[string]any) { m["signature"] = m["signature"].(string)[:20] }
		}, fingerprint.BadSignature},
		{"a signature that is no base64", func(p *parts) { p.wrap = func(m map[string]any) { m["signature"] = "!" } }, fingerprint.BadSignature},
		{"a payload that is an object", func(p *parts) { p.wrap = func(m map[string]any) { m["payload"] = map[string]any{} } }, fingerprint.NotJSON},
		{"a payload that is no JSON", func(p *parts) { p.edit = func(string) string { return "no" } }, fingerprint.BadPayload},
		{"a member twice", func(p *parts) { p.edit = func(s string) string { return s[:len(s)-1] + `,"username":"eve"}` } }, fingerprint.BadPayload},
		{"a device that is a list", func(p *parts) { p.context = []string{} }, fingerprint.BadPayload},
		{"an id that is a number", func(p *parts) { p.context = map[string]any{"DeviceId": 1} }, fingerprint.BadPayload},
		{"a payload as deep as a well", func(p *parts) {
			p.edit = func(s string) string {
				return s[:len(s)-1] + `,"x":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `}`
			}
		}, fingerprint.BadPayload},
		{"a time that is a number", func(p *parts) { p.timestamp = made.UnixMilli() }, fingerprint.BadPayload},
		{"another pool", func(p *parts) { p.userPoolID = "us-east-1_Another" }, fingerprint.OtherPool},
		{"no pool", func(p *parts) { p.userPoolID = "" }, fingerprint.OtherPool},
		{"another user", func(p *parts) { p.username = "eve" }, fingerprint.OtherUser},
		{"iOS's word for nobody, elsewhere", func(p *parts) { p.username = "unknown" }, fingerprint.OtherUser},
		{"no time", func(p *parts) { p.timestamp = "" }, fingerprint.OtherTime},
		{"a time that is none", func(p *parts) { p.timestamp = "yesterday" }, fingerprint.OtherTime},
		{"a time too long ago", func(p *parts) { p.timestamp = minutes(-91) }, fingerprint.OtherTime},
		{"a time too far ahead", func(p *parts) { p.timestamp = minutes(91) }, fingerprint.OtherTime},
		{"the first time that there is", func(p *parts) { p.timestamp = "-9223372036854775808" }, fingerprint.OtherTime},
		{"the last one", func(p *parts) { p.timestamp = "9223372036854775807" }, fingerprint.OtherTime},
		{"more than there can be of a device", func(p *parts) {
			p.context = map[string]any{"UserAgent": strings.Repeat("x", 1<<20)}
		}, fingerprint.TooLong},

		{"nothing wrong", func(*parts) {}, ""},
		{"a clock that is slow", func(p *parts) { p.timestamp = minutes(-89) }, ""},
		{"a clock that is fast", func(p *parts) { p.timestamp = minutes(89) }, ""},
		{"nobody named", func(p *parts) { p.username = "" }, ""},
		{"nobody named, by iOS", func(p *parts) { p.username, p.version = "unknown", fingerprint.IOS }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := good()
			c.spoil(&p)
			got := fingerprint.Read(p.encode(t), expected())
			if got.Problem != c.want {
				t.Fatalf("got problem %q, want %q", got.Problem, c.want)
			}
			if c.want != "" && got != (model.Fingerprint{Problem: c.want}) {
				t.Errorf("something was kept of it: %+v", got)
			}
		})
	}
	for text, want := range map[string]string{
		"":                          fingerprint.BadVersion,
		strings.Repeat("=", 100):    fingerprint.BadVersion,
		"!":                         fingerprint.NotBase64,
		"\xff\xfe":                  fingerprint.NotBase64,
		"eyJ2ZXJzaW9uIjoi":          fingerprint.NotJSON,
		"W10=":                      fingerprint.NotJSON, // a list
		strings.Repeat("A", 131072): fingerprint.TooLong,
	} {
		if got := fingerprint.Read(text, expected()); got != (model.Fingerprint{Problem: want}) {
			t.Errorf("%.20q: got %+v, want %s", text, got, want)
		}
	}
}

func TestFieldsAreWhatTheyAreOrNothing(t *testing.T) {
	read := func(t *testing.T, version string, context map[string]any) model.Fingerprint {
		t.Helper()
		p := good()
		p.version, p.context = version, context
		return fingerprint.Read(p.encode(t), expected())
	}
	t.Run("timezones", func(t *testing.T) {
		for zone, want := range map[string]string{
			"-07:00": "-07:00", "05:30": "+05:30", "+05:30": "+05:30", "00:00": "+00:00", "-00:00": "+00:00", "14:00": "+14:00",
			"-12:00": "-12:00", "-03:-30": "-03:30", "-00:30": "-00:30", "12:45": "+12:45",
			".5:30": "", "14:01": "", "-12:30": "", "99:99": "", "05:60": "", "5:30": "", "0530": "", "03:-30": "", "--03:00": "",
			"": "", ":": "", "Europe/Oslo": "", "+1:+2": "", "05:30 ": "", "05:30\n": "", "٠٥:٣٠": "",
		} {
			if got := read(t, fingerprint.JS, map[string]any{"ClientTimezone": zone}); got != (model.Fingerprint{Timezone: want}) {
				t.Errorf("%q: got %+v, want %q", zone, got, want)
			}
		}
	})
	t.Run("ids are whole and plain, or none", func(t *testing.T) {
		longest := strings.Repeat("x", 128)
		for id, want := range map[string]string{
			"a:1": "a:1", longest: longest, longest + "x": "", "a b": "", "a\nb": "", "ä": "", "a\x00": "", "": "",
		} {
			if got := read(t, fingerprint.Android, map[string]any{"DeviceId": id}); got != (model.Fingerprint{DeviceID: want}) {
				t.Errorf("%q: got %+v, want %q", id, got, want)
			}
		}
	})
	t.Run("each version tells its own", func(t *testing.T) {
		all := map[string]any{"UserAgent": "agent", "DeviceName": "name", "PhoneType": "phone"}
		for version, want := range map[string]model.Fingerprint{
			fingerprint.JS: {UserAgent: "agent"}, fingerprint.Android: {DeviceName: "name"}, fingerprint.IOS: {DeviceName: "phone"},
		} {
			if got := read(t, version, all); got != want {
				t.Errorf("%s: got %+v, want %+v", version, got, want)
			}
		}
	})
	t.Run("null is absent", func(t *testing.T) {
		if got := read(t, fingerprint.Android, map[string]any{"DeviceId": nil, "DeviceName": nil}); got != (model.Fingerprint{}) {
			t.Errorf("got %+v", got)
		}
	})
}

func TestPrintable(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"Mozilla/5.0", "Mozilla/5.0"},
		{"a\r\nBcc: eve@example.com", "aBcc: eve@ex"},
		{"a\u2028b\u202ec\x00d\te", "abcde"},
		{"a\xffb", "ab"},
		{"ünïcödé", "ünïcödé"},
		{"twelve byteé", "twelve byte"}, // the last letter does not fit
		{strings.Repeat("\x00", 24) + "late", ""},
		{strings.Repeat("x", 1<<20), strings.Repeat("x", 12)},
	} {
		if got := fingerprint.Printable(c.text, 12); got != c.want {
			t.Errorf("%.30q: got %q, want %q", c.text, got, c.want)
		}
	}
}

// Whatever a client tells of its device in the known form comes out, cut and cleaned.
func TestRoundTrip(t *testing.T) {
	text := rapid.StringN(0, 200, 400)
	rapid.Check(t, func(t *rapid.T) {
		p := good()
		p.version = rapid.SampledFrom([]string{fingerprint.JS, fingerprint.Android, fingerprint.IOS}).Draw(t, "version")
		p.key = rapid.StringMatching(`[\w+]{1,128}`).Draw(t, "client")
		p.username, p.userPoolID = text.Draw(t, "name"), text.Draw(t, "pool")
		id, told := rapid.StringMatching(`[!-~]{0,128}`).Draw(t, "id"), text.Draw(t, "told")
		minutes := rapid.IntRange(-12*60, 14*60).Draw(t, "zone")
		sign := map[bool]string{true: "-", false: "+"}[minutes < 0]
		zone := sign + two(abs(minutes)/60) + ":" + two(abs(minutes)%60)
		p.context = map[string]any{"DeviceId": id, "ClientTimezone": zone, "UserAgent": told, "DeviceName": told, "PhoneType": told}
		got := fingerprint.Read(p.encode(t), fingerprint.Expected{
			ClientID: p.key, PoolID: p.userPoolID, Now: made, Named: func(n string) bool { return n == p.username },
		})
		want := model.Fingerprint{DeviceID: id, Timezone: zone}
		if p.version == fingerprint.JS {
			want.UserAgent = fingerprint.Printable(told, 512)
		} else {
			want.DeviceName = fingerprint.Printable(told, 128)
		}
		if got != want {
			t.Fatalf("got  %+v\nwant %+v", got, want)
		}
	})
}

func two(n int) string { return string([]byte{byte('0' + n/10), byte('0' + n%10)}) }

func abs(n int) int { return max(n, -n) }

func FuzzRead(f *testing.F) {
	for _, file := range []string{"js.txt", "android.txt", "ios.txt"} {
		f.Add(vector(f, file))
	}
	for _, spoil := range []func(*parts){
		func(p *parts) { p.username = "eve" }, func(p *parts) { p.version = "" }, func(p *parts) { p.context = nil },
	} {
		p := good()
		spoil(&p)
		f.Add(p.encode(f))
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := fingerprint.Read(text, expected())
		if got.Problem != "" {
			if !slices.Contains(fingerprint.Problems, got.Problem) || got != (model.Fingerprint{Problem: got.Problem}) {
				t.Fatalf("got %+v", got)
			}
			return
		}
		for _, field := range []string{got.DeviceID, got.DeviceName, got.UserAgent, got.Timezone} {
			if field != fingerprint.Printable(field, 512) {
				t.Fatalf("%q does not print", field)
			}
		}
	})
}

// FuzzDevice gets past the signature, so that what stands behind it is tried too.
func FuzzDevice(f *testing.F) {
	f.Add(fingerprint.JS, `{"contextData":{"UserAgent":"a","ClientTimezone":"-07:00"},"userPoolId":"`+pool+`","timestamp":"1790000000123"}`)
	f.Add(fingerprint.IOS, `{"contextData":{"PhoneType":"a\r\n"},"username":"unknown","userPoolId":"`+pool+`","timestamp":"1790000000123"}`)
	f.Fuzz(func(t *testing.T, version, payload string) {
		p := good()
		p.version, p.edit = version, func(string) string { return payload }
		got := fingerprint.Read(p.encode(t), expected())
		if len(got.DeviceID) > 128 || len(got.DeviceName) > 128 || len(got.UserAgent) > 512 || got.Timezone != "" && len(got.Timezone) != 6 {
			t.Fatalf("got %+v", got)
		}
		for _, field := range []string{got.DeviceID, got.DeviceName, got.UserAgent} {
			if strings.ContainsAny(field, "\r\n\x00") {
				t.Fatalf("%q does not print", field)
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	text, e := vector(b, "js.txt"), expected()
	for b.Loop() {
		if got := fingerprint.Read(text, e); got.Problem != "" {
			b.Fatal(got.Problem)
		}
	}
}
