package model

import (
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// Device is one that a user signed in with and that was confirmed.
type Device struct {
	PoolID     string
	Sub        string
	Key        string // "<region>_<uuid>"
	GroupKey   string // stands in the device's SRP for the pool's name
	Name       string
	Remembered bool
	// Secret is the sealed DeviceSecret; nil for a device that gave none, which
	// can prove nothing.
	Secret []byte
	// KnownAs is the name by which the profile of the user knows the device.
	KnownAs         string
	SDK             string
	LastIP          string
	CreatedAt       time.Time
	ModifiedAt      time.Time
	AuthenticatedAt time.Time // when the user last signed in with it
}

// Proves tells whether the device is asked to prove itself at a sign-in; nil is none.
func (d *Device) Proves() bool { return d != nil && d.Remembered && d.Secret != nil }

// DeviceSecret is what a device proves itself against. It is stored sealed: a
// stolen verifier can be tried offline.
type DeviceSecret struct {
	Salt     []byte `json:"salt"`
	Verifier []byte `json:"verifier"`
}

// String hides the secret.
func (DeviceSecret) String() string { return "[redacted]" }

// GoString hides the secret.
func (DeviceSecret) GoString() string { return "[redacted]" }

// DeviceWait is a sign-in whose device has yet to prove itself, for clients that
// do not send back the session.
type DeviceWait struct {
	PoolID, Sub, ClientID, DeviceKey string
	Session                          string // sealed, as it was handed out
	Network                          string // whence the sign-in came
	ExpiresAt                        time.Time
}

// TracksDevices tells whether the pool keeps devices at all: any member of its
// DeviceConfiguration switches that on.
func (p *Pool) TracksDevices() bool {
	c := p.Doc.DeviceConfiguration
	return c != nil && (c.ChallengeRequiredOnNewDevice != nil || c.DeviceOnlyRememberedOnUserPrompt != nil)
}

// AsksToRemember tells whether a confirmed device is remembered only once its user says so.
func (p *Pool) AsksToRemember() bool {
	return p.TracksDevices() && wire.Of(p.Doc.DeviceConfiguration.DeviceOnlyRememberedOnUserPrompt)
}

// DevicesSpareFactor tells whether a remembered device stands for a second factor.
func (p *Pool) DevicesSpareFactor() bool {
	return p.TracksDevices() && wire.Of(p.Doc.DeviceConfiguration.ChallengeRequiredOnNewDevice)
}
