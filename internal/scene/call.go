package scene

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// request is what can be sent, and sent again.
type request struct {
	method, path string
	operation    string // empty for documents
	form         bool   // what a page's button sends
	bodies       []string
	atOnce       bool
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) String() string { return fmt.Sprintf("%d %s", a.status, bytes.TrimSpace(a.body)) }

// call asks for an operation.
func (w *world) call(ctx context.Context, rest string) error {
	r, err := w.callRequest(rest, 1)
	if err != nil {
		return err
	}
	return w.send(ctx, r)
}

// callRequest reads OPERATION TEXT as so many requests, $n being the number of each.
func (w *world) callRequest(rest string, times int) (request, error) {
	operation, text := word(rest)
	r := request{method: http.MethodPost, path: "/", operation: operation}
	for n := range times {
		w.vars["n"] = strconv.Itoa(n + 1)
		body, err := w.fill(text, inJSON)
		if err != nil {
			return r, err
		}
		r.bodies = append(r.bodies, body)
	}
	return r, nil
}

// again sends the last request once more.
func (w *world) again(ctx context.Context, _ string) error {
	if w.last.method == "" {
		return errors.New("there is nothing to send again")
	}
	return w.send(ctx, w.last)
}

func (w *world) repeat(ctx context.Context, rest string) error {
	return w.many(ctx, rest, false)
}

func (w *world) parallel(ctx context.Context, rest string) error {
	return w.many(ctx, rest, true)
}

// many sends N call ... or N again.
func (w *world) many(ctx context.Context, rest string, atOnce bool) error {
	number, rest := word(rest)
	verb, rest := word(rest)
	times, err := strconv.Atoi(number)
	if err != nil || times < 1 {
		return fmt.Errorf("%q is no number of times", number)
	}
	r := w.last
	switch {
	case verb == "call":
		if r, err = w.callRequest(rest, times); err != nil {
			return err
		}
	case verb == "again" && len(r.bodies) == 1:
		r.bodies = slices.Repeat(r.bodies, times)
	default:
		return errors.New("want a call, or again after a single request")
	}
	r.atOnce = atOnce
	return w.send(ctx, r)
}

// get asks for a document.
func (w *world) get(ctx context.Context, rest string) error {
	path, err := w.fill(rest, plain)
	if err != nil {
		return err
	}
	return w.send(ctx, request{method: http.MethodGet, path: strings.TrimPrefix(path, baseURL), bodies: []string{""}})
}

// form sends what a page's button does: PATH NAME=VALUE...
func (w *world) form(ctx context.Context, rest string) error {
	text, err := w.fill(rest, plain)
	if err != nil {
		return err
	}
	path, rest := word(text)
	values := url.Values{}
	for _, pair := range strings.Fields(rest) {
		name, value, _ := strings.Cut(pair, "=")
		values.Add(name, value)
	}
	return w.send(ctx, request{method: http.MethodPost, path: strings.TrimPrefix(path, baseURL), form: true, bodies: []string{values.Encode()}})
}

// send sends the request and keeps its answers for the story to tell.
func (w *world) send(ctx context.Context, r request) error {
	w.ledger.turn()
	w.last, w.answers, w.told = r, make([]answer, len(r.bodies)), false
	if r.atOnce {
		var all sync.WaitGroup
		for i, body := range r.bodies {
			all.Go(func() { w.answers[i] = w.exchange(ctx, r, body) })
		}
		all.Wait()
	} else {
		for i, body := range r.bodies {
			w.answers[i] = w.exchange(ctx, r, body)
		}
	}
	w.read = w.answers[0].body
	return w.ledger.look(ctx, w.server.Outbox())
}

func (w *world) exchange(ctx context.Context, r request, body string) answer {
	if r.operation != "" {
		body = w.withFingerprint(body)
	}
	in, err := http.NewRequestWithContext(ctx, r.method, w.http.URL+r.path, strings.NewReader(body))
	if err != nil {
		return answer{body: []byte(err.Error())}
	}
	if r.operation != "" {
		in.Header.Set("Content-Type", "application/x-amz-json-1.1")
		in.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService."+r.operation)
	}
	if r.form {
		in.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	in.Header.Set(addressHeader, w.address)
	in.Header.Set("User-Agent", w.agent)
	out, err := w.http.Client().Do(in)
	if err != nil {
		return answer{body: []byte(err.Error())}
	}
	defer out.Body.Close()
	text, err := io.ReadAll(out.Body)
	if err != nil {
		text = []byte(err.Error())
	}
	return answer{out.StatusCode, out.Header, text}
}

// addressHeader tells our listener where a request is to have come from.
const addressHeader = "Scene-Address"

// listen serves the handler over HTTP, to requests that seem to come from anywhere.
func listen(h http.Handler) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.RemoteAddr = r.Header.Get(addressHeader)
		r.Header.Del(addressHeader)
		h.ServeHTTP(w, r)
	}))
	client := s.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if t, ok := client.Transport.(*http.Transport); ok {
		t.MaxIdleConnsPerHost, t.DisableCompression = 64, true
	}
	return s
}

// ask is a call of the runner's own, which must succeed.
func (w *world) ask(ctx context.Context, operation string, body map[string]any) (map[string]any, error) {
	text, err := encode(body)
	if err != nil {
		return nil, err
	}
	a := w.exchange(ctx, request{method: http.MethodPost, path: "/", operation: operation}, text)
	if a.status != http.StatusOK {
		return nil, fmt.Errorf("%s %s: %s", operation, text, a)
	}
	return object(string(a.body))
}

// expect holds an expectation against the last answers: STATUS ... or N x STATUS ...
func (w *world) expect(number, rest string) error {
	count := len(w.answers)
	status := number
	if x, after := word(rest); x == "x" {
		count, _ = strconv.Atoi(number)
		status, rest = word(after)
	}
	want, err := strconv.Atoi(status)
	switch {
	case err != nil:
		return fmt.Errorf("%q is no status", status)
	case w.last.method == "":
		return errors.New("nothing was asked yet")
	case len(w.answers) == 0:
		return errors.New("all answers are told already")
	}
	var others []answer
	var why error
	for _, a := range w.answers {
		if err := w.answered(a, want, rest); err != nil {
			others, why = append(others, a), err
		}
	}
	matched := len(w.answers) - len(others)
	if matched != count {
		if why == nil {
			why = errors.New("every answer left is like this")
		}
		return fmt.Errorf("got %d of %d answers like this, want %d\n%w", matched, len(w.answers), count, why)
	}
	w.told = len(others) == 0
	if len(w.last.bodies) > 1 { // a single answer can be told of in several lines
		w.answers = others
	}
	return nil
}

// answered holds one answer against one expectation.
func (w *world) answered(a answer, status int, rest string) error {
	wrong := func(why error) error { return fmt.Errorf("got:  %s\nwant: %d %s\n%w", a, status, rest, why) }
	if a.status != status {
		return wrong(errors.New("the status differs"))
	}
	kind, after := word(rest)
	switch {
	case rest == "":
		return nil
	case kind == "exactly":
		return w.matchBody(a, after, true, wrong)
	case strings.HasPrefix(kind, "{"):
		return w.matchBody(a, rest, false, wrong)
	}
	message := "..."
	if after != "" {
		message = after
	}
	if got := a.header.Get("X-Amzn-Errortype"); got != kind {
		return wrong(fmt.Errorf("the header x-amzn-errortype is %q", got))
	}
	text, err := encode(map[string]any{"__type": kind, "message": message})
	if err != nil {
		return err
	}
	return w.matchBody(a, text, true, wrong)
}

func (w *world) matchBody(a answer, text string, exactly bool, wrong func(error) error) error {
	want, err := object(text)
	if err != nil {
		return fmt.Errorf("what is wanted is not JSON: %w", err)
	}
	got, err := object(string(a.body))
	if err != nil {
		return wrong(fmt.Errorf("the body is not JSON: %w", err))
	}
	m := matcher{world: w, exactly: exactly, caught: map[string]string{}}
	if err := m.match("", want, got); err != nil {
		return wrong(err)
	}
	m.keep()
	return nil
}

// settled makes sure that the last answers were told, or need not be.
func (w *world) settled() error {
	if w.told {
		return nil
	}
	w.told = true
	for _, a := range w.answers {
		if a.status != http.StatusOK || len(w.last.bodies) > 1 {
			return fmt.Errorf("before this step, the story does not tell of %d answers to %s, such as: %s", len(w.answers), w.last.operation, a)
		}
	}
	return nil
}
