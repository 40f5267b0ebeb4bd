package sigv4_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/part/sigv4"
)

// What is signed and how it is refused, over HTTP: internal/door/cognito/sigv4_test.go.

var (
	noon  = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	scope = sigv4.Scope{Region: "us-east-1", Service: "gatehouse"}
)

const secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

// signed is a request as AWS's SDK signs it, as it arrives.
func signed(t *testing.T, method, target, body string, header http.Header) *http.Request {
	t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for name, values := range header {
		r.Header[name] = values
	}
	sum := sha256.Sum256([]byte(body))
	err := v4.NewSigner().SignHTTP(t.Context(), aws.Credentials{AccessKeyID: "AKIA", SecretAccessKey: secret}, r,
		hex.EncodeToString(sum[:]), scope.Service, scope.Region, noon)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// matches tells whether a request holds, with which fault where it is refused outright.
func matches(t *testing.T, r *http.Request, want sigv4.Scope, body string) (bool, fault.Code) {
	t.Helper()
	s, err := sigv4.Read(r, want, noon)
	ok := false
	if err == nil {
		ok, err = s.Matches(t.Context(), []byte(body), secret)
	}
	f, isFault := fault.As(err)
	if err != nil && !isFault {
		t.Fatal(err)
	}
	if isFault {
		return false, f.Code
	}
	return ok, ""
}

func TestPathsAndQueriesAreSignedAsTheyAreWritten(t *testing.T) {
	const path = "http://127.0.0.1/pools/us-east-1_Abc/users/ann%40example.com/events?limit=5&before=1.2"
	if ok, code := matches(t, signed(t, "GET", path, "", nil), scope, ""); !ok {
		t.Fatalf("as it was signed: refused (%s)", code)
	}
	for name, other := range map[string]string{
		"another user":                          strings.Replace(path, "ann", "bob", 1),
		"another depth":                         strings.Replace(path, "%40example.com", "/example.com", 1),
		"the same path, with fewer escapes":     strings.Replace(path, "%40", "@", 1),
		"the same path, escaped once more":      strings.Replace(path, "%40", "%2540", 1),
		"another value in the query":            strings.Replace(path, "limit=5", "limit=6", 1),
		"one more parameter":                    path + "&x=1",
		"the query gone":                        strings.Split(path, "?")[0],
		"a parameter's name and value in a row": strings.Replace(path, "limit=5", "limit5=", 1),
	} {
		t.Run(name, func(t *testing.T) {
			r := signed(t, "GET", path, "", nil)
			r.URL = httptest.NewRequest("GET", other, nil).URL
			if ok, code := matches(t, r, scope, ""); ok || code != "" {
				t.Errorf("got %v %s, want it not to match", ok, code)
			}
		})
	}
	t.Run("another method", func(t *testing.T) {
		r := signed(t, "GET", path, "", nil)
		r.Method = "DELETE"
		if ok, _ := matches(t, r, scope, ""); ok {
			t.Error("a signature of GET deletes")
		}
	})
	t.Run("parameters in another order are the same", func(t *testing.T) {
		r := signed(t, "GET", path, "", nil)
		r.URL.RawQuery = "before=1.2&limit=5"
		if ok, _ := matches(t, r, scope, ""); !ok {
			t.Error("refused")
		}
	})
}

func TestHeadersThatMustBeSigned(t *testing.T) {
	want := sigv4.Scope{Region: scope.Region, Service: scope.Service, Headers: []string{"if-match"}}
	r := signed(t, "PUT", "http://127.0.0.1/x", "{}", http.Header{"If-Match": {"3"}})
	if ok, code := matches(t, r, want, "{}"); !ok {
		t.Fatalf("it is signed and refused (%s)", code)
	}
	r = signed(t, "PUT", "http://127.0.0.1/x", "{}", nil)
	r.Header.Set("If-Match", "3")
	if _, code := matches(t, r, want, "{}"); code != fault.IncompleteSignature {
		t.Errorf("it is there and not signed: got %q", code)
	}
}

func TestAScopeOfAnotherServiceIsRefused(t *testing.T) {
	r := signed(t, "GET", "http://127.0.0.1/x", "", nil)
	if _, code := matches(t, r, sigv4.Scope{Region: "us-east-1", Service: "cognito-idp"}, ""); code != fault.InvalidSignature {
		t.Errorf("got %q, want InvalidSignatureException", code)
	}
}

func TestCheckPage(t *testing.T) {
	for _, c := range []struct {
		origin []string
		ok     bool
	}{
		{nil, true},
		{[]string{"http://localhost:3000"}, true},
		{[]string{"http://127.0.0.1:9470"}, true},
		{[]string{"http://[::1]:9470"}, true},
		{[]string{"https://example.com"}, false},
		{[]string{"http://localhost.example.com"}, false},
		{[]string{"http://127.0.0.1.example.com"}, false},
		{[]string{"null"}, false},
		{[]string{""}, false},
		{[]string{"http://localhost", "https://example.com"}, false},
	} {
		err := sigv4.CheckPage(http.Header{"Origin": c.origin})
		if (err == nil) != c.ok {
			t.Errorf("%q: got %v, want it to pass: %v", c.origin, err, c.ok)
		}
	}
}

func TestCheckHost(t *testing.T) {
	for host, ok := range map[string]bool{
		"localhost": true, "LocalHost:9470": true, "127.0.0.1:9470": true, "127.0.0.9": true, "[::1]:9470": true, "[::1]": true,
		"": false, "example.com": false, "example.com:9470": false, "localhost.example.com": false, "127.0.0.1.example.com:9470": false,
		"192.0.2.1:9470": false, "user@localhost": false, "localhost/x": false, "[::1": false,
	} {
		if err := sigv4.CheckHost(host); (err == nil) != ok {
			t.Errorf("%q: got %v, want it to pass: %v", host, err, ok)
		}
	}
}

// FuzzRead reads anything as an Authorization header, with any path and query.
func FuzzRead(f *testing.F) {
	f.Add("AWS4-HMAC-SHA256 Credential=AKIA/20261122/us-east-1/gatehouse/aws4_request, SignedHeaders=host;x-amz-date, Signature=00", "20261122T120000Z", "a=1")
	f.Add("AWS4-HMAC-SHA256 Credential=,SignedHeaders=,Signature=", "", "X-Amz-Signature=1")
	f.Fuzz(func(t *testing.T, header, date, query string) {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.URL.RawQuery = query
		r.Header = http.Header{"Authorization": {header}, "X-Amz-Date": {date}}
		s, err := sigv4.Read(r, scope, noon)
		if err != nil {
			if _, ok := fault.As(err); !ok {
				t.Fatalf("not for the client: %v", err)
			}
			return
		}
		if s.KeyID == "" || !strings.HasPrefix(date, "20261122T1") {
			t.Errorf("accepted %q at %q of key %q", header, date, s.KeyID)
		}
		if ok, err := s.Matches(t.Context(), nil, secret); ok {
			t.Errorf("accepted %q (%v)", header, err)
		}
	})
}
