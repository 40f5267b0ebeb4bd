package smtptest

import (
	"crypto/hmac"
	"crypto/md5"
	"encoding/hex"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// verifier is the server's side of a mechanism; accept is called once the client has proved itself.
func (c Config) verifier(mechanism string, accept func()) (sasl.Server, error) {
	check := func(user, password string) error {
		if user != c.User || password != c.Password {
			return smtp.ErrAuthFailed
		}
		accept()
		return nil
	}
	switch mechanism {
	case sasl.Plain:
		return sasl.NewPlainServer(func(_, user, password string) error { return check(user, password) }), nil
	case sasl.Login:
		return &loginServer{check: check}, nil
	case "CRAM-MD5":
		return &cramServer{config: c, accept: accept}, nil
	}
	return nil, smtp.ErrAuthUnknownMechanism
}

// loginServer asks for the user, then for the password.
type loginServer struct {
	check func(user, password string) error
	asked []string
}

func (l *loginServer) Next(response []byte) (challenge []byte, done bool, err error) {
	if response != nil {
		l.asked = append(l.asked, string(response))
	}
	switch len(l.asked) {
	case 0:
		return []byte("Username:"), false, nil
	case 1:
		return []byte("Password:"), false, nil
	}
	return nil, true, l.check(l.asked[0], l.asked[1])
}

// cramServer is RFC 2195: the client answers the challenge with its HMAC-MD5 under the password.
type cramServer struct {
	config Config
	accept func()
	sent   bool
}

const cramChallenge = "<1896.697170952@sink.test>"

func (c *cramServer) Next(response []byte) (challenge []byte, done bool, err error) {
	if !c.sent {
		c.sent = true
		return []byte(cramChallenge), false, nil
	}
	mac := hmac.New(md5.New, []byte(c.config.Password))
	mac.Write([]byte(cramChallenge))
	if string(response) != c.config.User+" "+hex.EncodeToString(mac.Sum(nil)) {
		return nil, true, smtp.ErrAuthFailed
	}
	c.accept()
	return nil, true, nil
}
