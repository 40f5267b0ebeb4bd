// Package logo serves the logos of classic sign-in pages.
package logo

import (
	"bytes"
	"crypto/rand"
	"io"
	"net/http"

	"github.com/google/uuid"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/report"
	"github.com/gatehouse-id/gatehouse/internal/flow/branding"
)

// Pattern is what the door is mounted at: the pool, whose logo it is (a client or ALL), and its digest.
const Pattern = "GET " + branding.LogoRoot + "{pool}/{name}/{digest}"

// Config of the door.
type Config struct {
	Branding *branding.Branding
	Log      *report.Log
	Rand     io.Reader // nil = crypto/rand
}

// New makes the handler. Anyone may read a logo, and keep it: its address names what is in it.
func New(cfg Config) http.Handler {
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	return &door{cfg}
}

type door struct{ Config }

// ServeHTTP answers one request.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id, err := uuid.NewRandomFromReader(d.Rand)
	if err != nil {
		id = uuid.Nil // for reading logs: none is no reason to refuse
	}
	rec, ctx := d.Log.Open(r.Context(), id.String())
	defer rec.Close()
	rec.Operation("Logo")
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	found, err := d.Branding.Logo(ctx, r.PathValue("pool"), r.PathValue("name"), r.PathValue("digest"))
	if err != nil {
		rec.Fail(err)
		code, text := http.StatusInternalServerError, "The logo cannot be read at the moment."
		if _, absent := fault.As(err); absent {
			code, text = http.StatusNotFound, "There is no such logo."
		}
		rec.Status(code)
		http.Error(w, text, code)
		return
	}
	rec.Status(http.StatusOK)
	h.Set("Content-Type", found.Type)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox") // it is a picture, whatever is in it
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	http.ServeContent(w, r, "", found.At, bytes.NewReader(found.Bytes))
}
