package account

import (
	"encoding/base64"

	"github.com/google/uuid"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/flow/code"
)

// A sign-up goes on to a sign-in where the code that confirms it could also stand
// for a password; nobody has to type a second one:
//
//	SignUp ── session ── ConfirmSignUp, with the code ── session ── InitiateAuth
//
// Both sessions are sealed and in the client's hands; the second is good once, as
// those of sign-ins are. The first proves nothing that the code does not: clients
// may leave it out, as Amplify does, and one that is too old is as good as none.

// Continuation is what the second session says.
type Continuation struct {
	ID        string `json:"i"`
	ClientID  string `json:"k"`
	Sub       string `json:"s"`
	Attribute string `json:"a,omitzero"` // whose value the code proved; in the second session alone
	ExpiresAt int64  `json:"x"`          // microseconds
}

const (
	purposeSignedUp  = "signed up"
	purposeConfirmed = "confirmed sign-up"
)

var invalidSession = fault.New(fault.NotAuthorized, "Invalid session for the user.")

// signsInBy tells whether a code that is sent to the attribute can stand for the
// password of users of the client.
func signsInBy(p *model.Pool, c *model.Client, attribute string) bool {
	factor := shape.AuthFactorTypeEmailOtp
	if attribute == "phone_number" {
		factor = shape.AuthFactorTypeSmsOtp
	}
	return p.SignsInBy(factor) && c.Allows("USER_AUTH")
}

// signedUp is the session of SignUp; empty where there can be no sign-in at once.
func (a *Accounts) signedUp(m *party, u *model.User, sent *code.Delivery) (string, error) {
	if sent == nil || !signsInBy(m.pool, m.client, sent.Attribute) {
		return "", nil
	}
	return a.seal(purposeSignedUp, m, u, "")
}

func (a *Accounts) seal(purpose string, m *party, u *model.User, attribute string) (string, error) {
	id, err := uuid.NewRandomFromReader(a.cfg.Rand)
	if err != nil {
		return "", err
	}
	c := Continuation{
		ID: id.String(), ClientID: m.client.ID, Sub: u.Sub, Attribute: attribute,
		ExpiresAt: a.cfg.Now().Add(m.client.SessionValidity()).UnixMicro(),
	}
	return base64.RawURLEncoding.EncodeToString(a.cfg.Ring.Seal(purpose, wire.Must(c))), nil
}

// confirmed is the session of ConfirmSignUp; empty where there can be no sign-in at
// once. session is that of SignUp, of another user's sign-up at worst.
func (a *Accounts) confirmed(m *party, u *model.User, session, attribute string) (string, error) {
	if session != "" {
		c, err := a.unseal(purposeSignedUp, session)
		if err != nil {
			return "", err
		}
		if c.ClientID != m.client.ID || c.Sub != u.Sub {
			return "", invalidSession
		}
	}
	if !signsInBy(m.pool, m.client, attribute) {
		return "", nil
	}
	return a.seal(purposeConfirmed, m, u, attribute)
}

// Continue reads the session of a sign-up that was confirmed. Whether it is over
// or was used is for the caller to find out.
func (a *Accounts) Continue(session string) (Continuation, error) {
	return a.unseal(purposeConfirmed, session)
}

func (a *Accounts) unseal(purpose, session string) (c Continuation, err error) {
	box, err := base64.RawURLEncoding.DecodeString(session)
	if err != nil {
		return c, invalidSession
	}
	plain, err := a.cfg.Ring.Open(purpose, box)
	if err != nil {
		return c, invalidSession.Because(err)
	}
	return c, wire.Read(plain, &c)
}
