// Package mailbox gives a developer the messages that the server kept instead of sending them.
//
//	GET /_gatehouse/mailbox              a page, newest first
//	GET /_gatehouse/mailbox?to=ADDRESS   ... for one recipient
//	GET /_gatehouse/mailbox?html=ID      one message's HTML, alone and disarmed
//	GET /_gatehouse/mailbox.json?to=     the same list for programs
//
// Whoever reads it reads every code and temporary password, so it exists in
// development only, on loopback, and answers only where it is asked for by a
// loopback name: a web page elsewhere that points its own name at 127.0.0.1
// (DNS rebinding) is refused, and no header lets another origin read.
package mailbox

import (
	"context"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// Path is where the page is; the list for programs is at Path + ".json".
const Path = "/_gatehouse/mailbox"

// limit is how many messages are shown, the newest ones.
const limit = 200

// Config of the mailbox.
type Config struct {
	Store *store.Store
	Now   func() time.Time // nil = time.Now
}

// New makes the handler of Path and Path + ".json".
func New(cfg Config) http.Handler {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &door{cfg}
}

type door struct{ Config }

// ServeHTTP answers one request.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	query := r.URL.Query()
	switch {
	case !loopback(r.Host):
		http.Error(w, "The mailbox is for this machine alone: ask for it by localhost or 127.0.0.1.", http.StatusForbidden)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "The mailbox is only read.", http.StatusMethodNotAllowed)
	case r.URL.Path == Path+".json":
		d.list(w, r, query.Get("to"))
	case r.URL.Path != Path:
		http.NotFound(w, r)
	case query.Has("html"):
		d.body(w, r, query.Get("html"))
	default:
		d.page(w, r, query.Get("to"))
	}
}

// loopback tells whether the Host header names this machine and nothing else could.
func loopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

func (d *door) mails(ctx context.Context, to string) (list []*model.Mail, err error) {
	err = d.Store.View(ctx, func(tx *store.Tx) error {
		list, err = tx.Mails(to, limit)
		return err
	})
	return list, err
}

// mail is a message as programs read it.
type mail struct {
	ID        string `json:"id"`
	Pool      string `json:"pool"`
	Channel   string `json:"channel"` // email, sms
	Kind      string `json:"kind"`
	To        string `json:"to"`
	Subject   string `json:"subject"`
	Text      string `json:"text"`
	HTML      string `json:"html"`
	CreatedAt string `json:"createdAt"` // RFC 3339, UTC
}

func (d *door) list(w http.ResponseWriter, r *http.Request, to string) {
	mails, err := d.mails(r.Context(), to)
	if err != nil {
		unreadable(w)
		return
	}
	list := make([]mail, 0, len(mails)) // an empty list is [], not null
	for _, m := range mails {
		list = append(list, mail{
			ID: m.ID, Pool: m.PoolID, Channel: m.Channel, Kind: m.Kind, To: m.To,
			Subject: m.Subject, Text: m.Text, HTML: m.HTML,
			CreatedAt: m.CreatedAt.UTC().Format(time.RFC3339Nano),
		})
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(wire.Must(list)) //nolint:errcheck // the reader has gone
}

func unreadable(w http.ResponseWriter) {
	http.Error(w, "The messages cannot be read.", http.StatusInternalServerError)
}
