// Package passkeys gives users new passkeys.
//
// A registration is two requests. The challenge of the first is a sealed box that
// says whose and which client's it is and until when, so nothing is kept between
// them; the second spends it:
//
//	Start ── options, challenge ──> browser ── credential ──> Complete
//
// Listing and deleting are the door's and the store's, signing in is flow/signin's.
package passkeys

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
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/part/passkey"
)

// Config of the passkeys.
type Config struct {
	Store *store.Store
	Ring  *seal.Ring
	Now   func() time.Time
	Rand  io.Reader
}

// Keeper keeps the passkeys of users. It is safe for concurrent use.
type Keeper struct{ cfg Config }

// New makes a Keeper.
func New(cfg Config) *Keeper {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	return &Keeper{cfg}
}

// life is how long a registration may take: the browser's minute, and time to read.
const life = 5 * time.Minute

const purpose = "passkey registration"

var (
	notEnabled  = fault.New(fault.WebAuthnNotEnabled, "WebAuthn is not enabled for this user pool.")
	noParty     = fault.New(fault.WebAuthnConfigurationMissing, "The user pool has neither a relying party ID nor a custom domain.")
	noChallenge = fault.New(fault.WebAuthnChallengeNotFound, "The challenge of the credential was not issued to this user, was used or has expired.")
	otherClient = fault.New(fault.WebAuthnClientMismatch, "The registration was started with an access token of another app client.")
	otherOrigin = fault.New(fault.WebAuthnOriginNotAllowed, "The origin of the credential is not allowed for the relying party ID of the user pool.")
	otherParty  = fault.New(fault.WebAuthnRelyingPartyMismatch, "The credential belongs to a relying party ID that is not the user pool's.")
	unsupported = fault.New(fault.WebAuthnCredentialNotSupported, "The credential is of an authenticator that is not supported.")
	malformed   = fault.New(fault.InvalidParameter, "The credential is not a valid registration response.")
	taken       = fault.New(fault.InvalidParameter, "The credential is already registered.")
	tooMany     = fault.Newf(fault.LimitExceeded, "A user cannot have more than %d passkeys.", model.MaxPasskeys)
)

// challenge is what the box of a challenge says.
type challenge struct {
	ID        string `json:"i"`
	ClientID  string `json:"c"`
	ExpiresAt int64  `json:"x"` // microseconds
}

// party is the relying party of a pool that has passkeys.
func party(p *model.Pool) (passkey.RelyingParty, error) {
	if !p.SignsInBy(shape.AuthFactorTypeWebAuthn) {
		return passkey.RelyingParty{}, notEnabled
	}
	rp := passkey.RelyingParty{ID: p.RelyingParty(), Verify: p.VerifiesByPasskey()}
	if rp.ID == "" {
		return rp, noParty
	}
	return rp, nil
}

// Start begins a registration for a user who is signed in with a client.
func (k *Keeper) Start(ctx context.Context, p *model.Pool, client *model.Client, u *model.User) (wire.Document, error) {
	rp, err := party(p)
	if err != nil {
		return nil, err
	}
	var has []*model.Passkey
	err = k.cfg.Store.View(ctx, func(tx *store.Tx) (err error) {
		has, err = tx.Passkeys(p.ID, u.Sub)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list passkeys of user %s: %w", u.Sub, err)
	}
	if len(has) >= model.MaxPasskeys {
		return nil, tooMany
	}
	id, err := uuid.NewRandomFromReader(k.cfg.Rand)
	if err != nil {
		return nil, err
	}
	box := k.cfg.Ring.Seal(purpose, wire.Must(challenge{id.String(), client.ID, k.cfg.Now().Add(life).UnixMicro()}), p.ID, u.Sub)
	return rp.Creation(whom(p, u), box, has), nil
}

// whom names a user towards the authenticator, which shows the name when it asks
// which passkey to use: a name that the user knows, where the user name is one that
// was made up.
func whom(p *model.Pool, u *model.User) passkey.User {
	name := u.Username
	if len(p.Doc.UsernameAttributes) > 0 {
		for _, attribute := range []string{"email", "phone_number"} {
			if v := u.Attributes[attribute]; v != "" {
				name = v
				break
			}
		}
	}
	w := passkey.User{Handle: u.Sub, Name: name, DisplayName: name}
	if v := u.Attributes["name"]; v != "" {
		w.DisplayName = v
	}
	return w
}

// Complete ends a registration with what the authenticator made.
func (k *Keeper) Complete(ctx context.Context, p *model.Pool, client *model.Client, u *model.User, document []byte) error {
	rp, err := party(p)
	if errors.Is(err, noParty) {
		return otherParty.Because(err) // it had one when the registration began
	}
	if err != nil {
		return err
	}
	r, err := passkey.ParseRegistration(document)
	if err != nil {
		return malformed.Because(err)
	}
	c, err := k.open(p, client, u, r.Challenge)
	if err != nil {
		return err
	}
	made, err := r.Verify(rp, u.Sub, r.Challenge)
	if err != nil {
		return refusal(err)
	}
	made.PoolID, made.Sub, made.CreatedAt = p.ID, u.Sub, k.cfg.Now()
	return k.cfg.Store.Update(ctx, func(tx *store.Tx) error { return save(tx, made, c) })
}

// open reads a challenge that was made for this user and client, and is not too old.
func (k *Keeper) open(p *model.Pool, client *model.Client, u *model.User, box []byte) (c challenge, err error) {
	plain, err := k.cfg.Ring.Open(purpose, box, p.ID, u.Sub)
	if err != nil {
		return c, noChallenge.Because(err)
	}
	if err := wire.Read(plain, &c); err != nil {
		return c, err
	}
	switch {
	case k.cfg.Now().UnixMicro() >= c.ExpiresAt:
		return c, noChallenge
	case c.ClientID != client.ID:
		return c, otherClient
	}
	return c, nil
}

// refusal says in AWS's words what is wrong with a registration.
func refusal(err error) error {
	switch {
	case errors.Is(err, passkey.ErrOrigin):
		return otherOrigin.Because(err)
	case errors.Is(err, passkey.ErrRelyingParty):
		return otherParty.Because(err)
	case errors.Is(err, passkey.ErrUnsupported):
		return unsupported.Because(err)
	case errors.Is(err, passkey.ErrInvalid):
		return malformed.Because(err)
	}
	return err
}

// save keeps a new passkey and spends its challenge.
func save(tx *store.Tx, made *model.Passkey, c challenge) error {
	if _, err := tx.User(made.PoolID, made.Sub); errors.Is(err, store.ErrNotFound) { // deleted meanwhile
		return fault.New(fault.UserNotFound, "User does not exist.")
	} else if err != nil {
		return fmt.Errorf("read user %s: %w", made.Sub, err)
	}
	err := tx.SpendSession(c.ID, time.UnixMicro(c.ExpiresAt))
	if errors.Is(err, store.ErrExists) {
		return noChallenge
	}
	if err != nil {
		return fmt.Errorf("spend challenge: %w", err)
	}
	n, err := tx.CountPasskeys(made.PoolID, made.Sub)
	if err != nil {
		return fmt.Errorf("count passkeys of user %s: %w", made.Sub, err)
	}
	if n >= model.MaxPasskeys {
		return tooMany
	}
	err = tx.CreatePasskey(made)
	if errors.Is(err, store.ErrExists) {
		return taken
	}
	if err != nil {
		return fmt.Errorf("save passkey of user %s: %w", made.Sub, err)
	}
	return nil
}
