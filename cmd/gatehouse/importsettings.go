package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/flow/former"
	"github.com/gatehouse-id/gatehouse/internal/part/upstream"
)

// pool makes the pool under its own id. One that is here keeps its settings.
func (m *mover) pool(ctx context.Context) error {
	var told shape.DescribeUserPoolResponse
	if _, ok, err := m.read(ctx, "DescribeUserPool", upstream.Query{}, &told); err != nil {
		return err
	} else if !ok || told.UserPool == nil {
		return errors.New("the pool does not exist")
	}
	doc := told.UserPool
	if id := wire.Of(doc.Id); id != m.FromPool {
		return fmt.Errorf("the source tells of pool %.60q", id)
	}
	m.document = doc
	if l := doc.LambdaConfig; l != nil && len(wire.Must(l)) > len("{}") {
		m.leave("Lambda triggers: their ARNs are kept, and nothing calls them there")
	}
	here, err := m.has(ctx, "DescribeUserPool", body{"UserPoolId": m.FromPool}, nil)
	switch {
	case err != nil:
		return err
	case here:
		m.tell("kept the settings of pool %s, which is here already", m.FromPool)
		return nil
	case m.DryRun:
		m.absent = true
		m.tell("would take over pool %s, %q", m.FromPool, wire.Of(doc.Name))
		return nil
	}
	if _, err := m.here.Pools().Adopt(ctx, doc); err != nil {
		return err
	}
	m.tell("took over pool %s, %q", m.FromPool, wire.Of(doc.Name))
	return nil
}

// mfa takes over the second factors, unless some are set here.
func (m *mover) mfa(ctx context.Context) error {
	var told, here shape.GetUserPoolMfaConfigResponse
	if _, ok, err := m.read(ctx, "GetUserPoolMfaConfig", upstream.Query{}, &told); err != nil || !ok {
		return err
	}
	m.factors = wire.Of(told.MfaConfiguration)
	if _, err := m.has(ctx, "GetUserPoolMfaConfig", body{"UserPoolId": m.FromPool}, &here); err != nil {
		return err
	}
	if m.factors == "" || m.factors == shape.UserPoolMfaTypeOff || wire.Of(here.MfaConfiguration) == m.factors {
		return nil
	}
	in := shape.SetUserPoolMfaConfigRequest{UserPoolId: &m.FromPool}
	if err := wire.Read(wire.Must(told), &in); err != nil {
		return err
	}
	return m.make(ctx, "second factors", "SetUserPoolMfaConfig", in)
}

// providers takes over the identity providers.
func (m *mover) providers(ctx context.Context) error {
	return each(ctx, m, "ListIdentityProviders", upstream.Query{}, func(page shape.ListIdentityProvidersResponse) error {
		for _, p := range page.Providers {
			name := wire.Of(p.ProviderName)
			var told shape.DescribeIdentityProviderResponse
			if _, ok, err := m.read(ctx, "DescribeIdentityProvider", upstream.Query{Provider: name}, &told); err != nil {
				return err
			} else if !ok {
				m.leave("identity provider %s: it is listed and not described", name)
				continue
			}
			in := shape.CreateIdentityProviderRequest{}
			if err := wire.Read(wire.Must(told.IdentityProvider), &in); err != nil {
				return err
			}
			in.UserPoolId = &m.FromPool
			if err := m.make(ctx, "identity provider "+name, "CreateIdentityProvider", in); err != nil {
				return err
			}
		}
		return nil
	})
}

// resourceServers takes over the resource servers with their scopes.
func (m *mover) resourceServers(ctx context.Context) error {
	return each(ctx, m, "ListResourceServers", upstream.Query{}, func(page shape.ListResourceServersResponse) error {
		for _, told := range page.ResourceServers {
			id := wire.Of(told.Identifier)
			if here, err := m.has(ctx, "DescribeResourceServer", body{"UserPoolId": m.FromPool, "Identifier": id}, nil); err != nil {
				return err
			} else if here {
				m.tell("kept resource server %s, which is here already", id)
				continue
			}
			told.UserPoolId = &m.FromPool
			if err := m.make(ctx, "resource server "+id, "CreateResourceServer", told); err != nil {
				return err
			}
		}
		return nil
	})
}

// clients makes the app clients under their own ids, with their own secrets.
func (m *mover) clients(ctx context.Context) error {
	return each(ctx, m, "ListUserPoolClients", upstream.Query{}, func(page shape.ListUserPoolClientsResponse) error {
		for _, c := range page.UserPoolClients {
			if err := m.client(ctx, wire.Of(c.ClientId)); err != nil {
				return err
			}
		}
		return nil
	})
}

func (m *mover) client(ctx context.Context, id string) error {
	var told shape.DescribeUserPoolClientResponse
	if _, ok, err := m.read(ctx, "DescribeUserPoolClient", upstream.Query{Client: id}, &told); err != nil {
		return err
	} else if !ok || told.UserPoolClient == nil {
		m.leave("app client %s: it is listed and not described", id)
		return nil
	}
	m.clientIDs = append(m.clientIDs, id)
	m.mayAsk(told.UserPoolClient)
	name := wire.Of(told.UserPoolClient.ClientName)
	here, err := m.has(ctx, "DescribeUserPoolClient", body{"UserPoolId": m.FromPool, "ClientId": id}, nil)
	switch {
	case err != nil:
		return err
	case here:
		m.tell("kept app client %s, which is here already", id)
		return nil
	case m.DryRun:
		m.tell("would take over app client %s, %q", id, name)
		return nil
	}
	told.UserPoolClient.UserPoolId = &m.FromPool
	err = m.here.Pools().AdoptClient(ctx, told.UserPoolClient)
	if f, refused := fault.As(err); refused {
		m.leave("app client %s, %q: %s", id, name, f.Message)
		return nil
	}
	if err == nil {
		m.tell("took over app client %s, %q", id, name)
	}
	return err
}

// risk takes over the risk configurations of the pool and of its clients.
func (m *mover) risk(ctx context.Context) error {
	for _, id := range append([]string{""}, m.clientIDs...) {
		var told, here shape.DescribeRiskConfigurationResponse
		if _, ok, err := m.read(ctx, "DescribeRiskConfiguration", upstream.Query{Client: id}, &told); err != nil {
			return err
		} else if !ok || !configured(told.RiskConfiguration) || id != "" && wire.Of(told.RiskConfiguration.ClientId) != id {
			continue // a client that follows its pool
		}
		asked, what := body{"UserPoolId": m.FromPool}, "risk configuration"
		if id != "" {
			asked["ClientId"], what = id, "risk configuration of app client "+id
		}
		if _, err := m.has(ctx, "DescribeRiskConfiguration", asked, &here); err != nil {
			return err
		}
		if configured(here.RiskConfiguration) && wire.Of(here.RiskConfiguration.ClientId) == id {
			m.tell("kept the %s, which is here already", what)
			continue
		}
		in := shape.SetRiskConfigurationRequest{}
		if err := wire.Read(wire.Must(told.RiskConfiguration), &in); err != nil {
			return err
		}
		in.UserPoolId, in.ClientId = &m.FromPool, nil
		if id != "" {
			in.ClientId = &id
		}
		if err := m.make(ctx, what, "SetRiskConfiguration", in); err != nil {
			return err
		}
	}
	return nil
}

func configured(r *shape.RiskConfigurationType) bool {
	return r != nil && (r.CompromisedCredentialsRiskConfiguration != nil || r.AccountTakeoverRiskConfiguration != nil || r.RiskExceptionConfiguration != nil)
}

// logs takes over where logs are delivered.
func (m *mover) logs(ctx context.Context) error {
	var told, here shape.GetLogDeliveryConfigurationResponse
	if _, ok, err := m.read(ctx, "GetLogDeliveryConfiguration", upstream.Query{}, &told); err != nil || !ok {
		return err
	}
	c := told.LogDeliveryConfiguration
	if c == nil || len(c.LogConfigurations) == 0 {
		return nil
	}
	if _, err := m.has(ctx, "GetLogDeliveryConfiguration", body{"UserPoolId": m.FromPool}, &here); err != nil {
		return err
	}
	if h := here.LogDeliveryConfiguration; h != nil && len(h.LogConfigurations) > 0 {
		m.tell("kept the log delivery, which is here already")
		return nil
	}
	return m.make(ctx, "log delivery", "SetLogDeliveryConfiguration", shape.SetLogDeliveryConfigurationRequest{
		UserPoolId: &m.FromPool, LogConfigurations: c.LogConfigurations,
	})
}

// domain takes over the prefix of the domain. A domain of one's own needs a
// certificate, which AWS does not give away.
func (m *mover) domain(ctx context.Context) error {
	if d := wire.Of(m.document.CustomDomain); d != "" {
		m.leave("domain %s: point it here, at a proxy that has a certificate", d)
	}
	d := wire.Of(m.document.Domain)
	if d == "" || strings.Contains(d, ".") {
		return nil
	}
	var here shape.DescribeUserPoolDomainResponse
	if _, err := m.has(ctx, "DescribeUserPoolDomain", body{"Domain": d}, &here); err != nil {
		return err
	}
	if t := here.DomainDescription; t != nil && wire.Of(t.UserPoolId) == m.FromPool {
		m.tell("kept domain %s, which is here already", d)
		return nil
	}
	return m.make(ctx, "domain "+d, "CreateUserPoolDomain", body{"Domain": d, "UserPoolId": m.FromPool})
}

// groups takes over the groups.
func (m *mover) groups(ctx context.Context) error {
	return each(ctx, m, "ListGroups", upstream.Query{}, func(page shape.ListGroupsResponse) error {
		for _, told := range page.Groups {
			in := shape.CreateGroupRequest{
				UserPoolId: &m.FromPool, GroupName: told.GroupName, Description: told.Description, RoleArn: told.RoleArn, Precedence: told.Precedence,
			}
			m.groupNames = append(m.groupNames, wire.Of(told.GroupName))
			if err := m.make(ctx, "group "+wire.Of(told.GroupName), "CreateGroup", in); err != nil {
				return err
			}
		}
		return nil
	})
}

// mayAsk notes the first client through which passwords can be asked for, one that
// needs no administrator before all others.
func (m *mover) mayAsk(c *shape.UserPoolClientType) {
	client := model.Client{Doc: c}
	public := client.Allows("USER_PASSWORD_AUTH")
	if !public && !client.Allows("ADMIN_USER_PASSWORD_AUTH") || m.asking != nil && (!m.asking.Admin || !public) {
		return
	}
	m.asking = &model.FormerPool{
		PoolID: m.FromPool, ClientID: wire.Of(c.ClientId), ClientSecret: wire.Of(c.ClientSecret), Admin: !public,
		Profile: m.FromProfile, Endpoint: m.FromEndpoint, NewSubs: !m.KeepSub,
	}
}

// lazy has the pool here ask the one there.
func (m *mover) lazy(ctx context.Context) error {
	switch {
	case !m.Lazy:
		return nil
	case m.asking == nil:
		return errors.New("--lazy needs an app client that allows USER_PASSWORD_AUTH or ADMIN_USER_PASSWORD_AUTH, and the pool has none")
	case m.DryRun:
		m.tell("passwords would be asked for through app client %s", m.asking.ClientID)
		return nil
	}
	if err := former.Set(ctx, m.here.Store, m.here.Ring, m.FromPool, m.asking); err != nil {
		return err
	}
	m.tell("passwords are asked for through app client %s", m.asking.ClientID)
	return nil
}
