// Package client serves what the client's side of a sign-in needs from this server.
//
//	GET /_gatehouse/whoami                     where the server believes a request comes from, and why:
//	                                           a page, or JSON for programs
//	GET /_gatehouse/advanced-security-data.js  the script with which a page tells of its device
//
// The script is for pages of every origin and may be cached. What whoami tells
// is for the one who asks: it is never stored, and no page elsewhere can read it.
package client

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/part/forwarded"
)

// The paths that New serves.
const (
	WhoamiPath = "/_gatehouse/whoami"
	ScriptPath = "/_gatehouse/advanced-security-data.js"
)

// Config of the door.
type Config struct {
	Proxies *forwarded.Proxies // nil = no proxy is trusted
}

// New makes the handler of the two paths.
func New(cfg Config) http.Handler { return &door{cfg} }

type door struct{ Config }

// ServeHTTP answers one request.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "This can only be read.", http.StatusMethodNotAllowed)
	case r.URL.Path == WhoamiPath:
		d.whoami(w, r)
	case r.URL.Path == ScriptPath:
		sendScript(w, r)
	default:
		http.NotFound(w, r)
	}
}

//go:embed advanced-security-data.js
var script string

var scriptTag = func() string {
	sum := sha256.Sum256([]byte(script))
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
}()

// scriptAge lets browsers keep the script for a day, and show an old one for a
// week while they ask for the new.
const scriptAge = "public, max-age=86400, stale-while-revalidate=604800"

// sendScript sends the script to a page of any origin, also to one that checks
// its hash (integrity), for which a browser must be allowed to read it.
func sendScript(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("Cache-Control", scriptAge)
	h.Set("ETag", scriptTag)
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	http.ServeContent(w, r, "", time.Time{}, strings.NewReader(script))
}
