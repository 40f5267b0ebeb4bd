package oidc_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/report"
	"github.com/gatehouse-id/gatehouse/internal/base/seal/sealtest"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
	"github.com/gatehouse-id/gatehouse/internal/door/oidc"
	"github.com/gatehouse-id/gatehouse/internal/flow/credential"
	"github.com/gatehouse-id/gatehouse/internal/flow/keys"
	"github.com/gatehouse-id/gatehouse/internal/flow/pool"
	"github.com/gatehouse-id/gatehouse/internal/flow/signin"
	"github.com/gatehouse-id/gatehouse/internal/part/token"
	"github.com/gatehouse-id/gatehouse/internal/part/token/testkeys"
)

const base = "https://id.example.com"

// newDoor serves a door with one pool, and tells the pool's id.
func newDoor(t *testing.T) (url, poolID string, db *store.Store) {
	t.Helper()
	db = storetest.Open(t)
	ring := sealtest.Ring(t)
	var next atomic.Int64
	signing := keys.New(keys.Config{Store: db, Ring: ring, NewKey: func() (*token.Key, error) {
		return testkeys.Key(int(next.Add(1)) % testkeys.Count), nil
	}})
	pools := pool.New(pool.Config{
		Store: db, Region: "us-east-1", Account: "000000000000",
		Keys: signing, Secrets: credential.New(credential.Config{Ring: ring}),
	})
	made, err := pools.Create(context.Background(), &shape.CreateUserPoolRequest{PoolName: new("x")})
	if err != nil {
		t.Fatal(err)
	}
	door := oidc.New(oidc.Config{
		Pools:  pools,
		Signin: signin.New(signin.Config{Store: db, Ring: ring, Keys: signing, IssuerBase: base}),
		Log:    report.New(report.Config{Logger: slog.New(slog.DiscardHandler)}),
	})
	server := httptest.NewServer(door)
	t.Cleanup(server.Close)
	return server.URL + "/", made.ID, db
}

func get(t *testing.T, method, url string, headers ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

func TestDocuments(t *testing.T) {
	url, id, db := newDoor(t)
	jwks, discovery := url+id+"/.well-known/jwks.json", url+id+"/.well-known/openid-configuration"
	t.Run("the keys are two, public, and for every origin", func(t *testing.T) {
		res, body := get(t, http.MethodGet, jwks)
		var set struct{ Keys []map[string]string }
		if err := json.Unmarshal([]byte(body), &set); err != nil {
			t.Fatal(err)
		}
		if len(set.Keys) != 2 || set.Keys[0]["kid"] == set.Keys[1]["kid"] {
			t.Errorf("got %s", body)
		}
		for _, k := range set.Keys {
			if k["kty"] != "RSA" || k["alg"] != "RS256" || k["use"] != "sig" || k["d"] != "" {
				t.Errorf("got key %v", k)
			}
		}
		for name, want := range map[string]string{
			"Content-Type": "application/json", "Access-Control-Allow-Origin": "*",
			"Cache-Control": "public, max-age=300", "X-Content-Type-Options": "nosniff",
		} {
			if got := res.Header.Get(name); got != want {
				t.Errorf("%s: got %q, want %q", name, got, want)
			}
		}
	})
	t.Run("discovery names the issuer of the tokens and the keys under it", func(t *testing.T) {
		_, body := get(t, http.MethodGet, discovery)
		var d map[string]any
		if err := json.Unmarshal([]byte(body), &d); err != nil {
			t.Fatal(err)
		}
		if d["issuer"] != base+"/"+id || d["jwks_uri"] != base+"/"+id+"/.well-known/jwks.json" {
			t.Errorf("got %s", body)
		}
	})
	t.Run("whoever has the document already is not sent it again", func(t *testing.T) {
		res, _ := get(t, http.MethodGet, jwks)
		again, body := get(t, http.MethodGet, jwks, "If-None-Match", res.Header.Get("Etag"))
		if again.StatusCode != http.StatusNotModified || body != "" {
			t.Errorf("got %d %q", again.StatusCode, body)
		}
	})
	t.Run("HEAD tells all but the document", func(t *testing.T) {
		if res, body := get(t, http.MethodHead, jwks); res.StatusCode != 200 || body != "" {
			t.Errorf("got %d %q", res.StatusCode, body)
		}
	})
	t.Run("a pool that does not exist has none", func(t *testing.T) {
		res, body := get(t, http.MethodGet, url+"us-east-1_Nothing/.well-known/jwks.json")
		if res.StatusCode != 404 || body != `{"message":"User pool us-east-1_Nothing does not exist."}` || res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("got %d %s", res.StatusCode, body)
		}
	})
	for _, path := range []string{"", id, id + "/", id + "/.well-known/", id + "/.well-known/jwks.json/", "x/" + id + "/.well-known/jwks.json", id + "/.well-known%2fjwks.json"} {
		t.Run("there is nothing at /"+strings.ReplaceAll(path, id, "POOL"), func(t *testing.T) {
			if res, _ := get(t, http.MethodGet, url+path); res.StatusCode != 404 {
				t.Errorf("got %d", res.StatusCode)
			}
		})
	}
	t.Run("a document is only read", func(t *testing.T) {
		if res, _ := get(t, http.MethodPost, jwks); res.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("got %d", res.StatusCode)
		}
		if res, _ := get(t, http.MethodOptions, jwks); res.StatusCode != http.StatusNoContent {
			t.Errorf("a preflight: got %d", res.StatusCode)
		}
	})
	t.Run("a failure of ours tells nothing", func(t *testing.T) {
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		res, body := get(t, http.MethodGet, jwks)
		if res.StatusCode != 500 || strings.Contains(body, "sql") || body != `{"message":"Something went wrong on the server."}` {
			t.Errorf("got %d %s", res.StatusCode, body)
		}
	})
}
