// Package feedback gives the page behind the links in mails, where users say whether a sign-in was theirs.
//
//	GET  /_gatehouse/feedback?answer=valid&token=...   shows the event and asks; records nothing
//	POST /_gatehouse/feedback  answer=valid&token=...  records
//
// Mail servers open the links that they forward, so only the button answers. The
// token is all that a caller needs and all that the page has of one: no cookie,
// no script, nothing from elsewhere, and no referrer that would carry the token
// away. Records of requests hold no paths, so it is in no log of ours.
package feedback

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"mime"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/google/uuid"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/report"
	"github.com/gatehouse-id/gatehouse/internal/flow/notice"
)

// Config of the door.
type Config struct {
	Notices *notice.Notices
	Log     *report.Log // nil = a log of its own on slog.Default()
	Rand    io.Reader   // nil = crypto/rand; safe for concurrent use
}

// New makes the handler of notice.FeedbackPath.
func New(cfg Config) http.Handler {
	if cfg.Log == nil {
		cfg.Log = report.New(report.Config{})
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	return &door{cfg}
}

type door struct{ Config }

// maxForm is the largest form, in bytes: a token has some 300.
const maxForm = 8 << 10

// answers are what links and buttons call the values of feedback.
var answers = map[string]string{"valid": model.FeedbackValid, "invalid": model.FeedbackInvalid}

// ServeHTTP answers one request.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id, err := uuid.NewRandomFromReader(d.Rand)
	if err != nil {
		id = uuid.Nil // for reading logs: none is no reason to refuse
	}
	rec, ctx := d.Log.Open(r.Context(), id.String())
	defer rec.Close()
	a := &answer{w: w, rec: rec}
	defer func() {
		if p := recover(); p != nil {
			rec.Panicked(p, debug.Stack())
			a.show(http.StatusInternalServerError, broken)
		}
	}()
	headers(w.Header(), id.String())
	switch {
	case r.URL.Path != notice.FeedbackPath:
		a.show(http.StatusNotFound, stale)
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		rec.Operation("FeedbackPage")
		d.ask(ctx, a, r.URL.Query().Get(notice.TokenKey), r.URL.Query().Get(notice.AnswerKey))
	case r.Method == http.MethodPost:
		rec.Operation("Feedback")
		d.take(ctx, a, w, r)
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		a.show(http.StatusMethodNotAllowed, stale)
	}
}

// ask shows the event that a token is about, and the question.
func (d *door) ask(ctx context.Context, a *answer, token, likely string) {
	c, e, err := d.event(ctx, token)
	if err != nil {
		a.fail(err)
		return
	}
	a.rec.Pool(c.PoolID)
	a.show(http.StatusOK, question(e, token, likely))
}

// take records an answer.
func (d *door) take(ctx context.Context, a *answer, w http.ResponseWriter, r *http.Request) {
	// What pages elsewhere can post without asking is refused like any other form
	// that is not ours, though without a token they could do nothing.
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		a.show(http.StatusUnsupportedMediaType, malformed)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		status := http.StatusBadRequest
		if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
			status = http.StatusRequestEntityTooLarge
		}
		a.show(status, malformed)
		return
	}
	token := r.PostForm.Get(notice.TokenKey)
	value, ok := answers[strings.ToLower(r.PostForm.Get(notice.AnswerKey))]
	if !ok {
		a.show(http.StatusBadRequest, malformed)
		return
	}
	c, e, err := d.event(ctx, token)
	if err == nil {
		a.rec.Pool(c.PoolID)
		a.rec.Caller(c.Sub)
		err = d.Notices.Answer(ctx, c, value)
	}
	if err != nil {
		a.fail(err)
		return
	}
	a.show(http.StatusOK, thanks(e, token, value))
}

func (d *door) event(ctx context.Context, token string) (notice.Claim, *model.Event, error) {
	c, err := d.Notices.Read(token)
	if err != nil {
		return c, nil, err
	}
	e, err := d.Notices.Event(ctx, c)
	return c, e, err
}

// fail shows that a link is not good any more, or that we failed. Which it was of
// a wrong token, an old one, a deleted user and a deleted event stays unsaid.
func (a *answer) fail(err error) {
	a.rec.Fail(err)
	f, ok := fault.As(err)
	switch {
	case !ok || f.Code.Status() >= 500:
		a.show(http.StatusInternalServerError, broken)
	case f.Code == fault.TooManyRequests:
		a.show(http.StatusTooManyRequests, often)
	default:
		a.show(http.StatusForbidden, stale)
	}
}
