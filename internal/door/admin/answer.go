package admin

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/report"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
)

// Codes of our own, beside those of Cognito's API.
const (
	invalidPolicy   = fault.Code("InvalidPolicy")
	unsupported     = fault.Code("UnsupportedMediaType")
	noPrecondition  = fault.Code("PreconditionRequired")
	timeout         = fault.Code("Timeout")
	fieldOfRequests = "X-Request-Id"
)

// statuses are those of the codes that an operation can end with; any other is 400.
var statuses = map[fault.Code]int{
	fault.MissingAuthenticationToken: http.StatusUnauthorized,
	fault.IncompleteSignature:        http.StatusUnauthorized,
	fault.InvalidSignature:           http.StatusUnauthorized,
	fault.UnrecognizedClient:         http.StatusUnauthorized,
	fault.AccessDenied:               http.StatusForbidden,
	fault.ResourceNotFound:           http.StatusNotFound,
	fault.UserNotFound:               http.StatusNotFound,
	fault.UnknownOperation:           http.StatusNotFound,
	fault.ConcurrentModification:     http.StatusConflict,
	fault.UserPoolAddOnNotEnabled:    http.StatusConflict,
	fault.PreconditionNotMet:         http.StatusPreconditionFailed,
	fault.RequestEntityTooLarge:      http.StatusRequestEntityTooLarge,
	unsupported:                      http.StatusUnsupportedMediaType,
	invalidPolicy:                    http.StatusUnprocessableEntity,
	noPrecondition:                   http.StatusPreconditionRequired,
	fault.TooManyRequests:            http.StatusTooManyRequests,
	fault.Internal:                   http.StatusInternalServerError,
	timeout:                          http.StatusServiceUnavailable,
}

// answer writes the one response to a request.
type answer struct {
	w    http.ResponseWriter
	rec  *report.Record
	read int64 // bytes of the request's body
	sent bool
}

// headers sets what every response has. No page of another origin may read one.
func (a *answer) headers(requestID string) {
	h := a.w.Header()
	h.Set(fieldOfRequests, requestID)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
}

// tell answers with a document.
func (a *answer) tell(c *call, out any, err error) error {
	if err != nil {
		return err
	}
	body, err := wire.Encode(out)
	if err != nil {
		return err
	}
	if c.etag != "" {
		a.w.Header().Set("ETag", c.etag)
	}
	a.write(http.StatusOK, append(body, '\n'))
	return nil
}

// An error on the wire.
type (
	failure struct {
		Error problem `json:"error"`
	}
	problem struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
)

// internal is all that a client learns of a failure of ours.
const internal = "Something went wrong on the server. Its log tells what, under the id of this request."

// refusals are what flows say in words of their own.
var refusals = map[error]*fault.Fault{
	threat.ErrNoPlace:    fault.New(fault.ResourceNotFound, "There is no such user pool, or no such app client in it."),
	threat.ErrNoVersion:  fault.New(fault.ResourceNotFound, "The policy has no such version."),
	threat.ErrSuperseded: fault.New(fault.ConcurrentModification, "The policy was changed meanwhile: read it again."),
	threat.ErrAhead:      fault.New(fault.PreconditionNotMet, "The version that If-Match names never held."),
}

// fail answers with an error. Once an answer has begun it can only be cut off, so
// that nobody takes what came for the whole.
func (a *answer) fail(err error) {
	for is, f := range refusals {
		if errors.Is(err, is) {
			err = f.Because(err)
		}
	}
	a.rec.Fail(err)
	if a.sent {
		panic(http.ErrAbortHandler)
	}
	f, ok := fault.As(err)
	if !ok {
		f = fault.New(fault.Internal, internal)
	}
	status, ok := statuses[f.Code]
	if !ok {
		status = http.StatusBadRequest
	}
	h := a.w.Header()
	switch {
	case h.Get("Allow") != "":
		status = http.StatusMethodNotAllowed
	case status == http.StatusUnauthorized:
		h.Set("WWW-Authenticate", "AWS4-HMAC-SHA256")
	case status == http.StatusTooManyRequests:
		h.Set("Retry-After", "30")
	}
	code := strings.TrimSuffix(string(f.Code), "Exception")
	a.write(status, append(wire.Must(failure{problem{code, f.Message}}), '\n'))
}

func (a *answer) write(status int, body []byte) {
	a.sent = true
	if body != nil {
		a.w.Header().Set("Content-Type", jsonType)
		a.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	a.w.WriteHeader(status)
	n, err := a.w.Write(body)
	a.rec.Status(status)
	a.rec.Sizes(a.read, int64(n))
	if err != nil && len(body) > 0 {
		a.rec.Fail(errors.Join(context.Canceled, err)) // the client is gone
	}
}

// stream answers with a document that is written as it goes. What fails before
// the first byte is answered like any failure.
func (a *answer) stream(write func(io.Writer) error) error {
	to := &streamed{answer: a}
	err := write(to)
	a.rec.Sizes(a.read, to.n)
	return err
}

type streamed struct {
	*answer
	n int64
}

func (s *streamed) Write(p []byte) (int, error) {
	if !s.sent {
		s.sent = true
		s.w.Header().Set("Content-Type", jsonType)
		s.w.WriteHeader(http.StatusOK)
		s.rec.Status(http.StatusOK)
	}
	n, err := s.w.Write(p)
	s.n += int64(n)
	if err != nil {
		err = errors.Join(context.Canceled, err) // the client is gone
	}
	return n, err
}
