// Package oidc gives what verifiers of a pool's tokens read: its keys and its discovery document.
//
//	GET <issuer base>/<pool id>/.well-known/jwks.json
//	GET <issuer base>/<pool id>/.well-known/openid-configuration
//
// Both are public, for scripts in browsers too, and may be cached for five
// minutes: a key rotation overlaps for far longer.
package oidc

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/google/uuid"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/report"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/flow/pool"
	"github.com/gatehouse-id/gatehouse/internal/flow/signin"
	"github.com/gatehouse-id/gatehouse/internal/part/token"
)

// Config of the door.
type Config struct {
	Pools  *pool.Pools
	Signin *signin.Signin
	Log    *report.Log // nil = a log of its own on slog.Default()
	Rand   io.Reader   // nil = crypto/rand; safe for concurrent use
}

// Door serves the documents under the issuer base: that prefix of the path is
// off before a request comes here. It is safe for concurrent use.
type Door struct{ cfg Config }

// New makes the door.
func New(cfg Config) *Door {
	if cfg.Log == nil {
		cfg.Log = report.New(report.Config{})
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	return &Door{cfg: cfg}
}

// documents are what the door serves, by the path after the pool.
var documents = map[string]struct {
	name  string // in the log
	write func(*Door, *model.Pool) ([]byte, error)
}{
	"/.well-known/jwks.json":            {"JWKS", (*Door).jwks},
	"/.well-known/openid-configuration": {"Discovery", (*Door).discovery},
}

func (d *Door) jwks(p *model.Pool) ([]byte, error) {
	keys, err := d.cfg.Signin.Keys().Of(p)
	if err != nil {
		return nil, err
	}
	return keys.Public.JWKS(), nil
}

func (d *Door) discovery(p *model.Pool) ([]byte, error) {
	return token.Discovery(d.cfg.Signin.Issuer(p.ID), ""), nil
}

// ServeHTTP answers one request.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id, err := uuid.NewRandomFromReader(d.cfg.Rand)
	if err != nil {
		id = uuid.Nil // for reading logs: none is no reason to refuse
	}
	rec, ctx := d.cfg.Log.Open(r.Context(), id.String())
	defer rec.Close()
	defer func() {
		if p := recover(); p != nil {
			rec.Panicked(p, debug.Stack())
			refuse(w, rec, http.StatusInternalServerError, "Something went wrong on the server.")
		}
	}()
	h := w.Header()
	h.Set("X-Amzn-Requestid", id.String())
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("X-Content-Type-Options", "nosniff")

	poolID, rest := split(r.URL.EscapedPath())
	document, ok := documents[rest]
	switch {
	case !ok:
		refuse(w, rec, http.StatusNotFound, "There is nothing here.")
	case r.Method == http.MethodOptions:
		h.Set("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS")
		w.WriteHeader(http.StatusNoContent)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		h.Set("Allow", "GET, HEAD, OPTIONS")
		refuse(w, rec, http.StatusMethodNotAllowed, "This document can only be read.")
	default:
		rec.Operation(document.name)
		body, err := d.read(ctx, poolID, document.write)
		if err != nil {
			fail(w, rec, err)
			return
		}
		send(w, r, rec, body)
	}
}

// split takes the pool's id off the front of a path. The escaped form is
// compared, so that no spelling of a slash or a dot leads elsewhere.
func split(path string) (poolID, rest string) {
	poolID, rest, _ = strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return poolID, "/" + rest
}

func (d *Door) read(ctx context.Context, poolID string, write func(*Door, *model.Pool) ([]byte, error)) ([]byte, error) {
	p, err := d.cfg.Pools.Pool(ctx, poolID)
	if err != nil {
		return nil, err
	}
	report.From(ctx).Pool(p.ID)
	return write(d, p)
}

// send writes the document, unless the client has it already.
func send(w http.ResponseWriter, r *http.Request, rec *report.Record, body []byte) {
	sum := sha256.Sum256(body)
	tag := `"` + hex.EncodeToString(sum[:8]) + `"`
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "public, max-age=300")
	h.Set("Etag", tag)
	if strings.Contains(r.Header.Get("If-None-Match"), tag) {
		rec.Status(http.StatusNotModified)
		w.WriteHeader(http.StatusNotModified)
		return
	}
	rec.Status(http.StatusOK)
	n, _ := w.Write(body) // net/http leaves the body out where the client asked by HEAD
	rec.Sizes(0, int64(n))
}

// fail answers with a fault as not found, and with anything else as ours.
func fail(w http.ResponseWriter, rec *report.Record, err error) {
	rec.Fail(err)
	if f, ok := fault.As(err); ok {
		refuse(w, rec, http.StatusNotFound, f.Message)
		return
	}
	refuse(w, rec, http.StatusInternalServerError, "Something went wrong on the server.")
}

func refuse(w http.ResponseWriter, rec *report.Record, status int, message string) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	rec.Status(status)
	w.WriteHeader(status)
	_, _ = w.Write(wire.Must(map[string]string{"message": message}))
}
