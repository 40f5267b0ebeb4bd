package notify

import (
	"bytes"
	"maps"
	"mime"
	"net/mail"
	"slices"
	"strings"
	"testing"
	"time"
)

// FuzzLetterHeaders attacks the headers: whatever the words of a message, its
// letter has the headers that we wrote and no other, and says what was asked.
func FuzzLetterHeaders(f *testing.F) {
	f.Add("Hello", "Ann <ann@example.com>", "help@example.com", "text")
	f.Add("a\r\nBcc: eve@example.com", "a@example.com", "", "text")
	f.Add("=?utf-8?q?a=0d=0aBcc:_eve@example.com?=", "=?utf-8?q?a=0d=0a?= <a@example.com>", "", "text")
	f.Add(strings.Repeat("word ", 150), "\"a\\\"b\" <a@example.com>", "", "\r\n.\r\nMAIL FROM:<x@example.com>\r\n")
	f.Add(strings.Repeat("ö", 300), "Zoë, the <a@example.com>", "x@example.com", "=\r\n--boundary\r\n")
	f.Fuzz(func(t *testing.T, subject, from, replyTo, text string) {
		m := Message{ID: "m-1", Channel: Email, To: "ann@example.com", From: from, ReplyTo: replyTo, Subject: subject, Text: text, HTML: text}
		letter, _, err := compose(m, &mail.Address{Address: "no-reply@example.com"}, time.Unix(0, 0))
		if err != nil {
			return
		}
		var raw bytes.Buffer
		if _, err := letter.WriteTo(&raw); err != nil {
			t.Fatalf("write: %v", err)
		}
		read, err := mail.ReadMessage(&raw)
		if err != nil {
			t.Fatalf("read what we wrote: %v", err)
		}
		want := []string{"Auto-Submitted", "Content-Type", "Date", "From", "Message-Id", "Mime-Version", "Subject", "To"}
		if replyTo != "" {
			want = append(want, "Reply-To")
			slices.Sort(want)
		}
		if got := slices.Sorted(maps.Keys(read.Header)); !slices.Equal(got, want) {
			t.Fatalf("got headers %q, want %q", got, want)
		}
		for name, values := range read.Header {
			if len(values) != 1 {
				t.Errorf("%s is there %d times", name, len(values))
			}
		}
		// Blanks may be folded on the way.
		blanks := func(s string) string { return strings.Join(strings.Fields(s), " ") }
		if got, err := new(mime.WordDecoder).DecodeHeader(read.Header.Get("Subject")); err != nil || blanks(got) != blanks(plainWords(subject)) {
			t.Errorf("subject: got %q, %v; want %q", got, err, subject)
		}
		if to, err := read.Header.AddressList("To"); err != nil || len(to) != 1 || to[0].Address != m.To {
			t.Errorf("to: got %v, %v", to, err)
		}
		if from, err := read.Header.AddressList("From"); err != nil || len(from) != 1 || !ValidEmail(from[0].Address) {
			t.Errorf("from: got %v, %v", from, err)
		}
	})
}
