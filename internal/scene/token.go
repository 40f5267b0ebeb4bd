package scene

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// token verifies a JWT as its reader would, with a library that is not ours and
// the keys that its issuer publishes, and holds its claims against the story.
func (w *world) token(ctx context.Context, rest string) error {
	first, pattern := word(rest)
	text, err := w.fill(first, plain)
	if err != nil {
		return err
	}
	want, err := object(pattern)
	if err != nil {
		return fmt.Errorf("what is wanted is not JSON: %w", err)
	}
	signed, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return fmt.Errorf("read the token %s: %w", text, err)
	}
	claims, err := object(string(signed.UnsafePayloadWithoutVerification()))
	if err != nil {
		return err
	}
	issuer, _ := claims["iss"].(string)
	path, ours := strings.CutPrefix(issuer, baseURL)
	if !ours {
		return fmt.Errorf("the issuer is %q", issuer)
	}
	keys := w.exchange(ctx, request{method: http.MethodGet, path: path + "/.well-known/jwks.json"}, "")
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(keys.body, &set); err != nil || keys.status != http.StatusOK {
		return fmt.Errorf("get the keys of %s: %s (%w)", issuer, keys, err)
	}
	found := set.Key(signed.Signatures[0].Header.KeyID)
	if len(found) != 1 {
		return fmt.Errorf("%d keys have the id of the token", len(found))
	}
	if _, err := signed.Verify(found[0]); err != nil {
		return fmt.Errorf("verify the token: %w", err)
	}
	m := matcher{world: w, caught: map[string]string{}}
	if err := m.match("", want, claims); err != nil {
		printed, _ := encode(claims)
		return fmt.Errorf("got:  %s\n%w", printed, err)
	}
	m.keep()
	return nil
}
