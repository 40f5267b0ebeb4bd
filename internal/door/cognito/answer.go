package cognito

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/report"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

const contentType = "application/x-amz-json-1.1"

// What browsers may send, and what scripts in them may read.
const (
	allowHeaders = "content-type, x-amz-target, x-amz-user-agent, cache-control, " +
		"amz-sdk-invocation-id, amz-sdk-request, authorization, x-amz-date, " +
		"x-amz-security-token, x-amz-content-sha256"
	exposeHeaders = "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date"
	// A preflight may be kept for two days.
	preflightAge = "172800"
)

// answer writes the one response to a request.
type answer struct {
	w         http.ResponseWriter
	rec       *report.Record
	requestID string
	read      int64 // bytes of the request's body
	failed    bool  // the record has its error
	sent      bool
}

// headers sets what every response has. Any origin may read it: the API knows
// no cookies, so a page can do nothing here that its own server could not.
func (a *answer) headers() {
	h := a.w.Header()
	h.Set("X-Amzn-Requestid", a.requestID)
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", exposeHeaders)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
}

func (a *answer) send(body []byte, err error) {
	if err != nil {
		a.fail(err, 0)
		return
	}
	a.write(http.StatusOK, contentType, body)
}

// errorBody is an error on the wire.
type errorBody struct {
	Type    fault.Code `json:"__type"`
	Message string     `json:"message"`
	Reason  string     `json:"reasonCode,omitzero"`
}

// internal is all that a client learns of a failure of ours.
const internal = "Something went wrong on the server. Its log tells what, under the id of this request."

// fail answers with an error; status 0 is the fault's own.
func (a *answer) fail(err error, status int) {
	a.rec.Fail(err)
	a.failed = true
	f, ok := fault.As(err)
	if !ok {
		f = fault.New(fault.Internal, internal)
	}
	if status == 0 {
		status = f.Code.Status()
	}
	h := a.w.Header()
	h.Set("X-Amzn-Errortype", headerText(string(f.Code)))
	h.Set("X-Amzn-Errormessage", headerText(f.Message))
	a.write(status, contentType, wire.Must(errorBody{Type: f.Code, Message: f.Message, Reason: f.Reason}))
}

// headerText makes a message fit for a header: bounded, and without anything
// that could end the line or is not ASCII.
func headerText(s string) string {
	const most = 1024
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s[:min(len(s), most)])
}

// preflight answers a browser that asks before it posts.
func (a *answer) preflight() {
	h := a.w.Header()
	h.Set("Access-Control-Allow-Methods", "POST, OPTIONS")
	h.Set("Access-Control-Allow-Headers", allowHeaders)
	h.Set("Access-Control-Max-Age", preflightAge)
	a.write(http.StatusOK, "", nil)
}

// greet answers a person who opened the address in a browser.
func (a *answer) greet() {
	a.write(http.StatusOK, "text/plain; charset=utf-8", []byte(
		"This is Gatehouse. It speaks the API of Amazon Cognito user pools: point an AWS SDK here,\n"+
			"for instance with AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER.\n"))
}

func (a *answer) write(status int, kind string, body []byte) {
	if a.sent {
		return
	}
	a.sent = true
	if kind != "" {
		a.w.Header().Set("Content-Type", kind)
	}
	a.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	a.w.WriteHeader(status)
	n, err := a.w.Write(body)
	a.rec.Status(status)
	a.rec.Sizes(a.read, int64(n))
	if err != nil && !a.failed && !errors.Is(err, http.ErrBodyNotAllowed) {
		a.rec.Fail(errors.Join(context.Canceled, err)) // the client is gone
	}
}
