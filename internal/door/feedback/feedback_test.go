package feedback_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/report"
	"github.com/gatehouse-id/gatehouse/internal/base/seal/sealtest"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
	"github.com/gatehouse-id/gatehouse/internal/door/feedback"
	"github.com/gatehouse-id/gatehouse/internal/flow/notice"
	"github.com/gatehouse-id/gatehouse/internal/flow/outbox"
)

const base = "https://login.example.com"

// stage is the door, with a mail to ann about a sign-in and a clock that stands still.
type stage struct {
	t       *testing.T
	door    http.Handler
	store   *store.Store
	answers *answers
	log     *bytes.Buffer
	ann     *model.User
	event   *model.Event
	now     time.Time
	links   map[string]*url.URL // in the mail, by their answer
}

// answers are what was recorded.
type answers struct {
	got    []string
	refuse error
}

func (a *answers) Record(_ context.Context, _, sub, eventID string, _ time.Time, value, provider string) error {
	if a.refuse != nil {
		return a.refuse
	}
	a.got = append(a.got, sub+" "+eventID+" "+value+" "+provider)
	return nil
}

func newStage(t *testing.T, edits ...func(*model.Event)) *stage {
	t.Helper()
	s := &stage{t: t, now: time.Date(2026, 3, 2, 9, 5, 0, 0, time.UTC), answers: &answers{}, log: &bytes.Buffer{}, links: map[string]*url.URL{}}
	s.store = storetest.Open(t)
	ring, clock := sealtest.Ring(t), func() time.Time { return s.now }
	box := outbox.New(outbox.Config{Store: s.store, Ring: ring, Now: clock})
	notices := notice.New(notice.Config{Store: s.store, Ring: ring, Outbox: box, Feedback: s.answers, BaseURL: base, Now: clock})
	s.door = feedback.New(feedback.Config{Notices: notices, Log: report.New(report.Config{Logger: slog.New(slog.NewTextHandler(s.log, nil))})})
	id := "us-east-1_Stage0001"
	pool := &model.Pool{ID: id, Doc: &shape.UserPoolType{Id: &id}, MFA: &shape.SetUserPoolMfaConfigResponse{}}
	s.ann = &model.User{
		PoolID: id, Sub: "5d7c1c3e-0000-4000-8000-000000000001", Username: "ann", Status: model.Confirmed, Enabled: true,
		Attributes: map[string]string{"email": "ann@example.com"}, CreatedAt: s.now, ModifiedAt: s.now,
	}
	s.event = &model.Event{
		PoolID: id, Sub: s.ann.Sub, ID: "4e0bdc2a-1b1c-4d39-9d6a-3c3a0c0f2a11", Type: model.EventSignIn, Response: model.EventFail, CreatedAt: s.now,
		Detail: model.EventDetail{IP: "192.0.2.1", DeviceName: "Chrome 126, Windows 10", City: "Bellevue", Country: "United States"},
	}
	for _, edit := range edits {
		edit(s.event)
	}
	s.update(func(tx *store.Tx) error {
		return errors.Join(tx.CreatePool(pool, s.now), tx.CreateUser(pool, s.ann, []store.Login{{Name: "ann", Kind: "username"}}), tx.SaveEvent(s.event),
			notices.Send(tx, notice.Notice{Pool: pool, User: s.ann, Event: s.event, Action: model.Block}))
	})
	if _, err := box.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.update(func(tx *store.Tx) error {
		mails, err := tx.Mails("", 1)
		for _, text := range regexp.MustCompile(`https://\S+`).FindAllString(mails[0].Text, -1) {
			link, err := url.Parse(text)
			if err != nil {
				return err
			}
			s.links[link.Query().Get("answer")] = link
		}
		return err
	})
	if len(s.links) != 2 {
		t.Fatalf("got the links %v", s.links)
	}
	return s
}

func (s *stage) update(fn func(*store.Tx) error) {
	s.t.Helper()
	if err := s.store.Update(s.t.Context(), fn); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) token() string { return s.links["valid"].Query().Get("token") }

func (s *stage) open(method, target string) *http.Response {
	w := httptest.NewRecorder()
	s.door.ServeHTTP(w, httptest.NewRequestWithContext(s.t.Context(), method, target, nil))
	return w.Result()
}

func (s *stage) post(kind, body string) *http.Response {
	r := httptest.NewRequestWithContext(s.t.Context(), http.MethodPost, notice.FeedbackPath, strings.NewReader(body))
	r.Header.Set("Content-Type", kind)
	w := httptest.NewRecorder()
	s.door.ServeHTTP(w, r)
	return w.Result()
}

const form = "application/x-www-form-urlencoded"

func (s *stage) answer(value string) *http.Response {
	return s.post(form, url.Values{"token": {s.token()}, "answer": {value}}.Encode())
}

func text(t *testing.T, r *http.Response) string {
	t.Helper()
	var b bytes.Buffer
	if _, err := b.ReadFrom(r.Body); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// buttons are the values of a page's buttons, in their order.
func buttons(page string) string {
	var list []string
	for _, found := range regexp.MustCompile(`<button name="answer" value="(\w+)"`).FindAllStringSubmatch(page, -1) {
		list = append(list, found[1])
	}
	return strings.Join(list, " ")
}

func TestALinkAsks(t *testing.T) {
	t.Run("with its own answer first, and records nothing", func(t *testing.T) {
		s := newStage(t)
		for answer, want := range map[string]string{"valid": "valid invalid", "invalid": "invalid valid"} {
			for range 3 { // scanners come again
				r := s.open(http.MethodGet, s.links[answer].RequestURI())
				page := text(t, r)
				if r.StatusCode != http.StatusOK || buttons(page) != want {
					t.Errorf("got %d with the buttons %q, want %q", r.StatusCode, buttons(page), want)
				}
				for _, fact := range []string{"Monday, 2 March 2026, 09:05 UTC", "192.0.2.1", "Bellevue", "United States", "Chrome 126, Windows 10"} {
					if !strings.Contains(page, fact) {
						t.Errorf("the page does not tell %s", fact)
					}
				}
				s.open(http.MethodHead, s.links[answer].RequestURI())
			}
		}
		if len(s.answers.got) != 0 {
			t.Errorf("recorded %v", s.answers.got)
		}
	})
	t.Run("and its button answers, wherever the page is mounted", func(t *testing.T) {
		s := newStage(t)
		page := text(t, s.open(http.MethodGet, s.links["valid"].RequestURI()))
		if !strings.Contains(page, `<form action="feedback" method="post">`) || !strings.Contains(page, `<input type="hidden" name="token" value="`+s.token()+`">`) {
			t.Errorf("got %s", page)
		}
	})
	t.Run("and tells what was said before", func(t *testing.T) {
		s := newStage(t, func(e *model.Event) { e.Detail.Feedback = &model.EventFeedback{Value: "Invalid", Provider: "User"} })
		if page := text(t, s.open(http.MethodGet, s.links["valid"].RequestURI())); !strings.Contains(page, "Said before: it was not you") {
			t.Errorf("got %s", page)
		}
	})
	t.Run("and HEAD has headers alone", func(t *testing.T) {
		s := newStage(t)
		server := httptest.NewServer(s.door)
		defer server.Close()
		r, err := http.Head(server.URL + s.links["valid"].RequestURI())
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		if body := text(t, r); r.StatusCode != http.StatusOK || body != "" || r.ContentLength < 1000 {
			t.Errorf("got %d, %d bytes announced, %q", r.StatusCode, r.ContentLength, body)
		}
	})
}

func TestAButtonAnswers(t *testing.T) {
	s := newStage(t)
	about := s.ann.Sub + " " + s.event.ID
	for i, c := range []struct{ answer, want, thanks, other string }{
		{"valid", "Valid", "Thank you", "invalid"}, {"invalid", "Invalid", "we are on our guard", "valid"}, {"invalid", "Invalid", "we are on our guard", "valid"},
	} {
		r := s.answer(c.answer)
		page := text(t, r)
		if r.StatusCode != http.StatusOK || !strings.Contains(page, c.thanks) || buttons(page) != c.other {
			t.Errorf("got %d: %s", r.StatusCode, page)
		}
		if len(s.answers.got) != i+1 || s.answers.got[i] != about+" "+c.want+" User" {
			t.Errorf("recorded %q", s.answers.got)
		}
	}
}

func TestEveryPageIsHarmless(t *testing.T) {
	s := newStage(t, func(e *model.Event) {
		e.Detail.DeviceName, e.Detail.City = `</dd><script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`
	})
	for name, r := range map[string]*http.Response{
		"the question": s.open(http.MethodGet, s.links["valid"].RequestURI()),
		"the thanks":   s.answer("invalid"),
		"a refusal":    s.open(http.MethodGet, notice.FeedbackPath+"?token=%3Cscript%3E&answer=%3Cscript%3E"),
		"a method":     s.open(http.MethodDelete, s.links["valid"].RequestURI()),
		"no form":      s.post("text/plain", "<script>"),
	} {
		t.Run(name, func(t *testing.T) {
			page := text(t, r)
			_, style, _ := strings.Cut(page, "<style>")
			style, _, _ = strings.Cut(style, "</style>")
			sum := sha256.Sum256([]byte(style))
			for header, want := range map[string]string{
				"Content-Security-Policy": "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
					"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
				"Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow", "X-Content-Type-Options": "nosniff",
				"Content-Type": "text/html; charset=utf-8", "Set-Cookie": "", "Access-Control-Allow-Origin": "",
			} {
				if got := r.Header.Get(header); got != want {
					t.Errorf("%s: got %q, want %q", header, got, want)
				}
			}
			// Whose place it is shown must be linked, and nothing else leads away.
			rest := strings.Replace(page, `<a href="https://db-ip.com" rel="noopener noreferrer">`, "", 1)
			for _, bad := range []string{"<script", "<img", "http://", "https://", "javascript:", "style=", "onerror=alert(1)>"} {
				if strings.Contains(rest, bad) {
					t.Errorf("the page has %q: %s", bad, page)
				}
			}
		})
	}
}

func TestWhatIsRefused(t *testing.T) {
	t.Run("a link that is not good, without saying why", func(t *testing.T) {
		said := map[string]bool{}
		for name, spoil := range map[string]func(*stage){
			"another token": func(s *stage) { s.links["valid"].RawQuery = "answer=valid&token=" + strings.Repeat("A", 280) },
			"no token":      func(s *stage) { s.links["valid"].RawQuery = "answer=valid" },
			"30 days later": func(s *stage) { s.now = s.now.Add(notice.TokenLife) },
			"one of another server": func(s *stage) {
				s.links["valid"] = newStage(s.t).links["valid"]
			},
			"without the user": func(s *stage) {
				s.update(func(tx *store.Tx) error { return tx.DeleteUser(s.ann.PoolID, s.ann.Sub) })
			},
		} {
			s := newStage(t)
			spoil(s)
			asked, answered := s.open(http.MethodGet, s.links["valid"].RequestURI()), s.answer("valid")
			for _, r := range []*http.Response{asked, answered} {
				if r.StatusCode != http.StatusForbidden {
					t.Errorf("%s: got %d", name, r.StatusCode)
				}
				said[text(t, r)] = true
			}
			if len(s.answers.got) != 0 {
				t.Errorf("%s: recorded %v", name, s.answers.got)
			}
		}
		if len(said) != 1 {
			t.Errorf("got %d different pages", len(said))
		}
	})
	t.Run("a form that is not ours", func(t *testing.T) {
		s := newStage(t)
		good := url.Values{"token": {s.token()}, "answer": {"valid"}}.Encode()
		for name, c := range map[string]struct {
			kind, body string
			status     int
		}{
			"plain text":     {"text/plain", good, 415},
			"JSON":           {"application/json", `{"answer":"valid"}`, 415},
			"no type":        {"", good, 415},
			"no answer":      {form, url.Values{"token": {s.token()}}.Encode(), 400},
			"another answer": {form, url.Values{"token": {s.token()}, "answer": {"perhaps"}}.Encode(), 400},
			"half an escape": {form, "token=%zz&answer=valid", 400},
			"an endless one": {form, good + "&x=" + strings.Repeat("x", 1<<20), 413},
			"no token":       {form, "answer=valid", 403},
		} {
			if r := s.post(c.kind, c.body); r.StatusCode != c.status {
				t.Errorf("%s: got %d, want %d", name, r.StatusCode, c.status)
			}
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, s.links["valid"].RequestURI(), strings.NewReader(""))
		r.Header.Set("Content-Type", form)
		w := httptest.NewRecorder()
		if s.door.ServeHTTP(w, r); w.Code != http.StatusBadRequest {
			t.Errorf("an answer in the query: got %d", w.Code)
		}
		if len(s.answers.got) != 0 {
			t.Errorf("recorded %v", s.answers.got)
		}
	})
	t.Run("another method, and another path", func(t *testing.T) {
		s := newStage(t)
		if r := s.open(http.MethodPut, s.links["valid"].RequestURI()); r.StatusCode != 405 || r.Header.Get("Allow") != "GET, HEAD, POST" {
			t.Errorf("got %d, Allow %q", r.StatusCode, r.Header.Get("Allow"))
		}
		if r := s.open(http.MethodGet, notice.FeedbackPath+"/x"); r.StatusCode != 404 {
			t.Errorf("got %d", r.StatusCode)
		}
	})
	t.Run("an answer that is not taken", func(t *testing.T) {
		for _, c := range []struct {
			refuse error
			status int
		}{
			{fault.New(fault.UserPoolAddOnNotEnabled, "off"), 403}, {fault.New(fault.ResourceNotFound, "gone"), 403},
			{fault.New(fault.TooManyRequests, "Rate exceeded"), 429}, {errors.New("disk full"), 500},
		} {
			s := newStage(t)
			s.answers.refuse = c.refuse
			r := s.answer("valid")
			if page := text(t, r); r.StatusCode != c.status || strings.Contains(page, c.refuse.Error()) {
				t.Errorf("%v: got %d %s", c.refuse, r.StatusCode, page)
			}
			if !strings.Contains(s.log.String(), c.refuse.Error()) {
				t.Errorf("the log does not tell %v: %s", c.refuse, s.log)
			}
		}
	})
}

func TestTheTokenIsInNoLog(t *testing.T) {
	s := newStage(t)
	token := s.token()
	s.open(http.MethodGet, s.links["valid"].RequestURI())
	s.answer("valid")
	s.open(http.MethodDelete, s.links["valid"].RequestURI())
	s.open(http.MethodGet, notice.FeedbackPath+"?answer=valid&token="+token[:len(token)-4]+"AAAA")
	s.post(form, "answer=valid&token="+token+"%zz")
	s.answers.refuse = errors.New("disk full")
	s.answer("invalid")
	log := s.log.String()
	if strings.Contains(log, token[:40]) || strings.Contains(log, "answer=") {
		t.Errorf("the log tells the token: %s", log)
	}
	for _, want := range []string{"operation=FeedbackPage", "operation=Feedback ", "pool=us-east-1_Stage0001", "caller=" + s.ann.Sub, "outcome=NotAuthorizedException"} {
		if !strings.Contains(log, want) {
			t.Errorf("the log has no %s: %s", want, log)
		}
	}
}
