// Package sigv4 reads the signatures of requests as AWS's SDKs make them, Signature Version 4, and checks them against a secret.
//
//	Authorization: AWS4-HMAC-SHA256 Credential=<key id>/<day>/<region>/<service>/aws4_request,
//	               SignedHeaders=host;x-amz-date, Signature=<hex>
//
// Read takes such a header strictly and holds its scope against what this server
// is; nothing of it is proved before Matches. What is refused is not repeated.
package sigv4

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
)

// Scope is what a signature must be made for.
type Scope struct {
	Region  string // us-east-1
	Service string // cognito-idp
	// Headers must be signed, in lower case, beside host and x-amz-date: those
	// without which it would be open what was asked.
	Headers []string
}

// maxSkew is how far the clocks of signer and server may be apart.
const maxSkew = 5 * time.Minute

const (
	algorithm  = "AWS4-HMAC-SHA256"
	dateLayout = "20060102T150405Z"
)

// UnknownKey refuses a key that nobody has.
var UnknownKey = fault.New(fault.UnrecognizedClient, "The security token included in the request is invalid.")

// Signature is what the Authorization header of a request says.
type Signature struct {
	KeyID string

	request              *http.Request
	day, region, service string
	headers              []string // signed, lower case, sorted
	hex                  string
	at                   time.Time // X-Amz-Date
}

// Read takes the signature of a request, which the returned value keeps.
func Read(r *http.Request, want Scope, now time.Time) (*Signature, error) {
	values := r.Header.Values("Authorization")
	switch {
	case len(values) == 0 && strings.Contains(r.URL.RawQuery, "X-Amz-Signature"):
		return nil, incomplete("A signature in the query string is not supported: sign with the Authorization header.")
	case len(values) == 0:
		return nil, fault.New(fault.MissingAuthenticationToken, "Missing Authentication Token")
	case len(values) > 1:
		return nil, incomplete("There must be one Authorization header.")
	}
	rest, ok := strings.CutPrefix(values[0], algorithm+" ")
	if !ok {
		return nil, incomplete("The Authorization header must begin with " + algorithm + ".")
	}
	s := &Signature{request: r}
	if err := s.parse(rest, want); err != nil {
		return nil, err
	}
	if err := s.checkHeaders(want); err != nil {
		return nil, err
	}
	if err := s.parseDate(); err != nil {
		return nil, err
	}
	return s, s.checkScope(want, now.UTC())
}

func incomplete(message string) error { return fault.New(fault.IncompleteSignature, message) }

// parse reads Credential=.../..., SignedHeaders=...;..., Signature=...
func (s *Signature) parse(text string, want Scope) error {
	parts := map[string]string{}
	for part := range strings.SplitSeq(text, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		if _, twice := parts[name]; !ok || twice {
			return incomplete("The Authorization header is not a list of key=value pairs, each once.")
		}
		parts[name] = value
	}
	for _, name := range []string{"Credential", "SignedHeaders", "Signature"} {
		if parts[name] == "" {
			return incomplete("Authorization header requires '" + name + "' parameter.")
		}
	}
	if len(parts) != 3 {
		return incomplete("The Authorization header has parameters that are not known.")
	}
	scope := strings.Split(parts["Credential"], "/")
	if len(scope) != 5 || scope[4] != "aws4_request" || slices.Contains(scope, "") {
		return incomplete("Credential must be <access key id>/<date>/<region>/" + want.Service + "/aws4_request.")
	}
	s.KeyID, s.day, s.region, s.service = scope[0], scope[1], scope[2], scope[3]
	s.headers = strings.Split(parts["SignedHeaders"], ";")
	s.hex = parts["Signature"]
	return nil
}

// checkHeaders refuses a signature that leaves open what was asked, of whom and when.
func (s *Signature) checkHeaders(want Scope) error {
	for i, name := range s.headers {
		if name == "" || name != strings.ToLower(name) || i > 0 && s.headers[i-1] >= name {
			return incomplete("SignedHeaders must be in lower case, sorted, each once.")
		}
		if name == "authorization" || name != "host" && name != "content-length" && len(s.request.Header.Values(name)) == 0 {
			return incomplete("SignedHeaders names a header that is not there to be signed.")
		}
	}
	for _, name := range append([]string{"host", "x-amz-date"}, want.Headers...) {
		if !slices.Contains(s.headers, name) {
			return incomplete("The header '" + name + "' must be signed.")
		}
	}
	return nil
}

func (s *Signature) parseDate() error {
	values := s.request.Header.Values("X-Amz-Date")
	if len(values) != 1 {
		return incomplete("There must be one X-Amz-Date header.")
	}
	at, err := time.Parse(dateLayout, values[0])
	if err != nil || at.Format(dateLayout) != values[0] {
		return incomplete("X-Amz-Date must be in the form " + dateLayout + ".")
	}
	s.at = at
	return nil
}

// checkScope holds a signature against this server: its region, its service, its clock.
func (s *Signature) checkScope(want Scope, now time.Time) error {
	switch {
	case s.region != want.Region:
		return fault.Newf(fault.InvalidSignature, "Credential should be scoped to a valid region: '%s'.", want.Region)
	case s.service != want.Service:
		return fault.New(fault.InvalidSignature, "Credential should be scoped to correct service: '"+want.Service+"'.")
	case s.day != s.at.Format("20060102"):
		return fault.New(fault.InvalidSignature, "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP.")
	case s.at.Before(now.Add(-maxSkew)):
		return fault.Newf(fault.InvalidSignature, "Signature expired: %s is now earlier than %s (%s - 5 min.)",
			s.at.Format(dateLayout), now.Add(-maxSkew).Format(dateLayout), now.Format(dateLayout))
	case s.at.After(now.Add(maxSkew)):
		return fault.Newf(fault.InvalidSignature, "Signature not yet current: %s is still later than %s (%s + 5 min.)",
			s.at.Format(dateLayout), now.Add(maxSkew).Format(dateLayout), now.Format(dateLayout))
	}
	return nil
}

// Matches tells whether the secret makes the signature, of the request with this body.
//
// The signature is recomputed with the signer of AWS's own SDK, over exactly the
// headers that the client signed, and compared in constant time.
func (s *Signature) Matches(ctx context.Context, body []byte, secret string) (bool, error) {
	h := s.request.Header
	// Temporary credentials are not made here, so nobody can have any.
	if h.Get("X-Amz-Security-Token") != "" {
		return false, UnknownKey
	}
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	if claimed := h.Values("X-Amz-Content-Sha256"); len(claimed) > 0 && (len(claimed) > 1 || claimed[0] != hash) {
		return false, fault.New(fault.InvalidSignature, "The value of x-amz-content-sha256 is not the SHA-256 of the body.")
	}
	again := s.rebuild(len(body))
	// A new signer each time: a shared one remembers the keys it derived, one
	// for each key id that anybody sends.
	err := v4.NewSigner().SignHTTP(ctx, aws.Credentials{AccessKeyID: s.KeyID, SecretAccessKey: secret}, again, hash, s.service, s.region, s.at)
	if err != nil {
		return false, err
	}
	_, want, _ := strings.Cut(again.Header.Get("Authorization"), "Signature=")
	return subtle.ConstantTimeCompare([]byte(want), []byte(s.hex)) == 1, nil
}

// rebuild is the request with the signed headers alone. Their names stay in
// lower case: the signer leaves some out, such as User-Agent, which it knows by
// their canonical names only, and older SDKs sign them. The path keeps the
// escapes that it came with: they are part of what was signed.
func (s *Signature) rebuild(length int) *http.Request {
	r := s.request
	again := &http.Request{
		Method: r.Method,
		URL:    &url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery},
		Host:   r.Host,
		Header: http.Header{},
	}
	for _, name := range s.headers {
		switch name {
		case "host", "x-amz-date":
		case "content-length":
			again.ContentLength = int64(length)
		default:
			again.Header[name] = r.Header.Values(name)
		}
	}
	return again
}
