// Package report gives the record of one request: what was asked, by whom, how it ended.
//
// A door opens the record, whoever learns something fills it in on the way, and
// Close writes it as one line of the log and counts it:
//
//	rec, ctx := log.Open(ctx, requestID)
//	defer rec.Close()
//	rec.Operation("InitiateAuth")
//	...
//	rec.Fail(err)
//
// It never holds a body, a password, a token or a user name.
package report

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
)

// Config of a log of requests.
type Config struct {
	Logger *slog.Logger     // nil = slog.Default()
	Now    func() time.Time // nil = time.Now
}

// Log writes the records of a server and counts them. It is safe for concurrent use.
type Log struct {
	logger *slog.Logger
	now    func() time.Time
	counts counts
}

// New makes a log.
func New(cfg Config) *Log {
	l := &Log{logger: cfg.Logger, now: cfg.Now}
	if l.logger == nil {
		l.logger = slog.Default()
	}
	if l.now == nil {
		l.now = time.Now
	}
	return l
}

// Counts is how often each operation ended in each way since the start.
func (l *Log) Counts() []Count { return l.counts.snapshot() }

// Record is what is known about one request. Its methods may be called from any
// goroutine, on a nil record too: code that runs outside a request says nothing.
type Record struct {
	log    *Log
	opened time.Time
	id     string

	mu        sync.Mutex
	operation string
	poolID    string
	clientID  string
	caller    string
	status    int
	read      int64
	written   int64
	err       error
	panicked  any
	stack     []byte
	closed    bool
}

type contextKey struct{}

// Open begins the record of a request with this id, and puts it into the context.
func (l *Log) Open(ctx context.Context, requestID string) (*Record, context.Context) {
	r := &Record{log: l, opened: l.now(), id: requestID}
	return r, context.WithValue(ctx, contextKey{}, r)
}

// From is the record of the request that runs in this context; nil outside a request.
func From(ctx context.Context) *Record {
	r, _ := ctx.Value(contextKey{}).(*Record)
	return r
}

func (r *Record) set(change func()) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
}

// Operation notes what was asked: a name of ours, never one that the client
// made up, because it is also the name of a counter.
func (r *Record) Operation(name string) { r.set(func() { r.operation = name }) }

// Pool notes which pool the request is about.
func (r *Record) Pool(id string) { r.set(func() { r.poolID = id }) }

// Client notes which app client the request came through.
func (r *Record) Client(id string) { r.set(func() { r.clientID = id }) }

// Caller notes who called: an access key id or the sub of a user.
func (r *Record) Caller(id string) { r.set(func() { r.caller = id }) }

// Sizes notes how many bytes the bodies of request and answer had.
func (r *Record) Sizes(read, written int64) { r.set(func() { r.read, r.written = read, written }) }

// Status notes the HTTP status of the answer.
func (r *Record) Status(code int) { r.set(func() { r.status = code }) }

// Fail notes the error that the request ended with. Its cause goes to the log only.
func (r *Record) Fail(err error) { r.set(func() { r.err = err }) }

// Panicked notes a panic that the door caught, with the stack of its goroutine.
func (r *Record) Panicked(value any, stack []byte) {
	r.set(func() { r.panicked, r.stack = value, stack })
}

// Close writes the record's line and counts it: Info for a success and for what
// a client did wrong, Error for what we did. Only the first call does anything.
func (r *Record) Close() {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	r.closed = true
	outcome, ours := r.outcome()
	r.log.counts.add(r.operation, outcome)
	level := slog.LevelInfo
	if ours {
		level = slog.LevelError
	}
	r.log.logger.LogAttrs(context.Background(), level, "request", r.attributes(outcome)...)
}

// outcome is how the request ended, as a word with few values, and whether that
// is our fault. A client that went away before its answer is not.
func (r *Record) outcome() (string, bool) {
	f, ok := fault.As(r.err)
	switch {
	case r.panicked != nil:
		return string(fault.Internal), true
	case r.err == nil:
		return OK, false
	case ok:
		return string(f.Code), f.Code.Status() >= 500
	case errors.Is(r.err, context.Canceled):
		return Canceled, false
	}
	return string(fault.Internal), true
}

func (r *Record) attributes(outcome string) []slog.Attr {
	list := []slog.Attr{
		slog.String("id", r.id),
		slog.String("outcome", outcome),
		slog.Int("status", r.status),
		slog.Float64("took_ms", float64(r.log.now().Sub(r.opened).Microseconds())/1000),
		slog.Int64("read", r.read),
		slog.Int64("written", r.written),
	}
	for _, a := range []struct{ name, value string }{
		{"operation", r.operation}, {"pool", r.poolID}, {"client", r.clientID}, {"caller", r.caller},
	} {
		if a.value != "" {
			list = append(list, slog.String(a.name, a.value))
		}
	}
	if r.err != nil {
		list = append(list, slog.String("error", r.err.Error()))
	}
	if r.panicked != nil {
		list = append(list, slog.Any("panic", r.panicked), slog.String("stack", string(r.stack)))
	}
	return list
}
