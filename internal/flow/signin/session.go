package signin

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/flow/device"
	"github.com/gatehouse-id/gatehouse/internal/flow/mfa"
	"github.com/gatehouse-id/gatehouse/risk"
)

// session is the state between a challenge and its answer. It travels sealed in
// the client's hands; the store only remembers which ones were answered.
type session struct {
	ID        string `json:"i"`
	ClientID  string `json:"k"` // whom it was given to
	Challenge string `json:"c"`
	Name      string `json:"n"` // as sent when the sign-in began
	Sub       string `json:"s"` // nobody for an unknown user
	EventID   string `json:"e"`
	EventAt   int64  `json:"t"` // microseconds
	ExpiresAt int64  `json:"x"` // microseconds

	// For PASSWORD_VERIFIER: the client's A, as it sent it, and our b.
	A string `json:"A,omitzero"`
	B []byte `json:"b,omitzero"`
	// For WEB_AUTHN, and a choice that has it: what the authenticator is to sign.
	Nonce []byte `json:"q,omitzero"`

	// For what follows a first proof: what it was, whether it was a passkey that
	// verified its user, and, of a password, a digest of the record that it was
	// proved against. A session ends with the password that began it.
	First    proof  `json:"p,omitzero"`
	Verified bool   `json:"u,omitzero"`
	Proved   []byte `json:"r,omitzero"`

	// For second factors: those that can be chosen or set up, and what the risk
	// of the sign-in asked for.
	Factors []model.Factor `json:"f,omitzero"`
	Demand  mfa.Demand     `json:"d,omitzero"`
	Level   risk.Level     `json:"l,omitzero"`  // what the sign-in was rated
	Notify  bool           `json:"y,omitzero"`  // the user is to be told once it is through
	From    string         `json:"fr,omitzero"` // the address that it was judged by
	// For MFA_SETUP: the secret of the authenticator, once it was handed out, and
	// whether a code of it came back.
	Secret []byte `json:"z,omitzero"`
	Proven bool   `json:"v,omitzero"`
	// And where it is stored no earlier than with the sign-in: the time step of that
	// code, and what the user calls the app.
	Step int64  `json:"st,omitzero"`
	App  string `json:"ap,omitzero"`
	// The key of the device that the sign-in is with; for the challenges of a device,
	// whether a second factor was answered before, and whether that was one that the
	// user had already.
	Device   string `json:"D,omitzero"`
	Owes     bool   `json:"W,omitzero"` // it was judged with the device, which has yet to prove itself
	Answered bool   `json:"F,omitzero"`
	Passed   bool   `json:"P,omitzero"`
	// For the EMAIL_OTP that sets an address up: the address.
	Email string `json:"m,omitzero"`
	// Of a custom sign-in, whatever is asked: see customstate.go.
	Custom *custom `json:"C,omitzero"`
}

// longestAttempt bounds a sign-in, however many sessions it has one after the other.
const longestAttempt = time.Hour

// String hides the session: it holds secrets.
func (session) String() string { return "[redacted]" }

// GoString hides the session.
func (session) GoString() string { return "[redacted]" }

// ofFactor tells whether the session is of a second factor that its answer proves.
func (ss session) ofFactor() bool {
	if ss.First == byNothing { // the same challenge can be the first
		return false
	}
	switch ss.Challenge {
	case shape.ChallengeNameTypeSmsMfa, shape.ChallengeNameTypeEmailOtp, shape.ChallengeNameTypeSoftwareTokenMfa, shape.ChallengeNameTypeMfaSetup:
		return true
	}
	return false
}

// ofDevice tells whether the session is of a device that has to prove itself.
func (ss session) ofDevice() bool {
	return ss.Challenge == shape.ChallengeNameTypeDeviceSrpAuth || ss.Challenge == shape.ChallengeNameTypeDevicePasswordVerifier
}

// provesFactor tells whether its answer proves a factor that the user had before.
func (ss session) provesFactor() bool {
	return ss.ofFactor() && ss.Challenge != shape.ChallengeNameTypeMfaSetup && ss.Email == ""
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
	if ss.ID == "" {
		id, err := s.newID()
		if err != nil {
			return nil, err
		}
		ss.ID = id
	}
	ss.ClientID, ss.Name, ss.Sub = m.client.ID, m.name, nobody
	if m.user != nil {
		ss.Sub = m.user.Sub
	}
	ss.EventID, ss.EventAt, ss.Demand, ss.Level = m.eventID, m.eventAt, m.demand, m.level()
	ss.Owes = m.asksDevice()
	ss.Device, ss.Custom = m.carried(), m.custom
	if ss.From = m.session.From; ss.From == "" || m.judged != nil {
		ss.From = m.origin.IP
	}
	ss.Notify = ss.Notify || m.later || m.session.Notify
	ss.ExpiresAt = s.cfg.Now().Add(life).UnixMicro()
	return s.cfg.Ring.Seal(purposeSession, wire.Must(ss)), nil
}

// openSession reads a session for the challenge that is being answered.
func (s *Signin) openSession(box []byte, challenge string) (session, error) {
	plain, err := s.cfg.Ring.Open(purposeSession, box)
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
	now := s.cfg.Now().UnixMicro()
	if now >= ss.ExpiresAt || ss.EventAt != 0 && now >= ss.EventAt+longestAttempt.Microseconds() {
		return session{}, expiredSession
	}
	return ss, nil
}

// openFor is openSession for the client that answers.
func (s *Signin) openFor(box []byte, clientID, challenge string) (session, error) {
	ss, err := s.openSession(box, challenge)
	if err == nil && ss.ClientID != clientID {
		err = invalidSession
	}
	return ss, err
}

// sessionOf reads the session that comes with an answer.
func (s *Signin) sessionOf(a Answer) (session, error) {
	if a.Session == "" {
		return session{}, fault.New(fault.InvalidParameter, "Missing required parameter Session")
	}
	box, err := decodeSession(a.Session)
	if err != nil {
		return session{}, err
	}
	return s.openFor(box, a.ClientID, a.Challenge)
}

// resume goes on with a sign-in whose user was proved, for the answer to a challenge.
func (s *Signin) resume(ctx context.Context, a Answer) (*party, error) {
	ss, err := s.sessionOf(a)
	if err != nil {
		return nil, err
	}
	m, err := s.reopen(ctx, a.PoolID, ss, a.Origin)
	if err != nil {
		return nil, err
	}
	if !m.answersTo(a.Responses["USERNAME"]) {
		return nil, invalidSession
	}
	if err := s.checkSecretHashOf(m, a.Responses, m.user.Username); err != nil {
		return nil, err
	}
	m.brings(a.Responses)
	m.metadata = a.Metadata
	if err := s.admit(ctx, m); err != nil {
		return nil, err
	}
	if err := s.findDevice(ctx, m); err != nil {
		return nil, err
	}
	if m.brought.missing {
		return nil, device.Missing
	}
	return m, s.judgeAgain(ctx, m)
}

// reopen loads the party of a session that was not answered yet. What was proved
// must still hold.
func (s *Signin) reopen(ctx context.Context, poolID string, ss session, origin model.Origin) (*party, error) {
	m, err := s.meetAs(ctx, poolID, ss.ClientID, ss.Name, origin, ss.Custom != nil)
	if err != nil {
		return nil, err
	}
	if err := s.unspent(ctx, ss); err != nil {
		return nil, err
	}
	if !ss.holds(m) {
		return nil, invalidSession
	}
	m.carry(ss)
	return m, s.unpark(ctx, m)
}

// carry takes over what a session says of the attempt so far.
func (m *party) carry(ss session) {
	m.session, m.eventID, m.eventAt, m.demand = ss, ss.EventID, ss.EventAt, ss.Demand
	m.first, m.verified = ss.First, ss.Verified
	m.brought.key, m.custom = ss.Device, ss.Custom
}

// holds tells whether the session is of a user who was proved, and, where that was
// by a password, whether the user still has it.
func (ss session) holds(m *party) bool {
	if m.user == nil || m.user.Sub != ss.Sub || ss.First == byNothing {
		return false
	}
	return !ss.First.ofPassword() || subtle.ConstantTimeCompare(proved(m.user), ss.Proved) == 1
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
