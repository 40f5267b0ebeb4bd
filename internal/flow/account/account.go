// Package account gives the life of an account: sign-up, confirmation, recovery, changes, its end.
//
//	   SignUp                            AdminCreate
//	     │                                    │
//	UNCONFIRMED ── Confirm ──> CONFIRMED <── FORCE_CHANGE_PASSWORD ── (next sign-in)
//	                            │    ^
//	      AdminResetPassword,   │    │  ConfirmForgotPassword,
//	      a leaked password     v    │  AdminSetPassword
//	                         RESET_REQUIRED
//
// Every verb has one form: read in a View, hash and judge outside, write in one
// Update that reads again what it relied on. A new password passes, in this
// order, the pool's policy, its history and the corpus of leaked passwords.
//
// Where a client hides users (PreventUserExistenceErrors), an unknown name is
// answered, counted and charged like a known one: see code.Pretend.
package account

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/seal"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/code"
	"github.com/gatehouse-id/gatehouse/internal/flow/credential"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
)

// Config of the accounts.
type Config struct {
	Store      *store.Store
	Ring       *seal.Ring // seals the cursors of List
	Codes      *code.Codes
	Credential *credential.Keeper
	Threat     *threat.Threat
	Former     Former // nil: no pool has one
	Now        func() time.Time
	Rand       io.Reader
}

// Accounts are the verbs. It is safe for concurrent use.
type Accounts struct{ cfg Config }

// New makes Accounts.
func New(cfg Config) *Accounts {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	return &Accounts{cfg}
}

// Caller is a client that acts for somebody who is not signed in.
type Caller struct {
	ClientID   string
	SecretHash string
	Username   string // a user name, an alias or a sub
	Origin     model.Origin
}

// Self is a user who is signed in, as the access token told. None of its
// members is trusted to be fresh: each verb reads the user again.
type Self struct {
	Pool   *model.Pool
	Client *model.Client
	User   *model.User
	Origin model.Origin
}

// The refusals that several verbs share.
var (
	noUser        = fault.New(fault.UserNotFound, "User does not exist.")
	noCombination = fault.New(fault.UserNotFound, "Username/client id combination not found.")
	disabled      = fault.New(fault.NotAuthorized, "User is disabled.")
	incorrect     = fault.New(fault.NotAuthorized, "Incorrect username or password.")
	wrongState    = fault.New(fault.NotAuthorized, "User password cannot be reset in the current state.")
	noChannel     = fault.New(fault.InvalidParameter, "Cannot reset password for the user as there is no registered/verified email or phone_number")
)

// update runs fn in one Update and wakes the messenger. A refusal that fn
// returns by remember is committed: what was counted stays counted.
func (a *Accounts) update(ctx context.Context, fn func(*store.Tx) error) error {
	var refusal error
	err := a.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		refusal = nil
		err := fn(tx)
		var r remembered
		if errors.As(err, &r) {
			refusal = r.error
			return nil
		}
		return err
	})
	if err != nil {
		return err
	}
	a.cfg.Codes.Wake()
	return refusal
}

// remembered is a refusal after which the transaction commits.
type remembered struct{ error }

// remember commits what was written so far, although the caller is refused.
// Any error but a fault is ours, and undoes everything as ever.
func remember(err error) error {
	if _, ok := fault.As(err); !ok {
		return err
	}
	return remembered{err}
}

// party is who one request of a Caller is about, as one View saw it.
type party struct {
	Caller
	pool   *model.Pool
	client *model.Client
	user   *model.User // nil when nobody has that name
}

// meet loads the party, refuses addresses that are always blocked, and checks the client's secret.
func (a *Accounts) meet(ctx context.Context, c Caller, typ model.EventType) (*party, error) {
	m := &party{Caller: c}
	err := a.cfg.Store.View(ctx, func(tx *store.Tx) (err error) {
		m.pool, m.client, err = tx.Party(c.ClientID)
		if errors.Is(err, store.ErrNotFound) {
			return fault.Newf(fault.ResourceNotFound, "User pool client %s does not exist.", c.ClientID)
		}
		if err != nil {
			return fmt.Errorf("read client %s: %w", c.ClientID, err)
		}
		m.user, err = tx.FindUser(m.pool, c.Username)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("find user: %w", err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if a.cfg.Threat.Blocks(m.pool, m.client, c.Origin.IP) {
		a.cfg.Threat.CountBlocked(m.pool, typ)
		return nil, threat.ErrAddress
	}
	names := []string{c.Username}
	if m.user != nil {
		names = append(names, m.user.Username, m.user.Sub)
	}
	return m, a.cfg.Credential.CheckSecretHash(m.client, c.SecretHash, names...)
}

// subject is under what the party's uses are counted. An unknown name is
// counted like a known one, or the limits would tell who exists.
func (a *Accounts) subject(m *party) string {
	if m.user != nil {
		return m.user.Sub
	}
	return a.cfg.Codes.Nobody(m.pool, m.Username)
}

// again reads the party's user inside an Update; nil when there is none, or no longer.
func (m *party) again(tx *store.Tx) (*model.User, error) {
	if m.user == nil {
		return nil, nil
	}
	u, err := tx.User(m.pool.ID, m.user.Sub)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read user %s: %w", m.user.Sub, err)
	}
	return u, nil
}

// unknown is the refusal of a name that the client may know to be free.
func unknown(u *model.User) error {
	if u == nil {
		return noCombination
	}
	return disabled
}

// again reads the signed-in user inside an Update.
func (s Self) again(tx *store.Tx) (*model.User, error) {
	u, err := tx.User(s.Pool.ID, s.User.Sub)
	if errors.Is(err, store.ErrNotFound) {
		return nil, noUser
	}
	if err != nil {
		return nil, fmt.Errorf("read user %s: %w", s.User.Sub, err)
	}
	if !u.Enabled {
		return nil, disabled
	}
	return u.Clone(), nil
}

// record saves the event of an attempt, where the pool keeps any.
func (a *Accounts) record(tx *store.Tx, p *model.Pool, c *model.Client, sub string, typ model.EventType, r model.EventResponse, f threat.Finding, o model.Origin) error {
	e := a.cfg.Threat.Record(p, c.ID, sub, typ, r, f, o, "")
	if e == nil {
		return nil
	}
	if err := tx.SaveEvent(e); err != nil {
		return fmt.Errorf("save event: %w", err)
	}
	return nil
}

// save stores the user, changed now.
func (a *Accounts) save(tx *store.Tx, p *model.Pool, u *model.User) error {
	u.ModifiedAt = a.cfg.Now()
	if err := tx.SaveUser(p, u); err != nil {
		return fmt.Errorf("save user %s: %w", u.Sub, err)
	}
	return nil
}

func (a *Accounts) newSub() (string, error) {
	id, err := uuid.NewRandomFromReader(a.cfg.Rand)
	if err != nil {
		return "", fmt.Errorf("draw a sub: %w", err)
	}
	return id.String(), nil
}
