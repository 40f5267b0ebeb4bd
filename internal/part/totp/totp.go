// Package totp gives the one-time passwords of an authenticator app: RFC 6238 with SHA-1, 30 seconds and six digits.
//
//	step     the number of a 30-second period since the epoch; each has one code
//	window   the present step and its neighbours, for clocks that are a little off
//	last     the newest step that a code was accepted of: neither it nor an older one is good again
package totp

import (
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/pquerna/otp/hotp"
)

const (
	// Period is how long one code is shown.
	Period = 30 * time.Second
	// window is how many steps a clock may be off, either way.
	window = 1
	// secretSize is what RFC 4226 recommends: as long as a SHA-1 digest.
	secretSize = 20
)

// Secret is what an app and we share. It prints as [redacted].
type Secret []byte

// NewSecret draws a secret of 160 bits.
func NewSecret(random io.Reader) (Secret, error) {
	s := make(Secret, secretSize)
	if _, err := io.ReadFull(random, s); err != nil {
		return nil, fmt.Errorf("draw a secret: %w", err)
	}
	return s, nil
}

// text is base32 without padding, which some apps do not take.
var text = base32.StdEncoding.WithPadding(base32.NoPadding)

// Reveal writes the secret as people type it into an app, and as an otpauth: URL has it.
func (s Secret) Reveal() string { return text.EncodeToString(s) }

// Format hides the secret under every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[redacted]") }

// LogValue hides the secret.
func (s Secret) LogValue() slog.Value { return slog.StringValue("[redacted]") }

// Verdict is what a code is found to be.
type Verdict int

// The verdicts of Check.
const (
	Wrong Verdict = iota
	Right
	Used // it was right, but it or a later one was accepted before
)

// Check holds a code against the steps around now. Of a right one it tells the
// step, which the caller keeps: it is the last of the next check.
//
// All steps are compared, each in constant time, so that the time tells
// neither which one it was nor how much of a guess was right.
func Check(s Secret, code string, now time.Time, last int64) (Verdict, int64, error) {
	present := now.Unix() / int64(Period/time.Second)
	verdict, at := Wrong, int64(0)
	for step := max(present-window, 0); step <= present+window; step++ {
		want, err := hotp.GenerateCode(s.Reveal(), uint64(step))
		if err != nil {
			return Wrong, 0, fmt.Errorf("compute a code: %w", err)
		}
		switch same := subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1; {
		case same && step > last:
			// Two steps may share a code: the newer one, or the same code would be good twice.
			verdict, at = Right, step
		case same && verdict == Wrong:
			verdict = Used
		}
	}
	return verdict, at, nil
}
