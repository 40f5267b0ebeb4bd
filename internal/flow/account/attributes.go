package account

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/flow/code"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
)

// UpdateAttributes changes attributes of a signed-in user, as far as the client
// may write them; an empty value removes. It tells where codes went that prove
// a new address.
func (a *Accounts) UpdateAttributes(ctx context.Context, s Self, given map[string]string) ([]code.Delivery, error) {
	if err := permit(s.Client, given); err != nil {
		return nil, err
	}
	var sent []code.Delivery
	err := a.update(ctx, func(tx *store.Tx) error {
		u, err := s.again(tx)
		if err != nil {
			return err
		}
		if sent, err = a.write(tx, s.Pool, u, given); err != nil || len(sent) == 0 {
			return err
		}
		return a.spend(tx, s.Pool.ID, u.Sub, limitReaddress)
	})
	return sent, err
}

// DeleteAttributes removes attributes of a signed-in user, as far as the client may write them.
func (a *Accounts) DeleteAttributes(ctx context.Context, s Self, names []string) error {
	_, err := a.UpdateAttributes(ctx, s, removal(names))
	return err
}

func removal(names []string) map[string]string {
	given := map[string]string{}
	for _, name := range names {
		given[name] = ""
	}
	return given
}

// write changes the attributes of a user read in this transaction, and stores it.
func (a *Accounts) write(tx *store.Tx, p *model.Pool, u *model.User, given map[string]string) ([]code.Delivery, error) {
	given = maps.Clone(given) // the transaction may run again
	if err := conform(p, given, u.Attributes); err != nil {
		return nil, err
	}
	var sent []code.Delivery
	for _, name := range slices.Sorted(maps.Keys(given)) {
		value := given[name]
		if value == "" && u.Attributes[name] != "" && wire.Of(p.Attribute(name).Required) {
			return nil, unfit(name, "The attribute is required")
		}
		if flag := verifiedOf[name]; flag != "" && value != u.Attributes[name] {
			d, err := a.readdress(tx, p, u, code.Address{Attribute: name, Value: value}, given[flag] == "true")
			if err != nil {
				return nil, err
			}
			sent = append(sent, d...)
			continue
		}
		set(u, name, value)
	}
	if err := consistent(u); err != nil {
		return nil, err
	}
	if err := a.rename(tx, p, u, false); err != nil {
		return nil, err
	}
	return sent, a.save(tx, p, u)
}

func set(u *model.User, name, value string) {
	if value == "" {
		delete(u.Attributes, name)
	} else {
		u.Attributes[name] = value
	}
}

// consistent brings what is said of addresses into step with the addresses
// that there are: each is proven or not, and none that is not there is proven or
// gets the codes of a second factor.
func consistent(u *model.User) error {
	for _, address := range addresses {
		switch flag := verifiedOf[address]; {
		case u.Attributes[address] == "" && u.Is(flag):
			return unfit(flag, "There is no "+address+" to verify")
		case u.Attributes[address] == "":
			delete(u.Attributes, flag)
			for _, f := range model.Factors() {
				if f.Address() == address {
					u.MFA.Disable(f)
				}
			}
		case u.Attributes[flag] == "":
			u.Attributes[flag] = "false"
		}
	}
	return nil
}

// readdress gives the user a new e-mail address or phone number, or none. It is
// unproven, unless an administrator vouches for it in the same request; where
// the pool wants proof first, the old one stays until the code comes back.
func (a *Accounts) readdress(tx *store.Tx, p *model.Pool, u *model.User, to code.Address, vouched bool) ([]code.Delivery, error) {
	flag := verifiedOf[to.Attribute]
	first := to.Value != "" && !vouched && provesFirst(p, to.Attribute)
	if !first {
		set(u, to.Attribute, to.Value)
		delete(u.Attributes, flag)
		if vouched {
			u.Attributes[flag] = "true"
		}
		// Whoever reads the old address must not prove or recover anything with it any more.
		for _, purpose := range []code.Purpose{code.ForgotPassword, code.Verify(to.Attribute)} {
			if err := tx.DropCode(p.ID, u.Sub, string(purpose)); err != nil {
				return nil, fmt.Errorf("drop code of user %s: %w", u.Sub, err)
			}
		}
	}
	if to.Value == "" || vouched || !first && !p.AutoVerifies(to.Attribute) {
		return nil, nil
	}
	d, err := a.cfg.Codes.Issue(tx, p, u, code.Verify(to.Attribute), to)
	return []code.Delivery{d}, err
}

// provesFirst tells whether a new address waits for its proof.
func provesFirst(p *model.Pool, attribute string) bool {
	s := p.Doc.UserAttributeUpdateSettings
	return s != nil && slices.Contains(s.AttributesRequireVerificationBeforeUpdate, attribute)
}

// SendVerification sends a code that proves an address of a signed-in user:
// the one that waits for its proof, or the present one.
func (a *Accounts) SendVerification(ctx context.Context, s Self, attribute string) (out code.Delivery, err error) {
	if err := provable(attribute); err != nil {
		return out, err
	}
	err = a.update(ctx, func(tx *store.Tx) error {
		u, err := s.again(tx)
		if err != nil {
			return err
		}
		if err := a.spend(tx, s.Pool.ID, u.Sub, limitSendVerification); err != nil {
			return err
		}
		to, err := a.cfg.Codes.Pending(tx, s.Pool.ID, u.Sub, code.Verify(attribute))
		if err != nil {
			return err
		}
		if to.Value == "" {
			to = code.Address{Attribute: attribute, Value: u.Attributes[attribute]}
		}
		if to.Value == "" {
			return remember(fault.Newf(fault.InvalidParameter, "User has no %s to verify.", attribute))
		}
		out, err = a.cfg.Codes.Issue(tx, s.Pool, u, code.Verify(attribute), to)
		return err
	})
	return out, err
}

func provable(attribute string) error {
	if verifiedOf[attribute] == "" {
		return fault.New(fault.InvalidParameter, "Only email and phone_number can be verified.")
	}
	return nil
}

// VerifyAttribute proves an address of a signed-in user by a code. A new
// address that waited for its proof takes the place of the old one.
func (a *Accounts) VerifyAttribute(ctx context.Context, s Self, attribute, answer string) error {
	if err := provable(attribute); err != nil {
		return err
	}
	return a.update(ctx, func(tx *store.Tx) error {
		u, err := s.again(tx)
		if err != nil {
			return err
		}
		if err := a.spend(tx, s.Pool.ID, u.Sub, limitVerify); err != nil {
			return err
		}
		proven, err := a.cfg.Codes.Check(tx, s.Pool.ID, u.Sub, code.Verify(attribute), answer)
		if err != nil {
			return remember(err)
		}
		if u.Attributes[attribute] != proven.Value {
			// As in readdress: a code for the old address recovers nothing.
			if err := tx.DropCode(s.Pool.ID, u.Sub, string(code.ForgotPassword)); err != nil {
				return fmt.Errorf("drop code of user %s: %w", u.Sub, err)
			}
		}
		u.Attributes[attribute] = proven.Value
		u.Attributes[verifiedOf[attribute]] = "true"
		if err := a.rename(tx, s.Pool, u, false); err != nil {
			return err
		}
		if err := tx.DropCode(s.Pool.ID, u.Sub, string(code.Verify(attribute))); err != nil {
			return fmt.Errorf("drop code of user %s: %w", u.Sub, err)
		}
		return a.save(tx, s.Pool, u)
	})
}

// Delete removes the signed-in user with all that belongs to it.
func (a *Accounts) Delete(ctx context.Context, s Self) error {
	return a.update(ctx, func(tx *store.Tx) error {
		if _, err := s.again(tx); err != nil {
			return err
		}
		return a.remove(tx, s.Pool, s.User.Sub)
	})
}

func (a *Accounts) remove(tx *store.Tx, p *model.Pool, sub string) error {
	if err := tx.DeleteUser(p.ID, sub); err != nil {
		return fmt.Errorf("delete user %s: %w", sub, err)
	}
	if name := threat.Pseudonym(a.cfg.Ring, p, sub); name != "" {
		if err := tx.KeepEvents(p.ID, sub, name); err != nil {
			return fmt.Errorf("keep events of user %s: %w", sub, err)
		}
	}
	return nil
}
