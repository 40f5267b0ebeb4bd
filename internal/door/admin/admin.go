// Package admin gives our own API for administrators over HTTP, beside Cognito's: what Cognito cannot say.
//
//	ServeHTTP ── request id, record
//	   └─ dispatch ── method and path -> row of rows.go
//	        ├─ bounded body
//	        ├─ caller: SigV4 of the service gatehouse, then the key's policy
//	        └─ a method of Door, in the file of its subject
//
// A door translates; the rules are in flow/threat. docs/admin-api.md is written
// from the rows and the comments of what they name.
package admin

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/google/uuid"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/report"
	"github.com/gatehouse-id/gatehouse/internal/flow/access"
	"github.com/gatehouse-id/gatehouse/internal/flow/account"
	"github.com/gatehouse-id/gatehouse/internal/flow/pool"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
	"github.com/gatehouse-id/gatehouse/internal/flow/userimport"
)

//go:generate go test . -run TestDocument -update

// Root is what the door answers below; Prefix is where the paths of this version begin.
const (
	Root   = "/_gatehouse/admin/"
	Prefix = Root + "v1"
)

// Config of the door.
type Config struct {
	Region  string // of the credential scope: us-east-1
	Account string // 12 digits, for the ARNs of callers

	Access   *access.Keys
	Pools    *pool.Pools
	Accounts *account.Accounts
	Threat   *threat.Threat
	Policies *threat.Policies
	Events   *threat.History
	Feedback *threat.Feedback
	Imports  *userimport.Imports

	Log *report.Log // nil = a log of its own on slog.Default()
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
	replays replays
	slowest time.Duration
}

// New makes the door.
func New(cfg Config) *Door {
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = report.New(report.Config{Now: cfg.Now})
	}
	return &Door{Config: cfg, slowest: slowest}
}

// ServeHTTP answers one request.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id, err := uuid.NewRandomFromReader(d.Rand)
	if err != nil {
		id = uuid.Nil // for reading logs: none is no reason to refuse
	}
	rec, ctx := d.Log.Open(r.Context(), id.String())
	a := &answer{w: w, rec: rec}
	defer rec.Close()
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			panic(p) // an answer that cannot be completed: the connection ends
		default:
			rec.Panicked(p, debug.Stack())
			a.fail(fmt.Errorf("panic: %v", p))
		}
	}()
	a.headers(id.String())
	if err := d.dispatch(ctx, a, r); err != nil {
		a.fail(err)
	}
}

// slowest is how long an operation may take that goes through much that is recorded.
const slowest = 10 * time.Minute

// dispatch finds the operation and runs it.
func (d *Door) dispatch(ctx context.Context, a *answer, r *http.Request) error {
	c, err := route(r, a.w.Header())
	if err != nil {
		return err
	}
	a.rec.Operation(c.action())
	if c.body, err = read(r); err != nil {
		return err
	}
	a.read = int64(len(c.body))
	// Nothing of a request is looked at before its signature holds.
	if err := d.verify(ctx, c); err != nil {
		return err
	}
	if err := d.authorize(c); err != nil {
		return err
	}
	a.rec.Pool(c.path["pool"])
	a.rec.Client(c.path["client"])
	if err := c.parseQuery(); err != nil {
		return err
	}
	if c.row.slow {
		var cancel context.CancelFunc
		ctx, cancel = a.takeTime(ctx, d.slowest)
		defer cancel()
	}
	err = c.row.serve(ctx, d, c, a)
	if err != nil && context.Cause(ctx) == error(tooLong) {
		err = tooLong.Because(err)
	}
	return err
}

// takeTime lets an answer take longer than the server gives others, and ends its
// context when that time is over.
func (a *answer) takeTime(ctx context.Context, most time.Duration) (context.Context, context.CancelFunc) {
	until := time.Now().Add(most)
	err := http.NewResponseController(a.w).SetWriteDeadline(until.Add(time.Minute))
	if err != nil && !errors.Is(err, http.ErrNotSupported) { // without a connection, as in tests, nothing limits it
		a.rec.Fail(err)
	}
	return context.WithDeadlineCause(ctx, until, tooLong)
}

var tooLong = fault.New(timeout, "The request took longer than a request may; ask for less.")
