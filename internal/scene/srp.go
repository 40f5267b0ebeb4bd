package scene

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"

	"github.com/gatehouse-id/gatehouse/internal/part/srp"
)

// srp begins USER_SRP_AUTH and, with a password, goes on to prove it. The
// answer that the story tells is the last.
func (w *world) srp(ctx context.Context, rest string) error {
	rest, key, _ := strings.Cut(rest, " DEVICE_KEY=")
	if key == "" {
		return w.srpBy(ctx, rest, "USER_SRP_AUTH", nil)
	}
	key, err := w.fill(key, plain)
	if err != nil {
		return err
	}
	return w.srpBy(ctx, rest, "USER_SRP_AUTH", map[string]string{"DEVICE_KEY": key})
}

func (w *world) srpBy(ctx context.Context, rest, flow string, more map[string]string) error {
	filled, err := w.fill(rest, plain)
	if err != nil {
		return err
	}
	name, password := word(filled)
	_, poolName, _ := strings.Cut(w.vars["pool"], "_")
	proof, err := srp.NewClient(w.dice, poolName)
	if err != nil {
		return err
	}
	parameters := map[string]string{"USERNAME": name, "SRP_A": proof.A()}
	maps.Copy(parameters, more)
	if hash, err := w.hash(name, w.vars["app"]); err == nil {
		parameters["SECRET_HASH"] = hash
	}
	err = w.sendBody(ctx, "InitiateAuth", map[string]any{"ClientId": w.vars["app"], "AuthFlow": flow, "AuthParameters": parameters})
	if err != nil || w.answers[0].status != http.StatusOK {
		return err
	}
	challenge, err := object(string(w.answers[0].body))
	if err != nil {
		return err
	}
	w.proof, w.challenge = proof, challenge
	if password == "" {
		return nil
	}
	return w.prove(ctx, password)
}

// prove answers the last challenge of srp, whatever was asked since.
func (w *world) prove(ctx context.Context, rest string) error {
	filled, err := w.fill(rest, plain)
	if err != nil {
		return err
	}
	password, filled := word(filled)
	if w.challenge == nil {
		return errors.New("there is no challenge to answer")
	}
	given, _ := w.challenge["ChallengeParameters"].(map[string]any)
	parameters := map[string]string{}
	for name, value := range given {
		parameters[name], _ = value.(string)
	}
	responses, err := w.proof.Answer(parameters, password, w.clock.Now())
	if err != nil {
		return fmt.Errorf("answer the challenge %v: %w", w.challenge, err)
	}
	if hash, err := w.hash(responses["USERNAME"], w.vars["app"]); err == nil {
		responses["SECRET_HASH"] = hash
	}
	for _, other := range strings.Fields(filled) {
		name, value, _ := strings.Cut(other, "=")
		responses[name] = value
	}
	return w.sendBody(ctx, "RespondToAuthChallenge", map[string]any{
		"ClientId": w.vars["app"], "ChallengeName": "PASSWORD_VERIFIER", "ChallengeResponses": responses,
	})
}

func (w *world) sendBody(ctx context.Context, operation string, body any) error {
	text, err := encode(body)
	if err != nil {
		return err
	}
	return w.send(ctx, request{method: http.MethodPost, path: "/", operation: operation, bodies: []string{text}})
}
