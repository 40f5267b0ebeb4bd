package scene

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/go-webauthn/webauthn/protocol/webauthncose"

	"github.com/gatehouse-id/gatehouse/internal/part/passkey/passkeytest"
)

// authenticator is the one of a name in the story, told to be as the words say. It
// verifies its user, at a page of the relying party, unless they say otherwise:
//
//	at=ORIGIN party=DOMAIN type=CEREMONY   what it tells instead of what is true
//	unverified inside                      the user proved nothing; the page is inside another
//	ES384 EdDSA RS256                      the signature that its next credential makes
//	synced roaming                         its credentials have no counter; it is a key to carry around
//	copied                                 it is a copy from before its first signature
func (w *world) authenticator(name string, words string) (*passkeytest.Authenticator, error) {
	if w.authenticators == nil {
		w.authenticators = map[string]*passkeytest.Authenticator{}
	}
	a := w.authenticators[name]
	if a == nil {
		a = new(passkeytest.Authenticator)
		w.authenticators[name] = a
	}
	a.Origin, a.Verifies, a.CrossOrigin, a.RelyingParty, a.Type = "https://example.com", true, false, "", ""
	for _, given := range strings.Fields(words) {
		key, value, _ := strings.Cut(given, "=")
		switch key {
		case "at":
			a.Origin = value
		case "party":
			a.RelyingParty = value
		case "type":
			a.Type = value
		case "unverified":
			a.Verifies = false
		case "inside":
			a.CrossOrigin = true
		case "ES384":
			a.Algorithm = webauthncose.AlgES384
		case "EdDSA":
			a.Algorithm = webauthncose.AlgEdDSA
		case "RS256":
			a.Algorithm = webauthncose.AlgRS256
		case "synced":
			a.Synced = true
		case "roaming":
			a.Attachment = "cross-platform"
		case "copied":
			a.Rewind()
		default:
			return nil, fmt.Errorf("an authenticator knows no %q", given)
		}
	}
	return a, nil
}

// enrols makes a credential by the options of the last answer, and registers it with
// an access token.
func (w *world) enrols(ctx context.Context, rest string) error {
	filled, err := w.fill(rest, plain)
	if err != nil {
		return err
	}
	name, filled := word(filled)
	access, filled := word(filled)
	a, err := w.authenticator(name, filled)
	if err != nil {
		return err
	}
	last, err := w.lastAnswer()
	if err != nil {
		return err
	}
	options, err := encode(last["CredentialCreationOptions"])
	if err != nil {
		return err
	}
	made, err := a.Create([]byte(options))
	if err != nil {
		return fmt.Errorf("make a credential by %s: %w", options, err)
	}
	credential, err := object(string(made))
	if err != nil {
		return err
	}
	return w.sendBody(ctx, "CompleteWebAuthnRegistration", map[string]any{"AccessToken": access, "Credential": credential})
}

// signs answers the request options of the last answer: $credential is for CREDENTIAL.
func (w *world) signs(_ context.Context, rest string) error {
	filled, err := w.fill(rest, plain)
	if err != nil {
		return err
	}
	name, filled := word(filled)
	a, err := w.authenticator(name, filled)
	if err != nil {
		return err
	}
	last, err := w.lastAnswer()
	if err != nil {
		return err
	}
	parameters, _ := last["ChallengeParameters"].(map[string]any)
	options, _ := parameters["CREDENTIAL_REQUEST_OPTIONS"].(string)
	signed, err := a.Get([]byte(options))
	if err != nil {
		return fmt.Errorf("sign by %q: %w", options, err)
	}
	w.vars["credential"] = string(signed)
	return nil
}

// lastAnswer is the body of the answer to the last request.
func (w *world) lastAnswer() (map[string]any, error) {
	if w.read == nil {
		return nil, errors.New("nothing was asked yet")
	}
	return object(string(w.read))
}
