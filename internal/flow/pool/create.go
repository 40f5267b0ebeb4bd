package pool

import (
	"context"
	"errors"
	"fmt"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// Create makes a pool with its signing keys.
func (p *Pools) Create(ctx context.Context, in *shape.CreateUserPoolRequest) (*model.Pool, error) {
	if len(in.AliasAttributes) > 0 && len(in.UsernameAttributes) > 0 {
		return nil, invalid("Only one of the aliasAttributes or usernameAttributes can be set in a user pool.")
	}
	schema, err := newSchema(in.Schema)
	if err != nil {
		return nil, err
	}
	next := newDocument(in, schema, wire.At(p.cfg.Now()))
	if err := p.replace(next, settingsOfNew(in)); err != nil {
		return nil, err
	}
	for range maxTries {
		err := p.store(ctx, next)
		if !errors.Is(err, store.ErrExists) {
			return next, err
		}
	}
	return nil, errors.New("create pool: every drawn id is taken")
}

// newDocument is a pool with what can never change of it.
func newDocument(in *shape.CreateUserPoolRequest, schema []shape.SchemaAttributeType, now *wire.Time) *model.Pool {
	return &model.Pool{
		MFA: &shape.SetUserPoolMfaConfigResponse{},
		Doc: &shape.UserPoolType{
			Name:                   in.PoolName,
			CreationDate:           now,
			LastModifiedDate:       now,
			SchemaAttributes:       schema,
			AliasAttributes:        in.AliasAttributes,
			UsernameAttributes:     in.UsernameAttributes,
			UsernameConfiguration:  in.UsernameConfiguration,
			UserPoolTier:           new(shape.UserPoolTierTypeEssentials),
			EstimatedNumberOfUsers: new(int32),
		},
	}
}

// store gives the pool an id and saves it.
func (p *Pools) store(ctx context.Context, next *model.Pool) error {
	name, err := p.draw(poolIDLength, mixed)
	if err != nil {
		return err
	}
	return p.storeAs(ctx, next, p.cfg.Region+"_"+name)
}

// storeAs gives the pool keys and saves it under an id.
func (p *Pools) storeAs(ctx context.Context, next *model.Pool, id string) (err error) {
	next.ID = id
	next.Doc.Id, next.Doc.Arn = new(next.ID), new(p.ARN(next.ID))
	if next.Keys, err = p.cfg.Keys.Make(next.ID); err != nil {
		return fmt.Errorf("make keys of pool %s: %w", next.ID, err)
	}
	return p.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		n, err := tx.CountPools()
		if err != nil {
			return fmt.Errorf("count pools: %w", err)
		}
		if n >= maxPools {
			return fault.Newf(fault.LimitExceeded, "The account has reached its limit of %d user pools.", maxPools)
		}
		return tx.CreatePool(next, p.cfg.Now())
	})
}

// Update replaces what can be changed of a pool: members that the request leaves
// out return to their defaults, except UserPoolTier and the name.
func (p *Pools) Update(ctx context.Context, in *shape.UpdateUserPoolRequest) (*model.Pool, error) {
	return p.change(ctx, *in.UserPoolId, func(tx *store.Tx, next *model.Pool) error {
		if err := idle(tx, next.ID); err != nil {
			return err
		}
		if in.PoolName != nil {
			next.Doc.Name = in.PoolName
		}
		p.touch(next.Doc)
		if err := p.replace(next, settingsOfUpdate(in)); err != nil {
			return err
		}
		return p.checkTierOfLogs(tx, next)
	})
}
