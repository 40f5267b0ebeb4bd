package cognito

import (
	"context"

	"github.com/gatehouse-id/gatehouse/internal/base/shape"
)

func (d *Door) createUserPoolReplica(ctx context.Context, _ *call, in *shape.CreateUserPoolReplicaRequest) (*shape.CreateUserPoolReplicaResponse, error) {
	replica, err := d.Pools.CreateReplica(ctx, in)
	return &shape.CreateUserPoolReplicaResponse{UserPoolReplica: replica}, err
}

func (d *Door) listUserPoolReplicas(ctx context.Context, _ *call, in *shape.ListUserPoolReplicasRequest) (*shape.ListUserPoolReplicasResponse, error) {
	if in.NextToken != nil { // all fit on one page
		return nil, badToken
	}
	list, err := d.Pools.Replicas(ctx, *in.UserPoolId)
	return &shape.ListUserPoolReplicasResponse{UserPoolReplicas: list}, err
}

func (d *Door) updateUserPoolReplica(ctx context.Context, _ *call, in *shape.UpdateUserPoolReplicaRequest) (*shape.UpdateUserPoolReplicaResponse, error) {
	replica, err := d.Pools.UpdateReplica(ctx, in)
	return &shape.UpdateUserPoolReplicaResponse{UserPoolReplica: replica}, err
}

func (d *Door) deleteUserPoolReplica(ctx context.Context, _ *call, in *shape.DeleteUserPoolReplicaRequest) (*shape.DeleteUserPoolReplicaResponse, error) {
	replica, err := d.Pools.DeleteReplica(ctx, *in.UserPoolId, *in.RegionName)
	return &shape.DeleteUserPoolReplicaResponse{UserPoolReplica: replica}, err
}
