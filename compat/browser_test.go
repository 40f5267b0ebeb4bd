package compat

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// tab is a page in a real Chromium, which is told what to do by the DevTools
// protocol through a pipe: messages of JSON, each ended by a zero byte.
type tab struct {
	t       *testing.T
	in      io.Writer
	answers *bufio.Reader
	last    int
	session string
}

// chromium is a browser of this machine.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("GATEHOUSE_TEST_CHROMIUM") == "required" {
		t.Fatal("MISSING: CHROMIUM")
	}
	t.Skip("SKIPPED WITHOUT CHROMIUM: no browser made a passkey")
	return ""
}

// localhost serves a page, and what files it needs, under a name that browsers let
// have passkeys without https.
func localhost(t *testing.T, files map[string]string) string {
	t.Helper()
	pages := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, ok := files[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		kind := "text/html; charset=utf-8"
		if strings.HasSuffix(r.URL.Path, ".js") {
			kind = "text/javascript; charset=utf-8"
		}
		w.Header().Set("Content-Type", kind)
		io.WriteString(w, text) //nolint:errcheck // the page would tell
	}))
	t.Cleanup(pages.Close)
	return strings.Replace(pages.URL, "127.0.0.1", "localhost", 1)
}

// profile is a folder for a browser, some of whose processes may write a moment
// longer than it runs: what they leave behind is no failure.
func profile(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "gatehouse-browser")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for range 30 {
			if os.RemoveAll(dir) == nil {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
	})
	return dir
}

// browse opens a page.
func browse(t *testing.T, url string) *tab {
	t.Helper()
	theirs, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out, answers, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	// Not t.Context, which ends before the browser is told to: killed, it leaves
	// processes behind that go on writing.
	ctx, end := context.WithTimeout(context.WithoutCancel(t.Context()), 4*patience)
	t.Cleanup(end)
	cmd := exec.CommandContext(ctx, chromium(t), "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
		"--no-first-run", "--no-proxy-server", "--remote-debugging-pipe", "--user-data-dir="+profile(t), "about:blank")
	cmd.ExtraFiles = []*os.File{theirs, answers} // file descriptors 3 and 4
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	theirs.Close()  //nolint:errcheck // the browser has it
	answers.Close() //nolint:errcheck // likewise
	p := &tab{t: t, in: in, answers: bufio.NewReader(out)}
	t.Cleanup(func() {
		p.session = ""
		p.send("Browser.close", nil)
		in.Close() //nolint:errcheck // it is over
		cmd.Wait() //nolint:errcheck // it was told to end
		out.Close()
	})
	if err := out.SetReadDeadline(time.Now().Add(2 * patience)); err != nil {
		t.Fatal(err)
	}
	target := p.do("Target.createTarget", map[string]any{"url": url})
	attached := p.do("Target.attachToTarget", map[string]any{"targetId": target["targetId"], "flatten": true})
	p.session, _ = attached["sessionId"].(string)
	return p
}

func (p *tab) send(method string, parameters map[string]any) {
	p.last++
	message := map[string]any{"id": p.last, "method": method, "params": parameters}
	if parameters == nil {
		message["params"] = map[string]any{}
	}
	if p.session != "" {
		message["sessionId"] = p.session
	}
	text, err := json.Marshal(message)
	if err != nil {
		p.t.Fatal(err)
	}
	p.in.Write(append(text, 0)) //nolint:errcheck // the answer would be missing
}

// do sends a command and waits for its result.
func (p *tab) do(method string, parameters map[string]any) map[string]any {
	p.t.Helper()
	p.send(method, parameters)
	for {
		text, err := p.answers.ReadBytes(0)
		if err != nil {
			p.t.Fatalf("%s: the browser does not answer: %v", method, err)
		}
		var answer struct {
			ID     int             `json:"id"`
			Result map[string]any  `json:"result"`
			Error  json.RawMessage `json:"error"`
		}
		if err := json.Unmarshal(text[:len(text)-1], &answer); err != nil {
			p.t.Fatalf("%s: %v in %s", method, err, text)
		}
		switch {
		case answer.ID != p.last: // an event
		case answer.Error != nil:
			p.t.Fatalf("%s: %s", method, answer.Error)
		default:
			return answer.Result
		}
	}
}

// authenticator gives the browser one that verifies its user, or does not.
func (p *tab) authenticator(verifies bool) {
	p.t.Helper()
	p.do("WebAuthn.enable", nil)
	p.do("WebAuthn.addVirtualAuthenticator", map[string]any{"options": map[string]any{
		"protocol": "ctap2", "transport": "internal", "hasResidentKey": true, "hasUserVerification": verifies, "isUserVerified": verifies,
		"automaticPresenceSimulation": true,
	}})
}

// run runs a script in the page, the body of an async function, and returns what it
// returns, as JSON has it.
func (p *tab) run(script string, values ...any) any {
	p.t.Helper()
	arguments, err := json.Marshal(append([]any{}, values...))
	if err != nil {
		p.t.Fatal(err)
	}
	result := p.do("Runtime.evaluate", map[string]any{
		"expression":   fmt.Sprintf("(async (...values) => {%s})(...%s)", script, arguments),
		"awaitPromise": true, "returnByValue": true,
	})
	if wrong, ok := result["exceptionDetails"]; ok {
		text, _ := json.Marshal(wrong) //nolint:errcheck // it was JSON before
		p.t.Fatalf("the page: %s", text)
	}
	value, _ := result["result"].(map[string]any)
	return value["value"]
}

// eventually runs a script until it returns true.
func (p *tab) eventually(script string) {
	p.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if p.run(script) == true {
			return
		}
	}
	p.t.Fatalf("it never was so: %s", script)
}
