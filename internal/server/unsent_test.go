package server_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/part/notify/smtptest"
	"github.com/gatehouse-id/gatehouse/internal/server"
)

// A production server that cannot send must not lay codes open in its database.
func TestMessagesWaitSealedForAMailServer(t *testing.T) {
	data := t.TempDir()
	now := time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)
	start := func(cfg server.Config) *server.Server {
		t.Helper()
		cfg.Listen, cfg.Data, cfg.Now = "127.0.0.1:0", data, func() time.Time { return now }
		s, err := server.New(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
	deliver := func(s *server.Server) {
		t.Helper()
		if _, err := s.Outbox().Deliver(t.Context()); err != nil {
			t.Fatal(err)
		}
	}

	dev := start(server.Config{Dev: true})
	id := post(t, dev, "CreateUserPool", `{"PoolName":"web","AutoVerifiedAttributes":["email"]}`).between(`"Id":"`, `"`)
	client := post(t, dev, "CreateUserPoolClient", `{"UserPoolId":"`+id+`","ClientName":"app"}`).between(`"ClientId":"`, `"`)
	dev.Close()

	mute := start(server.Config{})
	post(t, mute, "SignUp", `{"ClientId":"`+client+`","Username":"ann","Password":"Quiet-Harbour-71",
		"UserAttributes":[{"Name":"email","Value":"ann@example.com"}]}`)
	deliver(mute)
	mute.Close()
	files, err := filepath.Glob(filepath.Join(data, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("got no files, %v", err)
	}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(raw, []byte("confirmation code")) {
			t.Errorf("%s holds the message in the clear", filepath.Base(f))
		}
	}

	now = now.Add(time.Minute)
	sink := smtptest.Start(t)
	deliver(start(server.Config{SMTP: sink.URL()}))
	mails := sink.Mails()
	if len(mails) != 1 || !strings.Contains(mails[0].Text, "confirmation code") {
		t.Errorf("once there is a mail server: got %+v, want the one message", mails)
	}
}

type body string

func (b body) between(before, after string) string {
	_, rest, _ := strings.Cut(string(b), before)
	text, _, _ := strings.Cut(rest, after)
	return text
}

// post calls an operation on a server that does not run, and wants it to succeed.
func post(t *testing.T, s *server.Server, operation, in string) body {
	t.Helper()
	req := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(in))
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService."+operation)
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, req)
	if w.Code != http.StatusOK {
		t.Fatalf("%s: got %d %s", operation, w.Code, w.Body)
	}
	return body(w.Body.String())
}
