package webhook_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/webhook"
)

func TestParse(t *testing.T) {
	for raw, want := range map[string]string{
		"https://user:hidden@host.example/path?a=b#secret=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw": "",
		"http://localhost:9000/hidden":                  "",
		"http://[::1]:9000/hidden":                      "",
		"http://host.example/hidden#plaintext=allow":    "",
		"http://host.example/hidden":                    "plain text",
		"https://host.example/hidden#plaintext=perhaps": "plaintext must be allow",
		"https://host.example/hidden#secret=hidden":     "whsec_",
		"https://host.example/#secret=whsec_aGlkZGVu":   "24 to 64 bytes",
		"https://host.example/#hidden=1":                "unknown setting",
		"ftp://host.example/hidden":                     "http:// or https://",
		"https:///hidden":                               "http:// or https://",
	} {
		u, err := url.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		to, err := webhook.Parse(u)
		switch {
		case want == "" && (err != nil || strings.Contains(to.URL, "#") || !strings.HasPrefix(raw, to.URL)):
			t.Errorf("%s: got %q, %v", raw, to.URL, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: got %v, want an error with %q", raw, err, want)
		}
		if shown := fmt.Sprint(err, to); strings.Contains(shown, "hidden") {
			t.Errorf("%s: %q shows what is hidden", raw, shown)
		}
	}
}

// The vector of the Standard Webhooks specification.
func TestSign(t *testing.T) {
	secret, err := webhook.ParseSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{}
	webhook.Sign(h, secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", []byte(`{"test": 2432232314}`), time.Unix(1614265330, 0))
	want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	if got := h.Get("Webhook-Signature"); got != want {
		t.Errorf("got signature %q, want %q", got, want)
	}
	if got := h.Get("Webhook-Timestamp"); got != "1614265330" {
		t.Errorf("got timestamp %q", got)
	}
	unsigned := http.Header{}
	webhook.Sign(unsigned, nil, "msg_1", nil, time.Unix(1, 0))
	if len(unsigned) != 0 {
		t.Errorf("without a secret got %v, want nothing", unsigned)
	}
	if _, err := base64.StdEncoding.DecodeString(want[3:]); err != nil {
		t.Error(err)
	}
}
