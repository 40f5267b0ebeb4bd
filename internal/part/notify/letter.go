package notify

import (
	"net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// compose writes the message as mail, and tells from whom: the message's own
// sender, else the given one. Every header value is checked for line ends first.
func compose(m Message, from *mail.Address, now time.Time) (*gomail.Msg, *mail.Address, error) {
	if err := m.Check(); err != nil {
		return nil, nil, err
	}
	if m.From != "" {
		from, _ = mailbox(m.From)
	}
	letter := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	letter.FromMailAddress(from)
	letter.AddToMailAddress(&mail.Address{Address: m.To})
	if m.ReplyTo != "" {
		reply, _ := mailbox(m.ReplyTo)
		letter.ReplyToMailAddress(reply)
	}
	letter.Subject(plainWords(m.Subject))
	letter.SetDateWithValue(now)
	// The same at each attempt: a server or reader that gets it twice can tell.
	letter.SetMessageIDWithValue(m.ID + from.Address[strings.LastIndexByte(from.Address, '@'):])
	// RFC 3834: no out-of-office replies to this.
	letter.SetGenHeader("Auto-Submitted", "auto-generated")

	switch {
	case m.Text == "":
		letter.SetBodyString(gomail.TypeTextHTML, m.HTML)
	case m.HTML == "":
		letter.SetBodyString(gomail.TypeTextPlain, m.Text)
	default:
		letter.SetBodyString(gomail.TypeTextPlain, m.Text)
		letter.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	return letter, from, nil
}

// plainWords keeps a subject from holding an encoded word of its own (RFC 2047),
// which the reader would decode into something that no check has seen.
func plainWords(subject string) string { return strings.ReplaceAll(subject, "=?", "= ?") }
