package hibp

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"

	"github.com/gatehouse-id/gatehouse/breach"
	"github.com/gatehouse-id/gatehouse/breach/brx"
)

// HandlerConfig is what a Handler needs.
type HandlerConfig struct {
	Index *breach.Index
	Rand  io.Reader    // for padding; nil: crypto/rand
	Log   *slog.Logger // hears of a corpus that can't be read, never of a query; nil: slog.Default
}

// Handler answers GET /range/{5 hexadecimal digits} as Pwned Passwords does, from
// the public segments of an index:
//
//	200  lines SUFFIX:COUNT with CRLF, in upper case, ascending; empty if nothing is known
//	304  to the ETag of this range and epoch
//	400  not five digits, or a mode that is neither sha1 nor ntlm
//	404  another path          405  another method
//	500  the corpus can't be read
//	501  no public segment holds these hashes whole
//
// ?mode=ntlm asks for NTLM hashes. Add-Padding: true adds lines of count 0, so
// that the length of an answer does not tell its range.
//
// It limits no rates and logs no query: with a user's name in the same line, a
// range narrows the guesses for a password a million times.
type Handler struct {
	cfg     HandlerConfig
	buffers sync.Pool // of *[]byte
}

// NewHandler makes a Handler.
func NewHandler(cfg HandlerConfig) *Handler {
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	return &Handler{cfg: cfg, buffers: sync.Pool{New: func() any { return new([]byte) }}}
}

const (
	badPrefix = "The hash prefix was not in a valid format"
	badMode   = "The mode is neither sha1 nor ntlm"
	notServed = "This server can't answer by range: it holds no public list of these hashes, or only their first bits. Build one with --tail and --public."
	unread    = "The corpus can't be read"

	// freshFor is how long an answer may be reused unasked; a new epoch can come at any time.
	freshFor = "public, max-age=3600"
)

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	head := w.Header()
	head.Set("Access-Control-Allow-Origin", "*")
	head.Set("X-Content-Type-Options", "nosniff")
	digits, ok := strings.CutPrefix(r.URL.Path, "/range/")
	switch {
	case !ok:
		refuse(w, http.StatusNotFound, "There is nothing but /range/{5 hexadecimal digits}")
		return
	case r.Method == http.MethodOptions:
		head.Set("Access-Control-Allow-Methods", "GET, HEAD")
		head.Set("Access-Control-Allow-Headers", "Add-Padding, If-None-Match")
		head.Set("Access-Control-Max-Age", "86400")
		w.WriteHeader(http.StatusNoContent)
		return
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		head.Set("Allow", "GET, HEAD, OPTIONS")
		refuse(w, http.StatusMethodNotAllowed, "Only GET")
		return
	}
	prefix, ok := parseRange(digits)
	if !ok {
		refuse(w, http.StatusBadRequest, badPrefix)
		return
	}
	alg, ok := mode(r.URL.Query().Get("mode"))
	if !ok {
		refuse(w, http.StatusBadRequest, badMode)
		return
	}
	h.answer(w, r, alg, prefix)
}

func refuse(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, text, status)
}

func mode(text string) (brx.Alg, bool) {
	switch strings.ToLower(text) {
	case "", "sha1":
		return brx.SHA1, true
	case "ntlm":
		return brx.NTLM, true
	}
	return 0, false
}

func (h *Handler) answer(w http.ResponseWriter, r *http.Request, alg brx.Alg, prefix uint32) {
	// The epoch first: if the corpus changes in between, the tag is old and the text
	// new, which costs one more request; the other way round would be a stale answer.
	tag := fmt.Sprintf(`W/"%d-%s-%v"`, h.cfg.Index.Epoch(), rangeName(prefix), alg)
	buffer := h.buffers.Get().(*[]byte)
	defer h.buffers.Put(buffer)
	text, lines, err := h.cfg.Index.Range((*buffer)[:0], alg, prefix)
	switch {
	case errors.Is(err, breach.ErrNotServed):
		refuse(w, http.StatusNotImplemented, notServed)
		return
	case err != nil:
		h.cfg.Log.ErrorContext(r.Context(), "range query", "error", err)
		refuse(w, http.StatusInternalServerError, unread)
		return
	}
	*buffer = text

	head := w.Header()
	head.Set("Content-Type", "text/plain; charset=utf-8")
	head.Set("Vary", "Accept-Encoding, Add-Padding")
	if strings.EqualFold(r.Header.Get("Add-Padding"), "true") {
		if text, err = h.pad(text, lines, alg); err != nil {
			h.cfg.Log.ErrorContext(r.Context(), "pad a range", "error", err)
			refuse(w, http.StatusInternalServerError, unread)
			return
		}
		head.Set("Cache-Control", "no-store") // other padding each time
	} else {
		head.Set("Cache-Control", freshFor)
		head.Set("ETag", tag)
		if matches(r.Header.Get("If-None-Match"), tag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	write(w, r, text)
}

// write sends the text, compressed where the client can read that.
func write(w http.ResponseWriter, r *http.Request, text []byte) {
	if !acceptsGzip(r.Header.Get("Accept-Encoding")) || len(text) < 1024 {
		w.Header().Set("Content-Length", fmt.Sprint(len(text)))
		_, _ = w.Write(text) // a client that went away is no error of ours
		return
	}
	w.Header().Set("Content-Encoding", "gzip")
	if r.Method == http.MethodHead {
		return
	}
	packed := packers.Get().(*gzip.Writer)
	defer packers.Put(packed)
	packed.Reset(w)
	_, _ = packed.Write(text)
	_ = packed.Close()
}

var packers = sync.Pool{New: func() any {
	w, err := gzip.NewWriterLevel(nil, gzip.BestSpeed)
	if err != nil {
		panic(err) // the level is a constant of the package
	}
	return w
}}

func acceptsGzip(header string) bool {
	for _, coding := range strings.Split(header, ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(coding), ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			weight = strings.ReplaceAll(weight, " ", "")
			return weight != "q=0" && !strings.HasPrefix(weight, "q=0.0")
		}
	}
	return false
}

// matches compares weakly, as If-None-Match does.
func matches(header, tag string) bool {
	for _, candidate := range strings.Split(header, ",") {
		candidate = strings.TrimSpace(candidate)
		if candidate == "*" || strings.TrimPrefix(candidate, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}

// leastLines is what the public service pads to at least: 800 to 1000 lines.
const leastLines = 800

// paddedLines is how many lines a padded answer has, but for a random few: more
// than 6 standard deviations above the mean, so that hardly any range is longer.
func (h *Handler) paddedLines(alg brx.Alg) int {
	var entries uint64
	for _, m := range h.cfg.Index.Mounts() {
		if m.Public && m.Alg == alg {
			entries += m.Entries
		}
	}
	mean := float64(entries) / RangeCount
	return max(leastLines, int(math.Ceil(mean+6*math.Sqrt(mean))))
}
