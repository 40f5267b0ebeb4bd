package signin

import (
	"context"
	"errors"
	"fmt"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/device"
	"github.com/gatehouse-id/gatehouse/internal/flow/mfa"
)

// The device stands between the factors of a sign-in and its tokens:
//
//	factors proved ─┬─ no key, or none that proves anything ── finish: tokens, with the offer of a new device
//	                └─ the key of a remembered device ── askDevice ── DEVICE_SRP_AUTH
//	                                                     ── DEVICE_PASSWORD_VERIFIER ── finish: tokens
//
// finish is the only way to tokens, so no factor leads past it. What a key says
// before its device has proved itself opens nothing: a second factor is spared, and
// the risk is judged with the device, only on the way that ends at its proof.
//
// A key that is nobody's is told so, in the words on which clients forget it and
// repeat the very same answer without it. So nothing may be spent before that.

// brought is the device of a sign-in.
type brought struct {
	key     string // as sent, or as an earlier request of the sign-in sent it
	sent    bool   // by this request: then it must be one of the user's
	missing bool   // and is not
	device  *model.Device
	proven  bool // it proved itself, by the answer that is being worked on
}

const deviceKeyParameter = "DEVICE_KEY"

// brings notes the device key of a request. Without one, what the session says stays.
func (m *party) brings(parameters map[string]string) {
	if key := parameters[deviceKeyParameter]; key != "" {
		m.brought.key, m.brought.sent = key, true
	}
}

// carried is the device key that a session may carry on.
func (m *party) carried() string {
	if len(m.brought.key) > device.MaxKey {
		return ""
	}
	return m.brought.key
}

// findDevice reads the device that a request names, or tells that it is missing. Call
// it once the first factor is proved: who has which devices is told to nobody else.
func (s *Signin) findDevice(ctx context.Context, m *party) error {
	if m.brought.key == "" || !m.pool.TracksDevices() {
		return nil
	}
	return s.cfg.Store.View(ctx, func(tx *store.Tx) error {
		d, err := device.Find(tx, m.pool.ID, m.user.Sub, m.brought.key)
		if m.brought.device = d; !errors.Is(err, device.Missing) {
			return err
		}
		m.brought.missing = m.brought.sent
		m.brought.key = ""
		return nil
	})
}

// refuseMissing tells that the device is none of the user's, where the first factor
// was just proved: a locked user hears nothing of that. Whoever only wants to know
// whether a password is right leaves an event behind, of a sign-in that went no further.
func (s *Signin) refuseMissing(ctx context.Context, m *party) error {
	m.redeem = nil // a code that was sent is good for the answer that follows
	return s.settled(ctx, m, func(tx *store.Tx) (*fault.Fault, error) {
		return device.Missing, s.record(tx, m, model.EventInProgress, m.results()...)
	})
}

// asksDevice tells whether the device has to prove itself before there are tokens.
func (m *party) asksDevice() bool {
	return m.brought.device.Proves() && !m.brought.proven && m.pool.TracksDevices()
}

// lostDevice tells whether the sign-in was judged with a device that it no longer
// comes with: then nothing will have that device prove itself.
func (m *party) lostDevice() bool {
	return m.session.Owes && !(m.asksDevice() && m.brought.key == m.session.Device)
}

// spared tells whether a remembered device stands for the second factor that a step
// asks for. It never stands for one that the user has yet to set up. A factor for
// the risk of the attempt it spares only where devices are always remembered.
func (m *party) spared(step mfa.Step) bool {
	asks := step.Action == mfa.Challenge || step.Action == mfa.Choose
	return asks && m.asksDevice() && m.pool.DevicesSpareFactor() &&
		(m.demand == mfa.AsConfigured || !m.pool.AsksToRemember())
}

// spare lets a remembered device stand for the second factor that was to be asked for.
func (m *party) spare() mfa.Step {
	m.demand = mfa.AsConfigured
	if m.judged != nil {
		m.judged.Action = model.NoAction
	}
	return mfa.Step{Action: mfa.Pass}
}

// deviceLife is how long a device may take to prove itself: a program answers.
const deviceLife = srpLife

// askDevice has a remembered device prove itself, in the place of the tokens. save
// is what the sign-in writes before: see finish.
func (s *Signin) askDevice(ctx context.Context, m *party, u *model.User, save func(*store.Tx) (*fault.Fault, error)) (*Outcome, error) {
	err := s.settled(ctx, m, func(tx *store.Tx) (*fault.Fault, error) {
		if told, err := save(tx); told != nil || err != nil {
			return told, err
		}
		if err := s.spend(tx, m); err != nil {
			return nil, err
		}
		return nil, s.record(tx, m, model.EventInProgress, m.results()...)
	})
	if err != nil {
		return nil, err
	}
	if m.outdated {
		s.renewRecord(ctx, m)
		u.Credential = m.user.Credential
	}
	box, err := s.sealSession(m, m.proven(session{
		Challenge: shape.ChallengeNameTypeDeviceSrpAuth, Answered: m.answered(), Passed: m.passedFactor(),
	}, u), min(deviceLife, m.client.SessionValidity()))
	if err != nil {
		return nil, err
	}
	text := encodeSession(box)
	err = s.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		return tx.SaveDeviceWait(&model.DeviceWait{
			PoolID: m.pool.ID, Sub: m.user.Sub, ClientID: m.client.ID, DeviceKey: m.brought.key,
			Session: text, Network: network(m.origin.IP), ExpiresAt: s.cfg.Now().Add(deviceLife),
		})
	})
	if err != nil {
		return nil, fmt.Errorf("note that a device is asked: %w", err)
	}
	return &Outcome{
		Challenge: shape.ChallengeNameTypeDeviceSrpAuth, Session: text,
		Parameters: map[string]string{"USERNAME": m.user.Username, deviceKeyParameter: m.brought.key},
	}, nil
}

// results are what the event of the sign-in tells of its challenges by now.
func (m *party) results() []model.ChallengeResult {
	list := []model.ChallengeResult{m.first.right()}
	if m.answered() {
		list = append(list, rightFactor)
	}
	return list
}

// answered tells whether a second factor was proved, in this request or before the device was asked.
func (m *party) answered() bool { return m.session.ofFactor() || m.session.Answered || m.verified }

// passedFactor tells the same of a factor that the user had before this sign-in.
func (m *party) passedFactor() bool { return m.session.provesFactor() || m.session.Passed }

// useDevice notes the sign-in on its device, in the Update that ends it. One that
// was forgotten since it was asked ends nothing well.
func (s *Signin) useDevice(tx *store.Tx, m *party) (*fault.Fault, error) {
	d := m.brought.device
	if d == nil || !m.pool.TracksDevices() {
		return nil, nil
	}
	if m.brought.proven {
		now, err := device.Find(tx, m.pool.ID, m.user.Sub, d.Key)
		if errors.Is(err, device.Missing) || err == nil && !now.Proves() {
			return invalidSession, nil
		}
		if err != nil {
			return nil, err
		}
		if err := tx.DropDeviceWait(m.pool.ID, m.user.Sub, m.client.ID, d.Key); err != nil {
			return nil, fmt.Errorf("note that a device was asked: %w", err)
		}
	}
	err := tx.UseDevice(m.pool.ID, m.user.Sub, d.Key, m.origin.IP, s.cfg.Now())
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil // a device that is only tracked, and was forgotten just now
	}
	if err != nil {
		return nil, fmt.Errorf("note the use of a device: %w", err)
	}
	return nil, nil
}

// tieDevice writes into a new family whose device it is: the one that proved itself,
// or one that is offered where the sign-in came without.
func (s *Signin) tieDevice(m *party, f *model.Family) (err error) {
	switch {
	case !m.pool.TracksDevices():
	case m.brought.proven:
		f.Device, f.DeviceBound = m.brought.device.Key, true
	case m.brought.device == nil:
		f.Device, err = s.cfg.Devices.Offer(m.pool)
	}
	return err
}

// offer is what a client learns of a device that a sign-in was offered; nil where it was not.
func (s *Signin) offer(m *party, f *model.Family) *NewDevice {
	if f.Device == "" || f.DeviceBound {
		return nil
	}
	return &NewDevice{Key: f.Device, GroupKey: s.cfg.Devices.Group(m.pool, f.Device)}
}

// NewDevice is a device that a sign-in is offered: NewDeviceMetadata.
type NewDevice struct{ Key, GroupKey string }

// checkDevice refuses to refresh tokens of a device without its key, or once it is
// forgotten. A pool that no longer tracks devices asks for none.
func (s *Signin) checkDevice(tx *store.Tx, m *party, f *model.Family, key string) error {
	if !f.DeviceBound || !m.pool.TracksDevices() {
		return nil
	}
	if key != f.Device {
		return refreshInvalid
	}
	_, err := device.Find(tx, m.pool.ID, f.Sub, f.Device)
	if errors.Is(err, device.Missing) {
		return refreshInvalid.Because(err)
	}
	return err
}
