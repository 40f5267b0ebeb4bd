package credential

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
)

// SecretHash is Base64(HMAC-SHA256(key = client secret, message = user name || client id)).
func SecretHash(secret, username, clientID string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(username + clientID))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// CheckSecretHash checks SECRET_HASH over any of the names, with any of the
// client's secrets: clients hash the name that they send, and some the real user
// name or the sub. A client without
// a secret must not send one: its caller believes in a secret that is not there.
func (k *Keeper) CheckSecretHash(c *model.Client, sent string, names ...string) error {
	switch {
	case !c.Confidential() && sent == "":
		return nil
	case !c.Confidential():
		return fault.Newf(fault.NotAuthorized, "Client %s is not configured for secret but SECRET_HASH was received", c.ID)
	case sent == "":
		return fault.Newf(fault.NotAuthorized, "Client %s is configured with secret but SECRET_HASH was not received", c.ID)
	}
	list, err := k.ClientSecrets(c)
	if err != nil {
		return err
	}
	right := false
	for _, secret := range list {
		for _, name := range names {
			if name != "" && hmac.Equal([]byte(SecretHash(secret.Value, name, c.ID)), []byte(sent)) {
				right = true
			}
		}
	}
	if !right {
		return fault.Newf(fault.NotAuthorized, "Unable to verify secret hash for client %s", c.ID)
	}
	return nil
}
