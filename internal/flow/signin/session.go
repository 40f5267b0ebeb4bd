package signin

import (
	"encoding/base64"
	"errors"
	"strings"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// session is the state between a challenge and its answer. It travels sealed in
// the client's hands; the store only remembers which ones were answered.
type session struct {
	ID        string `json:"i"`
	Challenge string `json:"c"`
	Pool      string `json:"p"`
	Name      string `json:"n"`          // as sent when the sign-in began
	Sub       string `json:"s,omitzero"` // empty for an unknown user
	EventID   string `json:"e"`
	EventAt   int64  `json:"t"` // microseconds
	ExpiresAt int64  `json:"x"` // microseconds
	// Compromised carries a finding of the first step to the event of the last.
	Compromised bool `json:"l,omitzero"`

	// For PASSWORD_VERIFIER: the client's A, as it sent it, and our b.
	A string `json:"A,omitzero"`
	B []byte `json:"b,omitzero"`
}

var (
	invalidSession = fault.New(fault.NotAuthorized, "Invalid session for the user.")
	expiredSession = fault.New(fault.NotAuthorized, "Invalid session for the user, session is expired.")
	spentSession   = fault.New(fault.NotAuthorized, "Invalid session for the user, session can only be used once.")
)

const purposeSession = "session"

// sealSession fills in what every session has and seals it for its client.
func (s *Signin) sealSession(m *party, ss session, life time.Duration) ([]byte, error) {
	id, err := s.newID()
	if err != nil {
		return nil, err
	}
	ss.ID, ss.Pool, ss.Name = id, m.pool.ID, m.name
	if m.user != nil {
		ss.Sub = m.user.Sub
	}
	ss.EventID, ss.EventAt = m.eventID, m.eventAt
	ss.ExpiresAt = s.cfg.Now().Add(life).UnixMicro()
	return s.cfg.Ring.Seal(purposeSession, wire.Must(ss), m.client.ID), nil
}

// openSession reads a session for the challenge that is being answered.
func (s *Signin) openSession(box []byte, clientID, challenge string) (session, error) {
	plain, err := s.cfg.Ring.Open(purposeSession, box, clientID)
	if err != nil {
		return session{}, invalidSession.Because(err)
	}
	var ss session
	if err := wire.Read(plain, &ss); err != nil {
		return session{}, err
	}
	if ss.Challenge != challenge {
		return session{}, invalidSession
	}
	if s.cfg.Now().UnixMicro() >= ss.ExpiresAt {
		return session{}, expiredSession
	}
	return ss, nil
}

// spend uses up the session that the party answered, in the Update of its success.
func (s *Signin) spend(tx *store.Tx, m *party) error {
	if m.session.ID == "" {
		return nil
	}
	err := tx.SpendSession(m.session.ID, time.UnixMicro(m.session.ExpiresAt))
	if errors.Is(err, store.ErrExists) {
		return spentSession
	}
	return err
}

// encodeSession is the Session member: 20 to 2048 characters.
func encodeSession(box []byte) string { return base64.RawURLEncoding.EncodeToString(box) }

func decodeSession(text string) ([]byte, error) {
	box, err := base64.RawURLEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil {
		return nil, invalidSession
	}
	return box, nil
}
