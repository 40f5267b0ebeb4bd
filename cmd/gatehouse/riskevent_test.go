package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/risk"
)

// whole is a line with every member that is read.
const whole = `{"time":"2026-11-02T10:00:00.25+01:00","user":"u1","ip":"203.0.113.7","userAgent":"Mozilla/5.0 \"x\"","deviceKey":"key","deviceTrust":"cookie",` +
	`"timezone":"+05:30","result":"wrong_password","probe":true,"password":"00000000000000ff",` +
	`"place":{"country":"NO","region":"Oslo","city":"Troms\u00f8","lat":59.9,"lon":-10.7,"radiusKm":20,"asn":2119,"network":"fixed"},"other":{"a":[1,-2.5e3,{"b":null}],"c":"\ud83d\udd11"}}`

func parsed(text string) riskEvent {
	var p eventParser
	var e riskEvent
	p.parse([]byte(text), &e)
	return e
}

func TestEventLine(t *testing.T) {
	e := parsed(whole)
	if e.err != nil {
		t.Fatal(e.err)
	}
	a := e.attempt
	if !a.Time.Equal(time.Date(2026, 11, 2, 9, 0, 0, 250_000_000, time.UTC)) || a.User != "u1" || a.Address != netip.MustParseAddr("203.0.113.7") ||
		e.agent != `Mozilla/5.0 "x"` || a.Device != (risk.Device{Key: "key", Trust: risk.Cookie}) || a.Zone != risk.ZoneOf(330) ||
		e.outcome != risk.WrongPassword || !e.probe || a.Password != 255 {
		t.Errorf("got %+v", e)
	}
	want := risk.Place{Country: "NO", Region: "Oslo", City: "Tromsø", Lat: 59.9, Lon: -10.7, Located: true, RadiusKm: 20, ASN: 2119, Network: risk.NetworkFixed}
	if a.Place != want || !e.hasPlace {
		t.Errorf("got %+v, want %+v", a.Place, want)
	}
	for _, c := range []struct {
		story, text string
		holds       func(riskEvent) bool
	}{
		{"a time alone is an event", `{"time":"2026-11-02T10:00:00Z"}`, func(e riskEvent) bool { return !e.hasResult && !e.hasPlace && !e.hasAgent }},
		{"null is absent", `{"time":"2026-11-02T10:00:00Z","ip":null,"place":null,"result":null}`, func(e riskEvent) bool { return !e.hasResult && !e.hasPlace }},
		{"an address that is none is unknown", `{"time":"2026-11-02T10:00:00Z","ip":"999.1.1.1"}`, func(e riskEvent) bool { return !e.attempt.Address.IsValid() }},
		{"half a place is not located", `{"time":"2026-11-02T10:00:00Z","place":{"lat":1}}`, func(e riskEvent) bool { return !e.attempt.Place.Located && e.hasPlace }},
		{"a clock that no country has is unknown", `{"time":"2026-11-02T10:00:00Z","timezone":"+99:00"}`, func(e riskEvent) bool { return !e.attempt.Zone.Known }},
		{"so is one that is no clock", `{"time":"2026-11-02T10:00:00Z","timezone":"Europe/Oslo"}`, func(e riskEvent) bool { return !e.attempt.Zone.Known }},
		{"what may be a password is not looked at", `{"time":"2026-11-02T10:00:00Z","password":"Tulip-Season-9"}`, func(e riskEvent) bool { return e.attempt.Password == 0 }},
	} {
		t.Run(c.story, func(t *testing.T) {
			if e := parsed(c.text); e.err != nil || !c.holds(e) {
				t.Errorf("got %+v", e)
			}
		})
	}
}

func TestEventLineRefusals(t *testing.T) {
	for text, want := range map[string]string{
		``:                                  "the line is empty",
		`[]`:                                "byte 1: want an object",
		`{}`:                                "there is no time",
		`{"time":"yesterday"}`:              `byte 9: time: "yesterday" is not of RFC 3339`,
		`{"time":7}`:                        "byte 9: want a string",
		`{"time":"2026-11-02T10:00:00Z"} x`: "byte 33: something follows the object",
		`{"time":"2026-11-02T10:00:00Z","result":"perhaps"}`:         `byte 41: result: "perhaps" is none of the known ones`,
		`{"time":"2026-11-02T10:00:00Z","place":{"network":"wifi"}}`: `byte 51: network: "wifi" is none of the known ones`,
		`{"time":"2026-11-02T10:00:00Z","place":{"lat":"north"}}`:    "byte 47: want a number",
		`{"time":"2026-11-02T10:00:00Z","probe":1}`:                  "byte 40: want true or false",
		`{"user":"\x"}`:                    "byte 10: an escape that JSON does not have",
		`{"user":"\u12"}`:                  "byte 10: an escape that JSON does not have",
		"{\"user\":\"a\nb\"}":              "byte 11: a control character in a string",
		`{"user":"a`:                       "byte 11: a string without its end",
		`{"user" "a"}`:                     "byte 9: want :",
		`{"user":"a",}`:                    "byte 13: want a string",
		`{"x":` + strings.Repeat("[", 100): "byte 37: too deep",
	} {
		if e := parsed(text); e.err == nil || e.err.Error() != want {
			t.Errorf("%.60s: got %v, want %s", text, e.err, want)
		}
	}
}

// FuzzEventLine holds the parser against encoding/json.
func FuzzEventLine(f *testing.F) {
	for _, s := range []string{whole, `{}`, `{"time":"2026-11-02T10:00:00Z","user":"\\\"\/\b\f\n\r\t"}`, `{"time":"2026-11-02T10:00:00Z","user":"\ud800x"}`, `{"a":[[[]]],"b":-0.1e+9}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e := parsed(text)
		var want struct {
			User *string `json:"user"`
		}
		if e.err != nil || strings.ContainsRune(text, '�') || !json.Valid([]byte(text)) {
			return // the order of complaints is ours; what is read must be right
		}
		if err := json.Unmarshal([]byte(text), &want); err != nil || strings.Count(strings.ToLower(text), `user`) > 1 {
			return
		}
		got, err := json.Marshal(e.attempt.User)
		if err != nil {
			t.Fatal(err)
		}
		name := ""
		if want.User != nil {
			name = *want.User
		}
		if wanted, _ := json.Marshal(name); !bytes.Equal(got, wanted) {
			t.Errorf("%q: got %s, want %s", text, got, wanted)
		}
	})
}

// events makes n events of some users, with lines of unlike lengths.
func events(n int) string {
	var b strings.Builder
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for i := range n {
		at = at.Add(time.Duration(i%7) * time.Minute)
		fmt.Fprintf(&b, `{"time":"%s","user":"u%d","ip":"81.166.%d.%d","userAgent":"%s Chrome/%d.0.0.0","result":"success","probe":%t}`+"\n",
			at.Format(time.RFC3339Nano), i%50, i%3, i%200, strings.Repeat("x", i%300), 120+i%5, i%11 == 0)
	}
	return b.String()
}

func scoreAll(t testing.TB, text string, jobs int, keepGoing bool) (string, error) {
	t.Helper()
	judge, err := riskInput{}.judge()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	s := &scoring{name: "events", judge: judge, out: &out, jobs: jobs, keepGoing: keepGoing}
	err = s.run(t.Context(), strings.NewReader(text))
	return out.String(), err
}

func TestScoring(t *testing.T) {
	text := events(8000)
	one, err := scoreAll(t, text, 1, false)
	if err != nil || strings.Count(one, "\n") != 8000 {
		t.Fatalf("%d lines, %v", strings.Count(one, "\n"), err)
	}
	for line := range strings.Lines(one) {
		if !json.Valid([]byte(line)) {
			t.Fatalf("%s is no JSON", line)
		}
	}
	t.Run("is the same with any number of jobs", func(t *testing.T) {
		for _, jobs := range []int{0, 2, 7} {
			if got, err := scoreAll(t, text, jobs, false); got != one || err != nil {
				t.Errorf("%d jobs give another answer, %v", jobs, err)
			}
		}
	})
	t.Run("stops at a line that is no event, behind the answers before it", func(t *testing.T) {
		lines := strings.SplitAfter(text, "\n")
		broken := strings.Join(lines[:5000], "") + "nonsense\n" + strings.Join(lines[5000:], "")
		got, err := scoreAll(t, broken, 2, false)
		if err == nil || err.Error() != "events:5001: byte 1: want an object" || strings.Count(got, "\n") != 5000 || !strings.HasPrefix(one, got) {
			t.Errorf("%d answers, %v", strings.Count(got, "\n"), err)
		}
		got, err = scoreAll(t, broken, 2, true)
		answers := strings.SplitAfter(got, "\n")
		if err != nil || strings.Join(append(answers[:5000:5000], answers[5001:]...), "") != one || answers[5000] != "{\"error\":\"events:5001: byte 1: want an object\"}\n" {
			t.Errorf("%d answers, %v", len(answers), err)
		}
	})
	t.Run("knows nothing of nobody", func(t *testing.T) {
		line := `{"time":"2026-11-01T00:00:00Z","deviceKey":"k","deviceTrust":"cookie","result":"success"}` + "\n"
		got, err := scoreAll(t, strings.Repeat(line, 3), 1, false)
		if err != nil || strings.Count(got, "FIRST_SIGN_IN") != 3 {
			t.Errorf("%s, %v", got, err)
		}
	})
	t.Run("refuses an endless line", func(t *testing.T) {
		endless := strings.Repeat(" ", maxEventLine+blockBytes)
		got, err := scoreAll(t, text+endless, 2, false)
		if want := fmt.Sprintf("events:8001: %v", errLongLine); got != one || err == nil || err.Error() != want {
			t.Errorf("%d answers, %v; want 8000 and %s", strings.Count(got, "\n"), err, want)
		}
		got, err = scoreAll(t, endless+"\n"+text, 2, true)
		if told, rest, _ := strings.Cut(got, "\n"); err != nil || rest != one || told != fmt.Sprintf(`{"error":"events:1: %v"}`, errLongLine) {
			t.Errorf("%.100s and %d answers, %v", told, strings.Count(rest, "\n"), err)
		}
	})
	t.Run("reads a last line without its end, and nothing at all", func(t *testing.T) {
		if got, err := scoreAll(t, strings.TrimSuffix(text, "\n"), 2, false); got != one || err != nil {
			t.Errorf("got %d answers, %v", strings.Count(got, "\n"), err)
		}
		if got, err := scoreAll(t, "", 2, false); got != "" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	})
}

// What is written without a look at it holds nothing that JSON would have escaped.
func TestReasonsArePlain(t *testing.T) {
	for c := range 256 {
		r := risk.Reason{Code: risk.Code(c), Subject: "plain", Value: -1.5, Baseline: 1e30, Number: 1}
		if text := r.Text(); !isPlain(text) || text == "" {
			t.Errorf("%v: %q", r.Code, text)
		}
	}
	w := new(workshop)
	for subject, want := range map[string]string{
		"Oslo": `: Oslo`, `a"b`: `: a\"b`, `a\b`: `: a\\b`, "Troms\u00f8": ": Troms\u00f8", "a\xff": ": a?", "a\nb": ": a b", "a\x7f": ": a ",
	} {
		r := risk.Reason{Code: risk.CodeKnownPlace, Subject: subject}
		if got := string(w.appendText([]byte("x"), &r)); got != "xa place of the user's"+want {
			t.Errorf("%q: got %s", subject, got)
		}
	}
}

func TestHundredths(t *testing.T) {
	for _, x := range []float32{0, float32(math.Copysign(0, -1)), 0.004, -0.004, 0.005, 0.015, 0.125, -0.125, 0.375, 1, -3.999, 99.995, 8, 1e9, 3.4e38, -1e20} {
		if got, want := string(appendHundredths(nil, x)), strconv.FormatFloat(float64(x), 'f', 2, 64); got != want {
			t.Errorf("%v: got %s, want %s", x, got, want)
		}
	}
	for i := range 100_000 {
		x := math.Float32frombits(uint32(i) * 42949)
		if got, want := string(appendHundredths(nil, x)), string(appendNumber(nil, float64(x), 2)); got != want {
			t.Fatalf("%v: got %s, want %s", x, got, want)
		}
	}
}
