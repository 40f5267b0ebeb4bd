// Package smtptest gives a real SMTP server inside a test, that records what it is sent and fails when told to.
//
//	sink := smtptest.Start(t)
//	sender, err := notify.Open(sink.URL())
//	...
//	mail := sink.Wait(t, 1)[0]
//
// The server speaks SMTP over TCP on 127.0.0.1, with STARTTLS or implicit TLS
// under a certificate of its own (Roots) and with authentication where asked for.
package smtptest

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// Security is how connections are encrypted.
type Security int

// The ways of encrypting.
const (
	Plain    = Security(iota) // not at all
	StartTLS                  // on request
	Implicit                  // from the first byte
)

// Config is how the server behaves. The zero Config takes mail from anybody in plain text.
type Config struct {
	Security Security
	// User and Password must be given by clients, if User is not empty.
	User, Password string
	// Mechanisms are the ways to give them: PLAIN, LOGIN, CRAM-MD5. Empty: PLAIN.
	Mechanisms []string
}

// Sink is a running server.
type Sink struct {
	config   Config
	listener net.Listener
	roots    *x509.CertPool

	mu      sync.Mutex
	arrived *sync.Cond // signalled when a mail came
	mails   []Mail
	script  map[Stage]failure
}

// Start starts a server that ends with the test.
func Start(t testing.TB) *Sink { return StartWith(t, Config{}) }

// StartWith is Start with a Config.
func StartWith(t testing.TB, config Config) *Sink {
	t.Helper()
	certificate, roots, err := newCertificate()
	if err != nil {
		t.Fatalf("make certificate: %v", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listen: %v", err)
	}
	s := &Sink{config: config, listener: listener, roots: roots, script: map[Stage]failure{}}
	s.arrived = sync.NewCond(&s.mu)

	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return s.open() }))
	server.Domain = "sink.test"
	server.AllowInsecureAuth = true
	server.ErrorLog = log.New(io.Discard, "", 0)
	secured := &tls.Config{Certificates: []tls.Certificate{certificate}}
	switch config.Security {
	case StartTLS:
		server.TLSConfig = secured
	case Implicit:
		listener = tls.NewListener(listener, secured)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(listener)
	}()
	t.Cleanup(func() {
		s.Heal()
		_ = server.Close()
		_ = listener.Close() // the server may not have known it yet
		<-served
	})
	return s
}

// URL is where the server listens, with the user and password that it wants.
func (s *Sink) URL() string {
	u := url.URL{Scheme: "smtp", Host: s.listener.Addr().String()}
	if s.config.Security == Implicit {
		u.Scheme = "smtps"
	}
	if s.config.User != "" {
		u.User = url.UserPassword(s.config.User, s.config.Password)
	}
	return u.String()
}

// Addr is host:port of the server.
func (s *Sink) Addr() string { return s.listener.Addr().String() }

// Roots are what a client must trust to talk TLS with the server.
func (s *Sink) Roots() *x509.CertPool { return s.roots }

// Mails are the mails that came so far, in their order.
func (s *Sink) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Mail(nil), s.mails...)
}

// patience is how long Wait waits before it calls a mail lost.
const patience = 30 * time.Second

// Wait returns the mails once n of them have come, and fails the test if they do not come.
func (s *Sink) Wait(t testing.TB, n int) []Mail {
	t.Helper()
	var late bool
	alarm := time.AfterFunc(patience, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		late = true
		s.arrived.Broadcast()
	})
	defer alarm.Stop()

	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.mails) < n && !late {
		s.arrived.Wait()
	}
	if len(s.mails) < n {
		t.Fatalf("%d mails came, want %d", len(s.mails), n)
	}
	return append([]Mail(nil), s.mails...)
}

func (s *Sink) add(m Mail) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mails = append(s.mails, m)
	s.arrived.Broadcast()
}
