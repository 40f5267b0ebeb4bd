package cognito

import (
	"context"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/report"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

func (d *Door) createUserPoolClient(ctx context.Context, _ *call, in *shape.CreateUserPoolClientRequest) (*shape.CreateUserPoolClientResponse, error) {
	doc, err := d.Pools.CreateClient(ctx, in)
	if err != nil {
		return nil, err
	}
	report.From(ctx).Client(*doc.ClientId)
	return &shape.CreateUserPoolClientResponse{UserPoolClient: doc}, nil
}

func (d *Door) describeUserPoolClient(ctx context.Context, _ *call, in *shape.DescribeUserPoolClientRequest) (*shape.DescribeUserPoolClientResponse, error) {
	doc, err := d.Pools.DescribeClient(ctx, *in.UserPoolId, *in.ClientId)
	return &shape.DescribeUserPoolClientResponse{UserPoolClient: doc}, err
}

func (d *Door) updateUserPoolClient(ctx context.Context, _ *call, in *shape.UpdateUserPoolClientRequest) (*shape.UpdateUserPoolClientResponse, error) {
	doc, err := d.Pools.UpdateClient(ctx, in)
	return &shape.UpdateUserPoolClientResponse{UserPoolClient: doc}, err
}

func (d *Door) deleteUserPoolClient(ctx context.Context, _ *call, in *shape.DeleteUserPoolClientRequest) error {
	return d.Pools.DeleteClient(ctx, *in.UserPoolId, *in.ClientId)
}

func (d *Door) listUserPoolClients(ctx context.Context, _ *call, in *shape.ListUserPoolClientsRequest) (*shape.ListUserPoolClientsResponse, error) {
	bind := []string{"ListUserPoolClients", *in.UserPoolId}
	after, err := d.after(in.NextToken, bind...)
	if err != nil {
		return nil, err
	}
	size := pageSize(in.MaxResults)
	clients, err := d.Pools.Clients(ctx, *in.UserPoolId, after, size+1)
	if err != nil {
		return nil, err
	}
	clients, next := page(d, clients, size, func(c *model.Client) string { return c.ID }, bind...)
	out := &shape.ListUserPoolClientsResponse{UserPoolClients: []shape.UserPoolClientDescription{}, NextToken: next}
	for _, c := range clients {
		out.UserPoolClients = append(out.UserPoolClients, shape.UserPoolClientDescription{
			ClientId: c.Doc.ClientId, UserPoolId: c.Doc.UserPoolId, ClientName: c.Doc.ClientName,
		})
	}
	return out, nil
}

func (d *Door) addUserPoolClientSecret(ctx context.Context, _ *call, in *shape.AddUserPoolClientSecretRequest) (*shape.AddUserPoolClientSecretResponse, error) {
	added, err := d.Pools.AddClientSecret(ctx, *in.UserPoolId, *in.ClientId, wire.Of(in.ClientSecret))
	if err != nil {
		return nil, err
	}
	told := describeSecret(added)
	told.ClientSecretValue = &added.Value // here and never in a list
	return &shape.AddUserPoolClientSecretResponse{ClientSecretDescriptor: &told}, nil
}

func (d *Door) deleteUserPoolClientSecret(ctx context.Context, _ *call, in *shape.DeleteUserPoolClientSecretRequest) (*shape.DeleteUserPoolClientSecretResponse, error) {
	err := d.Pools.DeleteClientSecret(ctx, *in.UserPoolId, *in.ClientId, *in.ClientSecretId)
	return &shape.DeleteUserPoolClientSecretResponse{}, err
}

func (d *Door) listUserPoolClientSecrets(ctx context.Context, _ *call, in *shape.ListUserPoolClientSecretsRequest) (*shape.ListUserPoolClientSecretsResponse, error) {
	list, err := d.Pools.ClientSecrets(ctx, *in.UserPoolId, *in.ClientId)
	if err != nil {
		return nil, err
	}
	out := &shape.ListUserPoolClientSecretsResponse{ClientSecrets: []shape.ClientSecretDescriptorType{}}
	for _, secret := range list {
		out.ClientSecrets = append(out.ClientSecrets, describeSecret(secret))
	}
	return out, nil
}

// describeSecret is a secret without its value.
func describeSecret(s model.ClientSecret) shape.ClientSecretDescriptorType {
	return shape.ClientSecretDescriptorType{ClientSecretId: &s.ID, ClientSecretCreateDate: wire.At(time.UnixMicro(s.CreatedAt))}
}

func (d *Door) setRiskConfiguration(ctx context.Context, _ *call, in *shape.SetRiskConfigurationRequest) (*shape.SetRiskConfigurationResponse, error) {
	risk, err := d.Pools.SetRisk(ctx, in)
	return &shape.SetRiskConfigurationResponse{RiskConfiguration: risk}, err
}

func (d *Door) describeRiskConfiguration(ctx context.Context, _ *call, in *shape.DescribeRiskConfigurationRequest) (*shape.DescribeRiskConfigurationResponse, error) {
	risk, err := d.Pools.Risk(ctx, *in.UserPoolId, wire.Of(in.ClientId))
	return &shape.DescribeRiskConfigurationResponse{RiskConfiguration: risk}, err
}
