package device

import (
	"context"
	"errors"
	"fmt"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

// Find reads a device of a user; Missing when it is nobody's or somebody else's.
func Find(tx *store.Tx, poolID, sub, key string) (*model.Device, error) {
	if key == "" || len(key) > MaxKey {
		return nil, Missing
	}
	d, err := tx.Device(poolID, sub, key)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, Missing
	case err != nil:
		return nil, fmt.Errorf("read device: %w", err)
	}
	return d, nil
}

// Get reads a device.
func (k *Keeper) Get(ctx context.Context, o Owner, key string) (d *model.Device, err error) {
	if !o.Pool.TracksDevices() {
		return nil, notTracked
	}
	err = k.cfg.Store.View(ctx, func(tx *store.Tx) error {
		d, err = Find(tx, o.Pool.ID, o.User.Sub, key)
		return err
	})
	return d, err
}

// List reads up to limit devices with keys after the given one.
func (k *Keeper) List(ctx context.Context, o Owner, after string, limit int) (list []*model.Device, err error) {
	if !o.Pool.TracksDevices() {
		return nil, notTracked
	}
	err = k.cfg.Store.View(ctx, func(tx *store.Tx) error {
		list, err = tx.Devices(o.Pool.ID, o.User.Sub, after, limit)
		return err
	})
	return list, err
}

// noStatus: the model calls the status optional, and a change of nothing is none.
var noStatus = fault.New(fault.InvalidParameter, "DeviceRememberedStatus must be remembered or not_remembered.")

// SetStatus has a device remembered, or not. One that is not remembered proves
// nothing any more, and spares its user nothing.
func (k *Keeper) SetStatus(ctx context.Context, o Owner, key string, status *string) error {
	if status == nil {
		return noStatus
	}
	if !o.Pool.TracksDevices() {
		return notTracked
	}
	return k.change(ctx, func(tx *store.Tx) error {
		return tx.RememberDevice(o.Pool.ID, o.User.Sub, key, *status == shape.DeviceRememberedStatusTypeRemembered, k.cfg.Now())
	})
}

// Forget removes a device. The refresh tokens of its sign-ins end with it.
func (k *Keeper) Forget(ctx context.Context, o Owner, key string) error {
	if !o.Pool.TracksDevices() {
		return notTracked
	}
	return k.change(ctx, func(tx *store.Tx) error { return tx.DeleteDevice(o.Pool.ID, o.User.Sub, key) })
}

func (k *Keeper) change(ctx context.Context, fn func(*store.Tx) error) error {
	err := k.cfg.Store.Update(ctx, fn)
	if errors.Is(err, store.ErrNotFound) {
		return Missing
	}
	return err
}
