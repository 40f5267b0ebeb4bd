package mfa_test

import (
	"testing"
	"time"

	"github.com/pquerna/otp/hotp"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/seal/sealtest"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
	"github.com/gatehouse-id/gatehouse/internal/flow/mfa"
)

// stage is the flow on a real store, with one pool that offers all factors, one
// user in it, and a clock that only the test moves.
type stage struct {
	*mfa.Keeper
	t     *testing.T
	store *store.Store
	pool  *model.Pool
	now   time.Time
}

const sub = "9f1c2b3a-0000-4000-8000-000000000001"

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{t: t, store: storetest.Open(t), now: time.Date(2026, 11, 3, 9, 0, 0, 0, time.UTC)}
	s.Keeper = mfa.New(mfa.Config{Store: s.store, Ring: sealtest.Ring(t), Now: func() time.Time { return s.now }})
	s.pool = facts{mode: "OPTIONAL", offered: model.Factors()}.situation().Pool
	s.pool.ID = "us-east-1_Stage0001"
	s.update(func(tx *store.Tx) error {
		if err := tx.CreatePool(s.pool, s.now); err != nil {
			return err
		}
		return tx.CreateUser(s.pool, &model.User{
			PoolID: s.pool.ID, Sub: sub, Username: "ann", Status: model.Confirmed, Enabled: true,
			Attributes: map[string]string{"email": "ann@example.com", "phone_number": "+12065550123"}, CreatedAt: s.now, ModifiedAt: s.now,
		}, nil)
	})
	return s
}

func (s *stage) update(fn func(*store.Tx) error) {
	s.t.Helper()
	if err := s.store.Update(s.t.Context(), fn); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) user() (u *model.User) {
	s.t.Helper()
	if err := s.store.View(s.t.Context(), func(tx *store.Tx) (err error) { u, err = tx.User(s.pool.ID, sub); return err }); err != nil {
		s.t.Fatal(err)
	}
	return u
}

func (s *stage) authenticator() (a *model.Authenticator) {
	s.t.Helper()
	if err := s.store.View(s.t.Context(), func(tx *store.Tx) (err error) { a, err = mfa.Find(tx, s.pool.ID, sub); return err }); err != nil {
		s.t.Fatal(err)
	}
	return a
}

// offer changes what the pool offers.
func (s *stage) offer(mode string, factors ...model.Factor) {
	changed := facts{mode: mode, offered: factors}.situation().Pool
	s.pool.Doc, s.pool.MFA = changed.Doc, changed.MFA
}

// associate is Associate that must succeed.
func (s *stage) associate() string {
	s.t.Helper()
	secret, err := s.Associate(s.t.Context(), s.pool, sub)
	if err != nil {
		s.t.Fatal(err)
	}
	return secret.Reveal()
}

// codeAt is what an app shows so many steps from now.
func (s *stage) codeAt(secret string, steps int64) string {
	s.t.Helper()
	code, err := hotp.GenerateCode(secret, uint64(s.now.Unix()/30+steps))
	if err != nil {
		s.t.Fatal(err)
	}
	return code
}

// register gives the user an authenticator.
func (s *stage) register() string {
	s.t.Helper()
	secret := s.associate()
	s.passes(s.Verify(s.t.Context(), s.pool, sub, s.codeAt(secret, 0), ""))
	return secret
}

// check is Check, committed whatever the verdict.
func (s *stage) check(code string) error {
	s.t.Helper()
	var verdict *fault.Fault
	s.update(func(tx *store.Tx) (err error) {
		verdict, err = s.Check(tx, s.pool.ID, sub, code)
		return err
	})
	if verdict == nil {
		return nil
	}
	return verdict
}

func (s *stage) passes(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatalf("got %v", err)
	}
}

func (s *stage) refused(err error, want string) {
	s.t.Helper()
	f, ok := fault.As(err)
	if !ok {
		s.t.Fatalf("got  %v\nwant %s", err, want)
	}
	if got := string(f.Code) + ": " + f.Message; got != want {
		s.t.Fatalf("got  %s\nwant %s", got, want)
	}
}
