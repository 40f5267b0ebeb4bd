package notify

import (
	"errors"
	"fmt"
	"net/mail"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxBody is how long the text and the HTML of a message may be, each, in bytes:
// Cognito allows 20,000 characters, six times that is room for any template.
const MaxBody = 128 << 10

const maxLine = 998 // bytes: RFC 5322 section 2.1.1

var validID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// Check tells why a message cannot be sent by anybody. Its errors are ErrPermanent.
func (m Message) Check() error {
	if err := m.check(); err != nil {
		return fmt.Errorf("%w: %w", err, ErrPermanent)
	}
	return nil
}

func (m Message) check() error {
	if !validID.MatchString(m.ID) {
		return errors.New("the message id must be 1 to 100 letters, digits, dots, dashes and underscores")
	}
	for name, line := range map[string]string{"from": m.From, "reply-to": m.ReplyTo, "subject": m.Subject, "pool id": m.PoolID, "kind": m.Kind} {
		if err := checkLine(line); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	for name, body := range map[string]string{"text": m.Text, "HTML": m.HTML} {
		if len(body) > MaxBody || !utf8.ValidString(body) || strings.ContainsRune(body, 0) {
			return fmt.Errorf("the %s must be UTF-8 of at most %d bytes", name, MaxBody)
		}
	}
	switch m.Channel {
	case Email:
		return m.checkEmail()
	case SMS:
		return m.checkSMS()
	}
	return fmt.Errorf("unknown channel %q", m.Channel)
}

func (m Message) checkEmail() error {
	if !ValidEmail(m.To) {
		return errors.New("the recipient is not an e-mail address")
	}
	if m.Text == "" && m.HTML == "" {
		return errors.New("the message is empty")
	}
	for name, address := range map[string]string{"from": m.From, "reply-to": m.ReplyTo} {
		if address == "" {
			continue
		}
		if _, err := mailbox(address); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func (m Message) checkSMS() error {
	if !ValidPhone(m.To) {
		return errors.New("the recipient is not a phone number")
	}
	if m.Text == "" {
		return errors.New("the message is empty")
	}
	if m.HTML != "" || m.Subject != "" {
		return errors.New("an SMS has no subject and no HTML")
	}
	return nil
}

// checkLine refuses what could end a header and begin another, in any encoding of a line's end.
func checkLine(s string) error {
	if len(s) > maxLine || !utf8.ValidString(s) || strings.ContainsFunc(s, breaksLine) {
		return fmt.Errorf("must be one line of at most %d bytes without control characters", maxLine)
	}
	return nil
}

// OneLine makes blanks of what would end a line, so that the text can stand in a
// subject, and nothing that it holds begins another header or paragraph.
func OneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if breaksLine(r) {
			return ' '
		}
		return r
	}, s)
}

func breaksLine(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }

// ValidMailbox tells whether s is an address that mail can come from, with a name
// (Ann <ann@example.com>) or without.
func ValidMailbox(s string) bool {
	_, err := mailbox(s)
	return err == nil
}

// mailbox reads an address with a name (Ann <ann@example.com>) or without.
func mailbox(s string) (*mail.Address, error) {
	if err := checkLine(s); err != nil {
		return nil, err
	}
	a, err := mail.ParseAddress(s)
	// The name is checked again: decoding it may have brought a line's end to light.
	if err != nil || !ValidEmail(a.Address) || checkLine(a.Name) != nil {
		return nil, errors.New("not an e-mail address")
	}
	return a, nil
}
