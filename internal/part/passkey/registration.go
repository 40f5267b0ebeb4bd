package passkey

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"slices"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
)

// Registration is what an authenticator made for a user, not verified yet.
type Registration struct {
	parsed *protocol.ParsedCredentialCreationData
	// Challenge is the one that it answers, or claims to.
	Challenge []byte
}

// ParseRegistration reads a RegistrationResponseJSON, as PublicKeyCredential.toJSON
// writes it.
func ParseRegistration(document []byte) (*Registration, error) {
	parsed, err := protocol.ParseCredentialCreationResponseBytes(document)
	if err != nil {
		return nil, invalid(err)
	}
	r := &Registration{parsed: parsed}
	if r.Challenge, err = encoding.DecodeString(parsed.Response.CollectedClientData.Challenge); err != nil {
		return nil, invalid(err)
	}
	return r, nil
}

// Verify holds a registration against what was asked, and returns the new
// credential, of nobody yet.
func (r *Registration) Verify(rp RelyingParty, handle string, challenge []byte) (*model.Passkey, error) {
	client, made := r.parsed.Response.CollectedClientData, r.parsed.Response.AttestationObject.AuthData
	if err := rp.check(client, protocol.CreateCeremony, made); err != nil {
		return nil, err
	}
	if !supported(made.AttData.CredentialPublicKey) || len(made.AttData.CredentialID) > model.MaxCredentialID {
		return nil, ErrUnsupported
	}
	lib, err := rp.verifier(client.Origin)
	if err != nil {
		return nil, invalid(err)
	}
	c, err := lib.CreateCredential(holder{handle: handle}, rp.session(handle, challenge), r.parsed)
	if err != nil {
		return nil, invalid(err)
	}
	k := &model.Passkey{
		ID: encoding.EncodeToString(c.ID), RelyingParty: rp.ID, PublicKey: c.PublicKey,
		SignCount: int64(c.Authenticator.SignCount), BackupEligible: c.Flags.BackupEligible,
		Transports: transports(r.parsed.Response.Transports), Attachment: string(c.Authenticator.Attachment),
	}
	k.Name = name(made.AttData.AAGUID, k.Attachment)
	return k, nil
}

// check makes sure of what both ceremonies share and clients are told apart by.
func (rp RelyingParty) check(client protocol.CollectedClientData, want protocol.CeremonyType, told protocol.AuthenticatorData) error {
	hash := sha256.Sum256([]byte(rp.ID))
	switch {
	case client.Type != want:
		return fmt.Errorf("%w: it is of a ceremony %.40q", ErrInvalid, client.Type)
	case client.CrossOrigin || client.TopOrigin != "": // inside somebody else's page
		return ErrOrigin
	case !rp.allows(client.Origin):
		return ErrOrigin
	case subtle.ConstantTimeCompare(told.RPIDHash, hash[:]) != 1:
		return ErrRelyingParty
	case rp.Verify && !told.Flags.UserVerified():
		return ErrUnsupported
	}
	return nil
}

// supported tells whether a public key is of one of the algorithms, and small enough.
func supported(cose []byte) bool {
	if len(cose) > model.MaxCredentialKey {
		return false
	}
	key, err := webauthncose.ParsePublicKey(cose)
	if err != nil {
		return false
	}
	var alg int64
	switch k := key.(type) {
	case webauthncose.EC2PublicKeyData:
		alg = k.Algorithm
	case webauthncose.OKPPublicKeyData:
		alg = k.Algorithm
	case webauthncose.RSAPublicKeyData:
		alg = k.Algorithm
	}
	return slices.Contains(algorithms, webauthncose.COSEAlgorithmIdentifier(alg))
}

// known are the transports that there are; what else an authenticator says is not kept.
var known = []protocol.AuthenticatorTransport{
	protocol.USB, protocol.NFC, protocol.BLE, protocol.SmartCard, protocol.Hybrid, protocol.Internal,
}

func transports(told []protocol.AuthenticatorTransport) []string {
	list := []string{}
	for _, t := range known {
		if slices.Contains(told, t) {
			list = append(list, string(t))
		}
	}
	return list
}

// invalid hides what the library says of a value, which may quote a secret's neighbour:
// it is for the log.
func invalid(err error) error { return fmt.Errorf("%w: %w", ErrInvalid, err) }
