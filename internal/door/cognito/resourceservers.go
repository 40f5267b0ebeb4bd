package cognito

import (
	"context"
	"errors"
	"fmt"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/flow/pool"
)

// Resource servers have no rules beyond their limits, so this file goes straight
// to the store. What a client may ask of them, flow/pool checks.
const (
	maxResourceServers = 25
	mostServersPerPage = 50 // ListResourceServers
)

func (d *Door) createResourceServer(ctx context.Context, _ *call, in *shape.CreateResourceServerRequest) (*shape.CreateResourceServerResponse, error) {
	doc := shape.ResourceServerType(*in)
	r, err := d.resourceServer(&doc)
	if err != nil {
		return nil, err
	}
	err = d.Store.Update(ctx, func(tx *store.Tx) error {
		if _, err := pool.Find(tx, r.PoolID); err != nil {
			return err
		}
		// First the name, so that a request made twice is told what is wrong with it.
		if _, err := tx.Resource(r.PoolID, r.Kind, r.Name); !errors.Is(err, store.ErrNotFound) {
			if err != nil {
				return fmt.Errorf("read a resource server: %w", err)
			}
			return fault.Newf(fault.InvalidParameter, "%s already exists in user pool %s.", r.Name, r.PoolID)
		}
		n, err := tx.CountResources(r.PoolID, r.Kind)
		if err != nil {
			return fmt.Errorf("count resource servers: %w", err)
		}
		if n >= maxResourceServers {
			return fault.Newf(fault.LimitExceeded, "The user pool has reached its limit of %d resource servers.", maxResourceServers)
		}
		return tx.CreateResource(r)
	})
	return &shape.CreateResourceServerResponse{ResourceServer: &doc}, err
}

func (d *Door) describeResourceServer(ctx context.Context, _ *call, in *shape.DescribeResourceServerRequest) (*shape.DescribeResourceServerResponse, error) {
	doc := new(shape.ResourceServerType)
	err := d.Store.View(ctx, func(tx *store.Tx) error {
		r, err := findResourceServer(tx, *in.UserPoolId, *in.Identifier)
		if err != nil {
			return err
		}
		return wire.Read(r.Document, doc)
	})
	return &shape.DescribeResourceServerResponse{ResourceServer: doc}, err
}

// updateResourceServer replaces: scopes that the request leaves out are gone.
func (d *Door) updateResourceServer(ctx context.Context, _ *call, in *shape.UpdateResourceServerRequest) (*shape.UpdateResourceServerResponse, error) {
	doc := shape.ResourceServerType(*in)
	next, err := d.resourceServer(&doc)
	if err != nil {
		return nil, err
	}
	err = d.Store.Update(ctx, func(tx *store.Tx) error {
		if _, err := findResourceServer(tx, next.PoolID, next.Name); err != nil {
			return err
		}
		return tx.SaveResource(next)
	})
	return &shape.UpdateResourceServerResponse{ResourceServer: &doc}, err
}

// deleteResourceServer leaves the clients that may ask for its scopes as they
// are, as Cognito does: their next update is checked again.
func (d *Door) deleteResourceServer(ctx context.Context, _ *call, in *shape.DeleteResourceServerRequest) error {
	return d.Store.Update(ctx, func(tx *store.Tx) error {
		if _, err := findResourceServer(tx, *in.UserPoolId, *in.Identifier); err != nil {
			return err
		}
		return tx.DeleteResource(*in.UserPoolId, model.ResourceServer, *in.Identifier)
	})
}

func (d *Door) listResourceServers(ctx context.Context, _ *call, in *shape.ListResourceServersRequest) (*shape.ListResourceServersResponse, error) {
	bind := []string{"ListResourceServers", *in.UserPoolId}
	after, err := d.after(in.NextToken, bind...)
	if err != nil {
		return nil, err
	}
	var list []*model.Resource
	size := min(pageSize(in.MaxResults), mostServersPerPage)
	err = d.Store.View(ctx, func(tx *store.Tx) error {
		if _, err := pool.Find(tx, *in.UserPoolId); err != nil {
			return err
		}
		list, err = tx.Resources(*in.UserPoolId, model.ResourceServer, after, size+1)
		return err
	})
	if err != nil {
		return nil, err
	}
	list, next := page(d, list, size, resourceName, bind...)
	out := &shape.ListResourceServersResponse{ResourceServers: make([]shape.ResourceServerType, len(list)), NextToken: next}
	for i, r := range list {
		if err := wire.Read(r.Document, &out.ResourceServers[i]); err != nil {
			return nil, fmt.Errorf("resource server %s: %w", r.Name, err)
		}
	}
	return out, nil
}

// resourceServer is the stored form of a document, whose scopes must differ.
func (d *Door) resourceServer(doc *shape.ResourceServerType) (*model.Resource, error) {
	seen := map[string]bool{}
	for _, scope := range doc.Scopes {
		if seen[*scope.ScopeName] {
			return nil, fault.Newf(fault.InvalidParameter, "The scope %s is given twice.", *scope.ScopeName)
		}
		seen[*scope.ScopeName] = true
	}
	text, err := wire.Encode(doc)
	return &model.Resource{
		PoolID: *doc.UserPoolId, Kind: model.ResourceServer, Name: *doc.Identifier, Document: text,
		CreatedAt: d.Now(), ModifiedAt: d.Now(),
	}, err
}

// findResourceServer reads a resource server, and tells which is missing: it or its pool.
func findResourceServer(tx *store.Tx, poolID, identifier string) (*model.Resource, error) {
	if _, err := pool.Find(tx, poolID); err != nil {
		return nil, err
	}
	r, err := tx.Resource(poolID, model.ResourceServer, identifier)
	if errors.Is(err, store.ErrNotFound) {
		return nil, fault.Newf(fault.ResourceNotFound, "Resource server %s does not exist.", identifier)
	}
	return r, err
}

func resourceName(r *model.Resource) string { return r.Name }
