package threat

import (
	"errors"
	"fmt"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/risk"
)

// Introduce makes a device that a sign-in was offered known to its user's profile,
// and tells the name by which it is known. eventID is that of the sign-in. Where the
// client's script keeps an id of its own, the profile knows the device by that
// already: one device must not count as two.
func (t *Threat) Introduce(tx *store.Tx, p *model.Pool, c *model.Client, eventID, deviceKey string) (name string, err error) {
	name = t.deviceName(p, deviceKey)
	if p.Mode() == model.ModeOff {
		return name, nil
	}
	e, err := tx.FindEvent(p.ID, eventID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return name, nil
	case err != nil:
		return "", fmt.Errorf("read event: %w", err)
	case e.Detail.Device != "":
		return e.Detail.Device, nil
	}
	outcome, ok := OutcomeOf(e)
	if !ok {
		return name, nil
	}
	image, err := tx.Profile(p.ID, e.Sub)
	if errors.Is(err, store.ErrNotFound) {
		return name, nil // nothing was learned of the sign-in
	}
	if err != nil {
		return "", fmt.Errorf("read profile: %w", err)
	}
	var profile risk.Profile
	t.open(p, e.Sub, image, &profile)
	at := t.ContextOf(e)
	at.Device = risk.Device{Key: name, Trust: risk.Claimed}
	t.engine(p, c).live.Introduce(&at.Attempt, &profile, outcome, levelIn(e))
	if image, err = profile.AppendBinary(image[:0]); err != nil {
		return "", fmt.Errorf("write profile: %w", err)
	}
	if err := tx.SaveProfile(p.ID, e.Sub, image); err != nil {
		return "", fmt.Errorf("save profile: %w", err)
	}
	e.Detail.Device = name // so that an answer about the sign-in is about its device too
	if err := tx.SaveEvent(e); err != nil {
		return "", fmt.Errorf("save event: %w", err)
	}
	return name, nil
}

// WithDevice is the attempt with a remembered device of its user in it. That device
// must prove itself before the attempt can end well.
func (c Context) WithDevice(name string) Context {
	c.Device = risk.Device{Key: name, Trust: risk.Remembered}
	return c
}

// levelIn is the level that an event was given.
func levelIn(e *model.Event) risk.Level {
	for _, l := range []risk.Level{risk.Low, risk.Medium, risk.High} {
		if levelName(l) == e.Detail.RiskLevel {
			return l
		}
	}
	return risk.None
}
