package client_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/door/client"
	"github.com/gatehouse-id/gatehouse/internal/part/fingerprint"
)

func served(t *testing.T, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, client.ScriptPath, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	client.New(client.Config{}).ServeHTTP(w, r)
	return w
}

func TestTheScriptIsServedToPagesOfEveryOrigin(t *testing.T) {
	w := served(t)
	for name, want := range map[string]string{
		"Content-Type": "text/javascript; charset=utf-8", "X-Content-Type-Options": "nosniff", "Access-Control-Allow-Origin": "*",
		"Cross-Origin-Resource-Policy": "cross-origin", "Cache-Control": "public, max-age=86400, stale-while-revalidate=604800",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	tag := w.Header().Get("ETag")
	if !regexp.MustCompile(`^"[\w-]{16}"$`).MatchString(tag) {
		t.Errorf("got ETag %s", tag)
	}
	if again := served(t, "If-None-Match", tag); again.Code != http.StatusNotModified || again.Body.Len() != 0 {
		t.Errorf("asked again: got %d and %d bytes", again.Code, again.Body.Len())
	}
	if other := served(t, "If-None-Match", `"another"`); other.Code != http.StatusOK || other.Body.String() != w.Body.String() {
		t.Errorf("with another tag: got %d", other.Code)
	}
	if size := w.Body.Len(); size > 8<<10 {
		t.Errorf("the script has %d bytes: it was small once", size)
	}
}

// lacking skips for want of a program, or fails where all must be there.
func lacking(t *testing.T, what, variable string) {
	t.Helper()
	if os.Getenv(variable) == "required" {
		t.Fatalf("MISSING: %s", what)
	}
	t.Skipf("SKIPPED WITHOUT %s", what)
}

// input is what testdata/run.js reads.
type input struct {
	Script  string            `json:"script"`
	Storage string            `json:"storage"` // works, full; anything else is forbidden
	Stored  map[string]string `json:"stored"`
	Calls   [][]any           `json:"calls"`
	Blind   bool              `json:"blind"` // there is no navigator
}

type output struct {
	Data  []*string         `json:"data"`
	Items map[string]string `json:"items"`
}

// play runs the script in Node.js, in a time zone.
func play(t *testing.T, zone string, in input) output {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		lacking(t, "NODE.JS: the browser's script was run by nobody", "GATEHOUSE_TEST_COMPAT")
	}
	in.Script = served(t).Body.String()
	text, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), node, "testdata/run.js")
	cmd.Env = append(os.Environ(), "TZ="+zone)
	cmd.Stdin = bytes.NewReader(text)
	out, err := cmd.Output()
	if err != nil {
		if exit, ok := err.(*exec.ExitError); ok {
			t.Fatalf("%v: %s", err, exit.Stderr)
		}
		t.Fatal(err)
	}
	var o output
	if err := json.Unmarshal(out, &o); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return o
}

const (
	poolID   = "us-east-1_Gate1House"
	clientID = "6k2tn8sq1v0m4f7c9d3b5x8z2a"
)

// read reads what the script gave for a user.
func read(t *testing.T, encoded *string, clientID, name string) model.Fingerprint {
	t.Helper()
	if encoded == nil {
		t.Fatal("the script gave nothing")
	}
	return fingerprint.Read(*encoded, fingerprint.Expected{
		PoolID: poolID, ClientID: clientID, Now: time.Now(), Named: func(n string) bool { return n == name },
	})
}

var deviceID = regexp.MustCompile(`^[0-9a-f]{32}:\d{13}$`)

func TestTheServerReadsWhatTheScriptGives(t *testing.T) {
	for _, zone := range []string{"UTC", "America/Los_Angeles", "Asia/Kolkata", "America/St_Johns", "Pacific/Kiritimati", "Etc/GMT+12"} {
		t.Run(zone, func(t *testing.T) {
			place, err := time.LoadLocation(zone)
			if err != nil {
				t.Skip("SKIPPED WITHOUT time zones")
			}
			out := play(t, zone, input{Storage: "works", Calls: [][]any{{"ann", poolID, clientID}}})
			got := read(t, out.Data[0], clientID, "ann")
			if !deviceID.MatchString(got.DeviceID) {
				t.Errorf("got device id %q", got.DeviceID)
			}
			want := model.Fingerprint{DeviceID: got.DeviceID, Timezone: time.Now().In(place).Format("-07:00"), UserAgent: "Mozilla/5.0 (X11; Linux x86_64)"}
			if got != want {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}

func TestTheScriptSignsWhateverTheUserIsCalled(t *testing.T) {
	in := input{Storage: "works"}
	// Lengths around the blocks of SHA-256, in names and in keys.
	for n := range 130 {
		in.Calls = append(in.Calls, []any{strings.Repeat("x", n), poolID, strings.Repeat("k", max(1, n))})
	}
	for _, name := range []string{"ann@example.com", "Åse Ø", "日本語", "👩‍🚀", `"\`, "</script>", "\u2028\x00\x1f", "a/b"} {
		in.Calls = append(in.Calls, []any{name, poolID, clientID})
	}
	for i, data := range play(t, "UTC", in).Data {
		name, key := in.Calls[i][0].(string), in.Calls[i][2].(string)
		if got := read(t, data, key, name); got.Problem != "" {
			t.Errorf("%q with a key of %d: %s", name, len(key), got.Problem)
		}
	}
}

func TestTheScriptKeepsTheDevicesID(t *testing.T) {
	calls := [][]any{{"ann", poolID, clientID}, {"bob", poolID, clientID}}
	ids := func(t *testing.T, in input) (string, output) {
		t.Helper()
		in.Calls = calls
		out := play(t, "UTC", in)
		a, b := read(t, out.Data[0], clientID, "ann"), read(t, out.Data[1], clientID, "bob")
		if a.DeviceID != b.DeviceID || !deviceID.MatchString(a.DeviceID) {
			t.Errorf("one page has the ids %q and %q", a.DeviceID, b.DeviceID)
		}
		return a.DeviceID, out
	}
	first, out := ids(t, input{Storage: "works"})
	if again, _ := ids(t, input{Storage: "works", Stored: out.Items}); again != first {
		t.Errorf("the next page has %q, the first had %q", again, first)
	}
	if other, _ := ids(t, input{Storage: "works"}); other == first {
		t.Errorf("another browser has the same id %q", other)
	}
	for _, storage := range []string{"full", "forbidden"} {
		ids(t, input{Storage: storage})
	}
}

func TestTheScriptNeverStandsInTheWay(t *testing.T) {
	out := play(t, "UTC", input{Storage: "works", Blind: true, Calls: [][]any{{"ann", poolID, clientID}}})
	if out.Data[0] != nil {
		t.Errorf("got %q, want nothing where the browser fails", *out.Data[0])
	}
	out = play(t, "UTC", input{Storage: "works", Calls: [][]any{{nil, poolID, clientID}, {"ann"}, {}}})
	if got := read(t, out.Data[0], clientID, ""); got.Problem != "" {
		t.Errorf("without a name: %s", got.Problem)
	}
	for _, data := range out.Data[1:] {
		if got := read(t, data, clientID, "ann"); got.Problem == "" {
			t.Errorf("without a client: got %+v", got)
		}
	}
}

// chromium is a browser of this machine.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	lacking(t, "CHROMIUM: the browser's script was run by no browser", "GATEHOUSE_TEST_CHROMIUM")
	return ""
}

func TestTheScriptInABrowser(t *testing.T) {
	browser := chromium(t)
	scripts := httptest.NewServer(client.New(client.Config{}))
	defer scripts.Close()
	sum := sha256.Sum256(served(t).Body.Bytes())
	// A page of another origin, that checks the script's hash and allows nothing inline but its own.
	const own = `document.body.textContent = AmazonCognitoAdvancedSecurityData.getData("ann", "` + poolID + `", "` + clientID + `");`
	ownSum := sha256.Sum256([]byte(own))
	pages := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", fmt.Sprintf("default-src 'none'; script-src %s 'sha256-%s'", scripts.URL, base64.StdEncoding.EncodeToString(ownSum[:])))
		fmt.Fprintf(w, `<!DOCTYPE html><body><script src="%s%s" crossorigin="anonymous" integrity="sha256-%s"></script><script>%s</script>`,
			scripts.URL, client.ScriptPath, base64.StdEncoding.EncodeToString(sum[:]), own)
	}))
	defer pages.Close()
	profile := t.TempDir()
	visit := func() model.Fingerprint {
		cmd := exec.CommandContext(t.Context(), browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
			"--no-proxy-server", "--user-data-dir="+profile, "--dump-dom", pages.URL)
		cmd.Env = append(os.Environ(), "TZ=Asia/Kolkata")
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v", browser, err)
		}
		body := regexp.MustCompile(`(?s)<body>(.*)</body>`).FindSubmatch(out)
		if body == nil {
			t.Fatalf("no page: %s", out)
		}
		text := string(body[1])
		return read(t, &text, clientID, "ann")
	}
	first := visit()
	if first.Problem != "" || !deviceID.MatchString(first.DeviceID) || first.Timezone != "+05:30" || !strings.Contains(first.UserAgent, "Chrome/") {
		t.Errorf("got %+v", first)
	}
	if again := visit(); again != first {
		t.Errorf("the next visit: got %+v, want %+v", again, first)
	}
}
