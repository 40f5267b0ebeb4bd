package upstream_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/part/upstream"
)

const poolID = "us-east-1_AbCdEfGhI"

// cognito is a server with the API, as far as a test answers for it.
func cognito(t *testing.T, answer func(operation string, in map[string]any) (status int, body string)) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in map[string]any
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			t.Error(err)
		}
		_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		status, body := answer(operation, in)
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.WriteHeader(status)
		w.Write([]byte(body)) //nolint:errcheck // the client sees it
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func open(t *testing.T, cfg upstream.Config) *upstream.Cognito {
	t.Helper()
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	cfg.PoolID = poolID
	c, err := upstream.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestRead(t *testing.T) {
	t.Run("the answer is kept as it came, and throttling is waited out", func(t *testing.T) {
		var asked atomic.Int32
		at := cognito(t, func(operation string, in map[string]any) (int, string) {
			if operation != "ListUsers" || in["UserPoolId"] != poolID || in["PaginationToken"] != "first" {
				t.Errorf("got %s %v", operation, in)
			}
			if asked.Add(1) < 3 {
				return 400, `{"__type":"TooManyRequestsException","message":"Rate exceeded"}`
			}
			return 200, `{"Users":[{"Username":"ann","Unheard":"of"}],"PaginationToken":"second"}`
		})
		body, next, err := open(t, upstream.Config{Endpoint: at}).Read(t.Context(), "ListUsers", upstream.Query{Token: "first"})
		if err != nil || next != "second" || string(body) != `{"Users":[{"Username":"ann","Unheard":"of"}],"PaginationToken":"second"}` {
			t.Errorf("got %s, %q, %v", body, next, err)
		}
	})
	for code, want := range map[string]error{
		"ResourceNotFoundException": upstream.ErrAbsent, "UnknownOperationException": upstream.ErrAbsent, "AccessDeniedException": upstream.ErrDenied,
	} {
		t.Run(code+" is told apart", func(t *testing.T) {
			at := cognito(t, func(string, map[string]any) (int, string) { return 400, `{"__type":"` + code + `","message":"no"}` })
			if _, _, err := open(t, upstream.Config{Endpoint: at}).Read(t.Context(), "DescribeUserPool", upstream.Query{}); !errors.Is(err, want) {
				t.Errorf("got %v, want %v", err, want)
			}
		})
	}
	t.Run("a server that stays busy is given up", func(t *testing.T) {
		at := cognito(t, func(string, map[string]any) (int, string) { return 500, `{}` })
		if _, _, err := open(t, upstream.Config{Endpoint: at, Attempts: 2}).Read(t.Context(), "ListGroups", upstream.Query{}); err == nil {
			t.Error("read")
		}
	})
	t.Run("what is not read is absent", func(t *testing.T) {
		if _, _, err := open(t, upstream.Config{}).Read(t.Context(), "DeleteUserPool", upstream.Query{}); !errors.Is(err, upstream.ErrAbsent) {
			t.Errorf("got %v", err)
		}
	})
}

func TestOpenRefuses(t *testing.T) {
	for _, id := range []string{"", "shop", "us-east-1_", "us-east-1-AbC", "us-east-1_a/b", "../x_y"} {
		if _, err := upstream.Open(upstream.Config{PoolID: id}); err == nil {
			t.Errorf("pool %q is opened", id)
		}
	}
	for endpoint, want := range map[string]bool{
		"https://cognito.example": true, "http://127.0.0.1:9470": true, "http://localhost:1": true,
		"http://cognito.example": false, "ftp://127.0.0.1": false, "https://u:p@x.example": false, "https://x.example?a=b": false, "x": false,
	} {
		if _, err := upstream.Open(upstream.Config{PoolID: poolID, Endpoint: endpoint}); (err == nil) != want {
			t.Errorf("endpoint %q: got %v", endpoint, err)
		}
	}
}

func TestFolder(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"get-ui-customization.json":        `{"UICustomization":{"LastModifiedDate": "2024-01-02T03:04:05.678000+00:00"}}`,
		"list-users-in-group.a%2Fb.json":   `{}`,
		"list-users.json":                  `{"PaginationToken":"x"}`,
		"list-users.2.json":                `{}`,
		"describe-user-pool-client.x.json": `{"A":{"CreationDate":1704164645.678,"Value":"2024-01-02T03:04:05Z","B":"\"XDate\":\"2024-01-02T03:04:05Z\""}}`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f := upstream.Folder(dir)
	for _, is := range []struct {
		operation  string
		q          upstream.Query
		want, next string
	}{
		{"GetUICustomization", upstream.Query{}, `{"UICustomization":{"LastModifiedDate": 1704164645.678}}`, ""},
		{"ListUsersInGroup", upstream.Query{Group: "a/b"}, `{}`, ""},
		{"ListUsers", upstream.Query{}, `{"PaginationToken":"x"}`, "2"},
		{"ListUsers", upstream.Query{Token: "2"}, `{}`, ""},
		{"DescribeUserPoolClient", upstream.Query{Client: "x"}, `{"A":{"CreationDate":1704164645.678,"Value":"2024-01-02T03:04:05Z","B":"\"XDate\":\"2024-01-02T03:04:05Z\""}}`, ""},
	} {
		got, next, err := f.Read(context.Background(), is.operation, is.q)
		if err != nil || string(got) != is.want || next != is.next {
			t.Errorf("%s %v: got %s, %q, %v", is.operation, is.q, got, next, err)
		}
	}
	for _, operation := range []string{"DescribeUserPool", "ListGroups"} {
		if _, _, err := f.Read(context.Background(), operation, upstream.Query{}); !errors.Is(err, upstream.ErrAbsent) {
			t.Errorf("%s: got %v", operation, err)
		}
	}
	if _, _, err := f.Read(context.Background(), "ListUsersInGroup", upstream.Query{Group: "../x"}); !errors.Is(err, upstream.ErrAbsent) {
		t.Errorf("a path: got %v", err)
	}
}
