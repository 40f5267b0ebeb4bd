package passkey

import (
	"errors"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/go-webauthn/webauthn/webauthn"
)

// Assertion is a signature with a credential, not verified yet.
type Assertion struct {
	parsed *protocol.ParsedCredentialAssertionData
	// CredentialID says with which, base64url.
	CredentialID string
}

// Proof is what a verified assertion tells.
type Proof struct {
	Verified bool // the authenticator verified its user
	// SignCount is the counter that came with it. Cloned tells that it did not grow
	// as it should have: another authenticator may have the same key.
	SignCount int64
	Cloned    bool
}

// ParseAssertion reads an AuthenticationResponseJSON, as PublicKeyCredential.toJSON
// writes it.
func ParseAssertion(document []byte) (*Assertion, error) {
	parsed, err := protocol.ParseCredentialRequestResponseBytes(document)
	if err != nil {
		return nil, invalid(err)
	}
	if len(parsed.RawID) > model.MaxCredentialID {
		return nil, fmt.Errorf("%w: its id is too long", ErrInvalid)
	}
	return &Assertion{parsed: parsed, CredentialID: encoding.EncodeToString(parsed.RawID)}, nil
}

// Verify holds an assertion against the credential that it names and the challenge
// that it must answer.
func (a *Assertion) Verify(rp RelyingParty, k *model.Passkey, challenge []byte) (Proof, error) {
	client := a.parsed.Response.CollectedClientData
	if k.RelyingParty != rp.ID {
		return Proof{}, ErrRelyingParty
	}
	if err := rp.check(client, protocol.AssertCeremony, a.parsed.Response.AuthenticatorData); err != nil {
		return Proof{}, err
	}
	lib, err := rp.verifier(client.Origin)
	if err != nil {
		return Proof{}, invalid(err)
	}
	id, err := encoding.DecodeString(k.ID)
	if err != nil {
		return Proof{}, fmt.Errorf("read the id of a passkey: %w", err)
	}
	session := rp.session(k.Sub, challenge)
	session.AllowedCredentialIDs = [][]byte{id}
	c, err := lib.ValidateLogin(holder{k.Sub, []webauthn.Credential{credential(k, id)}}, session, a.parsed)
	if err != nil {
		return Proof{}, invalid(err)
	}
	told := a.parsed.Response.AuthenticatorData
	return Proof{
		Verified: told.Flags.UserVerified(), SignCount: int64(told.Counter), Cloned: c.Authenticator.CloneWarning,
	}, nil
}

// IsRefusal tells whether an error says something of the credential, and not of us.
func IsRefusal(err error) bool {
	return errors.Is(err, ErrInvalid) || errors.Is(err, ErrOrigin) || errors.Is(err, ErrRelyingParty) || errors.Is(err, ErrUnsupported)
}
