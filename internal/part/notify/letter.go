package notify

import (
	"net/mail"
	"strings"

	gomail "github.com/wneessen/go-mail"
)

// compose writes the message as mail. Every header value has been checked for
// line ends before it comes here.
func (s *smtpSender) compose(m Message) (*gomail.Msg, error) {
	if err := m.Check(); err != nil {
		return nil, err
	}
	from := s.from
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
	letter.SetDateWithValue(s.now())
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
	return letter, nil
}

// plainWords keeps a subject from holding an encoded word of its own (RFC 2047),
// which the reader would decode into something that no check has seen.
func plainWords(subject string) string { return strings.ReplaceAll(subject, "=?", "= ?") }
