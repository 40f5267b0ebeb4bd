// Package credential keeps one password record per user, and checks the secrets of clients.
//
//	a client of the pool may use SRP   salt + SRP verifier; a plaintext sign-in recomputes it
//	none may                           Argon2id
//	the user came from elsewhere       the hash that came along, until the first sign-in
//
// Either record is sealed to its user. When the pool's needs change, the next
// plaintext sign-in brings the record along: only then is the password at hand.
package credential

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/seal"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/part/password"
	"github.com/gatehouse-id/gatehouse/internal/part/srp"
)

// ErrNone says that a user has no password.
var ErrNone = errors.New("the user has no password")

// Config of the keeper.
type Config struct {
	Ring   *seal.Ring
	Hasher *password.Hasher
	Rand   io.Reader // safe for concurrent use
	Now    func() time.Time
}

// Keeper makes and checks records. It is safe for concurrent use.
type Keeper struct{ cfg Config }

// New makes a Keeper.
func New(cfg Config) *Keeper {
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Keeper{cfg}
}

const (
	purposeRecord  = "password record"
	purposeHistory = "password history"
)

// DefaultTemporaryDays is how long a temporary password is good where the pool does not say.
const DefaultTemporaryDays = 7

// Make hashes a new password for the user and returns the sealed record for
// model.User.Credential. The user must have its PoolID, Sub and Username. It is
// slow: call it outside a transaction.
func (k *Keeper) Make(ctx context.Context, p *model.Pool, u *model.User, plain string, temporary bool) ([]byte, error) {
	c, err := k.record(ctx, p, u, plain)
	if err != nil {
		return nil, err
	}
	if temporary {
		days := wire.Of(p.PasswordPolicy().TemporaryPasswordValidityDays)
		if days == 0 {
			days = DefaultTemporaryDays
		}
		c.ExpiresAt = k.cfg.Now().Add(time.Duration(days) * 24 * time.Hour).UnixMicro()
	}
	return k.seal(u, c), nil
}

func (k *Keeper) record(ctx context.Context, p *model.Pool, u *model.User, plain string) (*model.Credential, error) {
	c := &model.Credential{Scheme: schemeOf(p), SetAt: k.cfg.Now().UnixMicro()}
	var err error
	switch c.Scheme {
	case model.SchemeSRP:
		if c.Salt, err = srp.NewSalt(k.cfg.Rand); err == nil {
			c.Verifier = srp.Compute(c.Salt, p.SRPName(), u.Username, plain)
		}
	case model.SchemeArgon2id:
		c.PHC, err = k.cfg.Hasher.Hash(ctx, plain)
	}
	if err != nil {
		return nil, fmt.Errorf("hash the password of user %s: %w", u.Sub, err)
	}
	return c, nil
}

func schemeOf(p *model.Pool) model.Scheme {
	if p.NeedsSRP {
		return model.SchemeSRP
	}
	return model.SchemeArgon2id
}

func (k *Keeper) seal(u *model.User, c *model.Credential) []byte {
	return k.cfg.Ring.Seal(purposeRecord, wire.Must(c), u.PoolID, u.Sub)
}

// Open unseals the record of a user; ErrNone when there is none.
func (k *Keeper) Open(u *model.User) (*model.Credential, error) {
	if u.Credential == nil {
		return nil, ErrNone
	}
	plain, err := k.cfg.Ring.Open(purposeRecord, u.Credential, u.PoolID, u.Sub)
	if err != nil {
		return nil, fmt.Errorf("open the password record of user %s: %w", u.Sub, err)
	}
	c := new(model.Credential)
	return c, wire.Read(plain, c)
}

// Verify checks a password against the user's record. outdated says that the
// pool needs another scheme by now, or other parameters: see Renew. A user
// without a password costs what a wrong one costs and is never right.
func (k *Keeper) Verify(ctx context.Context, p *model.Pool, u *model.User, plain string) (ok, outdated bool, err error) {
	c, err := k.Open(u)
	if errors.Is(err, ErrNone) {
		return false, false, k.Pretend(ctx, p, plain)
	}
	if err != nil {
		return false, false, err
	}
	ok, err = k.matches(ctx, p, u, c, plain)
	return ok, ok && k.outdated(p, c), err
}

func (k *Keeper) outdated(p *model.Pool, c *model.Credential) bool {
	return c.Scheme != schemeOf(p) || c.Scheme == model.SchemeArgon2id && k.cfg.Hasher.Outdated(c.PHC)
}

// Renew makes the record that the pool needs by now of a password that Verify
// found right; store it with tx.SetCredential. Everything else of the record
// stays. It is slow, and only a right password needs it: a caller that may still
// answer as to a wrong one calls it later, or the clock tells which it was.
func (k *Keeper) Renew(ctx context.Context, p *model.Pool, u *model.User, plain string) ([]byte, error) {
	c, err := k.Open(u)
	if err != nil {
		return nil, err
	}
	fresh, err := k.record(ctx, p, u, plain)
	if err != nil {
		return nil, err
	}
	fresh.SetAt, fresh.ExpiresAt = c.SetAt, c.ExpiresAt
	return k.seal(u, fresh), nil
}

func (k *Keeper) matches(ctx context.Context, p *model.Pool, u *model.User, c *model.Credential, plain string) (bool, error) {
	switch c.Scheme {
	case model.SchemeSRP:
		return srp.Verifier(c.Verifier).Equal(srp.Compute(c.Salt, p.SRPName(), u.Username, plain)), nil
	case model.SchemeArgon2id:
		return k.cfg.Hasher.Verify(ctx, c.PHC, plain)
	case model.SchemeForeign:
		return k.cfg.Hasher.VerifyForeign(ctx, c.PHC, plain)
	case model.SchemeFormer:
		return false, k.Pretend(ctx, p, plain)
	}
	return false, fmt.Errorf("password record of user %s has the unknown scheme %q", u.Sub, c.Scheme)
}

// pretendSalt only has to have the length of a real one.
var pretendSalt = make([]byte, srp.SaltBytes)

// Pretend costs what Verify costs. The unknown user must cost what a known one
// costs, or the clock tells who exists.
func (k *Keeper) Pretend(ctx context.Context, p *model.Pool, plain string) error {
	if schemeOf(p) == model.SchemeArgon2id {
		return k.cfg.Hasher.Pretend(ctx, plain)
	}
	v := srp.Compute(pretendSalt, p.SRPName(), "pretend", plain)
	v.Equal(v)
	return nil
}

// CheckPolicy is the pool's password policy in Cognito's words.
func (k *Keeper) CheckPolicy(p *model.Pool, plain string) error {
	return Policy(p).Check(plain)
}

// Policy is the pool's password policy.
func Policy(p *model.Pool) password.Policy {
	doc := p.PasswordPolicy()
	return password.Policy{
		MinimumLength: int(wire.Of(doc.MinimumLength)),
		Upper:         wire.Of(doc.RequireUppercase),
		Lower:         wire.Of(doc.RequireLowercase),
		Number:        wire.Of(doc.RequireNumbers),
		Symbol:        wire.Of(doc.RequireSymbols),
	}
}

// Temporary makes a random password that the pool's policy accepts.
func (k *Keeper) Temporary(p *model.Pool) (string, error) {
	return Policy(p).Temporary(k.cfg.Rand)
}

// Reused tells whether the password is the user's current one or one of those
// that the pool wants remembered (PasswordHistorySize, 0 to 24; 0 remembers none).
// history is what tx.History read.
func (k *Keeper) Reused(ctx context.Context, p *model.Pool, u *model.User, history []byte, plain string) (bool, error) {
	size := int(wire.Of(p.PasswordPolicy().PasswordHistorySize))
	if size == 0 {
		return false, nil
	}
	former, err := k.former(u, history)
	if err != nil {
		return false, err
	}
	if current, err := k.Open(u); err == nil {
		former = append([]model.Credential{*current}, former...)
	} else if !errors.Is(err, ErrNone) {
		return false, err
	}
	for i := range former[:min(size, len(former))] {
		if same, err := k.matches(ctx, p, u, &former[i], plain); err != nil || same {
			return same, err
		}
	}
	return false, nil
}

// Remember returns the history to store when the user's current record is
// about to be replaced: that record, before the former ones.
func (k *Keeper) Remember(p *model.Pool, u *model.User, history []byte) ([]byte, error) {
	size := int(wire.Of(p.PasswordPolicy().PasswordHistorySize))
	current, err := k.Open(u)
	if size == 0 || errors.Is(err, ErrNone) {
		return history, nil
	}
	if err != nil {
		return nil, err
	}
	former, err := k.former(u, history)
	if err != nil {
		return nil, err
	}
	former = append([]model.Credential{*current}, former...)
	return k.cfg.Ring.Seal(purposeHistory, wire.Must(former[:min(size, len(former))]), u.PoolID, u.Sub), nil
}

func (k *Keeper) former(u *model.User, history []byte) ([]model.Credential, error) {
	if history == nil {
		return nil, nil
	}
	plain, err := k.cfg.Ring.Open(purposeHistory, history, u.PoolID, u.Sub)
	if err != nil {
		return nil, fmt.Errorf("open the password history of user %s: %w", u.Sub, err)
	}
	var list []model.Credential
	return list, wire.Read(plain, &list)
}
