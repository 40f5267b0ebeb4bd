package mailbox

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
)

//go:embed page.html
var pageText string

//go:embed style.css
var style string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// pagePolicy allows the one style sheet, by its hash, the form, and frames from
// here: no script, no image, nothing from elsewhere.
var pagePolicy = func() string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
}()

// bodyPolicy disarms the HTML that a pool's template or a user's name brought:
// it may look as it likes and do nothing, framed or opened alone.
const bodyPolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

// view is what the page shows.
type view struct {
	Style template.CSS
	Path  string
	To    string
	Limit int
	Full  bool // older messages are not shown
	Mails []item
}

type item struct {
	*model.Mail
	Medium string // E-mail, SMS
	At     string // RFC 3339
	Ago    string
}

func (d *door) page(w http.ResponseWriter, r *http.Request, to string) {
	mails, err := d.mails(r.Context(), to)
	if err != nil {
		unreadable(w)
		return
	}
	v := view{Style: template.CSS(style), Path: Path, To: to, Limit: limit, Full: len(mails) == limit}
	now := d.Now()
	for _, m := range mails {
		v.Mails = append(v.Mails, item{
			Mail: m, Medium: medium(m.Channel),
			At: m.CreatedAt.UTC().Format(time.RFC3339), Ago: ago(now.Sub(m.CreatedAt)),
		})
	}
	var page bytes.Buffer
	if err := pageTemplate.Execute(&page, v); err != nil {
		unreadable(w)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", pagePolicy)
	w.Write(page.Bytes()) //nolint:errcheck // the reader has gone
}

// body sends one message's HTML as it is, without any right.
func (d *door) body(w http.ResponseWriter, r *http.Request, id string) {
	mails, err := d.mails(r.Context(), "")
	if err != nil {
		unreadable(w)
		return
	}
	for _, m := range mails {
		if m.ID == id && m.HTML != "" {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Header().Set("Content-Security-Policy", bodyPolicy)
			w.Write([]byte(m.HTML)) //nolint:errcheck // the reader has gone
			return
		}
	}
	http.NotFound(w, r)
}

func medium(channel string) string {
	switch channel {
	case "email":
		return "E-mail"
	case "sms":
		return "SMS"
	}
	return channel
}

// ago says how long ago something was, as coarsely as a reader needs it.
func ago(d time.Duration) string {
	count := func(n int, unit string) string {
		if n != 1 {
			unit += "s"
		}
		return fmt.Sprintf("%d %s ago", n, unit)
	}
	switch {
	case d < 5*time.Second:
		return "just now"
	case d < time.Minute:
		return count(int(d/time.Second), "second")
	case d < time.Hour:
		return count(int(d/time.Minute), "minute")
	case d < 24*time.Hour:
		return count(int(d/time.Hour), "hour")
	}
	return count(int(d/(24*time.Hour)), "day")
}
