package cognito

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/flow/access"
	"github.com/gatehouse-id/gatehouse/internal/part/sigv4"
)

const (
	algorithm = "AWS4-HMAC-SHA256"
	// guess is no key's secret, and the one that unknown keys are held against.
	guess = "0000000000000000000000000000000000000000"
)

func policy(action, resource string) model.Policy {
	return model.Policy{Actions: []string{action}, Resources: []string{resource}}
}

// signer calls with signatures of AWS's own SDK.
type signer struct {
	*rig
	key             aws.Credentials
	region, service string
	at              time.Time
}

func (r *rig) signer(t testing.TB, p model.Policy) *signer {
	t.Helper()
	key, secret := r.key(t, p)
	return &signer{rig: r, key: aws.Credentials{AccessKeyID: key.ID, SecretAccessKey: secret}, region: testRegion, service: service, at: time.Now()}
}

// signed is a signed request; before edits it before, and after after the signature.
func (s *signer) signed(t testing.TB, operation, body string, before, after func(*http.Request)) *http.Request {
	t.Helper()
	req := s.request(t, operation, body)
	if before != nil {
		before(req)
	}
	sum := sha256.Sum256([]byte(body))
	if err := v4.NewSigner().SignHTTP(t.Context(), s.key, req, hex.EncodeToString(sum[:]), s.service, s.region, s.at); err != nil {
		t.Fatal(err)
	}
	if after != nil {
		after(req)
	}
	return req
}

func (s *signer) call(t testing.TB, operation, body string) reply {
	t.Helper()
	return s.do(t, s.signed(t, operation, body, nil, nil))
}

func (s *signer) must(t testing.TB, operation, body string) reply {
	t.Helper()
	got := s.call(t, operation, body)
	if got.status != http.StatusOK {
		t.Fatalf("%s: got %d %s", operation, got.status, got.body)
	}
	return got
}

func TestSignatureIsAccepted(t *testing.T) {
	s := newRig(t, nil).signer(t, access.Everything)
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	sum := sha256.Sum256([]byte(goodBody))
	for name, before := range map[string]func(*http.Request){
		"as the SDK makes it":         nil,
		"over more headers":           header("X-Amz-User-Agent", "aws-sdk-js/3.0.0   with   spaces"),
		"over a header of two values": func(r *http.Request) { r.Header["X-Custom"] = []string{"a", "b"} },
		"over the hash of the body":   header("X-Amz-Content-Sha256", hex.EncodeToString(sum[:])),
		"with a query":                func(r *http.Request) { r.URL.RawQuery = "b=2&a=1" },
	} {
		t.Run(name, func(t *testing.T) {
			if got := s.do(t, s.signed(t, "ListUserPools", goodBody, before, nil)); got.status != 200 {
				t.Errorf("got %d %s", got.status, got.body)
			}
		})
	}
	t.Run("over a header that the SDK of Go would leave out", func(t *testing.T) {
		req := s.signed(t, "ListUserPools", goodBody, func(r *http.Request) {
			r.Header["user-agent"] = []string{"aws-sdk-java/1.11"} // in lower case the signer does not know it
		}, func(r *http.Request) {
			delete(r.Header, "user-agent")
			r.Header.Set("User-Agent", "aws-sdk-java/1.11")
		})
		if got := s.do(t, req); got.status != 200 {
			t.Errorf("got %d %s", got.status, got.body)
		}
	})
	t.Run("with a clock that is four minutes off", func(t *testing.T) {
		for _, off := range []time.Duration{-4 * time.Minute, 4 * time.Minute} {
			late := *s
			late.at = s.at.Add(off)
			late.must(t, "ListUserPools", goodBody)
		}
	})
}

func TestSignatureIsRefused(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	r := newRig(t, func(c *Config) { c.Now = func() time.Time { return now } })
	good := r.signer(t, access.Everything)
	good.at = now
	authorization := func(old, replacement string) func(*http.Request) {
		return func(r *http.Request) {
			was := r.Header.Get("Authorization")
			is := strings.Replace(was, old, replacement, 1)
			if was == is {
				t.Fatalf("%q is not in %q", old, was)
			}
			r.Header.Set("Authorization", is)
		}
	}
	set := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	invalid, incomplete := "InvalidSignatureException", "IncompleteSignatureException"
	wrong := "The request signature we calculated does not match the signature you provided. " +
		"Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
	pairs := "The Authorization header is not a list of key=value pairs, each once."
	scope := "Credential must be <access key id>/<date>/<region>/cognito-idp/aws4_request."
	for _, c := range []struct {
		name          string
		after         func(*http.Request)
		code, message string
	}{
		{"none", func(r *http.Request) { r.Header.Del("Authorization") }, "MissingAuthenticationTokenException", "Missing Authentication Token"},
		{"of a user's token", set("Authorization", "Bearer abc"), incomplete, "The Authorization header must begin with AWS4-HMAC-SHA256."},
		{"of the asymmetric algorithm", authorization("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"), incomplete, "The Authorization header must begin with AWS4-HMAC-SHA256."},
		{"twice", func(r *http.Request) { r.Header.Add("Authorization", "x") }, incomplete, "There must be one Authorization header."},
		{"without a credential", authorization("Credential=", "Credentials="), incomplete, "Authorization header requires 'Credential' parameter."},
		{"without signed headers", authorization("SignedHeaders=", "Headers="), incomplete, "Authorization header requires 'SignedHeaders' parameter."},
		{"without a signature", authorization("Signature=", "Sig="), incomplete, "Authorization header requires 'Signature' parameter."},
		{"that is empty", set("Authorization", algorithm+" Credential=a/b/c/d/aws4_request, SignedHeaders=host, Signature="), incomplete, "Authorization header requires 'Signature' parameter."},
		{"of two signatures", authorization("Signature=", "Signature=00, Signature="), incomplete, pairs},
		{"of garbage", set("Authorization", algorithm+" garbage"), incomplete, pairs},
		{"with more than there is to know", authorization("Credential=", "Extra=1, Credential="), incomplete, "The Authorization header has parameters that are not known."},
		{"with a short scope", authorization("/aws4_request", ""), incomplete, scope},
		{"with a long scope", authorization("/aws4_request", "/x/aws4_request"), incomplete, scope},
		{"with an empty key id", authorization(good.key.AccessKeyID, ""), incomplete, scope},
		{"of another region", authorization("us-east-1", "eu-west-1"), invalid, "Credential should be scoped to a valid region: 'us-east-1'."},
		{"of another service", authorization("cognito-idp", "iam"), invalid, "Credential should be scoped to correct service: 'cognito-idp'."},
		{"of another day", authorization("20261122", "20261121"), invalid, "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP."},
		{"of an unknown key", authorization(good.key.AccessKeyID, "AKIANOBODYNOBODYNOBO"), "UnrecognizedClientException", sigv4.UnknownKey.Message},
		{"with temporary credentials", set("X-Amz-Security-Token", "abc"), "UnrecognizedClientException", sigv4.UnknownKey.Message},
		{"with another digit", flipSignature, invalid, wrong},
		{"in upper case", func(r *http.Request) {
			before, hex, _ := strings.Cut(r.Header.Get("Authorization"), "Signature=")
			r.Header.Set("Authorization", before+"Signature="+strings.ToUpper(hex))
		}, invalid, wrong},
		{"of another operation", set("X-Amz-Target", target+"DeleteUserPool"), invalid, wrong},
		{"of another body", func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(`{"MaxResults":2}`)) }, invalid, wrong},
		{"of another content type", set("Content-Type", "application/json"), invalid, wrong},
		{"of another host", func(r *http.Request) { r.Host = "example.com" }, invalid, wrong},
		{"of another query", func(r *http.Request) { r.URL.RawQuery = "x=1" }, invalid, wrong},
		{"of another second", set("X-Amz-Date", "20261122T120001Z"), invalid, wrong},
		{"over a header that is gone", authorization("content-type", "content-typo"), incomplete, "SignedHeaders names a header that is not there to be signed."},
		{"over itself", authorization("SignedHeaders=", "SignedHeaders=authorization;"), incomplete, "SignedHeaders names a header that is not there to be signed."},
		{"with its headers in disorder", authorization("x-amz-date;x-amz-target", "x-amz-target;x-amz-date"), incomplete, "SignedHeaders must be in lower case, sorted, each once."},
		{"with its headers in upper case", authorization("host", "Host"), incomplete, "SignedHeaders must be in lower case, sorted, each once."},
		{"that leaves the operation open", authorization(";x-amz-target", ""), incomplete, "The header 'x-amz-target' must be signed."},
		{"that leaves the host open", authorization("host;", ""), incomplete, "The header 'host' must be signed."},
		{"that leaves the time open", authorization("x-amz-date;", ""), incomplete, "The header 'x-amz-date' must be signed."},
		{"at no time", set("X-Amz-Date", "now"), incomplete, "X-Amz-Date must be in the form 20060102T150405Z."},
		{"at a fraction of a second", set("X-Amz-Date", "20261122T120000.5Z"), incomplete, "X-Amz-Date must be in the form 20060102T150405Z."},
		{"at two times", func(r *http.Request) { r.Header.Add("X-Amz-Date", "20261122T120000Z") }, incomplete, "There must be one X-Amz-Date header."},
		{"over another hash of the body", set("X-Amz-Content-Sha256", strings.Repeat("0", 64)), invalid, "The value of x-amz-content-sha256 is not the SHA-256 of the body."},
		{"over no body at all", set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"), invalid, "The value of x-amz-content-sha256 is not the SHA-256 of the body."},
	} {
		t.Run("a signature "+c.name, func(t *testing.T) {
			refused(t, r.do(t, good.signed(t, "ListUserPools", goodBody, nil, c.after)), 400, c.code, c.message)
		})
	}
	t.Run("with a wrong secret", func(t *testing.T) {
		thief := *good
		thief.key.SecretAccessKey = guess
		refused(t, thief.call(t, "ListUserPools", goodBody), 400, invalid, wrong)
	})
	t.Run("of an unknown key, made with the guess", func(t *testing.T) {
		thief := *good
		thief.key = aws.Credentials{AccessKeyID: "AKIANOBODYNOBODYNOBO", SecretAccessKey: guess}
		refused(t, thief.call(t, "ListUserPools", goodBody), 400, "UnrecognizedClientException", sigv4.UnknownKey.Message)
	})
	t.Run("of a deleted key", func(t *testing.T) {
		gone := r.signer(t, access.Everything)
		gone.at = now
		gone.must(t, "ListUserPools", goodBody)
		if err := r.Access.Delete(t.Context(), gone.key.AccessKeyID); err != nil {
			t.Fatal(err)
		}
		refused(t, gone.call(t, "ListUserPools", goodBody), 400, "UnrecognizedClientException", sigv4.UnknownKey.Message)
	})
	t.Run("too old, and too new", func(t *testing.T) {
		late := *good
		late.at = now.Add(-5*time.Minute - time.Second)
		refused(t, late.call(t, "ListUserPools", goodBody), 400, invalid,
			"Signature expired: 20261122T115459Z is now earlier than 20261122T115500Z (20261122T120000Z - 5 min.)")
		early := *good
		early.at = now.Add(5*time.Minute + time.Second)
		refused(t, early.call(t, "ListUserPools", goodBody), 400, invalid,
			"Signature not yet current: 20261122T120501Z is still later than 20261122T120500Z (20261122T120000Z + 5 min.)")
	})
	t.Run("a body is not looked at before its signature holds", func(t *testing.T) {
		refused(t, r.do(t, good.signed(t, "ListUserPools", "{broken", nil, flipSignature)), 400, invalid, wrong)
	})
}

func flipSignature(r *http.Request) {
	text := r.Header.Get("Authorization")
	last := byte('0')
	if text[len(text)-1] == '0' {
		last = '1'
	}
	r.Header.Set("Authorization", text[:len(text)-1]+string(last))
}

func TestAnyCredentials(t *testing.T) {
	r := newRig(t, anyCredentials)
	for name, header := range map[string]string{
		"none":     "",
		"of a key": algorithm + " Credential=test/20200101/eu-west-1/cognito-idp/aws4_request, SignedHeaders=host, Signature=00",
		"garbage":  "garbage",
	} {
		t.Run(name, func(t *testing.T) {
			req := r.request(t, "ListUserPools", goodBody)
			if header != "" {
				req.Header.Set("Authorization", header)
			}
			if got := r.do(t, req); got.status != 200 {
				t.Errorf("got %d %s", got.status, got.body)
			}
		})
	}
}
