package credential_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/seal/sealtest"
	"github.com/gatehouse-id/gatehouse/internal/flow/credential"
)

const (
	clientID = "client123"
	secret   = "secretKey123456789012345"
	// vector is SECRET_HASH of alice, from spec 4.2.
	vector = "53JnbkybzM3/VAl+9W9tczPP+ciOMJ9JsRpntxZ5+0A="
)

func TestSecretHash(t *testing.T) {
	if got := credential.SecretHash(secret, "alice", clientID); got != vector {
		t.Errorf("got %s, want %s", got, vector)
	}
}

// refusal wants exactly this fault, or none for "".
func refusal(t *testing.T, err error, want string) {
	t.Helper()
	got := ""
	if err != nil {
		got = err.Error()
		if f, ok := fault.As(err); ok {
			got = string(f.Code) + ": " + f.Message
		}
	}
	if got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestCheckSecretHash(t *testing.T) {
	k := newKeeper(t, sealtest.Ring(t), cheap)
	public := &model.Client{ID: clientID}
	confidential := &model.Client{ID: clientID, Secret: k.SealClientSecrets(clientID, []model.ClientSecret{{ID: "1", Value: secret}})}
	const unable = "NotAuthorizedException: Unable to verify secret hash for client client123"

	for _, c := range []struct {
		story  string
		client *model.Client
		sent   string
		names  []string
		want   string
	}{
		{"a public client sends none", public, "", []string{"alice"}, ""},
		{"a public client that sends one is told so", public, vector, []string{"alice"},
			"NotAuthorizedException: Client client123 is not configured for secret but SECRET_HASH was received"},
		{"a confidential client must send one", confidential, "", []string{"alice"},
			"NotAuthorizedException: Client client123 is configured with secret but SECRET_HASH was not received"},
		{"the right one passes", confidential, vector, []string{"alice"}, ""},
		{"it may be over any name of the user", confidential, vector, []string{"alice@example.com", "alice", "sub"}, ""},
		{"a hash over another name is refused", confidential, vector, []string{"bob"}, unable},
		{"a hash over no name at all is refused", confidential, credential.SecretHash(secret, "", clientID), []string{"", "bob"}, unable},
		{"a hash of another secret is refused", confidential, credential.SecretHash("other", "alice", clientID), []string{"alice"}, unable},
		{"a hash for another client is refused", confidential, credential.SecretHash(secret, "alice", "client124"), []string{"alice"}, unable},
		{"the secret itself is no hash", confidential, secret, []string{"alice"}, unable},
	} {
		t.Run(c.story, func(t *testing.T) {
			refusal(t, k.CheckSecretHash(c.client, c.sent, c.names...), c.want)
		})
	}
	t.Run("a secret copied to another client does not open", func(t *testing.T) {
		copied := &model.Client{ID: "client124", Secret: confidential.Secret}
		err := k.CheckSecretHash(copied, credential.SecretHash(secret, "alice", "client124"), "alice")
		if _, told := fault.As(err); err == nil || told {
			t.Errorf("got %v, want an error that is ours", err)
		}
	})
}

func TestCheckSecret(t *testing.T) {
	k := newKeeper(t, sealtest.Ring(t), cheap)
	c := &model.Client{ID: clientID, Secret: k.SealClientSecrets(clientID, []model.ClientSecret{{ID: "1", Value: secret}})}
	refusal(t, k.CheckSecret(c, secret), "")
	for _, wrong := range []string{"", "x", secret[:len(secret)-1], secret + "5"} {
		refusal(t, k.CheckSecret(c, wrong), "NotAuthorizedException: Client secret does not match.")
	}
	if got, err := k.ClientSecrets(&model.Client{ID: clientID}); got != nil || err != nil {
		t.Errorf("a public client has %d secrets, %v", len(got), err)
	}
	t.Run("either of two secrets passes", func(t *testing.T) {
		const second = "secretKey543210987654321"
		two := &model.Client{ID: clientID, Secret: k.SealClientSecrets(clientID, []model.ClientSecret{{ID: "1", Value: secret}, {ID: "2", Value: second}})}
		for _, s := range []string{secret, second} {
			refusal(t, k.CheckSecret(two, s), "")
			refusal(t, k.CheckSecretHash(two, credential.SecretHash(s, "alice", clientID), "alice"), "")
		}
		refusal(t, k.CheckSecret(two, secret+second), "NotAuthorizedException: Client secret does not match.")
		if text := fmt.Sprintf("%v %+v %#v", model.ClientSecret{Value: second}, []model.ClientSecret{{Value: second}}, model.ClientSecret{Value: second}); strings.Contains(text, second) {
			t.Errorf("a secret prints itself: %s", text)
		}
	})
}
