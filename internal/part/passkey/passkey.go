// Package passkey gives both ceremonies of WebAuthn, as a relying party holds them.
//
//	options.go       what a browser is asked for: creation and request options, as JSON
//	registration.go  a new credential is read, and held against what was asked
//	assertion.go     a signature is read, and held against a credential
//	origin.go        which pages and apps may speak for a relying party
//	name.go          what a new credential is called
//
// The formats and signatures are github.com/go-webauthn/webauthn's; what is decided
// here is whom to believe. Challenges come from the caller, who also sees that each
// is good once. Nothing here reads a clock or randomness.
//
// Web Authentication level 3: https://www.w3.org/TR/webauthn-3/
package passkey

import (
	"encoding/base64"
	"errors"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
)

// RelyingParty is the domain that a pool stands for towards authenticators.
type RelyingParty struct {
	ID string
	// Verify demands that the authenticator verified its user, by a finger, a face or a PIN.
	Verify bool
}

// Errors of both ceremonies. Anything else that does not hold is ErrInvalid.
var (
	ErrInvalid      = errors.New("not a valid credential")
	ErrOrigin       = errors.New("the page does not belong to the relying party")
	ErrRelyingParty = errors.New("the credential is of another relying party")
	ErrUnsupported  = errors.New("the authenticator cannot do what is asked")
)

// algorithms are the signatures that are accepted, the one that every authenticator
// has first. RS256 is what Windows Hello has.
var algorithms = []webauthncose.COSEAlgorithmIdentifier{webauthncose.AlgES256, webauthncose.AlgEdDSA, webauthncose.AlgRS256}

var encoding = base64.RawURLEncoding

// verifier is the library, set to believe one origin.
func (rp RelyingParty) verifier(origin string) (*webauthn.WebAuthn, error) {
	cfg := &webauthn.Config{
		RPID: rp.ID, RPDisplayName: rp.ID, RPOrigins: []string{"https://" + rp.ID},
		// A password manager may say more than it was asked for. Nothing of it is read.
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
	}
	if isApp(origin) {
		cfg.RPOpaqueOrigins = []string{origin}
	} else {
		cfg.RPOrigins = []string{origin}
	}
	return webauthn.New(cfg)
}

// session is what the library wants to know of a ceremony that it did not begin.
func (rp RelyingParty) session(handle string, challenge []byte) webauthn.SessionData {
	s := webauthn.SessionData{
		Challenge: encoding.EncodeToString(challenge), RelyingPartyID: rp.ID, UserID: []byte(handle),
		UserVerification: protocol.VerificationPreferred,
	}
	if rp.Verify {
		s.UserVerification = protocol.VerificationRequired
	}
	for _, alg := range algorithms {
		s.CredParams = append(s.CredParams, protocol.CredentialParameter{Type: protocol.PublicKeyCredentialType, Algorithm: alg})
	}
	return s
}

// holder is a user as the library sees one.
type holder struct {
	handle string
	keys   []webauthn.Credential
}

func (h holder) WebAuthnID() []byte                         { return []byte(h.handle) }
func (h holder) WebAuthnName() string                       { return h.handle }
func (h holder) WebAuthnDisplayName() string                { return h.handle }
func (h holder) WebAuthnCredentials() []webauthn.Credential { return h.keys }

// credential is a passkey as the library sees one.
func credential(k *model.Passkey, id []byte) webauthn.Credential {
	return webauthn.Credential{
		ID: id, PublicKey: k.PublicKey,
		Flags:         webauthn.CredentialFlags{BackupEligible: k.BackupEligible},
		Authenticator: webauthn.Authenticator{SignCount: uint32(k.SignCount)},
	}
}
