package pool

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// A pool can have a prefix domain and a custom one beside it. What is here keeps
// them; nothing is served under them yet.

// classicPages and managedLogin are the versions of the pages under a domain.
const (
	classicPages = int32(1)
	managedLogin = int32(2)
)

var (
	noSuchDomain = fault.New(fault.InvalidParameter, "No such domain or user pool exists.")
	prefixDomain = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?$`)
	customDomain = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$`)
)

// reserved are words that no prefix has in it.
var reserved = []string{"aws", "amazon", "cognito"}

// CreateDomain gives a pool a domain that no other pool has.
func (p *Pools) CreateDomain(ctx context.Context, in *shape.CreateUserPoolDomainRequest) (*shape.DomainDescriptionType, error) {
	custom := in.CustomDomainConfig != nil
	if err := checkDomainName(*in.Domain, custom); err != nil {
		return nil, err
	}
	doc := &shape.DomainDescriptionType{
		UserPoolId: in.UserPoolId, AWSAccountId: &p.cfg.Account, Domain: in.Domain,
		Version: new(p.cfg.Now().UTC().Format("20060102150405")), Status: new(shape.DomainStatusTypeActive),
		CustomDomainConfig: in.CustomDomainConfig, ManagedLoginVersion: or(in.ManagedLoginVersion, classicPages), Routing: in.Routing,
	}
	if p.cfg.Host != "" {
		doc.CloudFrontDistribution = &p.cfg.Host
	}
	_, err := p.change(ctx, *in.UserPoolId, func(tx *store.Tx, next *model.Pool) error {
		member := &next.Doc.Domain
		if custom {
			member = &next.Doc.CustomDomain
		}
		if *member != nil {
			return invalid("User pool already has a domain configured.")
		}
		if err := p.checkDomain(tx, next, doc); err != nil {
			return err
		}
		*member = in.Domain
		err := tx.CreateDomain(&model.Domain{Name: *in.Domain, PoolID: next.ID, Doc: doc})
		if errors.Is(err, store.ErrExists) {
			return invalid("Domain already associated with another user pool.")
		}
		return err
	})
	return doc, err
}

func checkDomainName(name string, custom bool) error {
	switch {
	case custom && !customDomain.MatchString(name):
		return invalid("Custom domain is not a valid subdomain.")
	case custom:
		return nil
	case !prefixDomain.MatchString(name):
		return invalid("The domain name contains an invalid character. Domain names can only contain lower-case letters, numbers, and hyphens. " +
			"Please enter a different name that follows this format: " + prefixDomain.String())
	}
	for _, word := range reserved {
		if strings.Contains(name, word) {
			return invalid("Domain cannot contain reserved word: " + word)
		}
	}
	return nil
}

// checkDomain holds the settings of a domain against the pool.
func (p *Pools) checkDomain(tx *store.Tx, owner *model.Pool, doc *shape.DomainDescriptionType) error {
	version := *doc.ManagedLoginVersion
	if version != classicPages && version != managedLogin {
		return invalidf("ManagedLoginVersion must be %d or %d.", classicPages, managedLogin)
	}
	if version == managedLogin && !p.cfg.IgnoreTiers && wire.Of(owner.Doc.UserPoolTier) == shape.UserPoolTierTypeLite {
		return fault.New(fault.FeatureUnavailableInTier, "Managed login is not available in the LITE tier.")
	}
	if doc.Routing == nil || doc.Routing.Failover == nil {
		return nil
	}
	if doc.CustomDomainConfig == nil {
		return invalid("Routing is only supported for custom domains.")
	}
	region := *doc.Routing.Failover.SecondaryRegion
	_, err := tx.Resource(owner.ID, model.Replica, region)
	if errors.Is(err, store.ErrNotFound) {
		return invalidf("The user pool has no replica in the region %s.", region)
	}
	return err
}

// Domain tells of a domain; of one that is not there, nothing.
func (p *Pools) Domain(ctx context.Context, name string) (*shape.DomainDescriptionType, error) {
	doc := new(shape.DomainDescriptionType)
	err := p.cfg.Store.View(ctx, func(tx *store.Tx) error {
		found, err := tx.Domain(name)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read a domain: %w", err)
		}
		doc = found.Doc
		return nil
	})
	return doc, err
}

// UpdateDomain changes what the request brings; the rest stays.
func (p *Pools) UpdateDomain(ctx context.Context, in *shape.UpdateUserPoolDomainRequest) (doc *shape.DomainDescriptionType, err error) {
	err = p.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		owner, found, err := findDomain(tx, *in.UserPoolId, *in.Domain)
		if err != nil {
			return err
		}
		doc = found.Doc
		if in.CustomDomainConfig != nil {
			if doc.CustomDomainConfig == nil {
				return invalid("CustomDomainConfig can only be given for a custom domain.")
			}
			doc.CustomDomainConfig = in.CustomDomainConfig
		}
		if in.ManagedLoginVersion != nil {
			doc.ManagedLoginVersion = in.ManagedLoginVersion
		}
		if in.Routing != nil {
			doc.Routing = in.Routing
		}
		if err := p.checkDomain(tx, owner, doc); err != nil {
			return err
		}
		return tx.SaveDomain(found)
	})
	return doc, err
}

// DeleteDomain takes a domain from its pool: any pool can have it then.
func (p *Pools) DeleteDomain(ctx context.Context, poolID, name string) error {
	_, err := p.change(ctx, poolID, func(tx *store.Tx, next *model.Pool) error {
		_, found, err := findDomain(tx, poolID, name)
		if err != nil {
			return err
		}
		if found.Doc.CustomDomainConfig != nil {
			next.Doc.CustomDomain = nil
		} else {
			next.Doc.Domain = nil
		}
		return tx.DeleteDomain(poolID, name)
	})
	if fault.Has(err, fault.ResourceNotFound) {
		return noSuchDomain
	}
	return err
}

// findDomain reads a domain with its pool. Cognito does not tell which is missing.
func findDomain(tx *store.Tx, poolID, name string) (*model.Pool, *model.Domain, error) {
	owner, err := tx.Pool(poolID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil, noSuchDomain
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read pool %s: %w", poolID, err)
	}
	found, err := tx.Domain(name)
	if err == nil && found.PoolID != poolID {
		err = store.ErrNotFound
	}
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil, noSuchDomain
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read a domain: %w", err)
	}
	return owner, found, nil
}
