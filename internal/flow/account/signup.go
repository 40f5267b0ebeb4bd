package account

import (
	"context"
	"fmt"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/flow/code"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
	"github.com/gatehouse-id/gatehouse/risk"
)

// Registration is the input of SignUp. Its Username is the name wished for.
type Registration struct {
	Caller
	// Password may be empty where the user can sign in by a one-time code, which the
	// pool sends on its own.
	Password   string
	Attributes map[string]string
}

// Registered is a user who signed up, to be confirmed.
type Registered struct {
	Sub      string
	Delivery *code.Delivery // where the code went; nil when none was sent
	Session  string         // that ConfirmSignUp takes; empty when it can lead nowhere
}

var userExists = fault.New(fault.UsernameExists, "User already exists")

// SignUp makes a user. An address that is another's alias is no obstacle yet:
// saying so would tell who is registered. It surfaces when this user proves it.
func (a *Accounts) SignUp(ctx context.Context, in Registration) (*Registered, error) {
	m, err := a.meet(ctx, in.Caller, model.EventSignUp)
	if err != nil {
		return nil, err
	}
	if c := m.pool.Doc.AdminCreateUserConfig; c != nil && wire.Of(c.AllowAdminCreateUserOnly) {
		return nil, fault.New(fault.NotAuthorized, "SignUp is not permitted for this user pool")
	}
	if err := permit(m.client, in.Attributes); err != nil {
		return nil, err
	}
	u, err := a.draft(m.pool, in.Username, in.Attributes, model.Unconfirmed)
	if err != nil {
		return nil, err
	}
	if err := complete(m.pool, u.Attributes); err != nil {
		return nil, err
	}
	if err := a.free(ctx, m.pool, in.Username, userExists); err != nil {
		return nil, err
	}
	finding, err := a.firstPassword(ctx, m, u, in.Password)
	if err != nil {
		return nil, err
	}
	out := &Registered{Sub: u.Sub}
	from := a.cfg.Threat.Context(m.pool, u.Sub, in.Origin, in.Password)
	err = a.update(ctx, func(tx *store.Tx) error {
		if err := a.create(tx, m.pool, u, in.Username, false, userExists); err != nil {
			return err
		}
		if to, ok := firstAddress(m.pool, u); ok {
			d, err := a.cfg.Codes.Issue(tx, m.pool, u, code.SignUp, to)
			if err != nil {
				return err
			}
			out.Delivery = &d
		}
		if err := a.cfg.Threat.Learn(tx, m.pool, m.client, from, risk.SignedUp, risk.None, true); err != nil {
			return err
		}
		return a.record(tx, m.pool, m.client, u.Sub, model.EventSignUp, model.EventPass, finding, in.Origin)
	})
	if err != nil {
		return nil, err
	}
	a.cfg.Threat.LearnWorld(m.pool, m.client, from, risk.SignedUp, risk.None)
	out.Session, err = a.signedUp(m, u, out.Delivery)
	return out, err
}

// firstPassword judges and hashes the password of a user who is not stored yet.
func (a *Accounts) firstPassword(ctx context.Context, m *party, u *model.User, plain string) (f threat.Finding, err error) {
	if plain == "" {
		for _, attribute := range []string{"email", "phone_number"} {
			if u.Attributes[attribute] != "" && m.pool.AutoVerifies(attribute) && signsInBy(m.pool, m.client, attribute) {
				return f, nil
			}
		}
		return f, fault.New(fault.InvalidParameter, "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must not be null")
	}
	if err := a.cfg.Credential.CheckPolicy(m.pool, plain); err != nil {
		return f, err
	}
	f = a.cfg.Threat.Password(m.pool, m.client, u, threat.SignUp, plain)
	if err := f.Refusal(); err != nil {
		// The event is all that stays: of a user who never came to be.
		return f, a.update(ctx, func(tx *store.Tx) error {
			if err := a.record(tx, m.pool, m.client, u.Sub, model.EventSignUp, model.EventFail, f, m.Origin); err != nil {
				return err
			}
			return remember(err)
		})
	}
	u.Exposure = f.Fresh(a.cfg.Now())
	u.Credential, err = a.cfg.Credential.Make(ctx, m.pool, u, plain, false)
	return f, err
}

// firstAddress is where a new user's code goes: of two addresses that the pool
// verifies by itself, Cognito takes the phone.
func firstAddress(p *model.Pool, u *model.User) (code.Address, bool) {
	for _, attribute := range []string{"phone_number", "email"} {
		if v := u.Attributes[attribute]; v != "" && p.AutoVerifies(attribute) {
			return code.Address{Attribute: attribute, Value: v}, true
		}
	}
	return code.Address{}, false
}

// Confirmation is the input of ConfirmSignUp.
type Confirmation struct {
	Caller
	Code string
	// Force takes the proven address, where it is an alias, from whoever has it.
	Force bool
	// Session is that of SignUp; it may be left out.
	Session string
}

// ConfirmSignUp confirms a user by the code that SignUp sent, and with it the
// address that it was sent to. The session, where there is one, starts a sign-in.
func (a *Accounts) ConfirmSignUp(ctx context.Context, in Confirmation) (session string, err error) {
	m, err := a.meet(ctx, in.Caller, model.EventSignUp)
	if err != nil {
		return "", err
	}
	err = a.update(ctx, func(tx *store.Tx) error {
		u, err := m.again(tx)
		if err != nil {
			return err
		}
		if err := a.spend(tx, m.pool.ID, a.subject(m), limitConfirmSignUp); err != nil {
			return err
		}
		if err := confirmable(m, u); err != nil {
			return remember(err)
		}
		proven, err := a.cfg.Codes.Check(tx, m.pool.ID, u.Sub, code.SignUp, in.Code)
		if err != nil {
			if err := a.record(tx, m.pool, m.client, u.Sub, model.EventSignUp, model.EventFail, threat.Finding{}, in.Origin); err != nil {
				return err
			}
			return remember(err)
		}
		if session, err = a.confirmed(m, u, in.Session, proven.Attribute); err != nil {
			return err
		}
		u = u.Clone()
		if u.Attributes[proven.Attribute] == proven.Value { // an administrator may have changed it since
			u.Attributes[verifiedOf[proven.Attribute]] = "true"
		}
		if err := a.confirm(tx, m.pool, u, in.Force); err != nil {
			return err
		}
		return a.record(tx, m.pool, m.client, u.Sub, model.EventSignUp, model.EventPass, threat.Finding{}, in.Origin)
	})
	if err != nil {
		return "", err
	}
	return session, nil
}

// confirmable refuses whoever cannot be confirmed. A client that hides users
// says the same of all of them, except where SignUp would tell anyway.
func confirmable(m *party, u *model.User) error {
	hides := m.client.HidesUsers()
	switch {
	case u != nil && u.Enabled && u.Status == model.Unconfirmed:
		return nil
	case hides && (u == nil || !u.Enabled || !signUpTells(m.pool, u, m.Username)):
		return code.Mismatch()
	case u == nil || !u.Enabled:
		return unknown(u)
	}
	return notConfirmable(u)
}

func notConfirmable(u *model.User) error {
	return fault.Newf(fault.NotAuthorized, "User cannot be confirmed. Current status is %s", u.Status)
}

// signUpTells tells whether signing up under this name would be refused because of the user.
func signUpTells(p *model.Pool, u *model.User, name string) bool {
	return len(p.Doc.UsernameAttributes) > 0 || p.Fold(u.Username) == p.Fold(name)
}

// confirm makes the user CONFIRMED and stores it under its names.
func (a *Accounts) confirm(tx *store.Tx, p *model.Pool, u *model.User, force bool) error {
	u.Status = model.Confirmed
	if err := a.rename(tx, p, u, force); err != nil {
		return err
	}
	if err := tx.DropCode(p.ID, u.Sub, string(code.SignUp)); err != nil {
		return fmt.Errorf("drop code of user %s: %w", u.Sub, err)
	}
	return a.save(tx, p, u)
}

// ResendCode sends a new sign-up code.
func (a *Accounts) ResendCode(ctx context.Context, in Caller) (out code.Delivery, err error) {
	m, err := a.meet(ctx, in, model.EventResendCode)
	if err != nil {
		return out, err
	}
	err = a.update(ctx, func(tx *store.Tx) error {
		u, err := m.again(tx)
		if err != nil {
			return err
		}
		if err := a.spend(tx, m.pool.ID, a.subject(m), limitResend); err != nil {
			return err
		}
		to, err := resendTo(m, u)
		if _, refused := fault.As(err); refused && m.client.HidesUsers() {
			out, err = a.cfg.Codes.Pretend(tx, m.pool, in.Username, code.SignUp, likelyAddress(m.pool, in.Username, m.pool.Doc.AutoVerifiedAttributes))
			return err
		}
		if err != nil {
			return remember(err)
		}
		if out, err = a.cfg.Codes.Issue(tx, m.pool, u, code.SignUp, to); err != nil {
			return err
		}
		return a.record(tx, m.pool, m.client, u.Sub, model.EventResendCode, model.EventPass, threat.Finding{}, in.Origin)
	})
	return out, err
}

func resendTo(m *party, u *model.User) (code.Address, error) {
	switch {
	case u == nil || !u.Enabled:
		return code.Address{}, unknown(u)
	case u.Status != model.Unconfirmed:
		return code.Address{}, fault.New(fault.InvalidParameter, "User is already confirmed.")
	}
	to, ok := firstAddress(m.pool, u)
	if !ok {
		return code.Address{}, fault.New(fault.InvalidParameter, "Cannot resend codes. Auto verification not turned on.")
	}
	return to, nil
}
