package main

import (
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// answering is a server that answers every operation with these words, and
// anything else with an empty object.
func answering(t *testing.T, answers map[string]string) *demo {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		answer, ok := answers[operation]
		if !ok {
			answer = "{}"
		}
		if strings.Contains(answer, "__type") {
			w.WriteHeader(http.StatusBadRequest)
		}
		io.WriteString(w, answer) //nolint:errcheck // the test sees what arrives
	}))
	t.Cleanup(s.Close)
	return &demo{api: &api{url: s.URL, http: s.Client()}, region: "us-east-1", rand: rand.Reader, pool: "us-east-1_x", client: "c"}
}

func TestStory(t *testing.T) {
	t.Run("an answer that was not expected is told, and ends the story", func(t *testing.T) {
		for _, c := range []struct {
			what    string
			answers map[string]string
			told    string
			steps   int
		}{
			{"a leaked password that is taken", nil, "200, but InvalidPasswordException was expected", 1},
			{"another refusal", map[string]string{"SignUp": `{"__type":"LimitExceededException","message":"Attempt limit exceeded"}`},
				"400 LimitExceededException  Attempt limit exceeded, but InvalidPasswordException was expected", 1},
			{"a good password that is refused", map[string]string{"SignUp": `{"__type":"InvalidPasswordException","message":"No."}`},
				"read the mailbox", 2},
		} {
			var out strings.Builder
			_, err := answering(t, c.answers).story(context.Background(), &out)
			if err == nil || !strings.Contains(err.Error(), c.told) {
				t.Errorf("%s: got error %v, want %q", c.what, err, c.told)
			}
			if !strings.Contains(out.String(), c.told) {
				t.Errorf("%s: got the story %q, want it to tell %q", c.what, out.String(), c.told)
			}
			if got := strings.Count(out.String(), "\n") / 2; got != c.steps {
				t.Errorf("%s: got %d steps, want %d:\n%s", c.what, got, c.steps, out.String())
			}
		}
	})
	t.Run("a server that is not there is an error", func(t *testing.T) {
		d := answering(t, nil)
		d.api.url = "http://127.0.0.1:1"
		if _, err := d.story(context.Background(), io.Discard); err == nil {
			t.Error("got no error")
		}
		if err := d.prepare(context.Background()); err == nil {
			t.Error("prepare: got no error")
		}
	})
	t.Run("tokens that are missing are no sign-in", func(t *testing.T) {
		var s signedIn
		s.ChallengeName = "SMS_MFA"
		if got, err := s.tokens(); err == nil {
			t.Errorf("got %q, want an error", got)
		}
	})
}

func TestAPI(t *testing.T) {
	t.Run("an error that is not the API's is told without a body", func(t *testing.T) {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "<html>", http.StatusBadGateway)
		}))
		defer s.Close()
		err := (&api{url: s.URL, http: s.Client()}).call(context.Background(), "SignUp", body{}, nil)
		if err == nil || err.Error() != "SignUp: status 502 without an error of the API" {
			t.Errorf("got error %v", err)
		}
	})
	t.Run("a type may have its namespace before it", func(t *testing.T) {
		d := answering(t, map[string]string{"SignUp": `{"__type":"com.amazonaws.cognito#UsernameExistsException","message":"Taken"}`})
		err := d.api.call(context.Background(), "SignUp", body{}, nil)
		if err == nil || err.Error() != "400 UsernameExistsException  Taken" {
			t.Errorf("got error %v", err)
		}
	})
}

func TestSnippets(t *testing.T) {
	f := facts{URL: "http://127.0.0.1:9470", Region: "us-east-1", Pool: "us-east-1_abc", Client: "app", Username: "ann", Password: "pA5s-w0rd!"}
	for _, s := range snippets(f) {
		t.Run(s.Title+" names what it needs and nothing that is left to fill in", func(t *testing.T) {
			for _, want := range []string{f.URL, f.Client, f.Username, f.Password, f.Pool} {
				if !strings.Contains(s.Text, want) {
					t.Errorf("%q is missing:\n%s", want, s.Text)
				}
			}
			if strings.Contains(s.Text, "$") {
				t.Errorf("a placeholder is left:\n%s", s.Text)
			}
		})
	}
}

func TestDrawPassword(t *testing.T) {
	t.Run("it stands between quotes in any language", func(t *testing.T) {
		for range 50 {
			got, err := drawPassword(rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			if strings.ContainsAny(got, `'"\$=,@*#`+"`") || len(got) < 12 {
				t.Errorf("got %q", got)
			}
		}
	})
	t.Run("a source that repeats itself is an error, not a loop", func(t *testing.T) {
		if got, err := drawPassword(zero{}); err == nil {
			t.Errorf("got %q", got)
		}
	})
}

type zero struct{}

func (zero) Read(p []byte) (int, error) { clear(p); return len(p), nil }
