package notice_test

import (
	"bytes"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/notice"
	"github.com/gatehouse-id/gatehouse/internal/part/notify"
	"github.com/gatehouse-id/gatehouse/internal/part/notify/smtptest"
)

var update = flag.Bool("update", false, "write the golden files again")

const arn = "arn:aws:ses:eu-west-1:123456789012:identity/"

// all is a template with every placeholder.
var all = &shape.NotifyEmailType{
	Subject: new("Sign-in of {username} at {login-time}"),
	HtmlBody: new(`<p title="{username}">{username} {ip-address} {city} {country} {login-time} {device-name} {event-id}</p>` +
		`<a href="{one-click-link-valid}">yes</a> <a href="{one-click-link-invalid}">no</a> {feedback-token} {unknown}`),
	TextBody: new("{username}|{ip-address}|{city}|{country}|{login-time}|{device-name}|{event-id}\n" +
		"{one-click-link-valid}\n{one-click-link-invalid}\n{feedback-token}\n{unknown} {username"),
}

// tokens are in links and by themselves, and differ each time.
var tokens = regexp.MustCompile(`[A-Za-z0-9_-]{200,}`)

// golden writes down what a reader sees of a mail.
func golden(t *testing.T, name string, m smtptest.Mail) {
	t.Helper()
	got := tokens.ReplaceAllString(fmt.Sprintf("From: %s\nTo: %s\nReply-To: %s\nSubject: %s\n\n%s\n\n%s\n",
		m.Header.Get("From"), m.Header.Get("To"), m.Header.Get("Reply-To"), m.Subject, m.Text, m.HTML), "TOKEN")
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: go test -update writes it again\ngot\n%s\nwant\n%s", path, got, want)
	}
}

func TestOurOwnNotices(t *testing.T) {
	for name, action := range map[string]model.Action{
		"block": model.Block, "mfa": model.MFARequired, "pass": model.NoAction,
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			golden(t, name, s.one(s.send(action)))
		})
	}
	t.Run("where little is known", func(t *testing.T) {
		s := newStage(t)
		s.event.Detail = model.EventDetail{IP: "not an address", Country: "United States"}
		golden(t, "unknown", s.one(s.send(model.Block)))
	})
}

func TestTheTemplateIsByWhatWasDone(t *testing.T) {
	mail := func(name string) *shape.NotifyEmailType {
		return &shape.NotifyEmailType{Subject: new(name), TextBody: new(name + " body")}
	}
	for action, want := range map[model.Action]string{
		model.Block: "block", model.MFAIfConfigured: "mfa", model.MFARequired: "mfa", model.NoAction: "pass",
	} {
		s := newStage(t)
		s.configure(&shape.NotifyConfigurationType{BlockEmail: mail("block"), MfaEmail: mail("mfa"), NoActionEmail: mail("pass")})
		if m := s.one(s.send(action)); m.Subject != want || strings.TrimSpace(m.Text) != want+" body" || m.HTML != "" {
			t.Errorf("%s: got %q with %q and HTML %q", action, m.Subject, m.Text, m.HTML)
		}
	}
}

func TestPlaceholders(t *testing.T) {
	s := newStage(t)
	s.configure(&shape.NotifyConfigurationType{
		From: new("Example <security@example.org>"), ReplyTo: new("help@example.org"), SourceArn: new(arn + "example.org"), BlockEmail: all,
	})
	golden(t, "placeholders", s.one(s.send(model.Block)))
}

func TestWhatStrangersChoseStaysWhatItIs(t *testing.T) {
	s := newStage(t)
	s.configure(&shape.NotifyConfigurationType{BlockEmail: all})
	s.ann.Username = `"><script>alert('1')</script>&{event-id}` + "\r\nBcc: eve@example.com\u2028\u202e"
	s.event.Detail.DeviceName = `<img src=x onerror=alert(1)>` + "\x00\n" + strings.Repeat("long ", 100)
	s.event.Detail.City = "{feedback-token}"
	m := s.one(s.send(model.Block))
	golden(t, "hostile", m)
	if len(m.Header["Bcc"]) != 0 || m.EnvelopeTo != "ann@example.com" {
		t.Errorf("got headers %v to %s", m.Header, m.EnvelopeTo)
	}
	for _, tag := range []string{"<script", "<img", `title=""`} {
		if strings.Contains(m.HTML, tag) {
			t.Errorf("the HTML has %q: %s", tag, m.HTML)
		}
	}
}

func TestASubjectIsBounded(t *testing.T) {
	s := newStage(t)
	s.ann.Username = strings.Repeat("é", 128)
	s.configure(&shape.NotifyConfigurationType{BlockEmail: &shape.NotifyEmailType{Subject: new(strings.Repeat("{username}", 14)), TextBody: new("a body")}})
	if got := []rune(s.one(s.send(model.Block)).Subject); len(got) != 250 || got[249] != '…' {
		t.Errorf("got %d characters: %s", len(got), string(got))
	}
}

func TestATemplateThatBecomesTooLongIsOurs(t *testing.T) {
	s := newStage(t)
	var log bytes.Buffer
	s.Notices = notice.New(notice.Config{
		Store: s.Store, Ring: s.ring, Outbox: s.outbox, BaseURL: baseURL, Log: slog.New(slog.NewTextHandler(&log, nil)), Now: s.Clock,
	})
	s.configure(&shape.NotifyConfigurationType{BlockEmail: &shape.NotifyEmailType{
		Subject: new("Their subject"), TextBody: new(strings.Repeat("{one-click-link-valid}", 900)),
	}})
	m := s.one(s.send(model.Block))
	if m.Subject != "Their subject" || !strings.HasPrefix(m.Text, "Hello ann,") || m.HTML == "" {
		t.Errorf("got %q with %.100q", m.Subject, m.Text)
	}
	if got := log.String(); !strings.Contains(got, "too long") || tokens.MatchString(got) {
		t.Errorf("got the log %q", got)
	}
}

func TestWhoseConfigurationHolds(t *testing.T) {
	of := func(subject string) *model.RiskConfiguration {
		return &model.RiskConfiguration{Takeover: &shape.AccountTakeoverRiskConfigurationType{NotifyConfiguration: &shape.NotifyConfigurationType{
			BlockEmail: &shape.NotifyEmailType{Subject: &subject, TextBody: new("the body")},
		}}}
	}
	ours := "A sign-in to your account was blocked"
	for name, c := range map[string]struct {
		pool, client *model.RiskConfiguration
		want         string
	}{
		"nobody's":                             {nil, nil, ours},
		"the pool's":                           {of("pool"), nil, "pool"},
		"the client's":                         {nil, of("client"), "client"},
		"the client's as a whole":              {of("pool"), of("client"), "client"},
		"the client's although it says little": {of("pool"), &model.RiskConfiguration{}, ours},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			s.pool.Risk, s.client.Risk = c.pool, c.client
			if got := s.one(s.send(model.Block)).Subject; got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestFromWhomNoticesCome(t *testing.T) {
	for _, c := range []struct{ from, arn, replyTo, want, wantReply string }{
		{"", "", "", "<no-reply@gate.example>", ""},
		{"sec@example.org", arn + "example.com", "help@example.org", "<sec@example.org>", "<help@example.org>"},
		{"Sec <sec@example.org>", "", "Help <help@example.org>", `"Sec" <sec@example.org>`, `"Help" <help@example.org>`},
		{"", arn + "mail@example.org", "", "<mail@example.org>", ""},
		{"", arn + "example.org", "", "<no-reply@example.org>", ""},
		{"", "arn:aws:ses:eu-west-1:123456789012:identity/", "", "<no-reply@gate.example>", ""},
		{"", "arn:aws:sns:eu-west-1:123456789012:identity/example.org", "", "<no-reply@gate.example>", ""},
		{"nonsense", arn + "example.org", "nonsense", "<no-reply@example.org>", ""},
		{"a@example.org\r\nBcc: eve@example.com", "", "a@example.org\nX: y", "<no-reply@gate.example>", ""},
	} {
		s := newStage(t)
		s.configure(&shape.NotifyConfigurationType{From: &c.from, SourceArn: &c.arn, ReplyTo: &c.replyTo})
		m := s.one(s.send(model.Block))
		if from, reply := m.Header.Get("From"), m.Header.Get("Reply-To"); from != c.want || reply != c.wantReply {
			t.Errorf("%+v: got from %q, reply to %q", c, from, reply)
		}
	}
}

func TestToWhomANoticeIsSent(t *testing.T) {
	t.Run("not to a user without an address, nor to one that is none", func(t *testing.T) {
		for _, address := range []string{"", "nonsense", "ann@example.com\r\nRCPT TO:<eve@example.com>"} {
			s := newStage(t)
			s.ann.Attributes["email"] = address
			s.Update(func(tx *store.Tx) error {
				return s.Send(tx, notice.Notice{Pool: s.pool, Client: s.client, User: s.ann, Event: s.event, Action: model.Block})
			})
			if n, err := s.outbox.Deliver(t.Context()); n != 0 || err != nil {
				t.Errorf("%q: %d messages waited, %v", address, n, err)
			}
		}
	})
	t.Run("not of an attempt of which no event is kept", func(t *testing.T) {
		s := newStage(t)
		s.event = nil
		if got := s.send(model.Block); len(got) != 0 {
			t.Errorf("got %d mails", len(got))
		}
	})
	t.Run("once an hour of the same, and of something else too", func(t *testing.T) {
		s := newStage(t)
		for _, c := range []struct {
			action model.Action
			after  time.Duration
			want   int
		}{
			{model.Block, 0, 1}, {model.Block, time.Minute, 1}, {model.MFARequired, 0, 2}, {model.MFAIfConfigured, 0, 2}, {model.NoAction, 0, 3},
			{model.Block, 59*time.Minute - time.Microsecond, 3}, {model.Block, time.Microsecond, 4},
		} {
			s.Pass(c.after)
			if got := s.send(c.action); len(got) != c.want {
				t.Errorf("%+v: got %d mails", c, len(got))
			}
		}
	})
	t.Run("by SES where an identity is named", func(t *testing.T) {
		s := newStage(t)
		s.configure(&shape.NotifyConfigurationType{SourceArn: new(arn + "example.org")})
		named := false
		s.carry(senderFunc(func(m notify.Message) { named = m.Identity == arn+"example.org" }))
		if s.send(model.Block); !named {
			t.Error("the message names no identity")
		}
	})
}

func TestAMailThatIsRefusedFailsNothing(t *testing.T) {
	s := newStage(t)
	s.sink.Fail(smtptest.To, 550, "no such user")
	if got := s.send(model.Block); len(got) != 0 {
		t.Errorf("got %d mails", len(got))
	}
}
