package signin

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/mfa"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
	"github.com/gatehouse-id/gatehouse/risk"
)

// party is everyone and everything that one attempt is about, as one View saw it.
type party struct {
	pool *model.Pool
	// standard is the pool with the mode of threat protection of all other sign-ins,
	// where this one is a custom one: passwords that are set are judged by it.
	standard *model.Pool
	client   *model.Client
	name     string      // the user name as it was sent
	user     *model.User // nil when nobody has that name
	groups   []*model.Group
	// subject is whose failures are counted: the sub, or a keyed hash of an unknown name.
	subject string
	lockout counts
	place   place // where the user is known, if the attempt comes from there
	shut    bool  // it is locked out, as of the View, whatever its password
	// lockedUntil is what a failure of this attempt brought; zero where it locked nothing.
	lockedUntil time.Time
	// authenticator is the user's app, where the pool has second factors at all; nil when there is none.
	authenticator *model.Authenticator
	// passkeys are the user's, where the pool has such at all.
	passkeys []*model.Passkey

	origin model.Origin
	// eventID names the attempt; the session of a challenge carries it on.
	eventID string
	eventAt int64 // microseconds; 0 = now
	// session, unless empty, was answered and is spent by a success.
	session session

	custom   *custom           // of a custom sign-in, else nil
	metadata map[string]string // of the request, for its functions
	first    proof             // what proves the user, or is tried as that
	verified bool              // it is a passkey that verified its user, where that counts as both factors
	// redeem uses up what proved the user, in the Update that reveals that it was
	// right, and tells if it no longer is; saveProof is what it changes of the user.
	// Both nil where there is nothing of that kind.
	redeem    func(*store.Tx) (*fault.Fault, error)
	saveProof func(*store.Tx, *model.User) error
	password  string // as given in a plaintext flow, for the corpus; never stored
	outdated  bool   // the pool needs another record of the password
	finding   threat.Finding
	// profile is what was learned of the user, as stored; context where the attempt
	// comes from, once looked; judged what was made of it, nil before it is judged.
	profile []byte
	context threat.Context
	looked  bool
	judged  *threat.Judgement
	later   bool          // the user is to be told once the sign-in is through
	blocked bool          // it is refused for its risk or its address
	lesson  *risk.Outcome // learned of the user, and not of everybody yet
	told    bool          // the user or operations, by a message that waits
	// demand is what the risk of the attempt asks of it.
	demand  mfa.Demand
	brought brought // the device that it came with
	// newEmail is the address that this sign-in sets up as a second factor, until a code proves it.
	newEmail string
}

// maxGroups is how many groups a user can be in (spec 13), and so how many a token lists.
const maxGroups = 100

// meet loads the party of a request. poolID is empty where a client alone tells the pool.
func (s *Signin) meet(ctx context.Context, poolID, clientID, name string, origin model.Origin) (*party, error) {
	return s.meetAs(ctx, poolID, clientID, name, origin, false)
}

// meetAs is meet for a custom sign-in or another one.
func (s *Signin) meetAs(ctx context.Context, poolID, clientID, name string, origin model.Origin, custom bool) (*party, error) {
	m := &party{name: name, origin: origin}
	err := s.cfg.Store.View(ctx, func(tx *store.Tx) (err error) {
		if m.pool, m.client, err = findClient(tx, poolID, clientID); err != nil {
			return err
		}
		if m.standard = m.pool; custom {
			m.pool = m.pool.ForCustomAuth()
		}
		if name == "" {
			return nil
		}
		m.user, err = tx.FindUser(m.pool, name)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("find user: %w", err)
		}
		m.subject = s.subject(m)
		if err := m.loadFactors(tx); err != nil {
			return err
		}
		if m.user != nil {
			if m.groups, err = tx.GroupsOf(m.pool.ID, m.user.Sub, "", maxGroups); err != nil {
				return fmt.Errorf("groups of user %s: %w", m.user.Sub, err)
			}
		}
		if m.pool.Mode() != model.ModeOff {
			if m.profile, err = tx.Profile(m.pool.ID, m.subject); err != nil && !errors.Is(err, store.ErrNotFound) {
				return fmt.Errorf("read profile: %w", err)
			}
		}
		m.place = s.placeOf(m)
		m.lockout, err = s.counts(tx, m)
		return err
	})
	return m, err
}

// loadFactors reads what the user can prove by, beside password and addresses; of
// an unknown name too, which costs what a known one costs.
func (m *party) loadFactors(tx *store.Tx) (err error) {
	if m.pool.MFAMode() != shape.UserPoolMfaTypeOff {
		if m.authenticator, err = mfa.Find(tx, m.pool.ID, m.subject); err != nil {
			return err
		}
	}
	if m.pool.SignsInBy(shape.AuthFactorTypeWebAuthn) {
		if m.passkeys, err = tx.Passkeys(m.pool.ID, m.subject); err != nil {
			return fmt.Errorf("read passkeys: %w", err)
		}
	}
	return nil
}

// findClient reads a client and its pool; an administrator names the pool too.
func findClient(tx *store.Tx, poolID, clientID string) (*model.Pool, *model.Client, error) {
	if poolID != "" {
		if _, err := tx.Pool(poolID); errors.Is(err, store.ErrNotFound) {
			return nil, nil, fault.Newf(fault.ResourceNotFound, "User pool %s does not exist.", poolID)
		} else if err != nil {
			return nil, nil, err
		}
	}
	pool, client, err := tx.Party(clientID)
	if errors.Is(err, store.ErrNotFound) || err == nil && poolID != "" && pool.ID != poolID {
		return nil, nil, fault.Newf(fault.ResourceNotFound, "User pool client %s does not exist.", clientID)
	}
	return pool, client, err
}

// subject is under what an attempt's failures are counted. Unknown names are
// counted too, or the lockout would tell who exists.
func (s *Signin) subject(m *party) string {
	if m.user != nil {
		return m.user.Sub
	}
	return "?" + hex.EncodeToString(s.cfg.Ring.Derive("unknown user", m.pool.ID, m.pool.Fold(m.name))[:16])
}

// checkSecretHash accepts a hash over any name that the user goes by.
func (s *Signin) checkSecretHash(m *party, parameters map[string]string) error {
	names := []string{m.name}
	if m.user != nil {
		names = append(names, m.user.Username, m.user.Sub)
	}
	return s.cfg.Credential.CheckSecretHash(m.client, parameters["SECRET_HASH"], names...)
}

// known refuses what may be refused before any proof: an unknown name where the
// client tells about users, and states that such a client tells too. That a
// password must be reset keeps nobody out who signs in by something else.
func (s *Signin) known(m *party) error {
	switch {
	case m.client.HidesUsers():
		return nil
	case m.user == nil:
		// Of a name that nobody has nothing is kept, but that somebody guesses names
		// is known of everybody.
		s.look(m)
		s.cfg.Threat.LearnWorld(m.pool, m.client, m.context, risk.WrongPassword, risk.None)
		return noUser
	case !m.user.Enabled:
		return disabled
	case m.user.Status == model.ResetRequired && m.first.ofPassword() && m.custom == nil:
		return resetRequired
	}
	return nil
}
