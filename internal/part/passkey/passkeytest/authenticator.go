// Package passkeytest gives an authenticator in software, for tests: it answers both
// ceremonies of WebAuthn as a browser and its authenticator do together.
// What a test wants to be wrong, it can be told to get wrong.
package passkeytest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/go-webauthn/webauthn/protocol/webauthncbor"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"

	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// Authenticator holds credentials, and a browser in front of them.
type Authenticator struct {
	Origin   string // of the page that asks
	Verifies bool   // it verifies its user
	// RelyingParty, Type and CrossOrigin, unless empty, are told instead of what is true.
	RelyingParty string
	Type         string
	CrossOrigin  bool
	Algorithm    webauthncose.COSEAlgorithmIdentifier // 0 is ES256
	// Synced passkeys never count; others count every signature.
	Synced     bool
	AAGUID     [16]byte
	Attachment string // platform where empty
	keys       []*key
}

type key struct {
	id     []byte
	party  string
	handle []byte
	signer crypto.Signer
	cose   []byte
	count  uint32
}

var encoding = base64.RawURLEncoding

// flags of authenticator data (level 3, section 6.1).
const (
	present    = 1 << 0
	verified   = 1 << 2
	eligible   = 1 << 3
	backedUp   = 1 << 4
	attested   = 1 << 6
	thisSystem = "platform"
)

// creation is what is read of creation options.
type creation struct {
	RP struct {
		ID string `json:"id"`
	} `json:"rp"`
	User struct {
		ID string `json:"id"`
	} `json:"user"`
	Challenge string `json:"challenge"`
	Exclude   []struct {
		ID string `json:"id"`
	} `json:"excludeCredentials"`
}

type request struct {
	Challenge string `json:"challenge"`
	RP        string `json:"rpId"`
	Allow     []struct {
		ID string `json:"id"`
	} `json:"allowCredentials"`
}

// Errors that a browser would show its user.
var (
	ErrExcluded = errors.New("the authenticator has a credential of the user already")
	ErrNone     = errors.New("the authenticator has no such credential")
)

// Create answers creation options with a RegistrationResponseJSON.
func (a *Authenticator) Create(options []byte) ([]byte, error) {
	var o creation
	if err := wire.Read(options, &o); err != nil {
		return nil, err
	}
	for _, e := range o.Exclude {
		if a.find(func(k *key) bool { return encoding.EncodeToString(k.id) == e.ID }) != nil {
			return nil, ErrExcluded
		}
	}
	handle, err := encoding.DecodeString(o.User.ID)
	if err != nil {
		return nil, fmt.Errorf("user.id: %w", err)
	}
	k := &key{id: make([]byte, 32), party: o.RP.ID, handle: handle}
	rand.Read(k.id) //nolint:errcheck // it cannot fail
	if err := k.generate(a.Algorithm); err != nil {
		return nil, err
	}
	a.keys = append(a.keys, k)
	data := a.data(k, attested)
	data = append(data, a.AAGUID[:]...)
	data = binary.BigEndian.AppendUint16(data, uint16(len(k.id)))
	data = append(append(data, k.id...), k.cose...)
	object, err := webauthncbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": data})
	if err != nil {
		return nil, err
	}
	return a.response(k, map[string]any{
		"clientDataJSON": encoding.EncodeToString(a.client("webauthn.create", o.Challenge)), "attestationObject": encoding.EncodeToString(object),
		"transports": []string{"internal", "hybrid"},
	}), nil
}

// Get answers request options with an AuthenticationResponseJSON: with the newest
// credential that fits.
func (a *Authenticator) Get(options []byte) ([]byte, error) {
	var o request
	if err := wire.Read(options, &o); err != nil {
		return nil, err
	}
	k := a.find(func(k *key) bool {
		if k.party != o.RP {
			return false
		}
		for _, allowed := range o.Allow {
			if allowed.ID == encoding.EncodeToString(k.id) {
				return true
			}
		}
		return len(o.Allow) == 0
	})
	if k == nil {
		return nil, ErrNone
	}
	if !a.Synced {
		k.count++
	}
	data, client := a.data(k, 0), a.client("webauthn.get", o.Challenge)
	hash := sha256.Sum256(client)
	signature, err := k.sign(append(slices.Clone(data), hash[:]...))
	if err != nil {
		return nil, err
	}
	return a.response(k, map[string]any{
		"clientDataJSON": encoding.EncodeToString(client), "authenticatorData": encoding.EncodeToString(data),
		"signature": encoding.EncodeToString(signature), "userHandle": encoding.EncodeToString(k.handle),
	}), nil
}

// Rewind sets the counters back, as those of a copy that was made before are.
func (a *Authenticator) Rewind() {
	for _, k := range a.keys {
		k.count = 0
	}
}

// find returns the newest key that fits.
func (a *Authenticator) find(fits func(*key) bool) *key {
	for _, k := range slices.Backward(a.keys) {
		if fits(k) {
			return k
		}
	}
	return nil
}

// data is the authenticator data as far as both ceremonies have it.
func (a *Authenticator) data(k *key, more byte) []byte {
	party := k.party
	if a.RelyingParty != "" {
		party = a.RelyingParty
	}
	hash, flags := sha256.Sum256([]byte(party)), present|more
	if a.Verifies {
		flags |= verified
	}
	if a.Synced {
		flags |= eligible | backedUp
	}
	return binary.BigEndian.AppendUint32(append(hash[:], flags), k.count)
}

func (a *Authenticator) client(ceremony, challenge string) []byte {
	if a.Type != "" {
		ceremony = a.Type
	}
	return wire.Must(struct {
		Type        string `json:"type"`
		Challenge   string `json:"challenge"`
		Origin      string `json:"origin"`
		CrossOrigin bool   `json:"crossOrigin"`
	}{ceremony, challenge, a.Origin, a.CrossOrigin})
}

func (a *Authenticator) response(k *key, response map[string]any) []byte {
	id, attachment := encoding.EncodeToString(k.id), a.Attachment
	if attachment == "" {
		attachment = thisSystem
	}
	return wire.Must(map[string]any{
		"id": id, "rawId": id, "type": "public-key", "response": response,
		"authenticatorAttachment": attachment, "clientExtensionResults": map[string]any{},
	})
}

// generate makes a key pair.
func (k *key) generate(alg webauthncose.COSEAlgorithmIdentifier) (err error) {
	kind := func(kty webauthncose.COSEKeyType) webauthncose.PublicKeyData {
		return webauthncose.PublicKeyData{KeyType: int64(kty), Algorithm: int64(alg)}
	}
	var public any
	switch alg {
	case 0:
		return k.generate(webauthncose.AlgES256)
	case webauthncose.AlgES256, webauthncose.AlgES384:
		curve, id := elliptic.P256(), webauthncose.P256
		if alg == webauthncose.AlgES384 {
			curve, id = elliptic.P384(), webauthncose.P384
		}
		pair, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			return err
		}
		point, err := pair.PublicKey.Bytes()
		if err != nil {
			return err
		}
		half := len(point) / 2
		k.signer = pair
		public = webauthncose.EC2PublicKeyData{
			PublicKeyData: kind(webauthncose.EllipticKey), Curve: int64(id), XCoord: point[1 : 1+half], YCoord: point[1+half:],
		}
	case webauthncose.AlgEdDSA:
		point, pair, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return err
		}
		k.signer = pair
		public = webauthncose.OKPPublicKeyData{PublicKeyData: kind(webauthncose.OctetKey), Curve: int64(webauthncose.Ed25519), XCoord: point}
	case webauthncose.AlgRS256:
		pair, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return err
		}
		k.signer = pair
		public = webauthncose.RSAPublicKeyData{PublicKeyData: kind(webauthncose.RSAKey), Modulus: pair.N.Bytes(), Exponent: []byte{1, 0, 1}}
	default:
		return fmt.Errorf("no algorithm %d", alg)
	}
	k.cose, err = webauthncbor.Marshal(public)
	return err
}

func (k *key) sign(message []byte) ([]byte, error) {
	if _, plain := k.signer.(ed25519.PrivateKey); plain {
		return k.signer.Sign(rand.Reader, message, crypto.Hash(0))
	}
	sum := sha256.Sum256(message)
	return k.signer.Sign(rand.Reader, sum[:], crypto.SHA256)
}
