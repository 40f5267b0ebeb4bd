package cognito

import (
	"context"
	"errors"
	"slices"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

var noCredential = fault.New(fault.ResourceNotFound, "The credential does not exist.")

func (d *Door) startWebAuthnRegistration(ctx context.Context, c *call, _ *shape.StartWebAuthnRegistrationRequest) (*shape.StartWebAuthnRegistrationResponse, error) {
	options, err := d.Passkeys.Start(ctx, c.Bearer.Pool, c.Bearer.Client, c.Bearer.User)
	return &shape.StartWebAuthnRegistrationResponse{CredentialCreationOptions: options}, err
}

func (d *Door) completeWebAuthnRegistration(ctx context.Context, c *call, in *shape.CompleteWebAuthnRegistrationRequest) (*shape.CompleteWebAuthnRegistrationResponse, error) {
	return &shape.CompleteWebAuthnRegistrationResponse{}, d.Passkeys.Complete(ctx, c.Bearer.Pool, c.Bearer.Client, c.Bearer.User, in.Credential)
}

// listWebAuthnCredentials reads all of the user's at once, for there are few.
func (d *Door) listWebAuthnCredentials(ctx context.Context, c *call, in *shape.ListWebAuthnCredentialsRequest) (*shape.ListWebAuthnCredentialsResponse, error) {
	poolID, sub := c.Bearer.Pool.ID, c.Bearer.User.Sub
	bind := []string{"ListWebAuthnCredentials", poolID, sub}
	after, err := d.after(in.NextToken, bind...)
	if err != nil {
		return nil, err
	}
	var keys []*model.Passkey
	err = d.Store.View(ctx, func(tx *store.Tx) (err error) {
		keys, err = tx.Passkeys(poolID, sub)
		return err
	})
	if err != nil {
		return nil, err
	}
	if after != "" { // the place in the list stays, whatever was deleted meanwhile
		keys = slices.DeleteFunc(keys, func(k *model.Passkey) bool { return passkeyPlace(k) <= after })
	}
	size := model.MaxPasskeys
	if n := wire.Of(in.MaxResults); n > 0 {
		size = int(n)
	}
	keys, next := page(d, keys, size, passkeyPlace, bind...)
	out := &shape.ListWebAuthnCredentialsResponse{Credentials: []shape.WebAuthnCredentialDescription{}, NextToken: next}
	for _, k := range keys {
		out.Credentials = append(out.Credentials, credentialType(k))
	}
	return out, nil
}

// passkeyPlace sorts as the list does.
func passkeyPlace(k *model.Passkey) string {
	return k.CreatedAt.UTC().Format("20060102150405.000000") + k.ID
}

func credentialType(k *model.Passkey) shape.WebAuthnCredentialDescription {
	t := shape.WebAuthnCredentialDescription{
		CredentialId: &k.ID, FriendlyCredentialName: &k.Name, RelyingPartyId: &k.RelyingParty,
		AuthenticatorTransports: k.Transports, CreatedAt: wire.At(k.CreatedAt),
	}
	if k.Attachment != "" {
		t.AuthenticatorAttachment = &k.Attachment
	}
	return t
}

func (d *Door) deleteWebAuthnCredential(ctx context.Context, c *call, in *shape.DeleteWebAuthnCredentialRequest) (*shape.DeleteWebAuthnCredentialResponse, error) {
	err := d.Store.Update(ctx, func(tx *store.Tx) error {
		return tx.DeletePasskey(c.Bearer.Pool.ID, c.Bearer.User.Sub, *in.CredentialId)
	})
	if errors.Is(err, store.ErrNotFound) {
		err = noCredential
	}
	return &shape.DeleteWebAuthnCredentialResponse{}, err
}
