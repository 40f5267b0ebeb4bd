package mailbox_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/door/mailbox"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// hostile is what somebody might put into a name or a template.
const hostile = `<script>alert(1)</script><img src=x onerror=alert(1)>`

var letters = []*model.Mail{
	{ID: "m1", PoolID: "us-east-1_web", Channel: "email", Kind: "signup", To: "ann@example.com",
		Subject: "Your verification code", Text: "Your confirmation code is 123456", CreatedAt: noon.Add(-3 * time.Minute)},
	{ID: "m2", PoolID: "us-east-1_web", Channel: "sms", Kind: "forgot", To: "+12065550100",
		Text: "Your code is 654321", CreatedAt: noon.Add(-time.Hour)},
	{ID: "m3", PoolID: "us-east-1_web", Channel: "email", Kind: "invitation", To: "bob@example.com",
		Subject: "Welcome " + hostile, Text: "Hello " + hostile, HTML: "<h1>Hello</h1>" + hostile, CreatedAt: noon},
}

func box(t *testing.T, mails ...*model.Mail) http.Handler {
	t.Helper()
	s := storetest.Open(t)
	err := s.Update(context.Background(), func(tx *store.Tx) error {
		for _, m := range mails {
			if err := tx.KeepMail(m); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return mailbox.New(mailbox.Config{Store: s, Now: func() time.Time { return noon }})
}

func get(h http.Handler, target string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:9470"+target, nil)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestJSON(t *testing.T) {
	h := box(t, letters...)
	t.Run("lists all messages, newest first", func(t *testing.T) {
		var list []map[string]string
		w := get(h, mailbox.Path+".json")
		if err := wire.Read(w.Body.Bytes(), &list); err != nil {
			t.Fatalf("%v: %s", err, w.Body)
		}
		var ids []string
		for _, m := range list {
			ids = append(ids, m["id"])
		}
		if got := strings.Join(ids, " "); got != "m3 m1 m2" {
			t.Errorf("got the messages %s, want m3 m1 m2", got)
		}
		want := map[string]string{
			"id": "m1", "pool": "us-east-1_web", "channel": "email", "kind": "signup", "to": "ann@example.com",
			"subject": "Your verification code", "text": "Your confirmation code is 123456", "html": "",
			"createdAt": "2026-03-01T11:57:00Z",
		}
		for name, value := range want {
			if got := list[1][name]; got != value {
				t.Errorf("%s: got %q, want %q", name, got, value)
			}
		}
		if len(list[1]) != len(want) {
			t.Errorf("got the members %v, want %d of them", list[1], len(want))
		}
		if got := w.Header().Get("Content-Type"); got != "application/json" {
			t.Errorf("got Content-Type %q", got)
		}
	})
	t.Run("lists one recipient's alone", func(t *testing.T) {
		w := get(h, mailbox.Path+".json?to="+url.QueryEscape("+12065550100"))
		if body := w.Body.String(); !strings.Contains(body, "654321") || strings.Contains(body, "123456") {
			t.Errorf("got %s, want the text message and no other", body)
		}
	})
	t.Run("is an empty list when there is nothing", func(t *testing.T) {
		if got := get(h, mailbox.Path+".json?to=nobody").Body.String(); got != "[]" {
			t.Errorf("got %s, want []", got)
		}
	})
}

func TestPage(t *testing.T) {
	h := box(t, letters...)
	t.Run("shows who was sent what, and when", func(t *testing.T) {
		page := get(h, mailbox.Path).Body.String()
		for _, want := range []string{
			"Your confirmation code is 123456", "Your verification code", "3 minutes ago", "1 hour ago", "just now",
			`datetime="2026-03-01T11:57:00Z"`, "Text message", `href="/_gatehouse/mailbox?to=%2b12065550100"`,
		} {
			if !strings.Contains(page, want) {
				t.Errorf("the page lacks %q:\n%s", want, page)
			}
		}
	})
	t.Run("filters by recipient, and offers the way back", func(t *testing.T) {
		page := get(h, mailbox.Path+"?to=ann@example.com").Body.String()
		if !strings.Contains(page, "123456") || strings.Contains(page, "654321") {
			t.Errorf("want ann's message alone:\n%s", page)
		}
		if !strings.Contains(page, "All messages") || !strings.Contains(page, `value="ann@example.com"`) {
			t.Errorf("want the filter shown and a way back:\n%s", page)
		}
	})
	t.Run("says that there is nothing", func(t *testing.T) {
		if page := get(box(t), mailbox.Path).Body.String(); !strings.Contains(page, "No messages yet") {
			t.Errorf("got %s", page)
		}
		page := get(h, mailbox.Path+"?to="+url.QueryEscape(hostile)).Body.String()
		if !strings.Contains(page, "Nothing for &lt;script&gt;") || strings.Contains(page, "<script") {
			t.Errorf("got %s", page)
		}
	})
	t.Run("escapes what strangers wrote", func(t *testing.T) {
		page := get(h, mailbox.Path).Body.String()
		for _, bad := range []string{"<script", "<img"} {
			if strings.Contains(page, bad) {
				t.Errorf("the page holds %s:\n%s", bad, page)
			}
		}
	})
	t.Run("allows its one style sheet and nothing else", func(t *testing.T) {
		w := get(h, mailbox.Path)
		policy := w.Header().Get("Content-Security-Policy")
		style := regexp.MustCompile(`(?s)<style>(.*)</style>`).FindStringSubmatch(w.Body.String())
		if style == nil {
			t.Fatal("the page has no style")
		}
		sum := sha256.Sum256([]byte(style[1]))
		for _, want := range []string{
			"default-src 'none'", "style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'", "frame-ancestors 'none'",
		} {
			if !strings.Contains(policy, want) {
				t.Errorf("the policy %q lacks %q", policy, want)
			}
		}
		if strings.Contains(policy, "script") || strings.Contains(policy, "unsafe") {
			t.Errorf("the policy %q allows too much", policy)
		}
	})
	t.Run("frames a message's HTML without any right", func(t *testing.T) {
		if page := get(h, mailbox.Path).Body.String(); !strings.Contains(page, `<iframe sandbox title`) {
			t.Errorf("no sandboxed frame:\n%s", page)
		}
		w := get(h, mailbox.Path+"?html=m3")
		if got := w.Body.String(); got != letters[2].HTML {
			t.Errorf("got %q, want the message's HTML", got)
		}
		policy := w.Header().Get("Content-Security-Policy")
		for _, want := range []string{"sandbox;", "default-src 'none'", "frame-ancestors 'self'"} {
			if !strings.Contains(policy, want) {
				t.Errorf("the policy %q lacks %q", policy, want)
			}
		}
		for _, none := range []string{"m1", "m9", ""} { // without HTML, unknown, unnamed
			if got := get(h, mailbox.Path+"?html="+none).Code; got != http.StatusNotFound {
				t.Errorf("the HTML of %q: got %d, want 404", none, got)
			}
		}
	})
}

func TestRefusals(t *testing.T) {
	h := box(t, letters...)
	t.Run("a name that somebody else may have pointed here is refused", func(t *testing.T) {
		for host, want := range map[string]int{
			"localhost": 200, "LOCALHOST:9470": 200, "127.0.0.1:9470": 200, "127.8.8.8": 200, "[::1]:9470": 200, "[::1]": 200,
			"evil.example": 403, "evil.example:9470": 403, "192.0.2.1": 403, "localhost.evil.example": 403,
			"127.0.0.1.evil.example": 403, "0.0.0.0:9470": 403, "": 403,
		} {
			for _, target := range []string{mailbox.Path, mailbox.Path + ".json", mailbox.Path + "?html=m3"} {
				r := httptest.NewRequest(http.MethodGet, target, nil)
				r.Host = host
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				if w.Code != want {
					t.Errorf("Host %q, %s: got %d, want %d", host, target, w.Code, want)
				}
				if want == 403 && strings.Contains(w.Body.String(), "123456") {
					t.Errorf("Host %q: the refusal tells a code", host)
				}
			}
		}
	})
	t.Run("no other origin may read, and nothing is kept", func(t *testing.T) {
		for _, target := range []string{mailbox.Path, mailbox.Path + ".json"} {
			header := get(h, target).Header()
			if got := header.Get("Access-Control-Allow-Origin"); got != "" {
				t.Errorf("%s: got Access-Control-Allow-Origin %q", target, got)
			}
			for name, want := range map[string]string{
				"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
				"Cross-Origin-Resource-Policy": "same-origin", "Referrer-Policy": "no-referrer",
			} {
				if got := header.Get(name); got != want {
					t.Errorf("%s: %s: got %q, want %q", target, name, got, want)
				}
			}
		}
	})
	t.Run("it is only read", func(t *testing.T) {
		for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS"} {
			r := httptest.NewRequest(method, "http://localhost"+mailbox.Path, nil)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
				t.Errorf("%s: got %d, Allow %q", method, w.Code, w.Header().Get("Allow"))
			}
		}
	})
	t.Run("there is nothing beside it", func(t *testing.T) {
		for _, path := range []string{"/", "/_gatehouse", mailbox.Path + "/", mailbox.Path + ".html"} {
			if got := get(h, path).Code; got != http.StatusNotFound {
				t.Errorf("%s: got %d, want 404", path, got)
			}
		}
	})
	t.Run("a database that cannot be read is no page and no list", func(t *testing.T) {
		s := storetest.Open(t)
		h := mailbox.New(mailbox.Config{Store: s})
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		for _, target := range []string{mailbox.Path, mailbox.Path + ".json", mailbox.Path + "?html=m3"} {
			if got := get(h, target).Code; got != http.StatusInternalServerError {
				t.Errorf("%s: got %d, want 500", target, got)
			}
		}
	})
}
