package cognito

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/report"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
)

// FuzzServeHTTP sends anything at all: the answer is always of AWS's shape, and
// never our failure.
func FuzzServeHTTP(f *testing.F) {
	quiet := report.New(report.Config{Logger: slog.New(slog.DiscardHandler)})
	open := newRig(f, func(c *Config) { c.AnyCredentials, c.Log = true, quiet })
	closed := newRig(f, func(c *Config) { c.Log = quiet })
	for _, op := range shape.Operations {
		f.Add(http.MethodPost, "/", target+op.Name, contentType, "", `{"UserPoolId":"us-east-1_Abc","ClientId":"abc","Username":"ann"}`)
	}
	f.Add("POST", "/", target+"ListUserPools", contentType,
		"AWS4-HMAC-SHA256 Credential=AKIA/20261122/us-east-1/cognito-idp/aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, Signature=00", `{}`)
	f.Add("OPTIONS", "/", "", "", "", "")
	f.Add("GET", "/../x?y", "x", "text/html", "Bearer", "\xff")
	f.Fuzz(func(t *testing.T, method, path, name, kind, authorization, body string) {
		for _, r := range []*rig{open, closed} {
			req, err := http.NewRequest(method, "http://127.0.0.1"+path, strings.NewReader(body))
			if err != nil {
				t.Skip() // not a request that net/http would hand over
			}
			req.Header["X-Amz-Target"] = []string{name}
			req.Header["Content-Type"] = []string{kind}
			if authorization != "" {
				req.Header["Authorization"] = []string{authorization}
				req.Header["X-Amz-Date"] = []string{"20261122T000000Z"}
			}
			w := httptest.NewRecorder()
			r.ServeHTTP(w, req)
			checkShape(t, w)
		}
	})
}

func checkShape(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	if w.Code >= 500 {
		t.Fatalf("our failure: %d %s", w.Code, w.Body)
	}
	if w.Header().Get("X-Amzn-Requestid") == "" || w.Header().Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("headers: %v", w.Header())
	}
	if w.Header().Get("Content-Type") != contentType {
		return // a preflight or a greeting
	}
	var body map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Fatalf("answer %q: %v", w.Body, err)
	}
	if code, _ := body["__type"].(string); w.Code != 200 && (code == "" || body["message"] == "" || code != w.Header().Get("X-Amzn-Errortype")) {
		t.Errorf("error without code or text: %d %s", w.Code, w.Body)
	}
}

// FuzzSignature reads anything as an Authorization header.
func FuzzSignature(f *testing.F) {
	f.Add("AWS4-HMAC-SHA256 Credential=AKIA/20261122/us-east-1/cognito-idp/aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, Signature=00", "20261122T000000Z")
	f.Add("AWS4-HMAC-SHA256 Credential=,SignedHeaders=,Signature=", "")
	f.Fuzz(func(t *testing.T, header, date string) {
		r := &http.Request{Header: http.Header{"Authorization": {header}, "X-Amz-Date": {date}, "X-Amz-Target": {"x"}}}
		r.URL = httptest.NewRequest(http.MethodPost, "/", nil).URL
		sig, err := parseSignature(r)
		if err != nil {
			return
		}
		if sig.keyID == "" || sig.hex == "" || sig.at.Format(dateLayout) != date {
			t.Errorf("accepted %q at %q as %+v", header, date, sig)
		}
	})
}
