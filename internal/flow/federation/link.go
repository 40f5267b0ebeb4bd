package federation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/flow/pool"
	"github.com/gatehouse-id/gatehouse/internal/part/saml"
)

// maxIdentity is how long the parts of an identity may be together: it is a user name.
const maxIdentity = 128

// Native tells whether a name means the pool's own users, as the operations on links call them.
func Native(provider string) bool { return strings.EqualFold(provider, pool.OwnProvider) }

// Link makes an identity of a provider one of a user: whoever signs in with it
// is that user from then on. The identity must not have a user of its own.
func (f *Federation) Link(ctx context.Context, in *shape.AdminLinkProviderForUserRequest) error {
	source, err := identityOf(*in.UserPoolId, "SourceUser", in.SourceUser)
	if err != nil {
		return err
	}
	return f.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		owner, err := pool.Find(tx, source.PoolID)
		if err != nil {
			return err
		}
		i := *source // the function may run again
		if err := f.recognise(tx, &i); err != nil {
			return err
		}
		u, err := destination(tx, owner, in.DestinationUser)
		if err != nil {
			return err
		}
		i.Sub, i.CreatedAt = u.Sub, f.cfg.Now()
		if err := vacant(tx, owner, &i); err != nil {
			return err
		}
		if err := accepts(owner, u); err != nil {
			return err
		}
		has, err := tx.Identities(owner.ID, u.Sub)
		if err != nil {
			return fmt.Errorf("identities of user %s: %w", u.Sub, err)
		}
		if len(has) >= maxIdentities {
			return fault.Newf(fault.LimitExceeded, "The user has reached the limit of %d linked identities.", maxIdentities)
		}
		if err := tx.LinkIdentity(owner, &i); err != nil {
			return fmt.Errorf("link an identity to user %s: %w", u.Sub, err)
		}
		return f.tell(tx, owner, u)
	})
}

// Unlink takes an identity from the user to whom it is linked: whoever signs in
// with it is a new user.
func (f *Federation) Unlink(ctx context.Context, poolID string, in *shape.ProviderUserIdentifierType) error {
	source, err := identityOf(poolID, "User", in)
	if err != nil {
		return err
	}
	return f.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		owner, err := pool.Find(tx, poolID)
		if err != nil {
			return err
		}
		i, err := tx.Identity(owner.ID, source.Provider, source.Attribute, source.Value)
		if errors.Is(err, store.ErrNotFound) {
			return invalid("Account isn't linked to anyone else, verify that the account has been linked")
		}
		if err != nil {
			return fmt.Errorf("read an identity: %w", err)
		}
		if err := tx.UnlinkIdentity(owner, i); err != nil {
			return fmt.Errorf("unlink an identity of user %s: %w", i.Sub, err)
		}
		u, err := tx.User(owner.ID, i.Sub)
		if err != nil {
			return fmt.Errorf("read user %s: %w", i.Sub, err)
		}
		return f.tell(tx, owner, u)
	})
}

// identityOf reads who is meant by the member of that name.
func identityOf(poolID, member string, in *shape.ProviderUserIdentifierType) (*model.Identity, error) {
	i := &model.Identity{
		PoolID: poolID, Provider: wire.Of(in.ProviderName),
		Attribute: wire.Of(in.ProviderAttributeName), Value: wire.Of(in.ProviderAttributeValue),
	}
	switch {
	case i.Provider == "" || i.Attribute == "" || i.Value == "":
		return nil, invalidf("ProviderName, ProviderAttributeName and ProviderAttributeValue of %s are required.", member)
	case Native(i.Provider):
		return nil, invalid("Invalid SourceUser: Cognito users with a username/password may not be passed in as a SourceUser, only as a DestinationUser")
	case strings.ContainsFunc(i.Provider+i.Attribute+i.Value, unicode.IsControl):
		return nil, invalidf("The parts of %s must not have control characters.", member)
	case len(i.Provider)+len(i.Attribute)+len(i.Value) > maxIdentity:
		return nil, invalidf("The parts of %s must have at most %d characters together.", member, maxIdentity)
	}
	return i, nil
}

// recognise makes sure that the provider would tell this attribute of a user,
// and notes what the provider is.
func (f *Federation) recognise(tx *store.Tx, i *model.Identity) error {
	r, err := find(tx, i.PoolID, i.Provider)
	if err != nil {
		return err
	}
	p, err := f.open(r)
	if err != nil {
		return err
	}
	i.Type = *p.ProviderType
	_, mapped := p.AttributeMapping[i.Attribute]
	if kinds[i.Type].alone {
		mapped = false // the others have the identifier alone
	}
	if i.Attribute != model.SubjectAttribute && !mapped {
		return invalidf("ProviderAttributeName of SourceUser must be %s, or an attribute that the provider is mapped to.", model.SubjectAttribute)
	}
	if text := p.ProviderDetails["MetadataFile"]; text != "" {
		m, err := saml.ParseMetadata([]byte(text))
		if err != nil {
			return fmt.Errorf("metadata of identity provider %s: %w", i.Provider, err)
		}
		i.Issuer = m.EntityID
	}
	return nil
}

// destination finds the user to whom an identity is to be linked: by user name,
// or by an identity of the user.
func destination(tx *store.Tx, owner *model.Pool, in *shape.ProviderUserIdentifierType) (*model.User, error) {
	provider, name := wire.Of(in.ProviderName), wire.Of(in.ProviderAttributeValue)
	if provider == "" || name == "" {
		return nil, invalid("ProviderName and ProviderAttributeValue of DestinationUser are required.")
	}
	if !Native(provider) {
		name = provider + "_" + name
	}
	u, err := tx.FindUser(owner, name)
	if errors.Is(err, store.ErrNotFound) {
		return nil, fault.New(fault.UserNotFound, "User does not exist.")
	}
	if err != nil {
		return nil, fmt.Errorf("find user: %w", err)
	}
	return u, nil
}

// vacant refuses an identity that is linked, or has a user of its own.
func vacant(tx *store.Tx, owner *model.Pool, i *model.Identity) error {
	linked, err := tx.Identity(owner.ID, i.Provider, i.Attribute, i.Value)
	switch {
	case err == nil && linked.Sub == i.Sub:
		return invalid("SourceUser is already linked to DestinationUser")
	case err == nil:
		return fault.New(fault.AliasExists, "SourceUser is already linked to another user")
	case !errors.Is(err, store.ErrNotFound):
		return fmt.Errorf("read an identity: %w", err)
	}
	u, err := tx.FindUser(owner, i.Name())
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil:
		return fmt.Errorf("look for the name of an identity: %w", err)
	case u.Status == model.ExternalProvider:
		return invalid("Merging is not currently supported, provide a SourceUser that has not been signed up in order to link")
	}
	return fault.Newf(fault.AliasExists, "Already found an entry for username %s", i.Name())
}

// accepts refuses a user with attributes that cannot change: a provider's claims
// could not be written over them when the user signs in.
func accepts(owner *model.Pool, u *model.User) error {
	var fixed []string
	for name := range u.Attributes {
		if s := owner.Attribute(name); s != nil && s.Mutable != nil && !*s.Mutable {
			fixed = append(fixed, name)
		}
	}
	if fixed == nil {
		return nil
	}
	slices.Sort(fixed)
	return invalidf("DestinationUser must not have attributes that cannot be changed: %s", strings.Join(fixed, ", "))
}

// tell writes the identities of a user into the attribute that tells them.
func (f *Federation) tell(tx *store.Tx, owner *model.Pool, u *model.User) error {
	has, err := tx.Identities(owner.ID, u.Sub)
	if err != nil {
		return fmt.Errorf("identities of user %s: %w", u.Sub, err)
	}
	next := u.Clone()
	delete(next.Attributes, model.IdentitiesAttribute)
	if len(has) > 0 {
		entries := make([]model.IdentityEntry, len(has))
		for n, i := range has {
			entries[n] = i.Entry()
		}
		next.Attributes[model.IdentitiesAttribute] = string(wire.Must(entries))
	}
	next.ModifiedAt = f.cfg.Now()
	return tx.SaveUser(owner, next)
}
