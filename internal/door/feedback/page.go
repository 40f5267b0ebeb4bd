package feedback

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"strconv"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/report"
	"github.com/gatehouse-id/gatehouse/internal/flow/notice"
)

//go:embed page.html
var pageText string

//go:embed style.css
var style string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// policy allows the one style sheet, by its hash, and the form.
var policy = func() string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
}()

func headers(h http.Header, requestID string) {
	h.Set("X-Amzn-Requestid", requestID)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy)
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}

// view is what a page shows.
type view struct {
	Title   string
	Text    string
	Facts   []fact
	Before  string // what the user said before
	Token   string // empty: there is nothing to answer
	Buttons []button
}

type fact struct{ Name, Value string }

type button struct{ Answer, Text string }

var (
	yes = button{"valid", "Yes, it was me"}
	no  = button{"invalid", "No, it was not me"}
)

// The pages without a question.
var (
	stale     = view{Title: "This link is no longer good", Text: "Links in our mails are good for 30 days. If something still worries you, change your password."}
	malformed = view{Title: "That could not be read", Text: "Open the link in the mail again, and use the buttons on the page."}
	often     = view{Title: "You have answered very often", Text: "Your last answer stands. Try again in an hour."}
	broken    = view{Title: "Something went wrong", Text: "Your answer was not taken. Please open the link again in a few minutes."}
)

// question asks about an event, with the answer of the link first.
func question(e *model.Event, token, likely string) view {
	v := view{
		Title: "Was this you?", Text: "Somebody used your password for this sign-in. Your answer counts once you press a button.",
		Facts: facts(e), Token: token, Buttons: []button{yes, no},
	}
	if likely == no.Answer {
		v.Buttons = []button{no, yes}
	}
	if f := e.Detail.Feedback; f != nil {
		v.Before = "Said before: it was not you. You may change your mind."
		if f.Value == model.FeedbackValid {
			v.Before = "Said before: it was you. You may change your mind."
		}
	}
	return v
}

// thanks tells that an answer was taken, and lets it be changed.
func thanks(e *model.Event, token, value string) view {
	if value == model.FeedbackValid {
		return view{
			Title: "Thank you", Text: "We will take this place and this device for yours.",
			Facts: facts(e), Token: token, Buttons: []button{{no.Answer, "It was not me after all"}},
		}
	}
	return view{
		Title: "Thank you: we are on our guard",
		Text:  "Somebody may know your password. Change it now, here and wherever else you use it.",
		Facts: facts(e), Token: token, Buttons: []button{{yes.Answer, "It was me after all"}},
	}
}

// facts are what is known of an event.
func facts(e *model.Event) []fact {
	d := &e.Detail
	var list []fact
	for _, f := range []fact{
		{"When", notice.InWords(e.CreatedAt)}, {"City", d.City}, {"Country", d.Country}, {"Address", d.IP}, {"Device", d.DeviceName},
	} {
		if f.Value != "" {
			list = append(list, f)
		}
	}
	return list
}

// answer writes the one response to a request.
type answer struct {
	w    http.ResponseWriter
	rec  *report.Record
	sent bool
}

func (a *answer) show(status int, v view) {
	if a.sent {
		return
	}
	a.sent = true
	var page bytes.Buffer
	err := pageTemplate.Execute(&page, struct {
		view
		Style               template.CSS
		TokenKey, AnswerKey string
	}{v, template.CSS(style), notice.TokenKey, notice.AnswerKey})
	if err != nil {
		a.rec.Fail(err)
		status, page = http.StatusInternalServerError, bytes.Buffer{}
	}
	a.rec.Status(status)
	a.w.Header().Set("Content-Length", strconv.Itoa(page.Len()))
	a.w.WriteHeader(status)
	n, _ := a.w.Write(page.Bytes()) // net/http leaves the body out where the client asked by HEAD
	a.rec.Sizes(0, int64(n))
}
