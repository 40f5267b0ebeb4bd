package main

import (
	"context"

	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	accounts "github.com/gatehouse-id/gatehouse/internal/flow/account"
	"github.com/gatehouse-id/gatehouse/internal/part/upstream"
)

// askedAtOnce is how many users are asked for at once. Cognito's limit for
// AdminGetUser is 120 a second.
const askedAtOnce = 8

// users takes over the users, with their groups and second factors.
func (m *mover) users(ctx context.Context) error {
	if m.SkipUsers {
		return nil
	}
	members, err := m.members(ctx)
	if err != nil {
		return err
	}
	w := &arrivals{flow: m.here.Accounts(), poolID: m.FromPool, dry: m.DryRun, std: m.std, meter: newMeter(m.std.err)}
	n := 0
	err = each(ctx, m, "ListUsers", upstream.Query{}, func(page shape.ListUsersResponse) error {
		list, err := m.people(ctx, page.Users, members)
		if err != nil {
			return err
		}
		n += len(list)
		if m.absent { // there is no pool yet that could check them
			return nil
		}
		for _, a := range list {
			if err := w.add(ctx, "user "+a.Sub, a.Arrival); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if m.totp > 0 {
		m.leave("authenticator apps of %d users", m.totp)
	}
	if m.federated > 0 {
		m.leave("the identities of %d users who came by an identity provider, or whose identities cannot be read", m.federated)
	}
	if m.unreachable > 0 {
		m.leave("a way back for %d users: they have no password here and no proven address to reset it by", m.unreachable)
	}
	if m.absent {
		m.tell("users: %d would come", n)
		return nil
	}
	if err := w.flush(ctx); err != nil {
		return err
	}
	if err := m.link(ctx); err != nil {
		return err
	}
	if err := w.finish(ctx); err != nil {
		m.leave("%v", err)
	}
	return nil
}

// members reads who is in which groups, by user name.
func (m *mover) members(ctx context.Context) (map[string][]string, error) {
	members := map[string][]string{}
	for _, group := range m.groupNames {
		err := each(ctx, m, "ListUsersInGroup", upstream.Query{Group: group}, func(page shape.ListUsersInGroupResponse) error {
			for _, u := range page.Users {
				members[wire.Of(u.Username)] = append(members[wire.Of(u.Username)], group)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return members, nil
}

// person is a user on the way.
type person struct {
	accounts.Arrival
	Sub string // there, for people
}

// people makes arrivals of a page of users, and asks for their second factors.
func (m *mover) people(ctx context.Context, page []shape.UserType, members map[string][]string) ([]person, error) {
	list := make([]person, len(page))
	for i, u := range page {
		list[i] = m.person(u)
		list[i].Groups = members[wire.Of(u.Username)]
	}
	if m.SkipMFA || m.factors == "" || m.factors == shape.UserPoolMfaTypeOff {
		return list, nil
	}
	asking, ctx := errgroup.WithContext(ctx)
	asking.SetLimit(askedAtOnce)
	totp := make([]bool, len(page))
	for i, u := range page {
		asking.Go(func() error {
			var told shape.AdminGetUserResponse
			_, ok, err := m.read(ctx, "AdminGetUser", upstream.Query{User: wire.Of(u.Username)}, &told)
			if err != nil || !ok {
				return err
			}
			for _, f := range told.UserMFASettingList {
				if factor := model.Factor(f); factor == model.FactorTOTP {
					totp[i] = true
				} else if factor.Address() != "" {
					list[i].MFA.Enable(factor)
				}
			}
			if preferred := model.Factor(wire.Of(told.PreferredMfaSetting)); list[i].MFA.Has(preferred) {
				list[i].MFA.Preferred = preferred
			}
			return nil
		})
	}
	if err := asking.Wait(); err != nil {
		return nil, err
	}
	for _, is := range totp {
		if is {
			m.totp++
		}
	}
	return list, nil
}

// person makes an arrival of a user. Nobody's password comes along.
func (m *mover) person(u shape.UserType) person {
	a := accounts.Arrival{
		Username: wire.Of(u.Username), Attributes: map[string]string{}, Disabled: u.Enabled != nil && !*u.Enabled,
		Status: m.status(wire.Of(u.UserStatus)), CreatedAt: momentOf(u.UserCreateDate), ModifiedAt: momentOf(u.UserLastModifiedDate),
	}
	for _, attribute := range u.Attributes {
		a.Attributes[wire.Of(attribute.Name)] = wire.Of(attribute.Value)
	}
	p := person{Sub: a.Attributes["sub"]}
	if m.KeepSub {
		a.Sub = p.Sub
	}
	if told := a.Attributes["identities"]; told != "" {
		m.identities(a, told)
	}
	delete(a.Attributes, "sub")
	delete(a.Attributes, "identities")
	if a.Status == model.ResetRequired && a.Attributes["email_verified"] != "true" && a.Attributes["phone_number_verified"] != "true" {
		m.unreachable++
	}
	a.Awaits = m.Lazy && (a.Status == model.Confirmed || a.Status == model.ForceChangePassword)
	p.Arrival = a
	return p
}

// status is what a user without a password comes to.
func (m *mover) status(there string) model.Status {
	switch s := model.Status(there); s {
	case model.Unconfirmed, model.ExternalProvider:
		return s
	case model.Confirmed, model.ForceChangePassword:
		if m.Lazy {
			return s
		}
	}
	return model.ResetRequired
}

func momentOf(t *wire.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.Time
}
