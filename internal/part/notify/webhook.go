package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

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
// The signature is the one of standardwebhooks.com, whose libraries verify it in
// a dozen languages, replays included.
type webhookSender struct {
	url    string
	host   string
	client *http.Client
	secret []byte // nil: unsigned
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

// openWebhook reads
//
//	https://user:password@host/path?anything=goes#secret=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
//
// What stands before the # belongs to the receiver; the fragment is never sent,
// so it holds our settings. secret is whsec_ and the base64 of 24 to 64 bytes.
// plaintext=allow permits http to another machine: without it a code would be
// readable by everybody on the way. A user and password become basic authentication.
func openWebhook(u *url.URL, c Config) (Sender, error) {
	set, err := settings(u.EscapedFragment(), "secret", "plaintext")
	if err != nil {
		return nil, err
	}
	switch set["plaintext"] {
	case "", "allow":
	default:
		return nil, errors.New("plaintext must be allow, or left out")
	}
	if u.Scheme == "http" && !isLoopback(u.Hostname()) && set["plaintext"] == "" {
		return nil, errors.New("messages may not travel in plain text: use https, or add #plaintext=allow")
	}
	secret, err := readSecret(set["secret"])
	if err != nil {
		return nil, err
	}
	target := *u
	target.Fragment, target.RawFragment = "", ""
	return &webhookSender{url: target.String(), host: u.Host, client: newClient(c), secret: secret, now: c.Now}, nil
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

func readSecret(s string) ([]byte, error) {
	if s == "" {
		return nil, nil
	}
	encoded, ok := strings.CutPrefix(s, "whsec_")
	// In a URL a plus sign that nobody escaped reads as a blank.
	secret, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(encoded, " ", "+"))
	if !ok || err != nil || len(secret) < 24 || len(secret) > 64 {
		return nil, errors.New("secret must be whsec_ followed by the base64 of 24 to 64 bytes")
	}
	return secret, nil
}

// Format prints where the sender leads.
func (s *webhookSender) Format(f fmt.State, _ rune) { printed(f, "webhook sender "+s.host) }

func (s *webhookSender) Send(ctx context.Context, m Message) error {
	if err := m.Check(); err != nil {
		return fmt.Errorf("send %s by webhook: %w", m.ID, err)
	}
	body, err := wire.Encode(payload{
		ID: m.ID, Channel: m.Channel, Kind: m.Kind, PoolID: m.PoolID, To: m.To, From: m.From,
		ReplyTo: m.ReplyTo, Subject: m.Subject, Text: m.Text, HTML: m.HTML,
	})
	if err == nil {
		err = post(ctx, s.client, Call{ID: m.ID, URL: s.url, Body: body, Secret: s.secret}, s.now())
	}
	if err != nil {
		return fmt.Errorf("send %s by webhook to %s: %w", m.ID, s.host, err)
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
	if c.Secret != nil {
		timestamp := strconv.FormatInt(now.Unix(), 10)
		r.Header.Set("Webhook-Id", c.ID)
		r.Header.Set("Webhook-Timestamp", timestamp)
		r.Header.Set("Webhook-Signature", "v1,"+sign(c.Secret, c.ID, timestamp, c.Body))
	}
	return r, nil
}

// sign is the symmetric signature of Standard Webhooks 1.0.0: base64 of HMAC-SHA256 over id.timestamp.body.
func sign(secret []byte, id, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, secret)
	_, _ = io.WriteString(mac, id+"."+timestamp+".")
	_, _ = mac.Write(body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
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
