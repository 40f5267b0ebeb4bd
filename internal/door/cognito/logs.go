package cognito

import (
	"context"

	"github.com/gatehouse-id/gatehouse/internal/base/shape"
)

func (d *Door) setLogDeliveryConfiguration(ctx context.Context, _ *call, in *shape.SetLogDeliveryConfigurationRequest) (*shape.SetLogDeliveryConfigurationResponse, error) {
	logs, err := d.Pools.SetLogs(ctx, in)
	return &shape.SetLogDeliveryConfigurationResponse{LogDeliveryConfiguration: logs}, err
}

func (d *Door) getLogDeliveryConfiguration(ctx context.Context, _ *call, in *shape.GetLogDeliveryConfigurationRequest) (*shape.GetLogDeliveryConfigurationResponse, error) {
	logs, err := d.Pools.Logs(ctx, *in.UserPoolId)
	return &shape.GetLogDeliveryConfigurationResponse{LogDeliveryConfiguration: logs}, err
}
