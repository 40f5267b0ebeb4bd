package code_test

import (
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/code"
)

func TestAMessage(t *testing.T) {
	invite := func(s *stage, to code.Address, password string) *model.Mail {
		s.Update(func(tx *store.Tx) error {
			_, err := s.codes.Invite(tx, s.pool, s.user, to, password)
			return err
		})
		s.deliver()
		return s.Mails()[0]
	}
	t.Run("says what Cognito says where the pool says nothing", func(t *testing.T) {
		s := newStage(t, code.Config{})
		if d := s.issue(code.SignUp, annMail); d != (code.Delivery{Destination: "a***@e***", Medium: "EMAIL", Attribute: "email"}) {
			t.Errorf("got %v", d)
		}
		right := s.sentCode()
		m := s.Mails()[0]
		if m.Text != "Your confirmation code is "+right || m.Subject != "Your verification code" || m.HTML != "" || m.Channel != "email" || m.Kind != "SignUp" {
			t.Errorf("got %+v", m)
		}
		s.Pass(time.Microsecond) // the store's resolution: what comes later is newer
		m = invite(s, annPhone, "Temp-1234")
		if m.Text != "Your username is ann and temporary password is Temp-1234." || m.Subject != "" || m.Channel != "sms" || m.Kind != "AdminCreateUser" {
			t.Errorf("got %+v", m)
		}
	})
	t.Run("prefers the template to the older members", func(t *testing.T) {
		s := newStage(t, code.Config{})
		s.pool.Doc.EmailVerificationMessage = new("old {####}")
		s.pool.Doc.EmailVerificationSubject = new("old subject")
		s.pool.Doc.VerificationMessageTemplate = &shape.VerificationMessageTemplateType{EmailMessage: new("new {####}")}
		s.issue(code.SignUp, annMail)
		right := s.sentCode()
		if m := s.Mails()[0]; m.Text != "new "+right || m.Subject != "old subject" {
			t.Errorf("got %+v", m)
		}
	})
	t.Run("escapes values in HTML, and in HTML alone", func(t *testing.T) {
		s := newStage(t, code.Config{})
		s.user.Username = `<img/src=x>&{####}`
		s.pool.Doc.AdminCreateUserConfig = &shape.AdminCreateUserConfigType{InviteMessageTemplate: &shape.MessageTemplateType{
			EmailSubject: new("For {username}"),
			EmailMessage: new("<p>Hello {username},</p><p>your password is <b>{####}</b></p>"),
		}}
		m := invite(s, annMail, "a<b>&c")
		if want := "<p>Hello &lt;img/src=x&gt;&amp;{####},</p><p>your password is <b>a&lt;b&gt;&amp;c</b></p>"; m.HTML != want {
			t.Errorf("HTML: got %q, want %q", m.HTML, want)
		}
		if want := "Hello <img/src=x>&{####},\n\nyour password is a<b>&c"; m.Text != want {
			t.Errorf("text: got %q, want %q", m.Text, want)
		}
		if want := "For <img/src=x>&{####}"; m.Subject != want {
			t.Errorf("subject: got %q, want %q", m.Subject, want)
		}
	})
	t.Run("calls a user by the address to sign in with, where the pool has no user names", func(t *testing.T) {
		s := newStage(t, code.Config{})
		s.pool.Doc.UsernameAttributes = []string{"email"}
		s.user.Username, s.user.Attributes = s.user.Sub, map[string]string{"email": "ann@example.com"}
		if m := invite(s, annMail, "Temp-1234"); !strings.Contains(m.Text, "ann@example.com") {
			t.Errorf("got %q", m.Text)
		}
	})
	t.Run("has a subject of one line", func(t *testing.T) {
		s := newStage(t, code.Config{})
		s.pool.Doc.EmailVerificationSubject = new("Code\r\nBcc: everybody@example.com")
		s.issue(code.SignUp, annMail)
		s.sentCode()
		if got := s.Mails()[0].Subject; got != "Code  Bcc: everybody@example.com" {
			t.Errorf("got %q", got)
		}
	})
}
