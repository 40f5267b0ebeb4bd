// Package notifytest gives the stories that every sender must live through: the contract of notify.Sender as tests.
package notifytest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/part/notify"
)

// Rig is a sender with its next hop in the hands of the test.
type Rig struct {
	Sender  notify.Sender
	Channel notify.Channel
	// Secrets are the credentials of the sender, which nothing may show.
	Secrets []string
	// Received are the messages that the next hop took, as it read them. ID, To
	// and Text must be there, and for e-mail Subject and HTML.
	Received func() []notify.Message
	// Refuse makes the next hop refuse messages for good, quoting text and
	// secrets as rudely as the protocol allows. Busy makes it refuse them for
	// now, Hang makes it fall silent, telling so; Heal makes it well again.
	Refuse, Busy, Heal func()
	Hang               func() <-chan struct{}
}

// Code is the secret that the messages of the stories carry.
const Code = "482913"

// Message is a message of the stories.
func (r Rig) Message(id string) notify.Message {
	m := notify.Message{
		ID: id, Channel: r.Channel, To: "+12065559934", Text: "Your code is " + Code + ".",
		PoolID: "us-east-1_Abcdefghi", Kind: "CustomMessage_SignUp",
	}
	if r.Channel == notify.Email {
		m.To, m.From, m.ReplyTo = "ann@example.com", "Gate House <no-reply@example.org>", "help@example.org"
		m.Subject, m.HTML = "Your code, Zoë", "<p>Your code is <b>"+Code+"</b>.</p>"
	}
	return m
}

// Run tells the stories, each with a rig of its own.
func Run(t *testing.T, open func(*testing.T) Rig) {
	for _, story := range []struct {
		name string
		tell func(*testing.T, Rig)
	}{
		{"carries a message whole", carriesWhole},
		{"carries a message again under the same id", carriesAgain},
		{"carries many messages at once", carriesMany},
		{"says that a refused message is refused for good", tellsRefused},
		{"says that a busy next hop may be tried again", tellsBusy},
		{"gives up when the context ends", givesUp},
		{"does not begin when the context has ended", doesNotBegin},
		{"refuses a malformed message and sends nothing", refusesMalformed},
		{"prints no secret", printsNoSecret},
	} {
		t.Run(story.name, func(t *testing.T) { story.tell(t, open(t)) })
	}
}

func carriesWhole(t *testing.T, r Rig) {
	want := r.Message("m-1")
	want.Text += "\nSecond line: ünïcode, a dot at the start\n.\n..\nand a long tail " + strings.Repeat("x ", 600) + "\n"
	if err := r.Sender.Send(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	received := r.Received()
	if len(received) != 1 {
		t.Fatalf("got %d messages, want 1", len(received))
	}
	got := received[0]
	if got.ID != want.ID || got.To != want.To || got.Subject != want.Subject {
		t.Errorf("got id %q to %q subject %q, want %q, %q, %q", got.ID, got.To, got.Subject, want.ID, want.To, want.Subject)
	}
	if strings.TrimRight(got.Text, "\n") != strings.TrimRight(want.Text, "\n") {
		t.Errorf("text: got %q, want %q", got.Text, want.Text)
	}
	if strings.TrimRight(got.HTML, "\n") != want.HTML {
		t.Errorf("HTML: got %q, want %q", got.HTML, want.HTML)
	}
}

func carriesAgain(t *testing.T, r Rig) {
	for range 2 {
		if err := r.Sender.Send(t.Context(), r.Message("m-1")); err != nil {
			t.Fatal(err)
		}
	}
	got := r.Received()
	if len(got) == 0 {
		t.Error("nothing arrived")
	}
	for _, m := range got {
		if m.ID != "m-1" {
			t.Errorf("got id %q, want the same m-1 each time", m.ID)
		}
	}
}

func carriesMany(t *testing.T, r Rig) {
	const many = 24
	var sending sync.WaitGroup
	for i := range many {
		sending.Go(func() {
			if err := r.Sender.Send(t.Context(), r.Message(fmt.Sprintf("m-%d", i))); err != nil {
				t.Error(err)
			}
		})
	}
	sending.Wait()
	ids := map[string]bool{}
	for _, m := range r.Received() {
		ids[m.ID] = true
	}
	if len(ids) != many {
		t.Errorf("got %d different messages, want %d", len(ids), many)
	}
}

func tellsRefused(t *testing.T, r Rig) {
	r.Refuse()
	err := r.Sender.Send(t.Context(), r.Message("m-1"))
	if !errors.Is(err, notify.ErrPermanent) {
		t.Errorf("got %v, want an ErrPermanent", err)
	}
	r.quiet(t, fmt.Sprint(err))
}

func tellsBusy(t *testing.T, r Rig) {
	r.Busy()
	err := r.Sender.Send(t.Context(), r.Message("m-1"))
	if err == nil || errors.Is(err, notify.ErrPermanent) {
		t.Errorf("got %v, want an error that is not ErrPermanent", err)
	}
	r.quiet(t, fmt.Sprint(err))
	r.Heal()
	if err := r.Sender.Send(t.Context(), r.Message("m-1")); err != nil {
		t.Errorf("after the next hop is well again: %v", err)
	}
}

func givesUp(t *testing.T, r Rig) {
	hanging := r.Hang()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		<-hanging
		cancel()
	}()
	err := r.Sender.Send(ctx, r.Message("m-1"))
	if !errors.Is(err, context.Canceled) || errors.Is(err, notify.ErrPermanent) {
		t.Errorf("got %v, want %v that may be tried again", err, context.Canceled)
	}
	r.Heal()
	if err := r.Sender.Send(t.Context(), r.Message("m-2")); err != nil {
		t.Errorf("after a message was given up, the next: %v", err)
	}
}

func doesNotBegin(t *testing.T, r Rig) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.Sender.Send(ctx, r.Message("m-1")); !errors.Is(err, context.Canceled) || errors.Is(err, notify.ErrPermanent) {
		t.Errorf("got %v, want %v that may be tried again", err, context.Canceled)
	}
	if got := r.Received(); len(got) != 0 {
		t.Errorf("%d messages were sent, want none", len(got))
	}
}

func refusesMalformed(t *testing.T, r Rig) {
	for name, spoil := range map[string]func(*notify.Message){
		"no id":                       func(m *notify.Message) { m.ID = "" },
		"an id with a line end":       func(m *notify.Message) { m.ID = "m\r\nBcc: eve@example.com" },
		"an id with angle brackets":   func(m *notify.Message) { m.ID = "m>" },
		"an unknown channel":          func(m *notify.Message) { m.Channel = "PIGEON" },
		"no recipient":                func(m *notify.Message) { m.To = "" },
		"a recipient with a line end": func(m *notify.Message) { m.To += "\r\nBcc: eve@example.com" },
		"two recipients":              func(m *notify.Message) { m.To += ",eve@example.com" },
		"a subject with a line end":   func(m *notify.Message) { m.Subject = "Hello\r\nBcc: eve@example.com" },
		"a subject with a bare CR":    func(m *notify.Message) { m.Subject = "Hello\rBcc: eve@example.com" },
		"a sender with a line end":    func(m *notify.Message) { m.From = "Ann\n <ann@example.com>" },
		"a kind with a line end":      func(m *notify.Message) { m.Kind = "a\nb" },
		"an endless subject":          func(m *notify.Message) { m.Subject = strings.Repeat("a", 1000) },
		"no text":                     func(m *notify.Message) { m.Text, m.HTML = "", "" },
		"an endless text":             func(m *notify.Message) { m.Text = strings.Repeat("a", 1<<20) },
		"a text that is not UTF-8":    func(m *notify.Message) { m.Text = "\xff" },
		"a text with a NUL":           func(m *notify.Message) { m.Text = "a\x00b" },
		"the other channel's recipient": func(m *notify.Message) {
			m.To = map[bool]string{true: "+12065559934", false: "ann@example.com"}[r.Channel == notify.Email]
		},
	} {
		m := r.Message("m-1")
		spoil(&m)
		if err := r.Sender.Send(t.Context(), m); !errors.Is(err, notify.ErrPermanent) {
			t.Errorf("%s: got %v, want an ErrPermanent", name, err)
		}
	}
	if got := r.Received(); len(got) != 0 {
		t.Errorf("%d messages were sent, want none", len(got))
	}
}

func printsNoSecret(t *testing.T, r Rig) {
	m := r.Message("m-1")
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		r.quiet(t, fmt.Sprintf(verb, r.Sender)+fmt.Sprintf(verb, m)+fmt.Sprintf(verb, []notify.Message{m}))
	}
}

// quiet checks that a text shows no secret of the message, its recipient or the sender.
func (r Rig) quiet(t *testing.T, text string) {
	t.Helper()
	m := r.Message("m-1")
	for _, secret := range append([]string{Code, fmt.Sprintf("%x", Code), m.To}, r.Secrets...) {
		if strings.Contains(text, secret) {
			t.Errorf("%q shows %q", text, secret)
		}
	}
}
