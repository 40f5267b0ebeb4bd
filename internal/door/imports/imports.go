// Package imports gives the two URLs of an import job: where its file is put, and where its log is read.
//
//	PUT  /_gatehouse/import/file?token=...   the CSV file, as curl -T sends it
//	GET  /_gatehouse/import/log?token=...    the rows that made no user, as text
//
// At AWS the first is a pre-signed URL of S3, so this answers as S3 does: nothing
// on success, XML on a refusal. The token is all that a caller needs. Records of
// requests hold no paths, so it is in no log of ours. A file is never read back:
// nothing here lists or returns one.
package imports

import (
	"context"
	"crypto/rand"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/report"
	"github.com/gatehouse-id/gatehouse/internal/flow/userimport"
)

// Config of the door.
type Config struct {
	Imports *userimport.Imports
	Log     *report.Log // nil = a log of its own on slog.Default()
	Rand    io.Reader   // nil = crypto/rand; safe for concurrent use
}

const (
	// patience is how long a client may be silent while it sends or reads.
	patience = 30 * time.Second
	// together is how many files come in at once; each takes its memory.
	together = 8
)

// New makes the handler of userimport.UploadPath and userimport.LogPath.
func New(cfg Config) http.Handler {
	if cfg.Log == nil {
		cfg.Log = report.New(report.Config{})
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	return &door{cfg, make(chan struct{}, together)}
}

type door struct {
	Config
	slots chan struct{} // one for each file that comes in
}

// ServeHTTP answers one request.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id, err := uuid.NewRandomFromReader(d.Rand)
	if err != nil {
		id = uuid.Nil // for reading logs: none is no reason to refuse
	}
	rec, ctx := d.Log.Open(r.Context(), id.String())
	defer rec.Close()
	a := &answer{w: w, control: http.NewResponseController(w), rec: rec, id: id.String()}
	defer func() {
		if p := recover(); p != nil {
			rec.Panicked(p, debug.Stack())
			a.fail(fmt.Errorf("panic: %v", p))
		}
	}()
	h := w.Header()
	h.Set("X-Amz-Request-Id", a.id)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	token := r.URL.Query().Get(userimport.TokenKey)
	switch {
	case r.URL.Path == userimport.UploadPath && r.Method == http.MethodPut:
		rec.Operation("UploadImportFile")
		d.upload(ctx, a, r, token)
	case r.URL.Path == userimport.LogPath && r.Method == http.MethodGet:
		rec.Operation("ReadImportLog")
		d.log(ctx, a, token)
	case r.URL.Path == userimport.UploadPath:
		h.Set("Allow", "PUT")
		a.refuse(methodNotAllowed)
	case r.URL.Path == userimport.LogPath:
		h.Set("Allow", "GET")
		a.refuse(methodNotAllowed)
	default:
		a.refuse(refusal{http.StatusNotFound, "NoSuchKey", "The specified key does not exist."})
	}
}

// upload takes a file. Nothing of it is read before the token is known to be good.
func (d *door) upload(ctx context.Context, a *answer, r *http.Request, token string) {
	poolID, err := d.Imports.Admit(ctx, token)
	a.rec.Pool(poolID)
	if err == nil && r.ContentLength > userimport.MaxBytes {
		err = userimport.ErrTooLarge
	}
	if err != nil {
		a.fail(err)
		return
	}
	select {
	case d.slots <- struct{}{}:
		defer func() { <-d.slots }()
	default:
		a.refuse(refusal{http.StatusServiceUnavailable, "SlowDown", "Please reduce your request rate."})
		return
	}
	ctx, cancel := context.WithTimeout(ctx, userimport.URLLife)
	defer cancel()
	body := &patient{from: r.Body, control: a.control}
	size, err := d.Imports.Upload(ctx, token, body)
	a.read = body.n
	if err == nil && r.ContentLength >= 0 && size != r.ContentLength {
		err = io.ErrUnexpectedEOF // the server's own reader sees to this; a second look costs nothing
	}
	if err != nil {
		if body.err != nil {
			err = errors.Join(context.Canceled, err) // the client is gone, or too slow
		}
		a.fail(err)
		return
	}
	a.write(http.StatusOK, nil)
}

// patient reads a body whose sender may take long, but not be silent for long.
type patient struct {
	from    io.Reader
	control *http.ResponseController
	n       int64
	err     error
}

func (p *patient) Read(b []byte) (int, error) {
	now := time.Now() // of the connection, whatever time the house has
	if err := errors.Join(p.control.SetReadDeadline(now.Add(patience)), p.control.SetWriteDeadline(now.Add(2*patience))); err != nil {
		return 0, err
	}
	n, err := p.from.Read(b)
	p.n += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		p.err = err
	}
	return n, err
}

// log writes what became of the rows that made no user.
func (d *door) log(ctx context.Context, a *answer, token string) {
	to := &streamed{answer: a}
	err := d.Imports.Log(ctx, token, to)
	switch {
	case err != nil && to.begun:
		a.rec.Fail(err)
		panic(http.ErrAbortHandler) // so that nobody takes what came for the whole
	case err != nil:
		a.fail(err)
	}
}

// answer writes the one response to a request.
type answer struct {
	w       http.ResponseWriter
	control *http.ResponseController
	rec     *report.Record
	id      string
	read    int64
}

// refusal is how S3 says no.
type refusal struct {
	status        int
	code, message string
}

var (
	methodNotAllowed = refusal{http.StatusMethodNotAllowed, "MethodNotAllowed", "The specified method is not allowed against this resource."}
	broken           = refusal{http.StatusInternalServerError, "InternalError", "We encountered an internal error. Please try again."}
)

// document is the body of a refusal.
type document struct {
	XMLName   xml.Name `xml:"Error"`
	Code      string   `xml:"Code"`
	Message   string   `xml:"Message"`
	RequestID string   `xml:"RequestId"`
}

// statuses are those of the codes that a flow can refuse with, and what S3 calls them.
var statuses = map[fault.Code]struct {
	status int
	code   string
}{
	fault.AccessDenied:          {http.StatusForbidden, "AccessDenied"},
	fault.ResourceNotFound:      {http.StatusNotFound, "NoSuchKey"},
	fault.RequestEntityTooLarge: {http.StatusBadRequest, "EntityTooLarge"},
	fault.PreconditionNotMet:    {http.StatusPreconditionFailed, "PreconditionFailed"},
}

func (a *answer) fail(err error) {
	a.rec.Fail(err)
	if f, ok := fault.As(err); ok {
		if is, ok := statuses[f.Code]; ok {
			a.refuse(refusal{is.status, is.code, f.Message})
			return
		}
	}
	a.refuse(broken)
}

func (a *answer) refuse(r refusal) {
	// A body that nobody wants is not waited for.
	a.w.Header().Set("Connection", "close")
	body, err := xml.Marshal(document{Code: r.code, Message: r.message, RequestID: a.id})
	if err != nil {
		body = nil // the status says enough
	}
	a.w.Header().Set("Content-Type", "application/xml")
	a.write(r.status, append([]byte(xml.Header), body...))
}

func (a *answer) write(status int, body []byte) {
	a.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	a.w.WriteHeader(status)
	n, err := a.w.Write(body)
	a.rec.Status(status)
	a.rec.Sizes(a.read, int64(n))
	if err != nil && len(body) > 0 {
		a.rec.Fail(errors.Join(context.Canceled, err)) // the client is gone
	}
}

// streamed is the body of a log, as it goes.
type streamed struct {
	*answer
	begun bool
	n     int64
}

func (s *streamed) Write(p []byte) (int, error) {
	if !s.begun {
		s.begun = true
		s.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		s.w.Header().Set("Content-Disposition", `attachment; filename="import.log"`)
		s.w.WriteHeader(http.StatusOK)
		s.rec.Status(http.StatusOK)
	}
	if err := s.control.SetWriteDeadline(time.Now().Add(patience)); err != nil {
		return 0, err
	}
	n, err := s.w.Write(p)
	s.n += int64(n)
	s.rec.Sizes(0, s.n)
	if err != nil {
		err = errors.Join(context.Canceled, err) // the client is gone
	}
	return n, err
}
