package cognito

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/report"
	"github.com/gatehouse-id/gatehouse/internal/flow/access"
)

// service is the name in the credential scope.
const service = "cognito-idp"

// maxSkew is how far the clocks of signer and server may be apart.
const maxSkew = 5 * time.Minute

const (
	algorithm  = "AWS4-HMAC-SHA256"
	dateLayout = "20060102T150405Z"
)

// decoy stands in for the secret of a key that nobody has: refusing it costs
// what refusing a wrong signature costs.
const decoy = "0000000000000000000000000000000000000000"

var (
	badSignature = fault.New(fault.InvalidSignature, "The request signature we calculated does not match the signature you provided. "+
		"Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
	unknownKey = fault.New(fault.UnrecognizedClient, "The security token included in the request is invalid.")
)

// verify checks who signed the request, where the operation wants that.
//
// The signature is recomputed with the signer of AWS's own SDK, over exactly the
// headers that the client signed, and compared.
func (d *Door) verify(ctx context.Context, r *request) error {
	if r.op.caller != signed {
		return nil
	}
	if d.AnyCredentials {
		return checkPage(r.http.Header)
	}
	sig, err := parseSignature(r.http)
	if err != nil {
		return err
	}
	if err := d.checkScope(sig); err != nil {
		return err
	}
	key, secret, err := d.Access.Find(ctx, sig.keyID)
	unknown := errors.Is(err, access.ErrUnknown)
	if err != nil && !unknown {
		return err
	}
	plain := decoy
	if !unknown {
		plain = secret.Reveal()
	}
	ok, err := sig.matches(ctx, r, plain)
	switch {
	case err != nil:
		return err
	case unknown:
		return unknownKey
	case !ok:
		return badSignature
	}
	report.From(ctx).Caller(key.ID)
	r.call.Principal = principal{
		KeyID:  key.ID,
		ARN:    "arn:aws:iam::" + d.AccountID + ":user/" + key.Name,
		policy: key.Policy,
	}
	return nil
}

// signature is what an Authorization header says.
type signature struct {
	keyID, day, region, service string
	headers                     []string // signed, lower case, sorted
	hex                         string
	at                          time.Time // X-Amz-Date
}

func incomplete(message string) error { return fault.New(fault.IncompleteSignature, message) }

// parseSignature reads the Authorization and X-Amz-Date headers strictly. What
// it refuses it does not repeat.
func parseSignature(r *http.Request) (*signature, error) {
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
	sig := new(signature)
	if err := sig.parse(rest); err != nil {
		return nil, err
	}
	if err := sig.checkHeaders(r.Header); err != nil {
		return nil, err
	}
	return sig, sig.parseDate(r.Header)
}

// parse reads Credential=.../..., SignedHeaders=...;..., Signature=...
func (s *signature) parse(text string) error {
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
		return incomplete("Credential must be <access key id>/<date>/<region>/" + service + "/aws4_request.")
	}
	s.keyID, s.day, s.region, s.service = scope[0], scope[1], scope[2], scope[3]
	s.headers = strings.Split(parts["SignedHeaders"], ";")
	s.hex = parts["Signature"]
	return nil
}

// checkHeaders refuses a signature that leaves open what was asked, of whom and when.
func (s *signature) checkHeaders(h http.Header) error {
	for i, name := range s.headers {
		if name == "" || name != strings.ToLower(name) || i > 0 && s.headers[i-1] >= name {
			return incomplete("SignedHeaders must be in lower case, sorted, each once.")
		}
		if name == "authorization" || name != "host" && name != "content-length" && len(h.Values(name)) == 0 {
			return incomplete("SignedHeaders names a header that is not there to be signed.")
		}
	}
	for _, name := range []string{"host", "x-amz-date", "x-amz-target"} {
		if !slices.Contains(s.headers, name) {
			return incomplete("The header '" + name + "' must be signed.")
		}
	}
	return nil
}

func (s *signature) parseDate(h http.Header) error {
	values := h.Values("X-Amz-Date")
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
func (d *Door) checkScope(s *signature) error {
	now := d.Now().UTC()
	switch {
	case s.region != d.Region:
		return fault.Newf(fault.InvalidSignature, "Credential should be scoped to a valid region: '%s'.", d.Region)
	case s.service != service:
		return fault.New(fault.InvalidSignature, "Credential should be scoped to correct service: '"+service+"'.")
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

// matches signs the request again with the secret and compares.
func (s *signature) matches(ctx context.Context, r *request, secret string) (bool, error) {
	// Temporary credentials are not made here, so nobody can have any.
	if r.http.Header.Get("X-Amz-Security-Token") != "" {
		return false, unknownKey
	}
	sum := sha256.Sum256(r.body)
	hash := hex.EncodeToString(sum[:])
	if claimed := r.http.Header.Values("X-Amz-Content-Sha256"); len(claimed) > 0 && (len(claimed) > 1 || claimed[0] != hash) {
		return false, fault.New(fault.InvalidSignature, "The value of x-amz-content-sha256 is not the SHA-256 of the body.")
	}
	again := s.rebuild(r.http, len(r.body))
	// A new signer each time: a shared one remembers the keys it derived, one
	// for each key id that anybody sends.
	err := v4.NewSigner().SignHTTP(ctx, aws.Credentials{AccessKeyID: s.keyID, SecretAccessKey: secret}, again, hash, service, s.region, s.at)
	if err != nil {
		return false, err
	}
	_, want, _ := strings.Cut(again.Header.Get("Authorization"), "Signature=")
	return subtle.ConstantTimeCompare([]byte(want), []byte(s.hex)) == 1, nil
}

// rebuild is the request with the signed headers alone. Their names stay in
// lower case: the signer leaves some out, such as User-Agent, which it knows by
// their canonical names only, and older SDKs sign them.
func (s *signature) rebuild(r *http.Request, length int) *http.Request {
	again := &http.Request{
		Method: r.Method,
		URL:    &url.URL{Path: "/", RawQuery: r.URL.RawQuery},
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
