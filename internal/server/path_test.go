package server_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/server"
)

func TestPathsThatAreNotCleanAreAnsweredAndNotRedirected(t *testing.T) {
	s, err := server.New(t.Context(), server.Config{Listen: "127.0.0.1:0", Data: t.TempDir(), Dev: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, path := range []string{"//", "/./", "/../", "/x/..", "/x//.well-known/jwks.json", "/_gatehouse/../_gatehouse/mailbox"} {
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodPost, "http://127.0.0.1"+path, strings.NewReader("{}")))
		if w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), `"__type":"UnknownOperationException"`) {
			t.Errorf("POST %s: got %d %q, want 404 and an UnknownOperationException", path, w.Code, w.Body)
		}
	}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://127.0.0.1/_gatehouse/mailbox", nil))
	if w.Code != http.StatusOK {
		t.Errorf("the mailbox: got %d, want 200", w.Code)
	}
}
