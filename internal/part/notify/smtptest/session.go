package smtptest

import (
	"io"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// session is one connection of a client.
type session struct {
	sink     *Sink
	envelope struct{ from, to string }
	known    bool // the client has authenticated
}

// open greets a client.
func (s *Sink) open() (smtp.Session, error) {
	if err := s.act(Greet); err != nil {
		return nil, err
	}
	return &session{sink: s, known: s.config.User == ""}, nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if !s.known {
		return &smtp.SMTPError{Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 0}, Message: "Authentication required"}
	}
	s.envelope.from = from
	return s.sink.act(From)
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.envelope.to = to
	return s.sink.act(To)
}

func (s *session) Data(r io.Reader) error {
	content, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := s.sink.act(Data); err != nil {
		return err
	}
	m, err := Read(content)
	if err != nil {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: "Malformed: " + err.Error()}
	}
	m.EnvelopeFrom, m.EnvelopeTo = s.envelope.from, s.envelope.to
	s.sink.add(m)
	return nil
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

func (s *session) AuthMechanisms() []string {
	switch {
	case s.sink.config.User == "":
		return nil
	case len(s.sink.config.Mechanisms) == 0:
		return []string{sasl.Plain}
	}
	return s.sink.config.Mechanisms
}

func (s *session) Auth(mechanism string) (sasl.Server, error) {
	if err := s.sink.act(Auth); err != nil {
		return nil, err
	}
	return s.sink.config.verifier(mechanism, func() { s.known = true })
}
