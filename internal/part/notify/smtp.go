package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/textproto"
	"net/url"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/gatehouse-id/gatehouse/internal/base/webhook"
)

// smtpSender sends each message over a connection of its own: nothing is shared
// between messages, so nothing can go stale or be left in a strange state.
type smtpSender struct {
	host     string
	port     int
	implicit bool // TLS from the first byte
	starttls gomail.TLSPolicy
	tls      *tls.Config
	from     *mail.Address
	login    *login // nil: no authentication
	now      func() time.Time
}

// openSMTP reads
//
//	smtp://user:password@host:587?starttls=require&from=no-reply@example.com    (port 25 if none)
//	smtps://user:password@host:465?from=Example%20%3Cno-reply@example.com%3E    (port 465 if none)
//
// starttls is one of
//
//	require        the certificate must be valid for the host: the default, except for this machine
//	opportunistic  encrypted where the server offers it, to whomever it is: the default for this machine
//	none           plain
//
// A user and password are refused where they could be read on the way: with
// opportunistic or none they may go to this machine only. from is used for
// messages without one, and is no-reply@host if missing.
func openSMTP(u *url.URL, c Config) (Sender, error) {
	set, err := webhook.Settings(u.RawQuery, "starttls", "from")
	if err != nil {
		return nil, err
	}
	if u.Fragment != "" || u.Path != "" && u.Path != "/" {
		return nil, errors.New("nothing may follow the host but settings after a ?")
	}
	s := &smtpSender{host: u.Hostname(), implicit: u.Scheme == "smtps", now: c.Now}
	if s.port, err = s.readPort(u.Port()); err != nil {
		return nil, err
	}
	if s.starttls, err = s.readStartTLS(set["starttls"]); err != nil {
		return nil, err
	}
	if s.from, err = s.readFrom(set["from"]); err != nil {
		return nil, err
	}
	s.tls = &tls.Config{ServerName: s.host, RootCAs: c.Roots, MinVersion: tls.VersionTLS12}
	// Whoever accepts plain text gains nothing from refusing a certificate.
	s.tls.InsecureSkipVerify = s.starttls == gomail.TLSOpportunistic

	if u.User != nil {
		password, _ := u.User.Password()
		s.login = &login{user: u.User.Username(), password: password, local: webhook.IsLoopback(s.host)}
		if !s.implicit && s.starttls != gomail.TLSMandatory && !s.login.local {
			return nil, errors.New("a password may not travel without starttls=require")
		}
	}
	return s, nil
}

func (s *smtpSender) readPort(port string) (int, error) {
	switch {
	case port == "" && s.implicit:
		return 465, nil
	case port == "":
		return 25, nil
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return 0, errors.New("the port must be 1 to 65535")
	}
	return int(n), nil
}

func (s *smtpSender) readStartTLS(mode string) (gomail.TLSPolicy, error) {
	switch {
	case s.implicit && mode != "":
		return 0, errors.New("smtps is encrypted from the first byte: it has no starttls")
	case s.implicit, mode == "none":
		return gomail.NoTLS, nil
	case mode == "require", mode == "" && !webhook.IsLoopback(s.host):
		return gomail.TLSMandatory, nil
	case mode == "opportunistic", mode == "":
		return gomail.TLSOpportunistic, nil
	}
	return 0, errors.New("starttls must be require, opportunistic or none")
}

func (s *smtpSender) readFrom(from string) (*mail.Address, error) {
	switch {
	case from != "":
		a, err := mailbox(from)
		if err != nil {
			return nil, errors.New("from is not an e-mail address")
		}
		return a, nil
	case validDomain(s.host):
		return &mail.Address{Address: "no-reply@" + s.host}, nil
	}
	return &mail.Address{Address: "no-reply@gatehouse.localhost"}, nil
}

// Format prints where the sender leads.
func (s *smtpSender) Format(f fmt.State, _ rune) { printed(f, "smtp sender "+s.address()) }

func (s *smtpSender) address() string { return net.JoinHostPort(s.host, strconv.Itoa(s.port)) }

func (s *smtpSender) Send(ctx context.Context, m Message) error {
	if m.Channel != Email {
		return fmt.Errorf("send %s by SMTP: the channel is not e-mail: %w", m.ID, ErrPermanent)
	}
	letter, _, err := compose(m, s.from, s.now())
	if err != nil {
		return fmt.Errorf("send %s by SMTP: %w", m.ID, err)
	}
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	if err := s.deliver(ctx, letter); err != nil {
		if ctx.Err() != nil {
			err = errors.Join(ctx.Err(), err)
		}
		return fmt.Errorf("send %s by SMTP to %s: %w", m.ID, s.address(), err)
	}
	return nil
}

// deliver talks to the server, and closes the connection when ctx ends: the
// library sets deadlines of its own, so only a closed connection surely stops it.
func (s *smtpSender) deliver(ctx context.Context, letter *gomail.Msg) error {
	conn, err := s.dial(ctx)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()

	attempt := s.login.begin()
	client, err := s.client(conn, attempt)
	if err != nil {
		return err
	}
	session, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return explainGreeting(err, attempt)
	}
	err = client.SendWithSMTPClient(session, letter)
	if letter.IsDelivered() {
		// What the server says of QUIT changes nothing.
		_ = client.CloseWithSMTPClient(session)
		return nil
	}
	return explainRefusal(err)
}

func (s *smtpSender) dial(ctx context.Context) (net.Conn, error) {
	if s.implicit {
		return (&tls.Dialer{Config: s.tls}).DialContext(ctx, "tcp", s.address())
	}
	return new(net.Dialer).DialContext(ctx, "tcp", s.address())
}

// client drives one connection with the library: TLS, authentication, then one message.
func (s *smtpSender) client(conn net.Conn, attempt *attempt) (*gomail.Client, error) {
	options := []gomail.Option{
		gomail.WithPort(s.port),
		gomail.WithTimeout(sendTimeout),
		gomail.WithTLSConfig(s.tls.Clone()),
		gomail.WithTLSPolicy(s.starttls),
		gomail.WithDialContextFunc(func(context.Context, string, string) (net.Conn, error) { return conn, nil }),
		gomail.WithoutNoop(),
		gomail.WithoutRset(),
		gomail.WithoutSMTPUTF8(),
	}
	if attempt != nil {
		options = append(options, gomail.WithSMTPAuthCustom(attempt))
	}
	client, err := gomail.NewClient(s.host, options...)
	if err != nil {
		return nil, fmt.Errorf("prepare session: %w", err)
	}
	return client, nil
}

// explainGreeting tells why there is no session. All of this is the operator's to
// mend, so nothing of it is permanent.
func explainGreeting(err error, attempt *attempt) error {
	if attempt != nil && attempt.mechanism != "" {
		// The server has seen the password by now and may repeat it.
		return fmt.Errorf("authenticate by %s: %s", attempt.mechanism, replyCode(err))
	}
	var reply *textproto.Error
	if errors.As(err, &reply) {
		return fmt.Errorf("greet: %s", replyCode(err))
	}
	return fmt.Errorf("greet: %w", err)
}

// explainRefusal tells which command the server refused, and whether for good.
// The server's words are left out: after DATA it has read the message.
func explainRefusal(err error) error {
	var refusal *gomail.SendError
	if !errors.As(err, &refusal) {
		return errors.New("connection lost")
	}
	if refusal.ErrorCode() == 0 {
		return fmt.Errorf("%s: connection lost", refusal.Reason)
	}
	reply := fmt.Errorf("%s: %d %s", refusal.Reason, refusal.ErrorCode(), refusal.EnhancedStatusCode())
	if isForGood(refusal.ErrorCode()) {
		return fmt.Errorf("%w: %w", reply, ErrPermanent)
	}
	return reply
}

// isForGood tells a refused message (5xx) from a refused sender: RFC 4954 uses
// 530, 534, 535 and 538 to ask for authentication or encryption first.
func isForGood(code int) bool {
	switch code {
	case 530, 534, 535, 538:
		return false
	}
	return code >= 500 && code < 600
}

func replyCode(err error) string {
	var reply *textproto.Error
	if errors.As(err, &reply) {
		return fmt.Sprintf("the server answered %d", reply.Code)
	}
	return "connection lost"
}
