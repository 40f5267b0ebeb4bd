package notice_test

import (
	"encoding/base64"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/flow/notice"
)

// token is what a mail about the stage's event brings.
func (s *stage) token() string {
	s.t.Helper()
	s.configure(&shape.NotifyConfigurationType{BlockEmail: &shape.NotifyEmailType{TextBody: new("{feedback-token}")}})
	return strings.TrimSpace(s.one(s.send(model.Block)).Text)
}

func (s *stage) claim() notice.Claim {
	return notice.Claim{PoolID: s.pool.ID, Sub: s.ann.Sub, EventID: s.event.ID, At: s.event.CreatedAt}
}

func TestTokens(t *testing.T) {
	t.Run("are about one event, in the characters of Cognito's", func(t *testing.T) {
		s := newStage(t)
		token := s.token()
		if !regexp.MustCompile(`^[A-Za-z0-9-_=.]+$`).MatchString(token) {
			t.Errorf("got %q", token)
		}
		for _, part := range []string{s.pool.ID, s.ann.Sub, s.event.ID} {
			if plain, _ := base64.RawURLEncoding.DecodeString(token); strings.Contains(string(plain), part) {
				t.Errorf("it tells %s", part)
			}
		}
		for range 2 { // again and again
			if got, err := s.Read(token); err != nil || got != s.claim() {
				t.Errorf("got %+v, %v", got, err)
			}
		}
	})
	t.Run("are good for 30 days from their event", func(t *testing.T) {
		s := newStage(t)
		token := s.token()
		s.Pass(notice.TokenLife - time.Microsecond)
		if _, err := s.Read(token); err != nil {
			t.Errorf("in time: %v", err)
		}
		s.Pass(time.Microsecond)
		if _, err := s.Read(token); !fault.Has(err, fault.NotAuthorized) {
			t.Errorf("too late: got %v", err)
		}
	})
	t.Run("are refused when anything of them is changed", func(t *testing.T) {
		s := newStage(t)
		token := s.token()
		for i := range token {
			forged := token[:i] + string("AB"[b2i(token[i] == 'A')]) + token[i+1:]
			if _, err := s.Read(forged); !fault.Has(err, fault.NotAuthorized) {
				t.Fatalf("with character %d changed: got %v", i, err)
			}
		}
		sealed := s.ring.Seal("another purpose", []byte(`{"p":"p","s":"s","e":"e","t":1}`))
		for _, bad := range []string{
			"", "x", "....", token[1:], token[:len(token)-1], token + "A", token + "=", strings.Repeat("A", 300), strings.Repeat("A", 1<<20),
			base64.RawURLEncoding.EncodeToString(sealed),
		} {
			if _, err := s.Read(bad); !fault.Has(err, fault.NotAuthorized) {
				t.Errorf("%.40q: got %v", bad, err)
			}
		}
	})
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func FuzzRead(f *testing.F) {
	s := notice.New(notice.Config{Ring: fuzzRing(f)})
	f.Add("")
	f.Add("AQAAAAAAAAAA")
	f.Fuzz(func(t *testing.T, token string) {
		if c, err := s.Read(token); !fault.Has(err, fault.NotAuthorized) || c != (notice.Claim{}) {
			t.Errorf("got %+v, %v", c, err)
		}
	})
}

func TestLinks(t *testing.T) {
	s := newStage(t)
	for answer, placeholder := range map[string]string{"valid": "{one-click-link-valid}", "invalid": "{one-click-link-invalid}"} {
		s.Pass(time.Hour)
		s.configure(&shape.NotifyConfigurationType{BlockEmail: &shape.NotifyEmailType{TextBody: &placeholder}})
		mails := s.send(model.Block)
		link, err := url.Parse(strings.TrimSpace(mails[len(mails)-1].Text))
		if err != nil {
			t.Fatal(err)
		}
		query := link.Query()
		if got := link.Scheme + "://" + link.Host + link.Path; got != baseURL+"/_gatehouse/feedback" || query.Get("answer") != answer {
			t.Errorf("got %s, answer %q", got, query.Get("answer"))
		}
		if got, err := s.Read(query.Get("token")); err != nil || got != s.claim() {
			t.Errorf("got %+v, %v", got, err)
		}
	}
}

func TestAnswers(t *testing.T) {
	t.Run("are recorded as the user's, and may change", func(t *testing.T) {
		s := newStage(t)
		for _, value := range []string{model.FeedbackValid, model.FeedbackInvalid} {
			if err := s.Answer(t.Context(), s.claim(), value); err != nil {
				t.Fatal(err)
			}
		}
		about := s.pool.ID + " " + s.ann.Sub + " " + s.event.ID
		if want := []string{about + " Valid User", about + " Invalid User"}; !slices.Equal(s.answers.got, want) {
			t.Errorf("got %q", s.answers.got)
		}
	})
	t.Run("are refused as the recorder refuses them", func(t *testing.T) {
		s := newStage(t)
		s.answers.refuse = errors.New("gone")
		if err := s.Answer(t.Context(), s.claim(), model.FeedbackInvalid); !errors.Is(err, s.answers.refuse) {
			t.Errorf("got %v", err)
		}
		s.pool.Policy = alertsOf(model.AlertInvalid)
		if s.deliver(); len(s.calls.got) != 0 {
			t.Error("operations were told of an answer that was not taken")
		}
	})
	t.Run("are heard twenty times an hour", func(t *testing.T) {
		s := newStage(t)
		for i := range 21 {
			if err := s.Answer(t.Context(), s.claim(), model.FeedbackValid); fault.Has(err, fault.TooManyRequests) != (i == 20) {
				t.Errorf("answer %d: got %v", i+1, err)
			}
		}
		if len(s.answers.got) != 20 {
			t.Errorf("got %d answers", len(s.answers.got))
		}
		s.Pass(time.Hour)
		if err := s.Answer(t.Context(), s.claim(), model.FeedbackValid); err != nil {
			t.Errorf("an hour later: %v", err)
		}
	})
	t.Run("tell operations of what a user disowns", func(t *testing.T) {
		s := newStage(t)
		s.setPolicy(alertsOf(model.AlertInvalid))
		if err := s.Answer(t.Context(), s.claim(), model.FeedbackValid); err != nil {
			t.Fatal(err)
		}
		if s.deliver(); len(s.calls.got) != 0 {
			t.Error("operations were told of a sign-in that was the user's")
		}
		if err := s.Answer(t.Context(), s.claim(), model.FeedbackInvalid); err != nil {
			t.Fatal(err)
		}
		if s.deliver(); len(s.calls.got) != 1 || !strings.Contains(string(s.calls.got[0].Body), `"type":"alert.invalid"`) {
			t.Errorf("got %d calls", len(s.calls.got))
		}
	})
}
