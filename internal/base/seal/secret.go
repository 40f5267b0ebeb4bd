package seal

import (
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
)

const mark = "[redacted]"

// redacted makes the struct that embeds it print as [redacted]: under every
// verb of fmt, in slog, and as JSON or any other text encoding.
type redacted struct{}

// Format writes [redacted], whatever the verb.
func (redacted) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, mark) }

// LogValue logs [redacted].
func (redacted) LogValue() slog.Value { return slog.StringValue(mark) }

// MarshalText writes [redacted], which encoders of JSON use too.
func (redacted) MarshalText() ([]byte, error) { return []byte(mark), nil }

// Secret is a text that must not be logged: a password, a client secret, a code.
// Only Reveal tells it. Its zero value is the empty secret.
//
// The text is behind a pointer, because fmt ignores the methods of a member that
// is not exported and would print a plain string. For the same reason two
// secrets cannot be compared with ==: see Equal.
type Secret struct {
	redacted
	_    [0]func()
	text *string
}

// NewSecret hides a text.
func NewSecret(text string) Secret { return Secret{text: &text} }

// Reveal returns the text.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// Equal compares in a time that depends on the lengths alone.
func (s Secret) Equal(text string) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(text)) == 1
}

// UnmarshalText reads a secret, so that it may stand in a configuration or a
// request. Writing it again gives [redacted]: a secret is stored sealed, never
// as JSON.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = NewSecret(string(text))
	return nil
}
