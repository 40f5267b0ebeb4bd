package trigger_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/webhook"
	"github.com/gatehouse-id/gatehouse/internal/part/trigger"
	"github.com/gatehouse-id/gatehouse/internal/part/trigger/triggertest"
)

const (
	arn    = "arn:aws:lambda:eu-west-1:000000000000:function:define"
	secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
)

// host is the other side of a runtime, scripted.
type host struct {
	*httptest.Server
	mu       sync.Mutex
	reply    func(w http.ResponseWriter, event string)
	requests []*http.Request
	asked    []string
}

func serve(t *testing.T) *host {
	h := &host{}
	h.Server = httptest.NewServer(h)
	t.Cleanup(h.Server.Close)
	return h
}

func (h *host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	h.mu.Lock()
	h.requests, h.asked = append(h.requests, r), append(h.asked, string(body))
	reply := h.reply
	h.mu.Unlock()
	reply(w, string(body))
}

func (h *host) does(reply func(http.ResponseWriter, string)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.reply = reply
}

func (h *host) status(status int, header, body string) {
	h.does(func(w http.ResponseWriter, event string) {
		if header != "" {
			w.Header().Set("X-Amz-Function-Error", header)
		}
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, strings.ReplaceAll(body, "$event", event))
	})
}

func (h *host) hang(t *testing.T) <-chan struct{} {
	entered, free := make(chan struct{}), make(chan struct{})
	t.Cleanup(func() { close(free) })
	h.does(func(http.ResponseWriter, string) { close(entered); <-free })
	return entered
}

func (h *host) rig(t *testing.T, address string) triggertest.Rig {
	r, err := trigger.Config{}.Open(arn, address)
	if err != nil {
		t.Fatal(err)
	}
	return triggertest.Rig{
		Runtime: r,
		Asked: func() []string {
			h.mu.Lock()
			defer h.mu.Unlock()
			return h.asked
		},
		Answer: func(text string) { h.status(http.StatusOK, "", text) },
		Hang:   func() <-chan struct{} { return h.hang(t) },
	}
}

func message(text string) string {
	quoted, _ := json.Marshal(map[string]string{"errorMessage": text, "errorType": "Error"})
	return string(quoted)
}

func TestHTTP(t *testing.T) {
	triggertest.Run(t, func(t *testing.T) triggertest.Rig {
		h := serve(t)
		r := h.rig(t, strings.Replace(h.URL, "http://", "http://user:s3cret@", 1)+"/p4th#secret="+secret)
		r.Secrets = []string{"s3cret", "p4th", secret[6:]}
		r.Throw = func(text string) { h.status(http.StatusBadRequest, "", message(text)) }
		r.Break = func() { h.status(http.StatusInternalServerError, "", "$event") }
		r.Refuse = func() { h.status(http.StatusNotFound, "", "no such page: $event") }
		return r
	})
}

// The emulator that AWS publishes beside its images answers errors with 200.
func TestHTTPAsEmulatorsAnswer(t *testing.T) {
	h := serve(t)
	r := h.rig(t, h.URL)
	for name, throw := range map[string]func(){
		"200":              func() { h.status(http.StatusOK, "", message("no")) },
		"200 and a header": func() { h.status(http.StatusOK, "Unhandled", message("no")) },
		"422":              func() { h.status(http.StatusUnprocessableEntity, "", message("no")) },
	} {
		throw()
		_, err := r.Runtime.Invoke(t.Context(), nil)
		if want := "the function threw: no"; err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %q", name, err, want)
		}
	}
	for name, fail := range map[string]func(){
		"a redirect":     func() { h.status(http.StatusFound, "", message("no")) },
		"500":            func() { h.status(http.StatusInternalServerError, "", message("no")) },
		"204":            func() { h.status(http.StatusNoContent, "", "") },
		"a header alone": func() { h.status(http.StatusOK, "Unhandled", "null") },
	} {
		fail()
		_, err := r.Runtime.Invoke(t.Context(), nil)
		if err == nil || strings.Contains(err.Error(), "threw") {
			t.Errorf("%s: got %v, want a failure", name, err)
		}
	}
}

func TestHTTPSigns(t *testing.T) {
	h := serve(t)
	now := time.Unix(1_700_000_000, 0)
	r, err := trigger.Config{Now: func() time.Time { return now }}.Open(arn, h.URL+"/f?x=y#secret="+secret)
	if err != nil {
		t.Fatal(err)
	}
	h.status(http.StatusOK, "", "{}")
	if _, err := r.Invoke(t.Context(), []byte("event")); err != nil {
		t.Fatal(err)
	}
	key, _ := webhook.ParseSecret(secret)
	got := h.requests[0].Header
	want := "v1," + webhook.Signature(key, got.Get("Webhook-Id"), "1700000000", []byte("event"))
	if got.Get("Webhook-Signature") != want || len(got.Get("Webhook-Id")) != 36 || h.requests[0].RequestURI != "/f?x=y" {
		t.Errorf("got %s %v, want the signature %s", h.requests[0].RequestURI, got, want)
	}
}

// A function that cannot be reached is asked once more, for nothing can have arrived.
func TestUnreachable(t *testing.T) {
	h := serve(t)
	r := h.rig(t, h.URL)
	h.Server.Close()
	if _, err := r.Runtime.Invoke(t.Context(), nil); err == nil {
		t.Error("got an answer")
	}
}

func TestLambda(t *testing.T) {
	triggertest.Run(t, func(t *testing.T) triggertest.Rig {
		h := serve(t)
		r := h.rig(t, "lambda://AKIDEXAMPLE:s3cret@eu-west-1?endpoint="+url.QueryEscape(h.URL))
		r.Secrets = []string{"s3cret"}
		r.Throw = func(text string) { h.status(http.StatusOK, "Unhandled", message(text)) }
		r.Break = func() { h.status(http.StatusInternalServerError, "", `{"Type":"$event"}`) }
		r.Refuse = func() { h.status(http.StatusNotFound, "", `{"Type":"ResourceNotFoundException"}`) }
		return r
	})
}

func TestLambdaIsInvokedByARNAndSigned(t *testing.T) {
	h := serve(t)
	r := h.rig(t, "lambda://AKIDEXAMPLE:s3cret@eu-west-1?endpoint="+url.QueryEscape(h.URL))
	r.Answer("{}")
	if _, err := r.Runtime.Invoke(t.Context(), []byte("event")); err != nil {
		t.Fatal(err)
	}
	got := h.requests[0]
	if path, _ := url.PathUnescape(got.URL.EscapedPath()); path != "/2015-03-31/functions/"+arn+"/invocations" {
		t.Errorf("got the path %s", got.URL.EscapedPath())
	}
	if a := got.Header.Get("Authorization"); !strings.HasPrefix(a, "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/") || !strings.Contains(a, "/eu-west-1/lambda/aws4_request") {
		t.Errorf("got the authorization %s", a)
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, raw := range []string{
		"", "hidden", "ftp://hidden/", "http://hidden.example/", "https:///hidden", "https://h/#hidden=1", "http://[::1]:namedhidden",
		"lambda://hidden", "lambda://eu-west-1/hidden", "lambda://eu-west-1#hidden", "lambda://hidden@eu-west-1", "lambda://eu-west-1?hidden=1",
		"lambda://a:b@eu-west-1?endpoint=http://hidden.example", "lambda://a:b@eu-west-1?endpoint=https://h/hidden",
	} {
		_, err := trigger.NewFunctions([]string{arn + "=" + raw}, trigger.Config{})
		if err == nil || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%q: got %v, want an error that tells nothing of it", raw, err)
		}
	}
	for name, pairs := range map[string][]string{
		"no ARN":    {"https://localhost/"},
		"a bad ARN": {"define=https://localhost/"},
		"no URL":    {arn},
		"twice":     {arn + "=https://localhost/", arn + "=https://localhost/"},
	} {
		if _, err := trigger.NewFunctions(pairs, trigger.Config{}); err == nil {
			t.Errorf("%s: want an error", name)
		}
	}
}
