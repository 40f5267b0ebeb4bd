package scene

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/gatehouse-id/gatehouse/internal/part/srp"
)

// knownDevice is a device as its owner's client keeps it.
type knownDevice struct{ key, group, password string }

// keeps makes the secret of a device that a sign-in was offered, as a client does:
// $verifier and $salt are for ConfirmDevice.
func (w *world) keeps(_ context.Context, rest string) error {
	filled, err := w.fill(rest, plain)
	if err != nil {
		return err
	}
	name, filled := word(filled)
	key, group := word(filled)
	random := make([]byte, 40)
	if _, err := io.ReadFull(w.dice, random); err != nil {
		return err
	}
	salt, err := srp.NewSalt(w.dice)
	if err != nil {
		return err
	}
	d := knownDevice{key, group, base64.StdEncoding.EncodeToString(random)}
	if w.devices == nil {
		w.devices = map[string]knownDevice{}
	}
	w.devices[name] = d
	w.vars["verifier"] = base64.StdEncoding.EncodeToString(srp.Compute(salt, group, key, d.password))
	w.vars["salt"] = base64.StdEncoding.EncodeToString(salt)
	return nil
}

// begins answers DEVICE_SRP_AUTH, with a session if one is told.
func (w *world) begins(ctx context.Context, rest string) error {
	filled, err := w.fill(rest, plain)
	if err != nil {
		return err
	}
	name, filled := word(filled)
	user, session := word(filled)
	d, ok := w.devices[name]
	if !ok {
		return fmt.Errorf("there is no device %q", name)
	}
	if w.proof, err = srp.NewClient(w.dice, d.group); err != nil {
		return err
	}
	w.challenge = nil
	responses := map[string]string{"USERNAME": user, "DEVICE_KEY": d.key, "SRP_A": w.proof.A()}
	w.signFor(user, responses)
	err = w.respond(ctx, "DEVICE_SRP_AUTH", session, responses)
	if err == nil && w.answers[0].status == 200 {
		w.challenge, err = object(string(w.answers[0].body))
	}
	return err
}

// proves answers DEVICE_PASSWORD_VERIFIER, whatever was asked since. A response can
// be given another value.
func (w *world) proves(ctx context.Context, rest string) error {
	filled, err := w.fill(rest, plain)
	if err != nil {
		return err
	}
	name, filled := word(filled)
	d := w.devices[name]
	if w.challenge == nil {
		return errors.New("there is no challenge to answer")
	}
	given, _ := w.challenge["ChallengeParameters"].(map[string]any)
	parameters := map[string]string{}
	for name, value := range given {
		parameters[name], _ = value.(string)
	}
	user := parameters["USERNAME"]
	parameters["USER_ID_FOR_SRP"] = d.key
	responses, err := w.proof.Answer(parameters, d.password, w.clock.Now())
	if err != nil {
		return fmt.Errorf("answer the challenge %v: %w", w.challenge, err)
	}
	responses["USERNAME"], responses["DEVICE_KEY"] = user, d.key
	w.signFor(user, responses)
	for _, other := range strings.Fields(filled) {
		name, value, _ := strings.Cut(other, "=")
		responses[name] = value
	}
	return w.respond(ctx, "DEVICE_PASSWORD_VERIFIER", "", responses)
}

// signFor adds SECRET_HASH where the client has a secret.
func (w *world) signFor(user string, responses map[string]string) {
	if hash, err := w.hash(user, w.vars["app"]); err == nil {
		responses["SECRET_HASH"] = hash
	}
}

func (w *world) respond(ctx context.Context, challenge, session string, responses map[string]string) error {
	body := map[string]any{"ClientId": w.vars["app"], "ChallengeName": challenge, "ChallengeResponses": responses}
	if session != "" {
		body["Session"] = session
	}
	return w.sendBody(ctx, "RespondToAuthChallenge", body)
}
