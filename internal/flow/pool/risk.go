package pool

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/part/notify"
)

// AllClients is the client id that names the pool itself: CloudFormation
// requires a client id, and sends this one.
const AllClients = "ALL"

// Risk tells what SetRisk stored at one level, and no defaults. clientID is ""
// for the pool. A client without its own tells no sections.
func (p *Pools) Risk(ctx context.Context, poolID, clientID string) (*shape.RiskConfigurationType, error) {
	var risk *model.RiskConfiguration
	err := p.cfg.Store.View(ctx, func(tx *store.Tx) error {
		found, err := Find(tx, poolID)
		if err != nil {
			return err
		}
		if clientID == "" || clientID == AllClients {
			risk = found.Risk
			return nil
		}
		client, err := FindClient(tx, poolID, clientID)
		if err != nil {
			return err
		}
		risk = client.Risk
		return nil
	})
	if err != nil {
		return nil, err
	}
	return tellRisk(poolID, clientID, risk), nil
}

func tellRisk(poolID, clientID string, r *model.RiskConfiguration) *shape.RiskConfigurationType {
	out := &shape.RiskConfigurationType{UserPoolId: &poolID}
	if clientID != "" {
		out.ClientId = &clientID
	}
	if r != nil {
		out.CompromisedCredentialsRiskConfiguration = r.Compromised
		out.AccountTakeoverRiskConfiguration = r.Takeover
		out.RiskExceptionConfiguration = r.Exceptions
		out.LastModifiedDate = r.ModifiedAt
	}
	return out
}

// SetRisk replaces the whole configuration of one level. A request without any
// section resets the pool to its defaults, or lets the client follow the pool again.
func (p *Pools) SetRisk(ctx context.Context, in *shape.SetRiskConfigurationRequest) (*shape.RiskConfigurationType, error) {
	if err := checkRisk(in); err != nil {
		return nil, err
	}
	poolID, clientID := *in.UserPoolId, wire.Of(in.ClientId)
	risk := p.newRisk(in)
	var err error
	if clientID == "" || clientID == AllClients {
		_, err = p.change(ctx, poolID, func(_ *store.Tx, next *model.Pool) error {
			next.Risk = risk
			return nil
		})
	} else {
		_, err = p.changeClient(ctx, poolID, clientID, func(_ *store.Tx, _ *model.Pool, next *model.Client) error {
			next.Risk = risk
			return nil
		})
	}
	if err != nil {
		return nil, err
	}
	return tellRisk(poolID, clientID, risk), nil
}

// newRisk is what is stored: nil when there is no section.
func (p *Pools) newRisk(in *shape.SetRiskConfigurationRequest) *model.RiskConfiguration {
	r := &model.RiskConfiguration{
		Takeover:   in.AccountTakeoverRiskConfiguration,
		Exceptions: in.RiskExceptionConfiguration,
		ModifiedAt: wire.At(p.cfg.Now()),
	}
	if c := in.CompromisedCredentialsRiskConfiguration; c != nil {
		stored := *c
		if len(stored.EventFilter) == 0 {
			stored.EventFilter = []string{shape.EventFilterTypeSignIn, shape.EventFilterTypePasswordChange, shape.EventFilterTypeSignUp}
		}
		r.Compromised = &stored
	}
	if r.Compromised == nil && r.Takeover == nil && r.Exceptions == nil {
		return nil
	}
	return r
}

// strictness orders the actions: a higher level of risk may not be treated more mildly.
var strictness = map[string]int{
	shape.AccountTakeoverEventActionTypeNoAction:        0,
	shape.AccountTakeoverEventActionTypeMfaIfConfigured: 1,
	shape.AccountTakeoverEventActionTypeMfaRequired:     2,
	shape.AccountTakeoverEventActionTypeBlock:           3,
}

func checkRisk(in *shape.SetRiskConfigurationRequest) error {
	if t := in.AccountTakeoverRiskConfiguration; t != nil {
		strictest := -1
		for _, level := range []*shape.AccountTakeoverActionType{t.Actions.LowAction, t.Actions.MediumAction, t.Actions.HighAction} {
			if level == nil {
				continue // real configurations set only some levels
			}
			is := strictness[*level.EventAction]
			if is < strictest {
				return invalid("The action of a higher risk level must not be less restrictive than that of a lower one.")
			}
			strictest = is
		}
	}
	if err := checkSender(in); err != nil {
		return err
	}
	if e := in.RiskExceptionConfiguration; e != nil {
		for _, list := range [][]string{e.BlockedIPRangeList, e.SkippedIPRangeList} {
			for _, text := range list {
				if r, err := netip.ParsePrefix(text); err != nil || r.Addr().Is4In6() && r.Bits() < 96 {
					return invalid("Invalid IP range: an IP range is an address with a prefix length, such as 192.0.2.0/24 or 2001:db8::/32.")
				}
			}
		}
	}
	return nil
}

// checkSender refuses notices that could not be sent as they are meant to be.
func checkSender(in *shape.SetRiskConfigurationRequest) error {
	t := in.AccountTakeoverRiskConfiguration
	if t == nil || t.NotifyConfiguration == nil {
		return nil
	}
	for _, given := range []struct {
		name    string
		address *string
	}{{"From", t.NotifyConfiguration.From}, {"ReplyTo", t.NotifyConfiguration.ReplyTo}} {
		if a := wire.Of(given.address); a != "" && !notify.ValidMailbox(a) {
			return invalid(given.name + " must be an e-mail address, with a name or without: Name <name@example.com>.")
		}
	}
	return nil
}

// FindClient reads a client of a pool inside a transaction.
func FindClient(tx *store.Tx, poolID, id string) (*model.Client, error) {
	c, err := tx.Client(poolID, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, fault.Newf(fault.ResourceNotFound, "User pool client %s does not exist.", id)
	}
	if err != nil {
		return nil, fmt.Errorf("read client: %w", err)
	}
	return c, nil
}
