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

// A replica is what an administrator has written down of another region. Nothing
// is copied there: that is the database's to do (docs/guides/kept-settings.md).

// maxReplicas is how many replicas a pool can have beside itself.
const maxReplicas = 1

var regionName = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$`)

// replica is a replica as it is kept.
type replica struct {
	Status string            `json:"status"`
	Tags   map[string]string `json:"tags,omitzero"`
}

// CreateReplica writes a replica down. It begins INACTIVE, which its creation calls CREATING.
func (p *Pools) CreateReplica(ctx context.Context, in *shape.CreateUserPoolReplicaRequest) (*shape.UserPoolReplicaType, error) {
	region := *in.RegionName
	if err := p.checkRegion(region); err != nil {
		return nil, err
	}
	if err := taggable(in.UserPoolTags); err != nil {
		return nil, err
	}
	now := p.cfg.Now()
	doc := wire.Must(replica{shape.ReplicaStatusTypeInactive, in.UserPoolTags})
	err := p.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		found, err := Find(tx, *in.UserPoolId)
		if err != nil {
			return err
		}
		if !p.cfg.IgnoreTiers && wire.Of(found.Doc.UserPoolTier) == shape.UserPoolTierTypeLite {
			return fault.New(fault.FeatureUnavailableInTier, "Replicas are not available in the LITE tier.")
		}
		n, err := tx.CountResources(found.ID, model.Replica)
		if err != nil {
			return fmt.Errorf("count replicas of pool %s: %w", found.ID, err)
		}
		if n >= maxReplicas {
			return fault.Newf(fault.LimitExceeded, "A user pool can have %d replica.", maxReplicas)
		}
		return tx.CreateResource(&model.Resource{PoolID: found.ID, Kind: model.Replica, Name: region, Document: doc, CreatedAt: now, ModifiedAt: now})
	})
	return p.describeReplica(*in.UserPoolId, region, shape.ReplicaStatusTypeCreating), err
}

// checkRegion accepts the name of a region that is not this one.
func (p *Pools) checkRegion(region string) error {
	switch {
	case len(region) > 32 || !regionName.MatchString(region):
		return invalid("RegionName must be the name of a region, such as eu-west-1.")
	case region == p.cfg.Region:
		return invalidf("The user pool is in the region %s already.", region)
	}
	return nil
}

// Replicas tells the pool itself and its replicas: few, and so all at once.
func (p *Pools) Replicas(ctx context.Context, poolID string) ([]shape.UserPoolReplicaType, error) {
	self := p.describeReplica(poolID, p.cfg.Region, shape.ReplicaStatusTypeActive)
	self.Role = new(shape.ReplicaRoleTypePrimary)
	list := []shape.UserPoolReplicaType{*self}
	err := p.cfg.Store.View(ctx, func(tx *store.Tx) error {
		list = list[:1]
		if _, err := Find(tx, poolID); err != nil {
			return err
		}
		found, err := tx.Resources(poolID, model.Replica, "", maxReplicas)
		if err != nil {
			return fmt.Errorf("list replicas of pool %s: %w", poolID, err)
		}
		for _, r := range found {
			var kept replica
			if err := wire.Read(r.Document, &kept); err != nil {
				return err
			}
			list = append(list, *p.describeReplica(poolID, r.Name, kept.Status))
		}
		return nil
	})
	return list, err
}

// UpdateReplica notes whether a replica is to be used.
func (p *Pools) UpdateReplica(ctx context.Context, in *shape.UpdateUserPoolReplicaRequest) (*shape.UserPoolReplicaType, error) {
	err := p.changeReplica(ctx, *in.UserPoolId, *in.RegionName, func(tx *store.Tx, r *model.Resource, kept replica) error {
		kept.Status = *in.Status
		r.Document, r.ModifiedAt = wire.Must(kept), p.cfg.Now()
		return tx.SaveResource(r)
	})
	return p.describeReplica(*in.UserPoolId, *in.RegionName, *in.Status), err
}

// DeleteReplica removes a replica that is not in use.
func (p *Pools) DeleteReplica(ctx context.Context, poolID, region string) (*shape.UserPoolReplicaType, error) {
	err := p.changeReplica(ctx, poolID, region, func(tx *store.Tx, r *model.Resource, kept replica) error {
		if kept.Status != shape.ReplicaStatusTypeInactive {
			return invalid("Only a replica that is INACTIVE can be deleted.")
		}
		return tx.DeleteResource(poolID, model.Replica, region)
	})
	return p.describeReplica(poolID, region, shape.ReplicaStatusTypeDeleting), err
}

func (p *Pools) changeReplica(ctx context.Context, poolID, region string, fn func(*store.Tx, *model.Resource, replica) error) error {
	return p.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if _, err := Find(tx, poolID); err != nil {
			return err
		}
		if region == p.cfg.Region {
			return invalid("The primary user pool cannot be changed as a replica.")
		}
		r, err := tx.Resource(poolID, model.Replica, region)
		if errors.Is(err, store.ErrNotFound) {
			return fault.Newf(fault.ResourceNotFound, "User pool %s has no replica in %s.", poolID, region)
		}
		if err != nil {
			return fmt.Errorf("read replica of pool %s: %w", poolID, err)
		}
		var kept replica
		if err := wire.Read(r.Document, &kept); err != nil {
			return err
		}
		return fn(tx, r, kept)
	})
}

func (p *Pools) describeReplica(poolID, region, status string) *shape.UserPoolReplicaType {
	arn := strings.Replace(p.ARN(poolID), ":"+p.cfg.Region+":", ":"+region+":", 1)
	return &shape.UserPoolReplicaType{RegionName: &region, Role: new(shape.ReplicaRoleTypeSecondary), Status: &status, UserPoolArn: &arn}
}
