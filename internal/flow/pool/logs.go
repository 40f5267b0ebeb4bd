package pool

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// SetLogs replaces where a pool's logs go to; an empty list turns all off.
func (p *Pools) SetLogs(ctx context.Context, in *shape.SetLogDeliveryConfigurationRequest) (*shape.LogDeliveryConfigurationType, error) {
	if err := checkLogs(in.LogConfigurations); err != nil {
		return nil, err
	}
	out := &shape.LogDeliveryConfigurationType{UserPoolId: in.UserPoolId, LogConfigurations: in.LogConfigurations}
	if out.LogConfigurations == nil {
		out.LogConfigurations = []shape.LogConfigurationType{}
	}
	now := p.cfg.Now()
	r := &model.Resource{PoolID: *in.UserPoolId, Kind: model.LogDelivery, Document: wire.Must(out), CreatedAt: now, ModifiedAt: now}
	err := p.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		found, err := Find(tx, *in.UserPoolId)
		if err != nil {
			return err
		}
		if exportsActivity(out) {
			if err := p.mayExport(found); err != nil {
				return err
			}
		}
		err = tx.SaveResource(r)
		if errors.Is(err, store.ErrNotFound) {
			err = tx.CreateResource(r)
		}
		return err
	})
	return out, err
}

// Logs tells where a pool's logs go to.
func (p *Pools) Logs(ctx context.Context, poolID string) (out *shape.LogDeliveryConfigurationType, err error) {
	err = p.cfg.Store.View(ctx, func(tx *store.Tx) error {
		if _, err := Find(tx, poolID); err != nil {
			return err
		}
		out, err = logsOf(tx, poolID)
		return err
	})
	return out, err
}

func logsOf(tx *store.Tx, poolID string) (*shape.LogDeliveryConfigurationType, error) {
	r, err := tx.Resource(poolID, model.LogDelivery, "")
	if errors.Is(err, store.ErrNotFound) {
		return &shape.LogDeliveryConfigurationType{UserPoolId: &poolID, LogConfigurations: []shape.LogConfigurationType{}}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read log delivery of pool %s: %w", poolID, err)
	}
	out := new(shape.LogDeliveryConfigurationType)
	return out, wire.Read(r.Document, out)
}

func exportsActivity(c *shape.LogDeliveryConfigurationType) bool {
	return slices.ContainsFunc(c.LogConfigurations, func(l shape.LogConfigurationType) bool {
		return *l.EventSource == shape.EventSourceNameUserAuthEvents
	})
}

// mayExport refuses the log of user activity where the tier has none, or where
// threat protection, which writes it, is off.
func (p *Pools) mayExport(found *model.Pool) error {
	switch {
	case !p.cfg.IgnoreTiers && wire.Of(found.Doc.UserPoolTier) != shape.UserPoolTierTypePlus:
		return fault.New(fault.FeatureUnavailableInTier, "Log delivery of user activity is available in the PLUS tier.")
	case !protects(found):
		return fault.New(fault.FeatureUnavailableInTier, "Log delivery of user activity needs threat protection: it is off in this user pool.")
	}
	return nil
}

// checkTierOfLogs refuses to leave the tier that exports user activity while the pool does.
func (p *Pools) checkTierOfLogs(tx *store.Tx, next *model.Pool) error {
	tier := wire.Of(next.Doc.UserPoolTier)
	if p.cfg.IgnoreTiers || tier == shape.UserPoolTierTypePlus {
		return nil
	}
	logs, err := logsOf(tx, next.ID)
	if err == nil && exportsActivity(logs) {
		err = unavailable(tier, "Log Delivery")
	}
	return err
}

// checkLogs holds each entry against the pairs of source, level and destination that there are.
func checkLogs(list []shape.LogConfigurationType) error {
	seen := map[string]bool{}
	for _, l := range list {
		source, level := *l.EventSource, *l.LogLevel
		if seen[source] {
			return invalidf("There can be one log configuration for each event source, and %s has more.", source)
		}
		seen[source] = true
		destinations := 0
		for _, there := range []bool{l.CloudWatchLogsConfiguration != nil, l.S3Configuration != nil, l.FirehoseConfiguration != nil} {
			if there {
				destinations++
			}
		}
		if destinations != 1 {
			return invalidf("The log configuration for %s must have one destination: CloudWatchLogsConfiguration, S3Configuration or FirehoseConfiguration.", source)
		}
		want := shape.LogLevelInfo
		if source == shape.EventSourceNameUserNotification {
			want = shape.LogLevelError
			if l.CloudWatchLogsConfiguration == nil {
				return invalidf("Logs of %s can only go to CloudWatchLogsConfiguration.", source)
			}
		}
		if level != want {
			return invalidf("The log level for %s must be %s.", source, want)
		}
		if err := checkDestination(l); err != nil {
			return err
		}
	}
	return nil
}

func checkDestination(l shape.LogConfigurationType) error {
	switch {
	case l.CloudWatchLogsConfiguration != nil && l.CloudWatchLogsConfiguration.LogGroupArn == nil:
		return invalid("CloudWatchLogsConfiguration must have a LogGroupArn.")
	case l.S3Configuration != nil && l.S3Configuration.BucketArn == nil:
		return invalid("S3Configuration must have a BucketArn.")
	case l.FirehoseConfiguration != nil && l.FirehoseConfiguration.StreamArn == nil:
		return invalid("FirehoseConfiguration must have a StreamArn.")
	}
	return nil
}
