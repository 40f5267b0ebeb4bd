package code

import (
	"html"
	"strings"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/flow/outbox"
	"github.com/gatehouse-id/gatehouse/internal/part/notify"
)

// templates are a pool's words for one kind of message. {####} stands for the
// code or password, {username} for the user.
type templates struct{ subject, email, sms string }

// verification is what carries a code. A pool may say it in two places; the
// template is the newer one. Links are not offered: DefaultEmailOption
// CONFIRM_WITH_LINK is answered with a code.
func verification(p *model.Pool) templates {
	newer := p.Doc.VerificationMessageTemplate
	if newer == nil {
		newer = &shape.VerificationMessageTemplateType{}
	}
	return templates{
		subject: first(newer.EmailSubject, p.Doc.EmailVerificationSubject, "Your verification code"),
		email:   first(newer.EmailMessage, p.Doc.EmailVerificationMessage, "Your confirmation code is {####}"),
		sms:     first(newer.SmsMessage, p.Doc.SmsVerificationMessage, "Your confirmation code is {####}"),
	}
}

// authentication is what carries the code of a second factor.
func authentication(p *model.Pool) templates {
	email, sms := p.MFA.EmailMfaConfiguration, p.MFA.SmsMfaConfiguration
	if email == nil {
		email = &shape.EmailMfaConfigType{}
	}
	if sms == nil {
		sms = &shape.SmsMfaConfigType{}
	}
	const plain = "Your authentication code is {####}."
	return templates{
		subject: first(email.Subject, nil, "Your authentication code"),
		email:   first(email.Message, nil, plain),
		// UpdateUserPool writes the first, SetUserPoolMfaConfig both.
		sms: first(p.Doc.SmsAuthenticationMessage, sms.SmsAuthenticationMessage, plain),
	}
}

// invitation is what carries a temporary password.
func invitation(p *model.Pool) templates {
	own := &shape.MessageTemplateType{}
	if c := p.Doc.AdminCreateUserConfig; c != nil && c.InviteMessageTemplate != nil {
		own = c.InviteMessageTemplate
	}
	const plain = "Your username is {username} and temporary password is {####}."
	return templates{
		subject: first(own.EmailSubject, nil, "Your temporary password"),
		email:   first(own.EmailMessage, nil, plain),
		sms:     first(own.SMSMessage, nil, plain),
	}
}

func first(newer, older *string, otherwise string) string {
	for _, s := range []*string{newer, older} {
		if wire.Of(s) != "" {
			return *s
		}
	}
	return otherwise
}

// text is a message in words, without its address.
type text struct{ subject, plain, html string }

// fill puts the values into the templates, in one pass: a user name that looks
// like a placeholder stays what it is. In HTML, values are escaped.
func (t templates) fill(channel notify.Channel, username, secret string) text {
	raw := strings.NewReplacer("{username}", username, "{####}", secret)
	if channel == notify.SMS {
		return text{plain: raw.Replace(t.sms)}
	}
	filled := text{subject: notify.OneLine(raw.Replace(t.subject))}
	if !strings.Contains(t.email, "<") { // a browser would run its lines together
		filled.plain = raw.Replace(t.email)
		return filled
	}
	filled.html = strings.NewReplacer("{username}", html.EscapeString(username), "{####}", html.EscapeString(secret)).Replace(t.email)
	filled.plain = raw.Replace(plainText(t.email))
	return filled
}

// post hands the message to the outbox.
func (c *Codes) post(tx *store.Tx, p *model.Pool, kind string, to Address, t text, until time.Time) error {
	l := outbox.Letter{
		Channel: to.Channel(), To: to.Value, Subject: t.subject, Text: t.plain, HTML: t.html, Kind: kind, Until: until.UnixMicro(),
	}
	if own := p.Doc.EmailConfiguration; own != nil && l.Channel == notify.Email {
		l.From, l.ReplyTo, l.Identity = wire.Of(own.From), wire.Of(own.ReplyToEmailAddress), wire.Of(own.SourceArn)
	}
	return c.cfg.Outbox.Post(tx, p.ID, l)
}
