package credential

import (
	"crypto/subtle"
	"fmt"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

const purposeClient = "client secrets"

// SealClientSecrets is the stored form of a client's secrets; nil when there are none.
func (k *Keeper) SealClientSecrets(clientID string, list []model.ClientSecret) []byte {
	if len(list) == 0 {
		return nil
	}
	return k.cfg.Ring.Seal(purposeClient, wire.Must(list), clientID)
}

// ClientSecrets unseals the secrets of a client, oldest first; none for a public client.
func (k *Keeper) ClientSecrets(c *model.Client) ([]model.ClientSecret, error) {
	if !c.Confidential() {
		return nil, nil
	}
	plain, err := k.cfg.Ring.Open(purposeClient, c.Secret, c.ID)
	if err != nil {
		return nil, fmt.Errorf("open the secrets of client %s: %w", c.ID, err)
	}
	var list []model.ClientSecret
	return list, wire.Read(plain, &list)
}

// CheckSecret compares a ClientSecret as it is: any of the client's may be sent.
func (k *Keeper) CheckSecret(c *model.Client, sent string) error {
	list, err := k.ClientSecrets(c)
	if err != nil {
		return err
	}
	right := 0
	for _, secret := range list {
		right |= subtle.ConstantTimeCompare([]byte(secret.Value), []byte(sent))
	}
	if right == 0 {
		return fault.New(fault.NotAuthorized, "Client secret does not match.").Because(fmt.Errorf("client %s", c.ID))
	}
	return nil
}
