package account

import (
	"context"
	"fmt"
	"slices"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/code"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
)

// Invitation is the input of AdminCreate.
type Invitation struct {
	PoolID, Username string
	Attributes       map[string]string
	// Password is temporary; empty makes a random one, or none where the pool
	// lets users sign in by a one-time code.
	Password string
	// Force takes proven addresses, where they are aliases, from whoever has them.
	Force bool
	// Mediums are where the invitation goes, SMS or EMAIL or both; none sends
	// it to the phone if there is one, else to the e-mail address.
	Mediums []string
	// Suppress sends nothing.
	Suppress bool
}

var accountExists = fault.New(fault.UsernameExists, "User account already exists")

// AdminCreate makes a user with a temporary password and invites it.
func (a *Accounts) AdminCreate(ctx context.Context, in Invitation) (*model.User, error) {
	p, err := a.pool(ctx, in.PoolID)
	if err != nil {
		return nil, err
	}
	u, err := a.draft(p, in.Username, in.Attributes, model.ForceChangePassword)
	if err != nil {
		return nil, err
	}
	to, err := inviteTo(u, in)
	if err != nil {
		return nil, err
	}
	if err := a.free(ctx, p, in.Username, accountExists); err != nil {
		return nil, err
	}
	if in.Password == "" && passwordless(p, u) {
		u.Status = model.Confirmed
		to = nil // there is nothing to tell
	} else if u.Credential, err = a.temporary(ctx, p, u, &in.Password); err != nil {
		return nil, err
	}
	err = a.update(ctx, func(tx *store.Tx) error {
		if err := a.create(tx, p, u, in.Username, in.Force, accountExists); err != nil {
			return err
		}
		return a.invite(tx, p, u, to, in.Password)
	})
	if err != nil {
		return nil, err
	}
	return u, nil
}

// AdminInviteAgain gives a user who never signed in a new temporary password
// and sends the invitation again: MessageAction RESEND.
func (a *Accounts) AdminInviteAgain(ctx context.Context, in Invitation) (out *model.User, err error) {
	target := Target{in.PoolID, in.Username}
	var p *model.Pool
	var u *model.User
	err = a.cfg.Store.View(ctx, func(tx *store.Tx) (err error) {
		if p, u, err = find(tx, target); err != nil {
			return err
		}
		return invitable(u)
	})
	if err != nil {
		return nil, err
	}
	to, err := inviteTo(u, in)
	if err != nil {
		return nil, err
	}
	record, err := a.temporary(ctx, p, u, &in.Password)
	if err != nil {
		return nil, err
	}
	err = a.change(ctx, Target{p.ID, u.Sub}, func(tx *store.Tx, p *model.Pool, u *model.User) error {
		if err := invitable(u); err != nil {
			return err
		}
		if err := a.setPassword(tx, p, u, record, threat.Finding{}); err != nil {
			return err
		}
		if err := a.save(tx, p, u); err != nil {
			return err
		}
		out = u
		return a.invite(tx, p, u, to, in.Password)
	})
	return out, err
}

func invitable(u *model.User) error {
	if u.Status != model.ForceChangePassword {
		return fault.Newf(fault.UnsupportedUserState, "Resend not possible. %s status is not FORCE_CHANGE_PASSWORD", u.Username)
	}
	return nil
}

// temporary checks the administrator's password, or makes one in its place, and hashes it.
func (a *Accounts) temporary(ctx context.Context, p *model.Pool, u *model.User, plain *string) (record []byte, err error) {
	if *plain == "" {
		if *plain, err = a.cfg.Credential.Temporary(p); err != nil {
			return nil, err
		}
	} else if err := a.cfg.Credential.CheckPolicy(p, *plain); err != nil {
		return nil, err
	}
	return a.cfg.Credential.Make(ctx, p, u, *plain, true)
}

// invite posts the invitation to each address.
func (a *Accounts) invite(tx *store.Tx, p *model.Pool, u *model.User, to []code.Address, password string) error {
	for _, address := range to {
		if _, err := a.cfg.Codes.Invite(tx, p, u, address, password); err != nil {
			return fmt.Errorf("invite user %s: %w", u.Sub, err)
		}
	}
	return nil
}

// inviteTo is where an invitation goes. A medium that was asked for and cannot
// be served is refused: the temporary password would be lost.
func inviteTo(u *model.User, in Invitation) ([]code.Address, error) {
	if in.Suppress {
		return nil, nil
	}
	var to []code.Address
	for _, attribute := range []string{"phone_number", "email"} {
		address := code.Address{Attribute: attribute, Value: u.Attributes[attribute]}
		wanted := slices.Contains(in.Mediums, string(address.Channel()))
		switch {
		case wanted && address.Value == "":
			return nil, fault.Newf(fault.InvalidParameter, "User has no %s to deliver the message to.", attribute)
		case address.Value != "" && (wanted || len(in.Mediums) == 0 && len(to) == 0):
			to = append(to, address)
		}
	}
	return to, nil
}

// passwordless tells whether the user can sign in by a one-time code instead.
func passwordless(p *model.Pool, u *model.User) bool {
	return u.Attributes["email"] != "" && p.SignsInBy(shape.AuthFactorTypeEmailOtp) ||
		u.Attributes["phone_number"] != "" && p.SignsInBy(shape.AuthFactorTypeSmsOtp)
}
