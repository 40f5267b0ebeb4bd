package account

import (
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/code"
	"github.com/gatehouse-id/gatehouse/internal/part/notify"
)

// The kinds of names, as the store has them.
const (
	kindUsername  = "username"
	kindPreferred = "preferred_username"
)

// christen settles what the name of a new user means in this pool: a user
// name, or an address that fills an attribute while the sub becomes the name.
func christen(p *model.Pool, u *model.User, sent string) error {
	email, phone := notify.ValidEmail(sent), notify.ValidPhone(sent)
	if len(p.Doc.UsernameAttributes) == 0 {
		switch {
		case email && p.HasAlias("email"): // it would be somebody's alias, sooner or later
			return fault.New(fault.InvalidParameter, "Username cannot be of email format, since user pool is configured for email alias.")
		case phone && p.HasAlias("phone_number"):
			return fault.New(fault.InvalidParameter, "Username cannot be of phone number format, since user pool is configured for phone number alias.")
		}
		u.Username = sent
		return nil
	}
	attribute := ""
	switch byEmail, byPhone := p.SignsInWith("email"), p.SignsInWith("phone_number"); {
	case byEmail && email:
		attribute = "email"
	case byPhone && phone:
		attribute = "phone_number"
	case byEmail && byPhone:
		return fault.New(fault.InvalidParameter, "Username should be either an email or a phone number.")
	case byEmail:
		return fault.New(fault.InvalidParameter, "Username should be an email.")
	default:
		return fault.New(fault.InvalidParameter, "Username should be a phone number.")
	}
	if v := u.Attributes[attribute]; v != "" && p.Fold(v) != p.Fold(sent) {
		return unfit(attribute, "The attribute must be the same as the username")
	}
	u.Username, u.Attributes[attribute] = u.Sub, sent
	return nil
}

// looksLikeAddress refuses a preferred name that could be the address by which
// somebody else signs in: its owner would be shut out, and messages meant for
// one would concern the other.
func looksLikeAddress(p *model.Pool, name string) error {
	for attribute, valid := range map[string]func(string) bool{"email": notify.ValidEmail, "phone_number": notify.ValidPhone} {
		if valid(name) && p.HasAlias(kindPreferred) && (p.HasAlias(attribute) || p.SignsInWith(attribute)) {
			return unfit(kindPreferred, "Value cannot be of "+attribute+" format, since users of the pool sign in with it")
		}
	}
	return nil
}

// logins are the names under which the user signs in, by kind; held are the
// ones so far. An address that is an alias counts once it is proven; one that
// the pool uses as the user name counts from the beginning, and follows its
// attribute.
func logins(p *model.Pool, u *model.User, held map[string]string) map[string]string {
	names := map[string]string{}
	if len(p.Doc.UsernameAttributes) == 0 {
		names[kindUsername] = p.Fold(u.Username)
	}
	for _, attribute := range addresses {
		v := p.Fold(u.Attributes[attribute])
		proven := u.Is(verifiedOf[attribute])
		if v != "" && (p.SignsInWith(attribute) && (proven || held[attribute] != "") || p.HasAlias(attribute) && proven) {
			names[attribute] = v
		}
	}
	if p.HasAlias(kindPreferred) && u.Status != model.Unconfirmed && u.Attributes[kindPreferred] != "" {
		names[kindPreferred] = p.Fold(u.Attributes[kindPreferred])
	}
	return names
}

// firstLogins are the names of a user who is about to be created under the name sent.
func firstLogins(p *model.Pool, u *model.User, sent string) []store.Login {
	held := map[string]string{}
	for _, attribute := range addresses {
		if p.SignsInWith(attribute) && u.Attributes[attribute] == sent {
			held[attribute] = sent
		}
	}
	var list []store.Login
	for kind, name := range logins(p, u, held) {
		list = append(list, store.Login{Name: name, Kind: kind})
	}
	return list
}

// rename brings the names under which the user signs in into step with the
// user. With force, an alias for an address is taken from whoever holds it.
func (a *Accounts) rename(tx *store.Tx, p *model.Pool, u *model.User, force bool) error {
	rows, err := tx.Logins(p.ID, u.Sub)
	if err != nil {
		return fmt.Errorf("read names of user %s: %w", u.Sub, err)
	}
	held := map[string]string{}
	for _, row := range rows {
		held[row.Kind] = row.Name
	}
	names := logins(p, u, held)
	for _, kind := range []string{kindUsername, "email", "phone_number", kindPreferred} {
		if names[kind] == held[kind] {
			continue
		}
		login := store.Login{Name: names[kind], Kind: kind}
		if err := notASub(tx, p, u, login); err != nil {
			return err
		}
		if force && login.Name != "" {
			if err := a.displace(tx, p, u, login); err != nil {
				return err
			}
		}
		err := tx.SetLogin(p.ID, u.Sub, login)
		if errors.Is(err, store.ErrExists) {
			return taken(kind)
		}
		if err != nil {
			return fmt.Errorf("name user %s: %w", u.Sub, err)
		}
	}
	if len(names) == 0 && len(held) > 0 {
		return fault.New(fault.InvalidParameter, "User must keep an attribute to sign in with.")
	}
	return nil
}

// notASub refuses another's sub as a name, since names are looked up first:
// whoever had it would be found where that user is meant.
func notASub(tx *store.Tx, p *model.Pool, u *model.User, login store.Login) error {
	if !couldBeSub(login.Name) || login.Name == u.Sub {
		return nil
	}
	_, err := tx.User(p.ID, login.Name)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for a sub: %w", err)
	}
	return taken(login.Kind)
}

// couldBeSub tells whether a name has the length of a sub, a UUID as text: most
// names need not be looked for.
func couldBeSub(name string) bool { return len(name) == len(uuid.Nil.String()) }

func taken(kind string) error {
	return fault.Newf(fault.AliasExists, "An account with the %s already exists.", kind)
}

// displace takes an address away, as an alias and as proven, from the user who
// has it: ForceAliasCreation. Preferred names are never taken: no code proves them.
func (a *Accounts) displace(tx *store.Tx, p *model.Pool, u *model.User, login store.Login) error {
	flag := verifiedOf[login.Kind]
	if flag == "" || !p.HasAlias(login.Kind) {
		return nil
	}
	owner, kind, err := tx.LoginOwner(p.ID, login.Name)
	if errors.Is(err, store.ErrNotFound) || err == nil && (owner == u.Sub || kind != login.Kind) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find the owner of a name: %w", err)
	}
	other, err := tx.User(p.ID, owner)
	if err != nil {
		return fmt.Errorf("read user %s: %w", owner, err)
	}
	other = other.Clone()
	other.Attributes[flag] = "false"
	if err := tx.SetLogin(p.ID, owner, store.Login{Kind: login.Kind}); err != nil {
		return fmt.Errorf("take a name from user %s: %w", owner, err)
	}
	// A code under way to the address would let its former owner reset this account, or the other way round.
	if err := tx.DropCode(p.ID, owner, string(code.ForgotPassword)); err != nil {
		return fmt.Errorf("drop code of user %s: %w", owner, err)
	}
	return a.save(tx, p, other)
}
