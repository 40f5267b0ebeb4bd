package notice

import (
	_ "embed"
	"html"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/part/notify"
)

// kind is one of the three notices: which template of a pool it is written by,
// and what ours says.
type kind struct {
	name    string // for the log, and the limit
	own     func(*shape.NotifyConfigurationType) *shape.NotifyEmailType
	subject string
	lead    string
}

var (
	blocked = kind{
		"block", func(c *shape.NotifyConfigurationType) *shape.NotifyEmailType { return c.BlockEmail },
		"A sign-in to your account was blocked",
		"Somebody tried to sign in to your account with the right password, in a way that did not look like you. We blocked it.",
	}
	challenged = kind{
		"mfa", func(c *shape.NotifyConfigurationType) *shape.NotifyEmailType { return c.MfaEmail },
		"We asked for more proof at a sign-in to your account",
		"Somebody tried to sign in to your account with the right password, in a way that did not quite look like you. We asked for a second proof.",
	}
	passed = kind{
		"pass", func(c *shape.NotifyConfigurationType) *shape.NotifyEmailType { return c.NoActionEmail },
		"An unusual sign-in to your account",
		"Somebody signed in to your account with the right password, in a way that did not quite look like you. We did not stop it.",
	}
)

// ifNot is what a user does whose sign-in was somebody else's.
const ifNot = "Then somebody else knows your password. Change it now, here and wherever else you use it."

func kindOf(a model.Action) kind {
	switch a {
	case model.Block:
		return blocked
	case model.MFAIfConfigured, model.MFARequired:
		return challenged
	}
	return passed
}

// The frames of our own templates, around the words of a kind.
var (
	//go:embed templates/frame.txt
	frameText string
	//go:embed templates/frame.html
	frameHTML string
)

// text is a message in words. One of plain and html may be empty.
type text struct{ subject, plain, html string }

// write fills the pool's template, or ours where it has none. A template may
// become too long for a mail by what is filled in: then it is ours, too.
func (n *Notices) write(k kind, conf *shape.NotifyConfigurationType, about Notice) text {
	own := k.own(conf)
	if own == nil {
		own = &shape.NotifyEmailType{}
	}
	v := n.values(about)
	t := text{plain: v.fill(wire.Of(own.TextBody)), html: v.fillHTML(wire.Of(own.HtmlBody))}
	if subject := wire.Of(own.Subject); subject != "" {
		t.subject = v.fill(subject)
	}
	if max(len(t.plain), len(t.html)) > notify.MaxBody {
		n.cfg.Log.Warn("a notice is too long for a mail; it is sent in our words", "pool", about.Pool.ID, "kind", k.name)
		t.plain, t.html = "", ""
	}
	if t.plain == "" && t.html == "" {
		v = append(v.with("{place}", place(&about.Event.Detail)), "{subject}", k.subject, "{lead}", k.lead, "{if-not}", ifNot,
			"{unusual}", unusual(&about.Event.Detail))
		t.plain, t.html = v.fill(frameText), v.fillHTML(frameHTML)
	}
	if t.subject == "" {
		t.subject = k.subject
	}
	t.subject = oneLine(t.subject, maxSubject)
	return t
}

const (
	maxSubject = 250 // characters
	maxValue   = 128 // characters: as long as a user name may be
)

// values are placeholders, each followed by what stands in its place.
type values []string

func (n *Notices) values(about Notice) values {
	e := about.Event
	token := n.token(e)
	var v values
	for _, pair := range [][2]string{
		{"{username}", about.Pool.NameOf(about.User)},
		{"{ip-address}", address(e.Detail.IP)},
		{"{city}", e.Detail.City},
		{"{country}", e.Detail.Country},
		{"{login-time}", InWords(e.CreatedAt)},
		{"{device-name}", e.Detail.DeviceName},
		{"{event-id}", e.ID},
	} {
		v = v.with(pair[0], oneLine(pair[1], maxValue))
	}
	return append(v,
		"{feedback-token}", token,
		"{one-click-link-valid}", n.link(token, model.FeedbackValid),
		"{one-click-link-invalid}", n.link(token, model.FeedbackInvalid))
}

// with adds a placeholder.
func (v values) with(name, value string) values {
	if value == "" {
		value = "unknown"
	}
	return append(v, name, value)
}

// fill puts the values into a template, in one pass: a user name that looks like
// a placeholder stays what it is.
func (v values) fill(template string) string { return strings.NewReplacer(v...).Replace(template) }

// fillHTML is fill where the values must not become markup, nor leave the quoted
// value of an attribute.
func (v values) fillHTML(template string) string {
	escaped := make(values, len(v))
	for i, s := range v {
		if escaped[i] = s; i%2 == 1 {
			escaped[i] = html.EscapeString(s)
		}
	}
	return escaped.fill(template)
}

// oneLine keeps a text to one line of at most most characters, in the direction
// that it was written in: an override of that could make one address look like another.
func oneLine(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, notify.OneLine(s))
	if r := []rune(s); len(r) > most {
		s = string(r[:most-1]) + "…"
	}
	return strings.TrimSpace(s)
}

// address is what is told of an address: the whole of it, or nothing that was made up.
func address(ip string) string {
	if _, err := netip.ParseAddr(ip); err != nil {
		return ""
	}
	return ip
}

// place is city and country, as far as they are known.
func place(d *model.EventDetail) string {
	city, country := oneLine(d.City, maxValue), oneLine(d.Country, maxValue)
	if city != "" && country != "" {
		return city + ", " + country
	}
	return city + country
}

// maxUnusual is how many reasons a user is told.
const maxUnusual = 4

// unusual is why the sign-in was found risky, as far as a user is told.
func unusual(d *model.EventDetail) string {
	var list []string
	if d.Risk != nil {
		for _, r := range d.Risk.Reasons {
			if r.UserText != "" && !slices.Contains(list, r.UserText) && len(list) < maxUnusual {
				list = append(list, r.UserText)
			}
		}
	}
	if len(list) == 0 {
		return "signs that we keep to ourselves"
	}
	return strings.Join(list, ", ")
}

// InWords tells a time to people: in UTC, with its day.
func InWords(at time.Time) string { return at.UTC().Format("Monday, 2 January 2006, 15:04 UTC") }
