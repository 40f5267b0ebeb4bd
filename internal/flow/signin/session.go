package signin

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// session is the state between a challenge and its answer. It travels sealed in
// the client's hands; the store only remembers which ones were answered.
type session struct {
	ID        string `json:"i"`
	Challenge string `json:"c"`
	Name      string `json:"n"` // as sent when the sign-in began
	Sub       string `json:"s"` // nobody for an unknown user
	EventID   string `json:"e"`
	EventAt   int64  `json:"t"` // microseconds
	ExpiresAt int64  `json:"x"` // microseconds

	// For PASSWORD_VERIFIER: the client's A, as it sent it, and our b.
	A string `json:"A,omitzero"`
	B []byte `json:"b,omitzero"`

	// For what follows a proved password: a digest of the record that it was
	// proved against. A session ends with the password that began it.
	Proved []byte `json:"r,omitzero"`
}

var (
	invalidSession = fault.New(fault.NotAuthorized, "Invalid session for the user.")
	expiredSession = fault.New(fault.NotAuthorized, "Invalid session for the user, session is expired.")
	spentSession   = fault.New(fault.NotAuthorized, "Invalid session for the user, session can only be used once.")
)

// nobody is as long as every sub: the length of a sealed session must not tell who exists.
var nobody = uuid.Nil.String()

const purposeSession = "session"

// sealSession fills in what every session has and seals it for its client.
func (s *Signin) sealSession(m *party, ss session, life time.Duration) ([]byte, error) {
	id, err := s.newID()
	if err != nil {
		return nil, err
	}
	ss.ID, ss.Name, ss.Sub = id, m.name, nobody
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

// proved is what a session remembers of the record that a password was proved against.
func proved(m *party) []byte {
	sum := sha256.Sum256(m.user.Credential)
	return sum[:16]
}

// holds tells whether the party still has the password that was proved.
func (ss session) holds(m *party) bool {
	return m.user != nil && m.user.Sub == ss.Sub && subtle.ConstantTimeCompare(proved(m), ss.Proved) == 1
}

// unspent refuses a session that was answered already, before it costs work.
// Only spend makes sure: it stands in the Update of the success.
func (s *Signin) unspent(ctx context.Context, ss session) error {
	var spent bool
	err := s.cfg.Store.View(ctx, func(tx *store.Tx) (err error) {
		spent, err = tx.SessionSpent(ss.ID)
		return err
	})
	if err == nil && spent {
		err = spentSession
	}
	return err
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
