package account

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/google/uuid"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

// Arrival is a user who comes from elsewhere, as it was there.
type Arrival struct {
	Username   string // "" where the pool signs in with an address: the attribute is the name
	Sub        string // "" draws a new one
	Attributes map[string]string
	Status     model.Status
	Disabled   bool
	Hash       string // of the password, by another system; "" for none that is known
	Awaits     bool   // the password is asked for at the former pool, once
	MFA        model.UserMFA
	Groups     []string  // those that the pool has
	CreatedAt  time.Time // zero = now
	ModifiedAt time.Time // zero = CreatedAt, and one who is here is never renewed
}

// Fate is what became of an Arrival.
type Fate int

// Created, Renewed because it changed there after it came, Kept as it is here, or Refused.
const (
	Refused Fate = iota
	Created
	Renewed
	Kept
)

// Arrived tells what became of an Arrival; Why is a fault where it was refused.
type Arrived struct {
	Sub  string
	Fate Fate
	Why  error
}

// MaxArrivals is how many users come in one transaction at most.
const MaxArrivals = 500

// Adopt takes over up to MaxArrivals users. One who is here already, by sub or by
// name, is kept as it is, unless it was changed there after it was changed here:
// then its attributes, whether it is enabled, and its groups are taken over again,
// and never its password. Nobody is sent anything. Call SettleArrivals at the end.
func (a *Accounts) Adopt(ctx context.Context, poolID string, list []Arrival) ([]Arrived, error) {
	return a.adopt(ctx, poolID, list, false)
}

// TryAdopt tells what Adopt would do of each, and changes nothing.
func (a *Accounts) TryAdopt(ctx context.Context, poolID string, list []Arrival) ([]Arrived, error) {
	return a.adopt(ctx, poolID, list, true)
}

// errTried undoes a transaction that was for trying alone.
var errTried = errors.New("this was for trying")

func (a *Accounts) adopt(ctx context.Context, poolID string, list []Arrival, dry bool) ([]Arrived, error) {
	if len(list) > MaxArrivals {
		return nil, fmt.Errorf("%d users at once", len(list))
	}
	p, err := a.pool(ctx, poolID)
	if err != nil {
		return nil, err
	}
	drafts := make([]*arrival, len(list))
	for i, in := range list {
		drafts[i] = a.arrival(p, in)
	}
	err = a.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		costs := map[string]int{}
		for _, d := range drafts {
			if err := a.arrive(tx, p, d); err != nil {
				return err
			}
			if d.Fate == Created && d.cost != "" {
				costs[d.cost]++
			}
		}
		for cost, users := range costs {
			if err := tx.AddForeign(p.ID, cost, users); err != nil {
				return err
			}
		}
		if dry {
			return errTried
		}
		return nil
	})
	if err != nil && !errors.Is(err, errTried) {
		return nil, err
	}
	out := make([]Arrived, len(drafts))
	for i, d := range drafts {
		switch {
		case d.again != nil && dry:
			d.Fate = Renewed
		case d.again != nil:
			if err := a.renew(ctx, p, d); err != nil {
				return nil, err
			}
		}
		out[i] = d.Arrived
	}
	return out, nil
}

// SettleArrivals ends an import: it counts the users of the pool.
func (a *Accounts) SettleArrivals(ctx context.Context, poolID string) error {
	return a.cfg.Store.Update(ctx, func(tx *store.Tx) error { return tx.SettleForeign(poolID) })
}

// arrival is an Arrival on its way.
type arrival struct {
	Arrived
	in    Arrival
	sent  string // the name to sign in with
	cost  string // of its hash
	draft *model.User
	again *model.User // who is here, where it is to be renewed
}

// arrival makes the draft of a user, or refuses it.
func (a *Accounts) arrival(p *model.Pool, in Arrival) *arrival {
	d := &arrival{in: in}
	if err := a.prepare(p, d); err != nil {
		d.Why = err
	}
	return d
}

func (a *Accounts) prepare(p *model.Pool, d *arrival) (err error) {
	u := &model.User{PoolID: p.ID, Sub: d.in.Sub, Status: d.in.Status, Enabled: !d.in.Disabled, MFA: d.in.MFA, Attributes: map[string]string{}}
	if u.Sub == "" {
		if u.Sub, err = a.newSub(); err != nil {
			return err
		}
	} else if id, err := uuid.Parse(u.Sub); err != nil || id.String() != u.Sub {
		return fault.New(fault.InvalidParameter, "The sub is no UUID in lower case.")
	}
	if u.CreatedAt = d.in.CreatedAt; u.CreatedAt.IsZero() {
		u.CreatedAt = a.cfg.Now()
	}
	if u.ModifiedAt = d.in.ModifiedAt; u.ModifiedAt.IsZero() {
		u.ModifiedAt = u.CreatedAt
	}
	given := maps.Clone(d.in.Attributes)
	if err := conform(p, given, nil); err != nil {
		return err
	}
	for name, value := range given {
		if value != "" {
			u.Attributes[name] = value
		}
	}
	d.sent = d.in.Username
	for _, attribute := range p.Doc.UsernameAttributes {
		if v := u.Attributes[attribute]; v != "" {
			d.sent = v
			break
		}
	}
	if d.sent == "" {
		return fault.New(fault.InvalidParameter, "The user has no name to sign in with.")
	}
	if err := christen(p, u, d.sent); err != nil {
		return err
	}
	if d.in.Hash != "" {
		if u.Credential, d.cost, err = a.cfg.Credential.Adopt(u, d.in.Hash); err != nil {
			return fault.New(fault.InvalidParameter, "The password hash is not known or costs too much.").Because(err)
		}
	}
	if d.in.Awaits && u.Credential == nil {
		u.Credential = a.cfg.Credential.Await(u)
	}
	d.draft = u
	return consistent(u)
}

// arrive stores a draft, or finds who is here. Its function may run again.
func (a *Accounts) arrive(tx *store.Tx, p *model.Pool, d *arrival) error {
	if d.draft == nil {
		return nil
	}
	d.Arrived, d.again = Arrived{}, nil
	here, err := present(tx, p, d)
	if err != nil {
		return err
	}
	if here != nil {
		d.Sub, d.Fate = here.Sub, Kept
		if changed := d.in.ModifiedAt.Truncate(time.Microsecond); !changed.IsZero() && changed.After(here.ModifiedAt) {
			d.again = here
		}
		return nil
	}
	if err := a.settle(tx, p, d); err != nil {
		if _, refused := fault.As(err); !refused {
			return err
		}
		d.Why = err // nothing was written: create looks before it does
		return nil
	}
	d.Sub, d.Fate = d.draft.Sub, Created
	return nil
}

// present is the user who came before, nil when nobody did.
func present(tx *store.Tx, p *model.Pool, d *arrival) (*model.User, error) {
	u, err := tx.User(p.ID, d.draft.Sub)
	if errors.Is(err, store.ErrNotFound) && d.in.Sub == "" {
		var owner string
		if owner, _, err = tx.LoginOwner(p.ID, p.Fold(d.sent)); err == nil {
			u, err = tx.User(p.ID, owner)
		}
	}
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	return u, err
}

func (a *Accounts) settle(tx *store.Tx, p *model.Pool, d *arrival) error {
	if _, _, err := tx.LoginOwner(p.ID, d.draft.Sub); err == nil {
		return fault.New(fault.UsernameExists, "The sub is the name of another user.")
	} else if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if err := a.create(tx, p, d.draft, d.sent, false, nameTaken); err != nil {
		return err
	}
	return join(tx, p.ID, d.draft, d.in.Groups)
}

var nameTaken = fault.New(fault.UsernameExists, "User account already exists")

// join puts a user into those of the groups that the pool has.
func join(tx *store.Tx, poolID string, u *model.User, groups []string) error {
	for _, name := range groups {
		if _, err := tx.Group(poolID, name); errors.Is(err, store.ErrNotFound) {
			continue
		} else if err != nil {
			return err
		}
		if err := tx.Join(poolID, name, u.Sub, u.CreatedAt); err != nil {
			return err
		}
	}
	return nil
}

// renew takes over what changed elsewhere, in a transaction of its own: what it
// refuses is undone.
func (a *Accounts) renew(ctx context.Context, p *model.Pool, d *arrival) error {
	err := a.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		u, err := tx.User(p.ID, d.again.Sub)
		if err != nil {
			return err
		}
		u = u.Clone()
		linked := u.Attributes[model.IdentitiesAttribute]
		u.Attributes, u.Enabled, u.ModifiedAt = maps.Clone(d.draft.Attributes), d.draft.Enabled, d.draft.ModifiedAt
		set(u, model.IdentitiesAttribute, linked) // as it was linked here
		if err := a.rename(tx, p, u, false); err != nil {
			return err
		}
		if err := tx.SaveUser(p, u); err != nil {
			return fmt.Errorf("save user %s: %w", u.Sub, err)
		}
		if !u.Enabled {
			if err := tx.RevokeFamilies(p.ID, u.Sub, a.cfg.Now()); err != nil {
				return err
			}
		}
		was, err := tx.GroupsOf(p.ID, u.Sub, "", maxGroupsOfUser)
		if err != nil {
			return err
		}
		for _, g := range was {
			if err := tx.Leave(p.ID, g.Name, u.Sub); err != nil {
				return err
			}
		}
		return join(tx, p.ID, u, d.in.Groups)
	})
	if err == nil {
		d.Fate = Renewed
		return nil
	}
	if _, refused := fault.As(err); !refused {
		return err
	}
	d.Fate, d.Why = Refused, err
	return nil
}

// maxGroupsOfUser is how many groups a user can be in (spec 13).
const maxGroupsOfUser = 100
