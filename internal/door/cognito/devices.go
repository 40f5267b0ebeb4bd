package cognito

import (
	"context"
	"strings"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/flow/device"
)

func (d *Door) confirmDevice(ctx context.Context, c *call, in *shape.ConfirmDeviceRequest) (*shape.ConfirmDeviceResponse, error) {
	b := c.Bearer
	given := device.Confirmation{
		Owner: ownDevices(c), FamilyID: b.FamilyID, Client: b.Client, Key: *in.DeviceKey, Name: wire.Of(in.DeviceName), Origin: c.Origin,
	}
	if s := in.DeviceSecretVerifierConfig; s != nil {
		given.Verifier, given.Salt = s.PasswordVerifier, s.Salt
	}
	ask, err := d.Devices.Confirm(ctx, given)
	return &shape.ConfirmDeviceResponse{UserConfirmationNecessary: &ask}, err
}

func (d *Door) getDevice(ctx context.Context, c *call, in *shape.GetDeviceRequest) (*shape.GetDeviceResponse, error) {
	o := ownDevices(c)
	found, err := d.Devices.Get(ctx, o, *in.DeviceKey)
	if err != nil {
		return nil, err
	}
	return &shape.GetDeviceResponse{Device: d.deviceType(o, found)}, nil
}

func (d *Door) listDevices(ctx context.Context, c *call, in *shape.ListDevicesRequest) (*shape.ListDevicesResponse, error) {
	return d.devicesOf(ctx, ownDevices(c), "ListDevices", in.Limit, in.PaginationToken)
}

func (d *Door) updateDeviceStatus(ctx context.Context, c *call, in *shape.UpdateDeviceStatusRequest) (*shape.UpdateDeviceStatusResponse, error) {
	return &shape.UpdateDeviceStatusResponse{}, d.Devices.SetStatus(ctx, ownDevices(c), *in.DeviceKey, in.DeviceRememberedStatus)
}

func (d *Door) forgetDevice(ctx context.Context, c *call, in *shape.ForgetDeviceRequest) error {
	return d.Devices.Forget(ctx, ownDevices(c), *in.DeviceKey)
}

func (d *Door) adminGetDevice(ctx context.Context, _ *call, in *shape.AdminGetDeviceRequest) (*shape.AdminGetDeviceResponse, error) {
	o, err := d.devicesFor(ctx, *in.UserPoolId, *in.Username)
	if err != nil {
		return nil, noneToRead(err)
	}
	found, err := d.Devices.Get(ctx, o, *in.DeviceKey)
	if err != nil {
		return nil, err
	}
	return &shape.AdminGetDeviceResponse{Device: d.deviceType(o, found)}, nil
}

func (d *Door) adminListDevices(ctx context.Context, _ *call, in *shape.AdminListDevicesRequest) (*shape.AdminListDevicesResponse, error) {
	o, err := d.devicesFor(ctx, *in.UserPoolId, *in.Username)
	if err != nil {
		return nil, noneToRead(err)
	}
	out, err := d.devicesOf(ctx, o, "AdminListDevices", in.Limit, in.PaginationToken)
	return (*shape.AdminListDevicesResponse)(out), err
}

func (d *Door) adminUpdateDeviceStatus(ctx context.Context, _ *call, in *shape.AdminUpdateDeviceStatusRequest) (*shape.AdminUpdateDeviceStatusResponse, error) {
	o, err := d.devicesFor(ctx, *in.UserPoolId, *in.Username)
	if err != nil {
		return nil, err
	}
	return &shape.AdminUpdateDeviceStatusResponse{}, d.Devices.SetStatus(ctx, o, *in.DeviceKey, in.DeviceRememberedStatus)
}

func (d *Door) adminForgetDevice(ctx context.Context, _ *call, in *shape.AdminForgetDeviceRequest) error {
	o, err := d.devicesFor(ctx, *in.UserPoolId, *in.Username)
	if err != nil {
		return err
	}
	return d.Devices.Forget(ctx, o, *in.DeviceKey)
}

func ownDevices(c *call) device.Owner {
	return device.Owner{Pool: c.Bearer.Pool, User: c.Bearer.User}
}

func (d *Door) devicesFor(ctx context.Context, poolID, name string) (o device.Owner, err error) {
	o.Pool, o.User, err = d.member(ctx, poolID, name)
	return o, err
}

// noneToRead: the two operations that read devices for an administrator know no
// error for a user who does not exist but that something was not found.
func noneToRead(err error) error {
	if f, ok := fault.As(err); ok && f.Code == fault.UserNotFound {
		return fault.New(fault.ResourceNotFound, f.Message)
	}
	return err
}

// devicesOf lists the devices of a user, for the user or for an administrator.
func (d *Door) devicesOf(ctx context.Context, o device.Owner, operation string, limit *int32, token *string) (*shape.ListDevicesResponse, error) {
	bind := []string{operation, o.Pool.ID, o.User.Sub}
	after, err := d.after(token, bind...)
	if err != nil {
		return nil, err
	}
	size := pageSize(limit)
	list, err := d.Devices.List(ctx, o, after, size+1)
	if err != nil {
		return nil, err
	}
	list, next := page(d, list, size, func(v *model.Device) string { return v.Key }, bind...)
	out := &shape.ListDevicesResponse{Devices: make([]shape.DeviceType, len(list)), PaginationToken: next}
	for i, v := range list {
		out.Devices[i] = *d.deviceType(o, v)
	}
	return out, nil
}

// deviceType is a device as it is shown, with the attributes that AWS lists.
func (d *Door) deviceType(o device.Owner, v *model.Device) *shape.DeviceType {
	owner := o.User.Username + "." + o.Pool.ID
	status := shape.DeviceRememberedStatusTypeNotRemembered
	if v.Remembered {
		status = shape.DeviceRememberedStatusTypeRemembered
	}
	out := &shape.DeviceType{
		DeviceKey: &v.Key, DeviceCreateDate: wire.At(v.CreatedAt),
		DeviceLastModifiedDate: wire.At(v.ModifiedAt), DeviceLastAuthenticatedDate: wire.At(v.AuthenticatedAt),
	}
	for _, a := range [][2]string{
		{"device_status", "valid"},
		{"device_name", v.Name},
		{"dev:device_arn", strings.TrimSuffix(d.Pools.ARN(o.Pool.ID), "userpool/"+o.Pool.ID) + "owner/" + owner + "/device/" + v.Key},
		{"dev:device_owner", owner},
		{"last_ip_used", v.LastIP},
		{"dev:device_remembered_status", status},
		{"dev:device_sdk", v.SDK},
	} {
		if a[1] != "" {
			out.DeviceAttributes = append(out.DeviceAttributes, shape.AttributeType{Name: &a[0], Value: &a[1]})
		}
	}
	return out
}
