package account

import (
	"context"
	"errors"
	"fmt"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

// ErrNotThere says that the former pool does not take a password, does not know a
// name, or tells too little of its user.
var ErrNotThere = errors.New("the former pool does not have this user")

// Welcome takes over a user to whom the former pool gave this password, as it was
// asked for it just now. known is who awaits it here, nil for somebody new. It hashes:
// call it outside a transaction. ErrNotThere is also for another user than known.
func (a *Accounts) Welcome(ctx context.Context, p *model.Pool, known *model.User, in Arrival, plain string) error {
	if known != nil {
		return a.welcomeBack(ctx, p, known, in, plain)
	}
	return a.welcomeNew(ctx, p, in, func(u *model.User) ([]byte, error) {
		return a.cfg.Credential.Make(ctx, p, u, plain, in.Status == model.ForceChangePassword)
	})
}

// welcomeBack gives a user who was imported the password of the former pool.
func (a *Accounts) welcomeBack(ctx context.Context, p *model.Pool, known *model.User, in Arrival, plain string) error {
	if !same(p, known, in) || in.Disabled {
		return ErrNotThere
	}
	record, err := a.cfg.Credential.Make(ctx, p, known, plain, in.Status == model.ForceChangePassword)
	if err != nil {
		return err
	}
	return a.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		// Whoever reset or set the password here meanwhile meant it.
		done, err := tx.SetCredential(p.ID, known.Sub, known.Credential, record)
		if err != nil || !done {
			return err
		}
		u, err := tx.User(p.ID, known.Sub)
		if err != nil {
			return err
		}
		if u.Status == in.Status || u.Status != model.Confirmed && u.Status != model.ForceChangePassword {
			return nil
		}
		u = u.Clone()
		u.Status = in.Status
		return tx.SaveUser(p, u)
	})
}

// same tells whether an arrival is the user who is known here. Names and subs of
// the former pool may have been given to somebody else since.
func same(p *model.Pool, known *model.User, in Arrival) bool {
	if in.Sub != "" && in.Sub == known.Sub || in.Username != "" && p.Fold(in.Username) == p.Fold(known.Username) {
		return true
	}
	for _, attribute := range p.Doc.UsernameAttributes {
		if v := in.Attributes[attribute]; v != "" && p.Fold(v) == p.Fold(known.Attributes[attribute]) {
			return true
		}
	}
	return false
}

// welcomeNew stores a user with the record that make makes of the draft.
func (a *Accounts) welcomeNew(ctx context.Context, p *model.Pool, in Arrival, record func(*model.User) ([]byte, error)) error {
	if in.Attributes == nil || in.Disabled {
		return ErrNotThere
	}
	in.Attributes = fitting(p, in.Attributes)
	d := a.arrival(p, in)
	if d.Why != nil {
		return d.Why
	}
	var err error
	if d.draft.Credential, err = record(d.draft); err != nil {
		return err
	}
	return a.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		here, err := present(tx, p, d)
		if err != nil || here != nil { // another attempt of the same user was quicker
			return err
		}
		return a.settle(tx, p, d)
	})
}

// fitting are the attributes that the schema here takes: what it does not would
// otherwise shut its user out.
func fitting(p *model.Pool, attributes map[string]string) map[string]string {
	fit := map[string]string{}
	for name, value := range attributes {
		one := map[string]string{name: value}
		if conform(p, one, nil) == nil {
			fit[name] = one[name]
		}
	}
	return fit
}

// Former is the pool that users come from, as ForgotPassword asks it.
type Former interface {
	// Finds tells whether it can be asked now for names without their passwords.
	Finds(p *model.Pool) bool
	// Find is ErrNotThere for a name that nobody has there.
	Find(ctx context.Context, p *model.Pool, name string) (Arrival, error)
	// Dally takes as long as asking.
	Dally(ctx context.Context, p *model.Pool)
}

// limitFetch is how often one name is asked for at a former pool in an hour.
var limitFetch = limit{"names of the former pool", 10}

// fetch takes over the user whom a forgotten password is about, where nobody has
// the name here and the former pool tells us of its users. The password stays the
// one that is there until a code sets another. Without an answer, the name stays
// unknown.
func (a *Accounts) fetch(ctx context.Context, m *party) error {
	if a.cfg.Former == nil || m.pool.Former == nil || !a.cfg.Former.Finds(m.pool) {
		return nil
	}
	if m.user != nil {
		a.cfg.Former.Dally(ctx, m.pool)
		return nil
	}
	err := a.cfg.Store.Update(ctx, func(tx *store.Tx) error { return a.spend(tx, m.pool.ID, a.subject(m), limitFetch) })
	if _, refused := fault.As(err); refused {
		return nil // asked often enough; the limit of the operation is another
	}
	if err != nil {
		return err
	}
	in, err := a.cfg.Former.Find(ctx, m.pool, m.Username)
	if err != nil {
		return nil //nolint:nilerr // it does not have the name, or does not answer, and has told so
	}
	err = a.welcomeNew(ctx, m.pool, in, func(u *model.User) ([]byte, error) { return a.cfg.Credential.Await(u), nil })
	if _, refused := fault.As(err); refused || errors.Is(err, ErrNotThere) {
		return nil
	}
	if err != nil {
		return err
	}
	return a.cfg.Store.View(ctx, func(tx *store.Tx) error {
		u, err := tx.FindUser(m.pool, m.Username)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("find user: %w", err)
		}
		m.user = u
		return nil
	})
}
