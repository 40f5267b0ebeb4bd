package notify_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/part/notify"
	"github.com/gatehouse-id/gatehouse/internal/part/notify/notifytest"
)

// receiver is the other side of a webhook, scripted like smtptest.
type receiver struct {
	*httptest.Server
	mu       sync.Mutex
	status   int // 0: accept
	hang     chan struct{}
	entered  func()
	requests []*http.Request
	bodies   []string
}

func receive(t *testing.T) *receiver {
	r := &receiver{}
	r.Server = httptest.NewServer(r)
	t.Cleanup(func() {
		r.heal()
		r.Server.Close()
	})
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, _ := io.ReadAll(request.Body)
	r.mu.Lock()
	status, hang, entered := r.status, r.hang, r.entered
	if status == 0 && hang == nil {
		r.requests, r.bodies = append(r.requests, request), append(r.bodies, string(body))
	}
	r.mu.Unlock()
	switch {
	case hang != nil:
		entered()
		<-hang
	case status != 0:
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
		_, _ = w.Write(body) // as rude as can be
	}
}

func (r *receiver) answer(status int) func() {
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.status = status
	}
}

func (r *receiver) fallSilent() <-chan struct{} {
	hanging := make(chan struct{})
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hang, r.entered = make(chan struct{}), sync.OnceFunc(func() { close(hanging) })
	return hanging
}

func (r *receiver) heal() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.hang != nil {
		close(r.hang)
	}
	r.status, r.hang = 0, nil
}

func (r *receiver) messages(t *testing.T) []notify.Message {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []notify.Message
	for _, body := range r.bodies {
		var m struct{ ID, To, Subject, Text, HTML string }
		if err := json.Unmarshal([]byte(body), &m); err != nil {
			t.Errorf("not JSON: %v", err)
		}
		list = append(list, notify.Message{ID: m.ID, To: m.To, Subject: m.Subject, Text: m.Text, HTML: m.HTML})
	}
	return list
}

func TestWebhookKeepsTheContract(t *testing.T) {
	for _, channel := range []notify.Channel{notify.Email, notify.SMS} {
		t.Run(string(channel), func(t *testing.T) {
			notifytest.Run(t, func(t *testing.T) notifytest.Rig {
				r := receive(t)
				const secret = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
				at := strings.Replace(r.URL, "http://", "http://gate:"+password+"@", 1) + "/sms?token=t0ken#secret=whsec_" + secret
				sender, err := notify.Open(at)
				if err != nil {
					t.Fatal(err)
				}
				return notifytest.Rig{
					Sender:   sender,
					Channel:  channel,
					Secrets:  []string{password, secret, "t0ken"},
					Received: func() []notify.Message { return r.messages(t) },
					Refuse:   r.answer(http.StatusUnprocessableEntity),
					Busy:     r.answer(http.StatusServiceUnavailable),
					Hang:     r.fallSilent,
					Heal:     r.heal,
				}
			})
		})
	}
}

func TestWebhookRequest(t *testing.T) {
	r := receive(t)
	now := func() time.Time { return time.Unix(1614265330, 0) }
	at := strings.Replace(r.URL, "http://", "http://gate:"+password+"@", 1) + "/a%20b?token=t#secret=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	sender, err := notify.Config{Now: now}.Open(at)
	if err != nil {
		t.Fatal(err)
	}
	m := notify.Message{ID: "m-1", Channel: notify.SMS, To: "+12065559934", Text: "Your code is <482913>", PoolID: "eu_1", Kind: "SignUp"}
	if err := sender.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	request, body := r.requests[0], r.bodies[0]
	if want := `{"id":"m-1","channel":"SMS","kind":"SignUp","poolId":"eu_1","to":"+12065559934","text":"Your code is <482913>"}`; body != want {
		t.Errorf("body:\n got %s\nwant %s", body, want)
	}
	if got, want := request.Method+" "+request.RequestURI, "POST /a%20b?token=t"; got != want {
		t.Errorf("got %s, want %s: the fragment is ours alone", got, want)
	}
	if user, pass, _ := request.BasicAuth(); user != "gate" || pass != password {
		t.Errorf("basic authentication: got %q, %q", user, pass)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/json", "Idempotency-Key": "m-1", "Webhook-Id": "m-1", "Webhook-Timestamp": "1614265330",
		"Webhook-Signature": "v1," + notify.Sign("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "m-1", "1614265330", body),
	} {
		if got := request.Header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestSignatureIsThatOfStandardWebhooks(t *testing.T) {
	// The example of the reference libraries.
	got := notify.Sign("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", `{"test": 2432232314}`)
	if want := "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestWebhookTellsForGoodFromForNow(t *testing.T) {
	for status, want := range map[int]string{
		200: "accepted", 202: "accepted", 204: "accepted",
		400: "for good", 413: "for good", 422: "for good",
		301: "for now", 307: "for now", 401: "for now", 403: "for now", 404: "for now", 408: "for now",
		409: "for now", 410: "for now", 429: "for now", 500: "for now", 502: "for now", 503: "for now",
	} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			r := receive(t)
			r.answer(status)()
			sender, err := notify.Open(r.URL)
			if err != nil {
				t.Fatal(err)
			}
			got := "accepted"
			switch err := sender.Send(t.Context(), notify.Message{ID: "m-1", Channel: notify.SMS, To: "+12065559934", Text: "482913"}); {
			case errors.Is(err, notify.ErrPermanent):
				got = "for good"
			case err != nil:
				got = "for now"
			}
			if got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			if len(r.requests) != 0 {
				t.Error("a redirect was followed")
			}
		})
	}
}

func TestWebhookUnsignedWithoutASecret(t *testing.T) {
	r := receive(t)
	sender, err := notify.Open(r.URL)
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.Send(t.Context(), notify.Message{ID: "m-1", Channel: notify.SMS, To: "+12065559934", Text: "482913"}); err != nil {
		t.Fatal(err)
	}
	if got := r.requests[0].Header.Get("Webhook-Signature"); got != "" {
		t.Errorf("got signature %q, want none", got)
	}
}
