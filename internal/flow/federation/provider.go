package federation

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/flow/keys"
	"github.com/gatehouse-id/gatehouse/internal/flow/pool"
)

// encryptionCertificate is the detail that this server adds to every SAML provider.
const encryptionCertificate = "ActiveEncryptionCertificate"

// Create adds an identity provider to a pool.
func (f *Federation) Create(ctx context.Context, in *shape.CreateIdentityProviderRequest) (*shape.IdentityProviderType, error) {
	k, name := kinds[*in.ProviderType], *in.ProviderName
	if k.alone && name != *in.ProviderType || !k.alone && reservedName(name) {
		return nil, invalidf("Provider %s cannot be of type %s.", name, *in.ProviderType)
	}
	if err := checkIdentifiers(in.IdpIdentifiers); err != nil {
		return nil, err
	}
	now := wire.At(f.cfg.Now())
	doc := &shape.IdentityProviderType{
		UserPoolId: in.UserPoolId, ProviderName: in.ProviderName, ProviderType: in.ProviderType,
		IdpIdentifiers: some(in.IdpIdentifiers), CreationDate: now, LastModifiedDate: now,
	}
	var err error
	if doc.ProviderDetails, err = f.details(ctx, doc, in.ProviderDetails, nil); err != nil {
		return nil, err
	}
	doc.AttributeMapping = k.mapping(in.AttributeMapping)
	r, err := f.resource(doc)
	if err != nil {
		return nil, err
	}
	err = f.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		owner, err := pool.Find(tx, r.PoolID)
		if err != nil {
			return err
		}
		if err := checkMapping(owner, doc.AttributeMapping); err != nil {
			return err
		}
		n, err := tx.CountResources(r.PoolID, r.Kind)
		if err != nil {
			return fmt.Errorf("count identity providers: %w", err)
		}
		switch err := tx.CreateResource(r); {
		case errors.Is(err, store.ErrExists):
			return fault.Newf(fault.DuplicateProvider, "%s already exists in user pool %s", name, r.PoolID)
		case err != nil:
			return err
		case n >= maxProviders:
			return fault.Newf(fault.LimitExceeded, "The user pool has reached its limit of %d identity providers.", maxProviders)
		}
		return f.identify(tx, r.PoolID, name, nil, doc.IdpIdentifiers, fault.DuplicateProvider)
	})
	return k.describe(doc), err
}

// details checks the details of a provider and adds those that follow from them.
// was are those so far: what is never told need not be given again.
func (f *Federation) details(ctx context.Context, doc *shape.IdentityProviderType, given, was map[string]string) (map[string]string, error) {
	k := kinds[*doc.ProviderType]
	given = maps.Clone(given)
	if given == nil {
		given = map[string]string{}
	}
	if k.unreadable != "" && given[k.unreadable] == "" && was[k.unreadable] != "" {
		given[k.unreadable] = was[k.unreadable]
	}
	details, err := k.complete(given)
	if err != nil || *doc.ProviderType != shape.IdentityProviderTypeTypeSaml {
		return details, err
	}
	details[encryptionCertificate], err = f.certificate(ctx, *doc.UserPoolId, keys.CertifiesEncryption)
	return details, err
}

func checkIdentifiers(list []string) error {
	for i, id := range list {
		if slices.Contains(list[:i], id) {
			return invalidf("The identifier %s is given twice.", id)
		}
	}
	return nil
}

// describe is a provider as it is told.
func (k kind) describe(doc *shape.IdentityProviderType) *shape.IdentityProviderType {
	told := *doc
	told.ProviderDetails = k.told(doc.ProviderDetails)
	return &told
}

// Describe tells a provider with its details.
func (f *Federation) Describe(ctx context.Context, poolID, name string) (*shape.IdentityProviderType, error) {
	var found *model.Resource
	err := f.cfg.Store.View(ctx, func(tx *store.Tx) (err error) {
		found, err = find(tx, poolID, name)
		return err
	})
	if err != nil {
		return nil, err
	}
	return f.describe(found)
}

func (f *Federation) describe(r *model.Resource) (*shape.IdentityProviderType, error) {
	doc, err := f.open(r)
	if err != nil {
		return nil, err
	}
	return kinds[*doc.ProviderType].describe(doc), nil
}

// Identified tells the provider with an identifier.
func (f *Federation) Identified(ctx context.Context, poolID, identifier string) (*shape.IdentityProviderType, error) {
	var found *model.Resource
	err := f.cfg.Store.View(ctx, func(tx *store.Tx) error {
		if _, err := pool.Find(tx, poolID); err != nil {
			return err
		}
		r, err := tx.Resource(poolID, model.ProviderIdentifier, identifier)
		if errors.Is(err, store.ErrNotFound) {
			return fault.Newf(fault.ResourceNotFound, "No identity provider has the identifier %s.", identifier)
		}
		if err != nil {
			return fmt.Errorf("read an identifier: %w", err)
		}
		var name string
		if err := wire.Read(r.Document, &name); err != nil {
			return fmt.Errorf("identifier %s: %w", identifier, err)
		}
		found, err = find(tx, poolID, name)
		return err
	})
	if err != nil {
		return nil, err
	}
	return f.describe(found)
}

// List tells up to limit providers of a pool with names after the given one,
// without their details.
func (f *Federation) List(ctx context.Context, poolID, after string, limit int) ([]shape.ProviderDescription, error) {
	var found []*model.Resource
	err := f.cfg.Store.View(ctx, func(tx *store.Tx) (err error) {
		if _, err := pool.Find(tx, poolID); err != nil {
			return err
		}
		found, err = tx.Resources(poolID, model.IdentityProvider, after, limit)
		return err
	})
	list := make([]shape.ProviderDescription, 0, len(found))
	for _, r := range found {
		k, err := read(r)
		if err != nil {
			return nil, err
		}
		list = append(list, shape.ProviderDescription{
			ProviderName: k.Provider.ProviderName, ProviderType: k.Provider.ProviderType,
			CreationDate: k.Provider.CreationDate, LastModifiedDate: k.Provider.LastModifiedDate,
		})
	}
	return list, err
}

// unsupported refuses to change the pool's own users as if they were a provider.
func unsupported(name string) error {
	if strings.EqualFold(name, pool.OwnProvider) {
		return fault.Newf(fault.UnsupportedIdentityProvider, "The identity provider %s cannot be changed or deleted.", name)
	}
	return nil
}

// Update changes what the request brings: details as a whole, the mapping as a
// whole, the identifiers as a whole. What it leaves out stays.
func (f *Federation) Update(ctx context.Context, in *shape.UpdateIdentityProviderRequest) (*shape.IdentityProviderType, error) {
	if err := unsupported(*in.ProviderName); err != nil {
		return nil, err
	}
	if err := checkIdentifiers(in.IdpIdentifiers); err != nil {
		return nil, err
	}
	for range maxTries {
		doc, err := f.update(ctx, in)
		if !errors.Is(err, errOvertaken) {
			return doc, err
		}
	}
	return nil, fault.New(fault.ConcurrentModification, "The identity provider was changed by other requests at the same time. Try again.")
}

// maxTries is how often an update starts again when others overtake it.
const maxTries = 5

var errOvertaken = errors.New("the provider was changed meanwhile")

// update reads a provider, checks the change outside a transaction, which may
// take a new certificate, and stores it if the provider is still as it was.
func (f *Federation) update(ctx context.Context, in *shape.UpdateIdentityProviderRequest) (*shape.IdentityProviderType, error) {
	var was *model.Resource
	err := f.cfg.Store.View(ctx, func(tx *store.Tx) (err error) {
		was, err = find(tx, *in.UserPoolId, *in.ProviderName)
		return err
	})
	if err != nil {
		return nil, err
	}
	doc, err := f.open(was)
	if err != nil {
		return nil, err
	}
	k, identifiers := kinds[*doc.ProviderType], doc.IdpIdentifiers
	doc.LastModifiedDate = wire.At(f.cfg.Now())
	if in.ProviderDetails != nil {
		if doc.ProviderDetails, err = f.details(ctx, doc, in.ProviderDetails, doc.ProviderDetails); err != nil {
			return nil, err
		}
	}
	if in.AttributeMapping != nil {
		doc.AttributeMapping = k.mapping(in.AttributeMapping)
	}
	if in.IdpIdentifiers != nil {
		doc.IdpIdentifiers = some(in.IdpIdentifiers)
	}
	next, err := f.resource(doc)
	if err != nil {
		return nil, err
	}
	err = f.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		owner, err := pool.Find(tx, was.PoolID)
		if err != nil {
			return err
		}
		now, err := find(tx, was.PoolID, was.Name)
		if err != nil {
			return err
		}
		if !slices.Equal(now.Document, was.Document) {
			return errOvertaken
		}
		if err := checkMapping(owner, doc.AttributeMapping); err != nil {
			return err
		}
		if err := f.identify(tx, was.PoolID, was.Name, identifiers, doc.IdpIdentifiers, fault.InvalidParameter); err != nil {
			return err
		}
		return tx.SaveResource(next)
	})
	return k.describe(doc), err
}

// some is the list, or nil where it is empty.
func some(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	return list
}

// Delete removes a provider and its identifiers. Clients that name it stay as
// they are, and identities linked to users stay linked: a provider that is made
// again under the name is the same to them, as in Cognito.
func (f *Federation) Delete(ctx context.Context, poolID, name string) error {
	if err := unsupported(name); err != nil {
		return err
	}
	return f.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		found, err := find(tx, poolID, name)
		if err != nil {
			return err
		}
		k, err := read(found)
		if err != nil {
			return err
		}
		if err := f.identify(tx, poolID, name, k.Provider.IdpIdentifiers, nil, fault.InvalidParameter); err != nil {
			return err
		}
		return tx.DeleteResource(poolID, model.IdentityProvider, name)
	})
}
