package notify_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/part/notify"
)

func caller() *notify.Caller {
	return notify.Config{Now: func() time.Time { return time.Unix(1614265330, 0) }}.Caller()
}

func TestCall(t *testing.T) {
	t.Run("is a signed webhook", func(t *testing.T) {
		r := receive(t)
		err := caller().Post(t.Context(), notify.Call{ID: "m-1", URL: r.URL + "/alerts?token=t", Body: []byte(`{"a":1}`), Secret: []byte("secret")})
		if err != nil {
			t.Fatal(err)
		}
		request := r.requests[0]
		if got := request.Method + " " + request.RequestURI; got != "POST /alerts?token=t" || r.bodies[0] != `{"a":1}` {
			t.Errorf("got %s with %s", got, r.bodies[0])
		}
		for name, want := range map[string]string{
			"Content-Type": "application/json", "Idempotency-Key": "m-1", "Webhook-Id": "m-1", "Webhook-Timestamp": "1614265330",
			"Webhook-Signature": "v1," + notify.Sign("c2VjcmV0", "m-1", "1614265330", `{"a":1}`),
		} {
			if got := request.Header.Get(name); got != want {
				t.Errorf("%s: got %q, want %q", name, got, want)
			}
		}
	})
	t.Run("follows no redirect, and may be tried again", func(t *testing.T) {
		for _, status := range []int{301, 302, 307, 308} {
			r := receive(t)
			r.answer(status)()
			err := caller().Post(t.Context(), notify.Call{ID: "m-1", URL: r.URL, Body: []byte("{}")})
			if err == nil || errors.Is(err, notify.ErrPermanent) || len(r.requests) != 0 {
				t.Errorf("%d: got %v and %d requests", status, err, len(r.requests))
			}
		}
	})
	t.Run("is refused for good by a receiver that says so, whose URL nothing tells", func(t *testing.T) {
		r := receive(t)
		r.answer(http.StatusBadRequest)()
		c := notify.Call{ID: "m-1", URL: r.URL + "/T0KEN/x?key=T0KEN", Body: []byte(`{"name":"T0KEN"}`), Secret: []byte("T0KEN")}
		err := caller().Post(t.Context(), c)
		if !errors.Is(err, notify.ErrPermanent) {
			t.Errorf("got %v", err)
		}
		r.Close()
		refused := caller().Post(t.Context(), c)
		if refused == nil || errors.Is(refused, notify.ErrPermanent) {
			t.Errorf("without a receiver: got %v", refused)
		}
		if said := fmt.Sprint(err, refused, c) + fmt.Sprintf("%+v %#v %s %x", c, c, c, c); strings.Contains(said, "T0KEN") || strings.Contains(said, "543") {
			t.Errorf("%s tells the URL or the body", said)
		}
	})
	t.Run("ends with its context", func(t *testing.T) {
		r := receive(t)
		hanging := r.fallSilent()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go func() {
			<-hanging
			cancel()
		}()
		if err := caller().Post(ctx, notify.Call{ID: "m-1", URL: r.URL, Body: []byte("{}")}); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
	for name, bad := range map[string]notify.Call{
		"no id":           {URL: "https://example.com/"},
		"another scheme":  {ID: "m-1", URL: "file:///etc/passwd"},
		"no host":         {ID: "m-1", URL: "https:///x"},
		"an endless body": {ID: "m-1", URL: "https://example.com/", Body: make([]byte, notify.MaxBody+1)},
		"metadata":        {ID: "m-1", URL: "http://169.254.169.254/latest/"},
		"a scoped host":   {ID: "m-1", URL: "http://[fe80::1%25lo]/"},
		"a mapped host":   {ID: "m-1", URL: "http://[::ffff:169.254.169.254]/"},
		"the wildcard":    {ID: "m-1", URL: "http://0.0.0.0:1/"},
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			if err := caller().Post(t.Context(), bad); !errors.Is(err, notify.ErrPermanent) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// Post checks what stands in the URL; this is what it checks again where a name led.
func TestGuard(t *testing.T) {
	for address, calls := range map[string]bool{
		"127.0.0.1:80": true, "10.0.0.1:443": true, "192.168.1.1:80": true, "[::1]:80": true, "[fd00::1]:80": true, "93.184.216.34:443": true,
		"169.254.169.254:80": false, "169.254.170.2:80": false, "[fe80::1]:80": false, "[fe80::1%eth0]:80": false, "[::ffff:169.254.169.254]:80": false,
		"100.100.100.200:80": false, "168.63.129.16:80": false, "192.0.0.192:80": false, "[fd00:ec2::254]:80": false, "[fd20:ce::254]:80": false,
		"0.0.0.0:80": false, "[::]:80": false, "224.0.0.1:80": false, "[ff02::1]:80": false, "255.255.255.255:80": false, "240.0.0.1:80": false,
		"not an address": false,
	} {
		if err := notify.Guard(address); (err == nil) != calls {
			t.Errorf("%s: got %v, want it to be called: %t", address, err, calls)
		}
	}
}
