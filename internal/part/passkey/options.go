package passkey

import (
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// Timeout is how long a browser lets its user take for a registration.
const Timeout = time.Minute

const publicKey = "public-key"

// User is whom a new credential is for.
type User struct {
	// Handle comes back with every signature. It is seen by whoever holds the
	// authenticator, so it is the sub and tells nothing.
	Handle      string
	Name        string // shown when a passkey is chosen
	DisplayName string
}

type creationOptions struct {
	RP          party        `json:"rp"`
	User        user         `json:"user"`
	Challenge   string       `json:"challenge"`
	Parameters  []parameter  `json:"pubKeyCredParams"`
	Timeout     int64        `json:"timeout"` // milliseconds
	Exclude     []descriptor `json:"excludeCredentials"`
	Selection   selection    `json:"authenticatorSelection"`
	Attestation string       `json:"attestation"`
}

type requestOptions struct {
	Challenge    string       `json:"challenge"`
	Timeout      int64        `json:"timeout"`
	RP           string       `json:"rpId"`
	Allow        []descriptor `json:"allowCredentials"`
	Verification string       `json:"userVerification"`
}

type party struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type user struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	DisplayName string `json:"displayName"`
}

type parameter struct {
	Type      string `json:"type"`
	Algorithm int    `json:"alg"`
}

type descriptor struct {
	Type       string   `json:"type"`
	ID         string   `json:"id"`
	Transports []string `json:"transports,omitzero"`
}

type selection struct {
	ResidentKey        string `json:"residentKey"`
	RequireResidentKey bool   `json:"requireResidentKey"`
	Verification       string `json:"userVerification"`
}

// Creation is the PublicKeyCredentialCreationOptionsJSON of a registration, as
// PublicKeyCredential.parseCreationOptionsFromJSON reads it. The credential must be
// discoverable: a sign-in may have to ask for one without naming it. Who made the
// authenticator is not asked: nobody is refused for it.
func (rp RelyingParty) Creation(u User, challenge []byte, has []*model.Passkey) wire.Document {
	o := creationOptions{
		RP:        party{rp.ID, rp.ID},
		User:      user{encoding.EncodeToString([]byte(u.Handle)), u.Name, u.DisplayName},
		Challenge: encoding.EncodeToString(challenge),
		Timeout:   Timeout.Milliseconds(),
		Exclude:   descriptors(has),
		Selection: selection{"required", true, rp.verification()}, Attestation: "none",
	}
	for _, alg := range algorithms {
		o.Parameters = append(o.Parameters, parameter{publicKey, int(alg)})
	}
	return wire.Must(o)
}

// Request is the PublicKeyCredentialRequestOptionsJSON of a sign-in, as
// PublicKeyCredential.parseRequestOptionsFromJSON reads it. Where allow is empty,
// the authenticator offers what it has of the relying party.
func (rp RelyingParty) Request(challenge []byte, allow []*model.Passkey, timeout time.Duration) wire.Document {
	return wire.Must(requestOptions{
		encoding.EncodeToString(challenge), timeout.Milliseconds(), rp.ID, descriptors(allow), rp.verification(),
	})
}

func (rp RelyingParty) verification() string {
	if rp.Verify {
		return "required"
	}
	return "preferred"
}

func descriptors(keys []*model.Passkey) []descriptor {
	list := make([]descriptor, len(keys))
	for i, k := range keys {
		list[i] = descriptor{publicKey, k.ID, k.Transports}
	}
	return list
}
