package admin_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/report"
	"github.com/gatehouse-id/gatehouse/internal/door/admin"
	"github.com/gatehouse-id/gatehouse/internal/server"
)

func TestPaths(t *testing.T) {
	r := newRig(t, dev)
	at := r.town(t)
	const none = "The API has no such path."
	for _, path := range []string{
		"", "/pools", "/pools/" + at.pool, "/pools//policy", "/pools/" + at.pool + "/policy/versions/", "/pools/" + at.pool + "/policies",
		"/pools/%ff/policy", "/pools/a%00b/policy", "/pools/" + strings.Repeat("x", 513) + "/policy",
	} {
		got := r.do(t, r.request(t, "GET", path, ""))
		if strings.Contains(path, "//") || strings.HasSuffix(path, "/") { // no clean path: answered as by the other API
			if got.status != 404 {
				t.Errorf("%q: got %d %s", path, got.status, got.body)
			}
			continue
		}
		refused(t, got, 404, "UnknownOperation", none)
	}
	t.Run("a method that the path does not take", func(t *testing.T) {
		for _, method := range []string{"POST", "PATCH", "OPTIONS", "TRACE"} {
			got := r.do(t, r.request(t, method, "/pools/"+at.pool+"/policy", ""))
			refused(t, got, 405, "UnknownOperation", "The path does not take this method.")
			if allow := got.header.Get("Allow"); allow != "GET, PUT, DELETE" {
				t.Errorf("Allow: got %q", allow)
			}
		}
	})
	t.Run("another version of the API", func(t *testing.T) {
		req := r.request(t, "GET", "", "")
		req.URL.Path = admin.Root + "v2/pools/x/policy"
		refused(t, r.do(t, req), 404, "UnknownOperation", none)
	})
}

func TestNamesThatNeedEscapes(t *testing.T) {
	r := newRig(t, nil)
	at := r.town(t)
	for name, escaped := range map[string]string{
		"ann@example.com": "ann@example.com", "a/b": "a%2Fb", "..": "%2e%2e", "//": "%2F%2F", "50%": "50%25", "%2F": "%252F", "ü+ü": "%C3%BC+%C3%BC", "ünsicher": "%c3%bcnsicher",
	} {
		r.user(t, at, name)
		r.signIn(t, at, name, secret)
		var page struct{ Events []struct{ ID string } }
		r.call(t, "GET", "/pools/"+at.pool+"/users/"+escaped+"/events", "").into(t, &page)
		if len(page.Events) != 1 {
			t.Errorf("%s: got %d events, want 1", name, len(page.Events))
			continue
		}
		var x struct{ Username string }
		r.call(t, "GET", "/pools/"+at.pool+"/events/"+page.Events[0].ID, "").into(t, &x)
		if x.Username != name {
			t.Errorf("%s: got an event of %q", name, x.Username)
		}
	}
}

func TestHeadersAndTheLog(t *testing.T) {
	r := newRig(t, nil)
	at := r.town(t)
	before := len(r.log.String())
	answers := map[string]reply{
		"a success": r.call(t, "GET", "/pools/"+at.pool+"/policy", ""),
		"an error":  r.call(t, "PUT", "/pools/"+at.pool+"/policy", `{"breach":{"response":"hunter2"}}`, "If-Match", "*"),
		"a stream":  r.call(t, "GET", "/pools/"+at.pool+"/users/nobody/export", ""),
	}
	for name, got := range answers {
		t.Run(name, func(t *testing.T) {
			for header, want := range map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Content-Type": "application/json"} {
				if got.header.Get(header) != want {
					t.Errorf("%s: got %q, want %q", header, got.header.Get(header), want)
				}
			}
			id := got.header.Get("X-Request-Id")
			if !regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`).MatchString(id) {
				t.Errorf("request id %q", id)
			}
			log := r.log.String()[before:]
			if strings.Count(log, id) != 1 {
				t.Errorf("the log tells of %s %d times:\n%s", id, strings.Count(log, id), log)
			}
			if !strings.HasSuffix(got.body, "\n") {
				t.Error("the answer does not end its line")
			}
		})
	}
	log := r.log.String()[before:]
	for _, want := range []string{
		"operation=gatehouse:GetPolicy pool=" + at.pool + " caller=" + r.master.AccessKeyID, "outcome=OK status=200",
		"operation=gatehouse:PutPolicy", "outcome=InvalidPolicy status=422", "operation=gatehouse:ExportUser", "outcome=UserNotFoundException status=404",
	} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %q:\n%s", want, log)
		}
	}
}

func TestFailuresOfOurs(t *testing.T) {
	const internal = "Something went wrong on the server. Its log tells what, under the id of this request."
	t.Run("a broken database tells a client nothing, and the log everything", func(t *testing.T) {
		r := newRig(t, dev)
		if err := r.Store.Close(); err != nil {
			t.Fatal(err)
		}
		got := r.do(t, r.request(t, "GET", "/pools/us-east-1_Abc/policy", ""))
		refused(t, got, 500, "InternalError", internal)
		if log := r.log.String(); !strings.Contains(log, got.header.Get("X-Request-Id")) || !strings.Contains(log, "level=ERROR") {
			t.Errorf("log: %s", log)
		}
	})
	t.Run("a panic is an answer and a stack in the log", func(t *testing.T) {
		log := new(buffer)
		d := admin.New(admin.Config{AnyCredentials: true, Log: report.New(report.Config{Logger: slog.New(slog.NewTextHandler(log, nil))})})
		w := httptest.NewRecorder()
		d.ServeHTTP(w, httptest.NewRequest("GET", "http://127.0.0.1"+admin.Prefix+"/pools/us-east-1_Abc/policy", nil))
		refused(t, reply{w.Code, w.Header(), w.Body.String()}, 500, "InternalError", internal)
		if text := log.String(); !strings.Contains(text, "panic=") || !strings.Contains(text, "ServeHTTP") {
			t.Errorf("log: %s", text)
		}
	})
	t.Run("an answer that breaks off is no whole one", func(t *testing.T) {
		r := newRig(t, dev)
		at := r.town(t)
		r.user(t, at, "ann")
		r.signIn(t, at, "ann", secret)
		path := "http://127.0.0.1" + admin.Prefix + "/pools/" + at.pool + "/users/ann/export"
		full := httptest.NewRecorder()
		r.Handler().ServeHTTP(full, httptest.NewRequest("GET", path, nil))
		defer func() {
			if p := recover(); p != http.ErrAbortHandler {
				t.Errorf("got %v, want the connection to end", p)
			}
		}()
		r.Handler().ServeHTTP(&leaving{ResponseRecorder: httptest.NewRecorder()}, httptest.NewRequest("GET", path, nil))
	})
}

// leaving is a client who leaves after the first bytes.
type leaving struct{ *httptest.ResponseRecorder }

func (l *leaving) Write(p []byte) (int, error) { return len(p) / 2, io.ErrClosedPipe }

// FuzzServeHTTP sends anything at all: the answer is always of our shape, and
// never our failure.
func FuzzServeHTTP(f *testing.F) {
	open := newRig(f, func(c *server.Config) { c.Dev = true })
	closed := newRig(f, nil)
	at := open.town(f)
	for _, o := range operations(at.pool, at.client) {
		f.Add(o.method, o.path, "application/json", "*", o.body)
	}
	f.Add("PUT", "/pools/"+at.pool+"/policy", "application/yaml", `"0"`, "breach: {response: flag}\n")
	f.Add("GET", "/pools/"+at.pool+"/users/ann/events?before=019cae6b-6580-7000-8000-000000000000&limit=5", "", "", "")
	f.Fuzz(func(t *testing.T, method, path, kind, match, body string) {
		for _, r := range []*rig{open, closed} {
			req, err := http.NewRequest(method, "http://127.0.0.1"+admin.Prefix+path, strings.NewReader(body))
			if err != nil || !strings.HasPrefix(req.URL.EscapedPath(), admin.Root) {
				t.Skip() // not a request that the door would be handed
			}
			req.Header["Content-Type"], req.Header["If-Match"] = []string{kind}, []string{match}
			w := httptest.NewRecorder()
			r.Handler().ServeHTTP(w, req)
			got := reply{w.Code, w.Header(), w.Body.String()}
			switch {
			case got.status >= 500:
				t.Fatalf("our failure: %d %s", got.status, got.body)
			case got.header.Get("X-Amzn-Requestid") != "": // a path that is not clean, which the other API answers
			case got.header.Get("X-Request-Id") == "":
				t.Errorf("headers: %v", got.header)
			case got.status >= 400 && (got.code() == "" || got.message() == ""):
				t.Errorf("an error without code or text: %d %s", got.status, got.body)
			case r == closed && got.status < 400:
				t.Errorf("it opened: %d %s", got.status, got.body)
			}
		}
	})
}
