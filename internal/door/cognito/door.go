// Package cognito gives the user pool API over HTTP: AWS JSON 1.1, POST to /.
//
//	ServeHTTP ── body limit, request id, record
//	   └─ dispatch ── X-Amz-Target -> row of operations.go
//	        ├─ caller: anyone · bearer (AccessToken) · answerer (or Session) · signed (SigV4, policy)
//	        ├─ strict decode, Check
//	        └─ a method of Door, in the file of its resource
//
// A door translates; the rules are in the flows. An error that is a fault goes
// to the client as it is; of any other the client reads a fixed sentence.
package cognito

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/report"
	"github.com/gatehouse-id/gatehouse/internal/base/seal"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/access"
	"github.com/gatehouse-id/gatehouse/internal/flow/account"
	"github.com/gatehouse-id/gatehouse/internal/flow/branding"
	"github.com/gatehouse-id/gatehouse/internal/flow/device"
	"github.com/gatehouse-id/gatehouse/internal/flow/federation"
	"github.com/gatehouse-id/gatehouse/internal/flow/mfa"
	"github.com/gatehouse-id/gatehouse/internal/flow/notice"
	"github.com/gatehouse-id/gatehouse/internal/flow/passkeys"
	"github.com/gatehouse-id/gatehouse/internal/flow/pool"
	"github.com/gatehouse-id/gatehouse/internal/flow/signin"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
	"github.com/gatehouse-id/gatehouse/internal/flow/userimport"
	"github.com/gatehouse-id/gatehouse/internal/part/forwarded"
)

// Config of the door.
type Config struct {
	Region    string // of the credential scope: us-east-1
	AccountID string // 12 digits, for the ARNs of callers

	Store    *store.Store
	Ring     *seal.Ring // seals page tokens
	Access   *access.Keys
	Pools    *pool.Pools
	Identity *federation.Federation
	Accounts *account.Accounts
	Signin   *signin.Signin
	Factors  *mfa.Keeper
	Passkeys *passkeys.Keeper
	Branding *branding.Branding
	Devices  *device.Keeper
	Events   *threat.History
	Feedback *threat.Feedback
	Notices  *notice.Notices
	Imports  *userimport.Imports

	Proxies *forwarded.Proxies // nil = no proxy is trusted
	Log     *report.Log        // nil = a log of its own on slog.Default()
	Meter   *report.Meter      // nil = nothing is counted
	// MaxBody is the largest body in bytes; 0 = 1 MiB.
	MaxBody int64
	// AnyCredentials accepts every signature, and none: for development, never
	// on an address that others reach. Pages of other machines, open in a
	// browser on this one, are refused still.
	AnyCredentials bool

	Rand io.Reader        // nil = crypto/rand; safe for concurrent use
	Now  func() time.Time // nil = time.Now
}

// Door serves the API. It is safe for concurrent use.
type Door struct {
	Config
	rows map[string]*row
}

// New makes the door.
func New(cfg Config) *Door {
	if cfg.MaxBody == 0 {
		cfg.MaxBody = 1 << 20
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = report.New(report.Config{Now: cfg.Now})
	}
	d := &Door{Config: cfg, rows: map[string]*row{}}
	for i := range served {
		d.rows[served[i].name] = &served[i]
	}
	return d
}

// ServeHTTP answers one request.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a := &answer{w: w, requestID: d.newRequestID()}
	rec, ctx := d.Log.Open(r.Context(), a.requestID)
	a.rec = rec
	defer rec.Close()
	defer a.recover()
	a.headers()
	switch {
	// The escaped form too: //, /./ and /%2e%2e/ are no ways to the API.
	case r.URL.Path != "/" || r.URL.EscapedPath() != "/":
		a.fail(fault.New(fault.UnknownOperation, "There is nothing here: the API is POST /."), http.StatusNotFound)
	case r.Method == http.MethodPost:
		a.send(d.dispatch(ctx, w, r, a))
	case r.Method == http.MethodOptions:
		a.preflight()
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		a.greet()
	default:
		w.Header().Set("Allow", "POST, OPTIONS")
		a.fail(fault.New(fault.UnknownOperation, "The API takes POST only."), http.StatusMethodNotAllowed)
	}
}

// dispatch finds the operation and runs it.
func (d *Door) dispatch(ctx context.Context, w http.ResponseWriter, r *http.Request, a *answer) ([]byte, error) {
	op, err := d.operation(r)
	if err != nil {
		return nil, err
	}
	a.rec.Operation(op.name)
	if err := checkContentType(r.Header); err != nil {
		return nil, err
	}
	body, err := d.read(r, max(d.MaxBody, op.most))
	if err != nil {
		return nil, err
	}
	a.read = int64(len(body))
	return op.serve(ctx, d, &request{
		op:   op,
		http: r,
		body: body,
		call: &call{Origin: d.origin(r, a.requestID)},
	})
}

// target is what X-Amz-Target begins with.
const target = "AWSCognitoIdentityProviderService."

// operation finds the row that the request names. Names come from the client:
// only those of the API are repeated.
func (d *Door) operation(r *http.Request) (*row, error) {
	values := r.Header.Values("X-Amz-Target")
	if len(values) == 0 {
		return nil, fault.New(fault.UnknownOperation, "The header X-Amz-Target is missing: it names the operation, as in "+target+"InitiateAuth.")
	}
	name, ok := strings.CutPrefix(values[0], target)
	if !ok || len(values) > 1 {
		return nil, fault.New(fault.UnknownOperation, "The header X-Amz-Target must be "+target+"<Operation>, once.")
	}
	if row, ok := d.rows[name]; ok {
		return row, nil
	}
	return nil, fault.New(fault.UnknownOperation, "The API has no such operation.")
}

// checkContentType accepts what clients of the protocol send, parameters and all.
// Others are refused, so that a form on some page cannot post here unasked.
func checkContentType(h http.Header) error {
	if encoding := h.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return fault.New(fault.Serialization, "The request body must not be compressed.")
	}
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) ||
		kind != contentType && kind != "application/json" {
		return fault.New(fault.Serialization, "The Content-Type must be "+contentType+".")
	}
	return nil
}

// maxDrain is how much of a body that is too large is read, and forgotten, in bytes.
const maxDrain = 32 << 20

// read takes the body, up to the limit.
func (d *Door) read(r *http.Request, most int64) ([]byte, error) {
	tooLarge := fault.Newf(fault.RequestEntityTooLarge, "The request body is larger than %d bytes.", most)
	body, err := io.ReadAll(io.LimitReader(r.Body, most+1))
	if int64(len(body)) > most {
		// A client that is still sending when the connection closes reads a reset
		// instead of the answer.
		io.CopyN(io.Discard, r.Body, maxDrain) //nolint:errcheck // it has the answer or it goes without
		return nil, tooLarge
	}
	if err != nil {
		return nil, fault.New(fault.Serialization, "The request body ends too early.").Because(err)
	}
	return body, nil
}

func (d *Door) newRequestID() string {
	id, err := uuid.NewRandomFromReader(d.Rand)
	if err != nil {
		return uuid.Nil.String() // an id is for reading logs: none is no reason to refuse
	}
	return id.String()
}

// recover turns a panic into an answer and a line of the log with its stack.
func (a *answer) recover() {
	p := recover()
	if p == nil {
		return
	}
	a.rec.Panicked(p, debug.Stack())
	a.fail(fmt.Errorf("panic: %v", p), http.StatusInternalServerError)
}
