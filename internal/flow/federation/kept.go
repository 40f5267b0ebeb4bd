package federation

import (
	"errors"
	"fmt"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/flow/pool"
)

// kept is a provider as it is stored: what everybody may read, and the details, sealed.
type kept struct {
	Provider shape.IdentityProviderType `json:"provider"` // without ProviderDetails
	Details  []byte                     `json:"details"`
}

const detailsPurpose = "identity provider"

// find reads a stored provider, and tells which is missing: it or its pool.
func find(tx *store.Tx, poolID, name string) (*model.Resource, error) {
	if _, err := pool.Find(tx, poolID); err != nil {
		return nil, err
	}
	r, err := tx.Resource(poolID, model.IdentityProvider, name)
	if errors.Is(err, store.ErrNotFound) {
		return nil, fault.Newf(fault.ResourceNotFound, "Identity provider %s does not exist.", name)
	}
	if err != nil {
		return nil, fmt.Errorf("read identity provider %s: %w", name, err)
	}
	return r, nil
}

// resource is the stored form of a provider.
func (f *Federation) resource(doc *shape.IdentityProviderType) (*model.Resource, error) {
	details, err := wire.Encode(doc.ProviderDetails)
	if err != nil {
		return nil, err
	}
	k := kept{Provider: *doc, Details: f.cfg.Ring.Seal(detailsPurpose, details, *doc.UserPoolId, *doc.ProviderName)}
	k.Provider.ProviderDetails = nil
	text, err := wire.Encode(k)
	now := f.cfg.Now()
	return &model.Resource{
		PoolID: *doc.UserPoolId, Kind: model.IdentityProvider, Name: *doc.ProviderName, Document: text, CreatedAt: now, ModifiedAt: now,
	}, err
}

// open is a stored provider with its details.
func (f *Federation) open(r *model.Resource) (*shape.IdentityProviderType, error) {
	k, err := read(r)
	if err != nil {
		return nil, err
	}
	details, err := f.cfg.Ring.Open(detailsPurpose, k.Details, r.PoolID, r.Name)
	if err != nil {
		return nil, fmt.Errorf("open the details of identity provider %s: %w", r.Name, err)
	}
	return &k.Provider, wire.Read(details, &k.Provider.ProviderDetails)
}

// read is a stored provider whose details stay sealed.
func read(r *model.Resource) (*kept, error) {
	k := new(kept)
	if err := wire.Read(r.Document, k); err != nil {
		return nil, fmt.Errorf("identity provider %s: %w", r.Name, err)
	}
	return k, nil
}

// identify gives a provider its identifiers instead of those it had. One that
// another provider of the pool has is refused, with the code given.
func (f *Federation) identify(tx *store.Tx, poolID, provider string, was, list []string, taken fault.Code) error {
	for _, id := range was {
		if err := tx.DeleteResource(poolID, model.ProviderIdentifier, id); err != nil {
			return fmt.Errorf("remove an identifier: %w", err)
		}
	}
	now := f.cfg.Now()
	for _, id := range list {
		err := tx.CreateResource(&model.Resource{
			PoolID: poolID, Kind: model.ProviderIdentifier, Name: id, Document: wire.Must(provider), CreatedAt: now, ModifiedAt: now,
		})
		if errors.Is(err, store.ErrExists) {
			return fault.Newf(taken, "The identifier %s already exists in user pool %s", id, poolID)
		}
		if err != nil {
			return fmt.Errorf("add an identifier: %w", err)
		}
	}
	return nil
}
