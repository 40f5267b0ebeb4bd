// Package device gives the devices of users: offered, confirmed, remembered, forgotten.
//
//	sign-in without a device ── Offer ── its tokens carry a key
//	ConfirmDevice ── Confirm ── the key is this sign-in's? ── kept, with the verifier of a secret
//	sign-in with the key ── Find, Secret ── flow/signin has the device prove itself
//	ForgetDevice ── Forget ── what its sign-ins were given is refreshed no more
//
// Only the sign-in that was offered a key may confirm it: the offer stands in its
// token family, so offers are bounded by sign-ins and end with them.
package device

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/seal"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
	"github.com/gatehouse-id/gatehouse/internal/part/srp"
)

// Config of the devices.
type Config struct {
	Store  *store.Store
	Ring   *seal.Ring
	Threat *threat.Threat
	Now    func() time.Time
	Rand   io.Reader
}

// Keeper keeps the devices of users. It is safe for concurrent use.
type Keeper struct{ cfg Config }

// New makes a Keeper.
func New(cfg Config) *Keeper {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	return &Keeper{cfg}
}

// Missing is what clients read, word for word, to forget a device of theirs and try again without it.
var Missing = fault.New(fault.ResourceNotFound, "Device does not exist.")

var (
	notTracked = fault.New(fault.InvalidUserPoolConfiguration, "The user pool does not remember devices: it has no DeviceConfiguration.")
	noOffer    = fault.New(fault.InvalidParameter, "Invalid device key given.")
	exists     = fault.New(fault.DeviceKeyExists, "The device is confirmed already.")
	signedOut  = fault.New(fault.NotAuthorized, "Access Token has been revoked")
	badSecret  = fault.New(fault.InvalidParameter, "DeviceSecretVerifierConfig needs the PasswordVerifier and the Salt of the device's secret, in base64.")
)

// MaxKey is how long the key of a device can be, in bytes.
const MaxKey = 55

// maxDevices is how many devices of a user are kept: one more displaces the one
// that was not used for longest.
const maxDevices = 1000

// Offer makes the key of a new device in a pool.
func (k *Keeper) Offer(p *model.Pool) (key string, err error) {
	id, err := uuid.NewRandomFromReader(k.cfg.Rand)
	if err != nil {
		return "", fmt.Errorf("draw a device key: %w", err)
	}
	region, _, _ := strings.Cut(p.ID, "_")
	return region + "_" + id.String(), nil
}

// Group is what stands in a device's SRP for the name of the pool. It follows from
// the key, so that an offer needs nothing else to be remembered.
func (k *Keeper) Group(p *model.Pool, key string) string {
	return "-" + hex.EncodeToString(k.cfg.Ring.Derive("device group", p.ID, key)[:5])
}

// Owner is the user whose devices an operation is about.
type Owner struct {
	Pool *model.Pool
	User *model.User
}

// Confirmation is what a client tells of a device that it was offered.
type Confirmation struct {
	Owner
	FamilyID string // of the access token
	Client   *model.Client
	Key      string
	Name     string
	// Verifier and Salt of the device's secret, in base64; nil where it keeps none.
	Verifier, Salt *string
	Origin         model.Origin
}

// Confirm keeps a device that the sign-in was offered; it tells whether the user
// still has to say that it is to be remembered.
func (k *Keeper) Confirm(ctx context.Context, c Confirmation) (ask bool, err error) {
	if !c.Pool.TracksDevices() {
		return false, notTracked
	}
	secret, err := k.seal(c)
	if err != nil {
		return false, err
	}
	ask = c.Pool.AsksToRemember()
	err = k.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		switch _, err := tx.Device(c.Pool.ID, c.User.Sub, c.Key); {
		case err == nil:
			return exists
		case !errors.Is(err, store.ErrNotFound):
			return fmt.Errorf("read device: %w", err)
		}
		f, err := tx.Family(c.Pool.ID, c.FamilyID)
		switch {
		case errors.Is(err, store.ErrNotFound) || err == nil && !f.RevokedAt.IsZero():
			return signedOut
		case err != nil:
			return fmt.Errorf("read token family: %w", err)
		case f.Sub != c.User.Sub || f.Device != c.Key || f.DeviceBound: // bound: it was forgotten since
			return noOffer
		}
		now := k.cfg.Now()
		known, err := k.cfg.Threat.Introduce(tx, c.Pool, c.Client, f.ID, c.Key)
		if err != nil {
			return err
		}
		d := &model.Device{
			PoolID: c.Pool.ID, Sub: c.User.Sub, Key: c.Key, GroupKey: k.Group(c.Pool, c.Key), Name: c.Name,
			Remembered: !ask, Secret: secret, KnownAs: known, SDK: sdk(c.Origin.UserAgent), LastIP: c.Origin.IP,
			CreatedAt: now, ModifiedAt: now, AuthenticatedAt: f.AuthTime,
		}
		if err := tx.CreateDevice(d); err != nil {
			return fmt.Errorf("save device: %w", err)
		}
		if err := tx.BindFamily(c.Pool.ID, f.ID); err != nil {
			return fmt.Errorf("tie tokens to their device: %w", err)
		}
		return tx.TrimDevices(c.Pool.ID, c.User.Sub, maxDevices)
	})
	return ask, err
}

const purposeSecret = "device secret"

// Salts of clients have 16 bytes, sometimes with one in front.
const maxSalt = 64

// seal parses and seals the secret that a client chose for its device.
func (k *Keeper) seal(c Confirmation) ([]byte, error) {
	if c.Verifier == nil && c.Salt == nil {
		return nil, nil
	}
	if c.Verifier == nil || c.Salt == nil {
		return nil, badSecret
	}
	salt, err := parse(*c.Salt, maxSalt)
	if err != nil {
		return nil, err
	}
	raw, err := parse(*c.Verifier, 2*srp.VerifierBytes)
	if err != nil {
		return nil, err
	}
	verifier, err := srp.ParseVerifier(raw)
	if err != nil {
		return nil, badSecret.Because(err)
	}
	plain := wire.Must(model.DeviceSecret{Salt: salt, Verifier: verifier})
	return k.cfg.Ring.Seal(purposeSecret, plain, c.Pool.ID, c.User.Sub, c.Key), nil
}

// parse reads base64 of a bounded length.
func parse(text string, most int) ([]byte, error) {
	if text == "" || len(text) > base64.StdEncoding.EncodedLen(most) {
		return nil, badSecret
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, badSecret // the cause would quote the secret
	}
	return raw, nil
}

// Secret opens what a device proves itself against.
func (k *Keeper) Secret(d *model.Device) (salt []byte, v srp.Verifier, err error) {
	plain, err := k.cfg.Ring.Open(purposeSecret, d.Secret, d.PoolID, d.Sub, d.Key)
	if err != nil {
		return nil, nil, fmt.Errorf("open the secret of device %s: %w", d.Key, err)
	}
	var s model.DeviceSecret
	if err := wire.Read(plain, &s); err != nil {
		return nil, nil, err
	}
	return s.Salt, s.Verifier, nil
}

// sdk is what a client that is an SDK calls itself; AWS says as much of a browser.
func sdk(userAgent string) string {
	const most = 64
	first, _, _ := strings.Cut(userAgent, " ")
	for _, known := range []string{"aws-", "amplify", "Boto3/", "Botocore/"} {
		if strings.HasPrefix(first, known) && len(first) <= most {
			return first
		}
	}
	return "aws-sdk-unknown-unknown"
}
