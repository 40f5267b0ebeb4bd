package pool

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

// maxClientSecrets is how many secrets a client may have: the old one and the
// new one, while its callers change over.
const maxClientSecrets = 2

// AddClientSecret gives a confidential client a second secret; an empty value
// asks for a random one.
func (p *Pools) AddClientSecret(ctx context.Context, poolID, clientID, value string) (added model.ClientSecret, err error) {
	if value == "" {
		if value, err = p.draw(clientSecretLength, lower); err != nil {
			return added, err
		}
	}
	if added, err = p.clientSecret(clientID, value); err != nil {
		return added, err
	}
	return added, p.changeSecrets(ctx, poolID, clientID, func(list []model.ClientSecret) ([]model.ClientSecret, error) {
		switch {
		case len(list) == 0:
			return nil, invalid("A public app client has no secrets; create a client with GenerateSecret.")
		case len(list) >= maxClientSecrets:
			return nil, fault.Newf(fault.LimitExceeded, "The app client has reached its limit of %d secrets.", maxClientSecrets)
		case slices.ContainsFunc(list, func(s model.ClientSecret) bool { return s.Value == value }):
			return nil, invalid("The app client has this secret already.")
		}
		return append(list, added), nil
	})
}

// clientSecret gives a secret its id and date.
func (p *Pools) clientSecret(clientID, value string) (model.ClientSecret, error) {
	id, err := uuid.NewRandomFromReader(p.cfg.Rand)
	if err != nil {
		return model.ClientSecret{}, fmt.Errorf("draw the id of a secret of client %s: %w", clientID, err)
	}
	return model.ClientSecret{ID: id.String(), Value: value, CreatedAt: p.cfg.Now().UnixMicro()}, nil
}

// DeleteClientSecret takes a secret away; the last one stays, because a
// confidential client never becomes public.
func (p *Pools) DeleteClientSecret(ctx context.Context, poolID, clientID, secretID string) error {
	return p.changeSecrets(ctx, poolID, clientID, func(list []model.ClientSecret) ([]model.ClientSecret, error) {
		rest := slices.DeleteFunc(slices.Clone(list), func(s model.ClientSecret) bool { return s.ID == secretID })
		switch {
		case len(rest) == len(list):
			return nil, fault.New(fault.ResourceNotFound, "Client secret does not exist.")
		case len(rest) == 0:
			return nil, invalid("The last secret of an app client cannot be deleted.")
		}
		return rest, nil
	})
}

// ClientSecrets tells the secrets of a client, oldest first.
func (p *Pools) ClientSecrets(ctx context.Context, poolID, clientID string) ([]model.ClientSecret, error) {
	var found *model.Client
	err := p.cfg.Store.View(ctx, func(tx *store.Tx) (err error) {
		if _, err = Find(tx, poolID); err != nil {
			return err
		}
		found, err = FindClient(tx, poolID, clientID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return p.cfg.Secrets.ClientSecrets(found)
}

func (p *Pools) changeSecrets(ctx context.Context, poolID, clientID string, fn func([]model.ClientSecret) ([]model.ClientSecret, error)) error {
	_, err := p.changeClient(ctx, poolID, clientID, func(_ *store.Tx, _ *model.Pool, next *model.Client) error {
		list, err := p.cfg.Secrets.ClientSecrets(next)
		if err != nil {
			return err
		}
		if list, err = fn(list); err != nil {
			return err
		}
		next.Secret = p.cfg.Secrets.SealClientSecrets(clientID, list)
		return nil
	})
	return err
}
