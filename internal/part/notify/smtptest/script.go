package smtptest

import (
	"sync"

	"github.com/emersion/go-smtp"
)

// Stage is a moment of the conversation at which the server may be told to fail.
type Stage int

// The stages, in their order.
const (
	Greet = Stage(iota) // the answer to EHLO
	Auth                // the answer to AUTH
	From                // the answer to MAIL FROM
	To                  // the answer to RCPT TO
	Data                // the answer to the message itself, read to its end
)

// failure is what happens at a stage.
type failure struct {
	reply   *smtp.SMTPError // nil: hang
	release chan struct{}   // closed to end the hanging
	entered func()          // tells that a client hangs
}

// Fail makes the server answer a stage with a code, 4xx or 5xx, and a text, until Heal.
func (s *Sink) Fail(at Stage, code int, text string) {
	s.plan(at, failure{reply: &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 0, 0}, Message: text}})
}

// Hang makes the server say nothing more from a stage on, until Heal. The
// channel is closed when the first client hangs.
func (s *Sink) Hang(at Stage) <-chan struct{} {
	hanging := make(chan struct{})
	s.plan(at, failure{release: make(chan struct{}), entered: sync.OnceFunc(func() { close(hanging) })})
	return hanging
}

// Heal makes the server well again and lets go of clients that hang.
func (s *Sink) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for at, f := range s.script {
		f.end()
		delete(s.script, at)
	}
}

func (s *Sink) plan(at Stage, f failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script[at].end()
	s.script[at] = f
}

func (f failure) end() {
	if f.release != nil {
		close(f.release)
	}
}

// act does what the script says for a stage.
func (s *Sink) act(at Stage) error {
	s.mu.Lock()
	f, planned := s.script[at]
	s.mu.Unlock()
	switch {
	case !planned:
		return nil
	case f.reply != nil:
		return f.reply
	}
	f.entered()
	<-f.release
	return &smtp.SMTPError{Code: 421, EnhancedCode: smtp.EnhancedCode{4, 0, 0}, Message: "Released"}
}
