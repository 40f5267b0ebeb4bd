package notify_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/part/notify"
	"github.com/gatehouse-id/gatehouse/internal/part/notify/notifytest"
	"github.com/gatehouse-id/gatehouse/internal/part/notify/smtptest"
)

const password = "hunter2-s3cret"

func noon() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

func open(t *testing.T, sink *smtptest.Sink, rawURL string) notify.Sender {
	t.Helper()
	s, err := notify.Config{Now: noon, Roots: sink.Roots()}.Open(rawURL)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func letter(id string) notify.Message {
	return notify.Message{ID: id, Channel: notify.Email, To: "ann@example.com", Subject: "Your code", Text: "482913"}
}

func TestSMTPKeepsTheContract(t *testing.T) {
	for name, config := range map[string]smtptest.Config{
		"in plain text":      {},
		"with STARTTLS":      {Security: smtptest.StartTLS, User: "gate", Password: password},
		"with implicit TLS":  {Security: smtptest.Implicit, User: "gate", Password: password},
		"logging in by CRAM": {Security: smtptest.StartTLS, User: "gate", Password: password, Mechanisms: []string{"CRAM-MD5"}},
	} {
		t.Run(name, func(t *testing.T) {
			notifytest.Run(t, func(t *testing.T) notifytest.Rig {
				sink := smtptest.StartWith(t, config)
				rude := "I will not take 482913 for ann@example.com from gate:" + password
				return notifytest.Rig{
					Sender:   open(t, sink, sink.URL()),
					Channel:  notify.Email,
					Secrets:  []string{password},
					Received: func() []notify.Message { return messages(sink) },
					Refuse:   func() { sink.Fail(smtptest.Data, 554, rude) },
					Busy:     func() { sink.Fail(smtptest.To, 450, rude) },
					Hang:     func() <-chan struct{} { return sink.Hang(smtptest.Data) },
					Heal:     sink.Heal,
				}
			})
		})
	}
}

func messages(sink *smtptest.Sink) []notify.Message {
	var list []notify.Message
	for _, m := range sink.Mails() {
		id, _, _ := strings.Cut(m.MessageID, "@")
		list = append(list, notify.Message{ID: id, To: m.EnvelopeTo, Subject: m.Subject, Text: m.Text, HTML: m.HTML})
	}
	return list
}

func TestSMTPWritesTheHeaders(t *testing.T) {
	sink := smtptest.Start(t)
	sender := open(t, sink, sink.URL()+"?from=Gate%20House%20%3Cno-reply@example.org%3E")
	m := letter("m-1")
	m.ReplyTo = "Zoë <help@example.org>"
	if err := sender.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	got := sink.Wait(t, 1)[0]
	for name, want := range map[string]string{
		"From": `"Gate House" <no-reply@example.org>`, "To": "<ann@example.com>", "Reply-To": "=?utf-8?q?Zo=C3=AB?= <help@example.org>",
		"Subject": "Your code", "Message-Id": "<m-1@example.org>", "Date": "Sun, 22 Nov 2026 12:00:00 +0000",
		"Auto-Submitted": "auto-generated", "User-Agent": "", "X-Mailer": "",
	} {
		if got := got.Header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if got.EnvelopeFrom != "no-reply@example.org" || got.HTML != "" {
		t.Errorf("got envelope from %q and HTML %q, want no-reply@example.org and none", got.EnvelopeFrom, got.HTML)
	}
	m.From = "other@example.net"
	if err := sender.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if got := sink.Wait(t, 2)[1]; got.From != "other@example.net" || got.EnvelopeFrom != "other@example.net" {
		t.Errorf("a message's own sender goes first: got %q, envelope %q", got.From, got.EnvelopeFrom)
	}
}

func TestSMTPTellsForGoodFromForNow(t *testing.T) {
	for _, c := range []struct {
		at      smtptest.Stage
		code    int
		forGood bool
	}{
		{smtptest.Greet, 554, false}, // the server refuses us, not the message
		{smtptest.Auth, 535, false},  // a wrong password is the operator's to mend
		{smtptest.Auth, 454, false},
		{smtptest.From, 550, true},
		{smtptest.From, 530, false}, // it wants a login first
		{smtptest.From, 421, false},
		{smtptest.To, 550, true},
		{smtptest.To, 452, false},
		{smtptest.Data, 552, true},
		{smtptest.Data, 451, false},
	} {
		t.Run(fmt.Sprintf("stage %d code %d", c.at, c.code), func(t *testing.T) {
			sink := smtptest.StartWith(t, smtptest.Config{User: "gate", Password: password})
			sink.Fail(c.at, c.code, "No, "+password+", and not 482913 either")
			err := open(t, sink, sink.URL()).Send(t.Context(), letter("m-1"))
			if err == nil || errors.Is(err, notify.ErrPermanent) != c.forGood {
				t.Errorf("got %v, want an error, for good: %t", err, c.forGood)
			}
			text := fmt.Sprint(err)
			if !strings.Contains(text, fmt.Sprint(c.code)) || strings.Contains(text, password) || strings.Contains(text, "482913") {
				t.Errorf("%q must show the code and no secret", text)
			}
			if got := sink.Mails(); len(got) != 0 {
				t.Errorf("%d mails arrived, want none", len(got))
			}
		})
	}
}

func TestSMTPLogsIn(t *testing.T) {
	for _, mechanism := range []string{"PLAIN", "LOGIN", "CRAM-MD5"} {
		for _, security := range []smtptest.Security{smtptest.Plain, smtptest.StartTLS, smtptest.Implicit} {
			t.Run(fmt.Sprintf("by %s, security %d", mechanism, security), func(t *testing.T) {
				sink := smtptest.StartWith(t, smtptest.Config{
					Security: security, User: "gate", Password: password, Mechanisms: []string{"X-OTHER", mechanism},
				})
				if err := open(t, sink, sink.URL()).Send(t.Context(), letter("m-1")); err != nil {
					t.Error(err)
				}
				wrong := open(t, sink, strings.Replace(sink.URL(), password, "wr0ng-pass", 1))
				err := wrong.Send(t.Context(), letter("m-2"))
				if err == nil || errors.Is(err, notify.ErrPermanent) || !strings.Contains(err.Error(), "535") {
					t.Errorf("a wrong password: got %v, want a 535 that may be tried again", err)
				}
				if strings.Contains(fmt.Sprint(err), "wr0ng-pass") {
					t.Errorf("%q shows the password", err)
				}
			})
		}
	}
	t.Run("not where the server offers nothing we know", func(t *testing.T) {
		sink := smtptest.StartWith(t, smtptest.Config{User: "gate", Password: password, Mechanisms: []string{"X-OTHER"}})
		err := open(t, sink, sink.URL()).Send(t.Context(), letter("m-1"))
		if err == nil || !strings.Contains(err.Error(), "none of PLAIN, LOGIN and CRAM-MD5") {
			t.Errorf("got %v, want the mechanisms that we know", err)
		}
	})
}

func TestSMTPTrustsNobodyItWasNotToldTo(t *testing.T) {
	strange := smtptest.StartWith(t, smtptest.Config{Security: smtptest.StartTLS})
	implicit := smtptest.StartWith(t, smtptest.Config{Security: smtptest.Implicit})
	plain := smtptest.Start(t)
	for _, c := range []struct {
		name, url string
		sink      *smtptest.Sink
		arrives   bool
	}{
		{"an unknown authority by STARTTLS", strange.URL() + "?starttls=require", strange, false},
		{"an unknown authority by TLS", implicit.URL(), implicit, false},
		{"a server without STARTTLS where it is required", plain.URL() + "?starttls=require", plain, false},
		{"an unknown authority on this machine", strange.URL(), strange, true},
		{"no encryption on this machine", plain.URL(), plain, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := notify.Open(c.url)
			if err != nil {
				t.Fatal(err)
			}
			before := len(c.sink.Mails())
			err = s.Send(t.Context(), letter("m-1"))
			if (err == nil) != c.arrives || errors.Is(err, notify.ErrPermanent) {
				t.Errorf("got %v, want it to arrive: %t", err, c.arrives)
			}
			if got := len(c.sink.Mails()) > before; got != c.arrives {
				t.Errorf("arrived: got %t, want %t", got, c.arrives)
			}
		})
	}
}

func TestSMTPGivesUpAtEveryStage(t *testing.T) {
	for _, at := range []smtptest.Stage{smtptest.Greet, smtptest.Auth, smtptest.From, smtptest.To, smtptest.Data} {
		t.Run(fmt.Sprintf("stage %d", at), func(t *testing.T) {
			sink := smtptest.StartWith(t, smtptest.Config{Security: smtptest.StartTLS, User: "gate", Password: password})
			hanging := sink.Hang(at)
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				<-hanging
				cancel()
			}()
			err := open(t, sink, sink.URL()).Send(ctx, letter("m-1"))
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want %v", err, context.Canceled)
			}
			sink.Heal()
		})
	}
	t.Run("a server that never greets", func(t *testing.T) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			conn, err := listener.Accept()
			if err == nil {
				defer conn.Close()
			}
			cancel()
			<-t.Context().Done()
		}()
		s, err := notify.Open("smtp://" + listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Send(ctx, letter("m-1")); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want %v", err, context.Canceled)
		}
	})
}

func TestSMTPCarriesNoSMS(t *testing.T) {
	sink := smtptest.Start(t)
	m := notify.Message{ID: "m-1", Channel: notify.SMS, To: "+12065559934", Text: "482913"}
	if err := open(t, sink, sink.URL()).Send(t.Context(), m); !errors.Is(err, notify.ErrPermanent) {
		t.Errorf("got %v, want an ErrPermanent", err)
	}
}
