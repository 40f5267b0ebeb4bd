package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/webhook"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// webhookSender posts each message as JSON:
//
//	POST /path
//	Content-Type: application/json
//	Idempotency-Key: <message id>
//	Webhook-Id: <message id>            the Standard Webhooks signature, where there is a secret:
//	Webhook-Timestamp: <unix seconds>   HMAC-SHA256 over id.timestamp.body
//	Webhook-Signature: v1,<base64>
//
//	{"id":"...","channel":"SMS","to":"+12065559934","text":"Your code is 123456","poolId":"...","kind":"..."}
//
// Package webhook signs.
type webhookSender struct {
	to     webhook.Target
	client *http.Client
	now    func() time.Time
}

// payload is the JSON of a message; the names are our own, and stable.
type payload struct {
	ID      string  `json:"id"`
	Channel Channel `json:"channel"`
	Kind    string  `json:"kind,omitzero"`
	PoolID  string  `json:"poolId,omitzero"`
	To      string  `json:"to"`
	From    string  `json:"from,omitzero"`
	ReplyTo string  `json:"replyTo,omitzero"`
	Subject string  `json:"subject,omitzero"`
	Text    string  `json:"text,omitzero"`
	HTML    string  `json:"html,omitzero"`
}

// openWebhook reads a URL of package webhook. A user and password in it become
// basic authentication.
func openWebhook(u *url.URL, c Config) (Sender, error) {
	to, err := webhook.Parse(u)
	if err != nil {
		return nil, err
	}
	return &webhookSender{to: to, client: newClient(c), now: c.Now}, nil
}

func newClient(c Config) *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{RootCAs: c.Roots, MinVersion: tls.VersionTLS12}
	transport.MaxResponseHeaderBytes = 64 << 10
	return &http.Client{
		Transport: transport,
		Timeout:   sendTimeout,
		// A redirect would carry the message to a place that nobody configured.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Format prints where the sender leads.
func (s *webhookSender) Format(f fmt.State, _ rune) { printed(f, "webhook sender "+s.to.Host) }

func (s *webhookSender) Send(ctx context.Context, m Message) error {
	if err := m.Check(); err != nil {
		return fmt.Errorf("send %s by webhook: %w", m.ID, err)
	}
	body, err := wire.Encode(payload{
		ID: m.ID, Channel: m.Channel, Kind: m.Kind, PoolID: m.PoolID, To: m.To, From: m.From,
		ReplyTo: m.ReplyTo, Subject: m.Subject, Text: m.Text, HTML: m.HTML,
	})
	if err == nil {
		err = post(ctx, s.client, Call{ID: m.ID, URL: s.to.URL, Body: body, Secret: s.to.Secret}, s.now())
	}
	if err != nil {
		return fmt.Errorf("send %s by webhook to %s: %w", m.ID, s.to.Host, err)
	}
	return nil
}

// post makes one call and judges the answer. Its errors repeat nothing of the URL.
func post(ctx context.Context, client *http.Client, c Call, now time.Time) error {
	request, err := c.request(ctx, now)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		// The client's own error quotes the URL, and a password in it.
		var quoting *url.Error
		if errors.As(err, &quoting) {
			err = quoting.Err
		}
		return err
	}
	defer response.Body.Close()
	// Read to the end so that the connection serves again; its words may quote the message.
	_, _ = io.CopyN(io.Discard, response.Body, 64<<10)
	return judge(response.StatusCode)
}

func (c Call) request(ctx context.Context, now time.Time) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL, bytes.NewReader(c.Body))
	if err != nil {
		return nil, errors.New("prepare request")
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Gatehouse")
	r.Header.Set("Idempotency-Key", c.ID)
	webhook.Sign(r.Header, c.Secret, c.ID, c.Body, now)
	return r, nil
}

// judge reads a status. Only an answer about this message is for good: a missing
// page, a wrong password or a redirect is the operator's to mend.
func judge(status int) error {
	switch status {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return fmt.Errorf("the receiver answered %d: %w", status, ErrPermanent)
	}
	if status >= 200 && status < 300 {
		return nil
	}
	return fmt.Errorf("the receiver answered %d", status)
}
