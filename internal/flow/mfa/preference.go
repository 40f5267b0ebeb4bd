package mfa

import (
	"context"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

// Wish is what a request says of one factor. There is no third value beside true
// and false: typed SDKs send false by sending nothing.
type Wish struct{ Enabled, Preferred bool }

// Preference is what a request says of the factors; one that it does not name stays as it is.
type Preference map[model.Factor]Wish

var (
	noPasskeys   = fault.New(fault.InvalidParameter, "Passkeys are not enabled as an MFA method for this user pool.")
	onlyPasskey  = fault.New(fault.InvalidParameter, "WebAuthn MFA requires enabling an additional MFA setting.")
	twoPreferred = fault.New(fault.InvalidParameter, "Only one MFA method can be preferred.")
	offPreferred = fault.New(fault.InvalidParameter, "An MFA method that is not enabled cannot be preferred.")
)

// SetPreference switches factors of a user on and off, and prefers one.
func (k *Keeper) SetPreference(ctx context.Context, p *model.Pool, sub string, wishes Preference) error {
	return k.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		return k.change(tx, p, sub, func(u *model.User, a *model.Authenticator) error {
			return prefer(p, u, a, wishes)
		})
	})
}

// AdminSetPreference is SetPreference by an administrator. Where every sign-in
// asks for a factor, switching an authenticator off would change nothing: there
// it takes the authenticator away, which is how a user whose phone is lost gets
// to set up another.
func (k *Keeper) AdminSetPreference(ctx context.Context, p *model.Pool, sub string, wishes Preference) error {
	return k.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		return k.change(tx, p, sub, func(u *model.User, a *model.Authenticator) error {
			if err := prefer(p, u, a, wishes); err != nil {
				return err
			}
			wish, named := wishes[model.FactorTOTP]
			if !named || wish.Enabled || a == nil || p.MFAMode() != on {
				return nil
			}
			return saveAuthenticator(tx, &model.Authenticator{PoolID: p.ID, Sub: sub})
		})
	})
}

func prefer(p *model.Pool, u *model.User, a *model.Authenticator, wishes Preference) error {
	preferred, passkey := 0, u.MFA.Has(model.FactorPasskey)
	for _, f := range model.Factors() {
		wish, named := wishes[f]
		switch {
		case !named:
			continue
		case wish.Preferred && !wish.Enabled:
			return offPreferred
		case wish.Enabled && !available(p, u, a, f):
			return fault.Newf(fault.InvalidParameter, "User does not have delivery config set to turn on %s", f)
		}
		u.MFA.Disable(f)
		if wish.Enabled {
			u.MFA.Enable(f)
		}
		if wish.Preferred {
			u.MFA.Preferred = f
			preferred++
		}
	}
	if preferred > 1 {
		return twoPreferred
	}
	return preferPasskey(p, u, wishes, passkey)
}

// preferPasskey lets a passkey stand for both factors, beside another that the user
// has when the passkey is lost. before tells whether it did.
func preferPasskey(p *model.Pool, u *model.User, wishes Preference, before bool) error {
	wish, named := wishes[model.FactorPasskey]
	switch {
	case !named:
		wish.Enabled = before && len(u.MFA.Enabled) > 0
	case wish.Enabled && !p.PasskeyIsBoth():
		return noPasskeys
	case wish.Enabled && len(u.MFA.Enabled) == 0:
		return onlyPasskey
	}
	u.MFA.Disable(model.FactorPasskey)
	if wish.Enabled {
		u.MFA.Enable(model.FactorPasskey)
	}
	return nil
}

// available tells whether a user can switch a factor on. An authenticator that
// is registered can, even where the pool registers no new ones.
func available(p *model.Pool, u *model.User, a *model.Authenticator, f model.Factor) bool {
	if f == model.FactorTOTP {
		return p.MFAMode() != off && a.Registered()
	}
	return p.Offers(f) && u.Attributes[f.Address()] != ""
}

// Delivery is an entry of the old MFAOptions list.
type Delivery struct{ Medium, Attribute string }

var onlySMS = fault.New(fault.InvalidParameter, "MFAOptions can only have the delivery medium SMS for the attribute phone_number.")

// SetDeliveries is what SetUserSettings does, from before there were other
// factors: a list with the phone in it switches SMS on, an empty one off.
func (k *Keeper) SetDeliveries(ctx context.Context, p *model.Pool, sub string, list []Delivery) error {
	for _, d := range list {
		if d != (Delivery{"SMS", "phone_number"}) {
			return onlySMS
		}
	}
	return k.SetPreference(ctx, p, sub, Preference{model.FactorSMS: {Enabled: len(list) > 0}})
}
