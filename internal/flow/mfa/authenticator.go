package mfa

import (
	"context"
	"fmt"
	"unicode/utf8"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/part/totp"
)

// What users read of their authenticators.
var (
	notOffered = fault.New(fault.SoftwareTokenMFANotFound, "Software Token MFA has not been enabled by the userPool")
	notFound   = fault.New(fault.SoftwareTokenMFANotFound, "Software Token MFA does not exist for the user.")
	unproven   = fault.New(fault.EnableSoftwareTokenMFA, "Code mismatch and fail enable Software Token MFA")
	longName   = fault.Newf(fault.InvalidParameter, "FriendlyDeviceName must have length less than or equal to %d.", maxName)

	mismatch = fault.New(fault.CodeMismatch, "Invalid code received for user")
	// Used is the refusal of a code that was right, and is not again.
	Used = fault.New(fault.ExpiredCode, "Your software token has already been used once.")
)

// maxName bounds what a user may call an authenticator, in characters.
const maxName = 256

const purposeSecret = "totp secret"

// CheckOffered refuses to set an authenticator up where the pool has none.
func CheckOffered(p *model.Pool) error {
	if !p.Offers(model.FactorTOTP) {
		return notOffered
	}
	return nil
}

// NewSecret draws the secret of an authenticator that is to be set up.
func (k *Keeper) NewSecret() (totp.Secret, error) { return totp.NewSecret(k.cfg.Rand) }

// Associate hands a signed-in user the secret for an authenticator. The one that
// the user has stays good until a code of the new one comes to Verify.
func (k *Keeper) Associate(ctx context.Context, p *model.Pool, sub string) (totp.Secret, error) {
	if err := CheckOffered(p); err != nil {
		return nil, err
	}
	secret, err := k.NewSecret()
	if err != nil {
		return nil, err
	}
	box := k.cfg.Ring.Seal(purposeSecret, secret, p.ID, sub)
	return secret, k.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		a, err := Find(tx, p.ID, sub)
		if err != nil {
			return err
		}
		if a == nil {
			a = &model.Authenticator{PoolID: p.ID, Sub: sub}
		}
		a.Pending = box
		return saveAuthenticator(tx, a)
	})
}

// Verify takes the authenticator of Associate into use: its code proves that the
// app has the secret.
func (k *Keeper) Verify(ctx context.Context, p *model.Pool, sub, code, name string) error {
	if err := CheckOffered(p); err != nil {
		return err
	}
	return k.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		a, err := Find(tx, p.ID, sub)
		if err != nil {
			return err
		}
		if a == nil || a.Pending == nil {
			return notFound
		}
		secret, err := k.open(a, a.Pending)
		if err != nil {
			return err
		}
		return k.Register(tx, p, sub, secret, code, name)
	})
}

// Register makes a secret the user's authenticator, in the place of the one
// before, and switches the factor on. A code of it must prove that an app has
// the secret; it is spent by that. Whoever asks for this knows the secret from
// us, so there is nothing to guess, and wrong codes are not counted.
func (k *Keeper) Register(tx *store.Tx, p *model.Pool, sub string, secret totp.Secret, code, name string) error {
	step, err := k.Prove(secret, code, name)
	if err != nil {
		return err
	}
	return k.Enrol(tx, p, sub, secret, step, name)
}

// Prove is the check of Register alone, for a secret that is kept elsewhere until
// Enrol. It returns the time step of the code.
func (k *Keeper) Prove(secret totp.Secret, code, name string) (step int64, err error) {
	if utf8.RuneCountInString(name) > maxName {
		return 0, longName
	}
	verdict, step, err := totp.Check(secret, code, k.cfg.Now(), 0)
	if err == nil && verdict != totp.Right {
		err = unproven
	}
	return step, err
}

// Enrol is Register for a secret that Prove found right.
func (k *Keeper) Enrol(tx *store.Tx, p *model.Pool, sub string, secret totp.Secret, step int64, name string) error {
	return k.change(tx, p, sub, func(u *model.User, _ *model.Authenticator) error {
		u.MFA.Enable(model.FactorTOTP)
		return saveAuthenticator(tx, &model.Authenticator{
			PoolID: p.ID, Sub: sub, Secret: k.cfg.Ring.Seal(purposeSecret, secret, p.ID, sub), Name: name, LastStep: step,
		})
	})
}

// Check holds a code against the user's authenticator, and spends it if it is
// right: it and all before it are refused from then on, however many answers
// come at once. A fault is the verdict.
func (k *Keeper) Check(tx *store.Tx, poolID, sub, code string) (*fault.Fault, error) {
	a, err := Find(tx, poolID, sub)
	if err != nil {
		return nil, err
	}
	if !a.Registered() {
		return notFound, nil
	}
	secret, err := k.open(a, a.Secret)
	if err != nil {
		return nil, err
	}
	verdict, step, err := totp.Check(secret, code, k.cfg.Now(), a.LastStep)
	switch {
	case err != nil:
		return nil, err
	case verdict == totp.Used:
		return Used, nil
	case verdict != totp.Right:
		return mismatch, nil
	}
	a.LastStep = step
	return nil, saveAuthenticator(tx, a)
}

func (k *Keeper) open(a *model.Authenticator, box []byte) (totp.Secret, error) {
	plain, err := k.cfg.Ring.Open(purposeSecret, box, a.PoolID, a.Sub)
	if err != nil {
		return nil, fmt.Errorf("open the authenticator of user %s: %w", a.Sub, err)
	}
	return plain, nil
}

func saveAuthenticator(tx *store.Tx, a *model.Authenticator) error {
	if err := tx.SaveAuthenticator(a); err != nil {
		return fmt.Errorf("save the authenticator of user %s: %w", a.Sub, err)
	}
	return nil
}
