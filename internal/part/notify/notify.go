// Package notify gives the senders that carry a message to a person: e-mail by SMTP or Amazon SES, e-mail and SMS by a webhook.
//
//	Message ── Check ──> Sender.Send ──> accepted | ErrPermanent | any other error: try again
//	                        │
//	                        ├ smtp://  smtps://    smtp.go
//	                        ├ ses://               ses.go
//	                        └ http://  https://    webhook.go
//
// A message carries a code or a password, so its text is a secret: it is never
// printed, and no error repeats it, nor the credentials of a sender, nor what a
// server answered, which may quote either.
//
// To add a channel: a file with a Sender, a row in schemes, and the stories of notifytest.
package notify

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"time"
)

// Channel is how a message travels, in the words of DeliveryMedium.
type Channel string

// The channels.
const (
	Email = Channel("EMAIL")
	SMS   = Channel("SMS")
)

// Message is one message to one person.
type Message struct {
	// ID is the same at each attempt, so that whoever receives a message twice can tell:
	// 1 to 100 letters, digits, dots, dashes and underscores.
	ID      string
	Channel Channel
	// To is an e-mail address (ValidEmail) or a phone number (ValidPhone), as the channel wants.
	To string
	// From is who sends: for e-mail an address, with a name or without; for SMS whatever the
	// carrier accepts. Empty: the sender's own.
	From string
	// ReplyTo is where answers go: an address, with a name or without. Empty: to From.
	ReplyTo string
	// Subject is one line. An SMS has none.
	Subject string
	// Text and HTML are the same message in two forms; one of them may be empty. An SMS has Text alone.
	Text, HTML string
	// Identity is the ARN of the SES identity that a pool names as its sender, or empty.
	Identity string
	// PoolID and Kind tell a webhook what it carries; a person never sees them.
	PoolID, Kind string
}

// Format prints what identifies the message and nothing that it says.
func (m Message) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "message %s (%s %s to %s)", m.ID, m.Channel, m.Kind, m.maskedTo())
}

// LogValue logs what Format prints.
func (m Message) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(m)) }

func (m Message) maskedTo() string {
	if m.Channel == SMS {
		return MaskPhone(m.To)
	}
	return MaskEmail(m.To)
}

// Sender carries messages.
//
// Send returns nil once the next hop has taken responsibility for the message.
// It is safe for concurrent use and gives up when ctx ends, or after 30 seconds.
// Delivery is at least once: the same ID may be sent again, after an error or a
// crash, even if the first attempt arrived. An error that is ErrPermanent says
// that the message itself is refused and no retry will help; any other, that
// the way was closed. A refusal of the sender's credentials or address is of
// the second kind: the operator's mistake must not cost the queued messages.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// ErrPermanent marks a message that no retry will deliver.
var ErrPermanent = errors.New("refused for good")

// sendTimeout bounds one attempt, whatever ctx allows.
const sendTimeout = 30 * time.Second

// Config is what senders need besides their URL. The zero Config is ready for use.
type Config struct {
	// Now dates messages and signatures; nil is time.Now.
	Now func() time.Time
	// Roots are the certificate authorities to trust; nil is those of the system.
	Roots *x509.CertPool
}

// schemes are the senders by the scheme of their URL.
var schemes = map[string]func(*url.URL, Config) (Sender, error){
	"smtp":  openSMTP,
	"smtps": openSMTP,
	"ses":   openSES,
	"http":  openWebhook,
	"https": openWebhook,
}

// Open makes the sender of a URL with the zero Config.
func Open(rawURL string) (Sender, error) { return Config{}.Open(rawURL) }

// Open makes the sender of a URL; see openSMTP, openSES and openWebhook for their form.
// It connects to nothing yet. Errors never repeat the URL: passwords travel in it.
func (c Config) Open(rawURL string) (Sender, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	u, err := url.Parse(rawURL)
	if err != nil {
		// The parser's own words quote the part that it stumbled over.
		return nil, errors.New("read sender URL: malformed (is every special character of the password percent-encoded?)")
	}
	open, ok := schemes[u.Scheme]
	if !ok {
		return nil, errors.New("read sender URL: the scheme must be smtp, smtps, ses, http or https")
	}
	if u.Hostname() == "" || u.Opaque != "" {
		return nil, errors.New("read sender URL: no host")
	}
	s, err := open(u, c)
	if err != nil {
		return nil, fmt.Errorf("open %s sender: %w", u.Scheme, err)
	}
	return s, nil
}

// printed makes fmt print a sender by its name: %v of the struct would print its password.
func printed(f fmt.State, name string) { _, _ = io.WriteString(f, name) }
