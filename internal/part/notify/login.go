package notify

import (
	"errors"
	"slices"

	"github.com/wneessen/go-mail/smtp"
)

// login is a user and password, and whether they stay on this machine.
type login struct {
	user, password string
	local          bool
}

// begin makes the attempt for one connection, none where there is no login.
func (l *login) begin() *attempt {
	if l == nil {
		return nil
	}
	return &attempt{login: l}
}

// attempt is one authentication, by the first of our mechanisms that the server
// offers. It remembers which, so that errors can tell what the server has seen.
type attempt struct {
	*login
	mechanism string
	smtp.Auth
}

var errNoMechanism = errors.New("the server offers none of PLAIN, LOGIN and CRAM-MD5")

// Start chooses the mechanism. PLAIN is first, for it works with every way of
// keeping passwords on the server, and the connection is private by now.
func (a *attempt) Start(server *smtp.ServerInfo) (string, []byte, error) {
	if !server.TLS && !a.local {
		return "", nil, smtp.ErrUnencrypted
	}
	switch {
	case slices.Contains(server.Auth, "PLAIN"):
		a.Auth = smtp.PlainAuth("", a.user, a.password, server.Name, true)
	case slices.Contains(server.Auth, "LOGIN"):
		a.Auth = smtp.LoginAuth(a.user, a.password, server.Name, true)
	case slices.Contains(server.Auth, "CRAM-MD5"):
		a.Auth = smtp.CRAMMD5Auth(a.user, a.password)
	default:
		return "", nil, errNoMechanism
	}
	mechanism, first, err := a.Auth.Start(server)
	a.mechanism = mechanism
	return mechanism, first, err
}
