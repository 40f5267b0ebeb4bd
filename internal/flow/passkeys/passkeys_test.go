package passkeys_test

import (
	"bytes"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/seal/sealtest"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/flow/passkeys"
	"github.com/gatehouse-id/gatehouse/internal/part/passkey/passkeytest"
)

// The stories of door/cognito have the rest; here is what they cannot time.

type stage struct {
	*storetest.Stage
	*passkeys.Keeper
	t      *testing.T
	pool   *model.Pool
	client *model.Client
	ann    *model.User
	device *passkeytest.Authenticator
}

func newStage(t *testing.T) *stage {
	t.Helper()
	base := storetest.NewStage(t, time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	s := &stage{
		Stage: base, t: t, device: &passkeytest.Authenticator{Origin: "https://example.com", Verifies: true},
		Keeper: passkeys.New(passkeys.Config{Store: base.Store, Ring: sealtest.Ring(t), Now: base.Clock}),
		pool: &model.Pool{
			ID: "eu_1",
			Doc: &shape.UserPoolType{Id: new("eu_1"), Policies: &shape.UserPoolPolicyType{SignInPolicy: &shape.SignInPolicyType{
				AllowedFirstAuthFactors: []string{"PASSWORD", "WEB_AUTHN"},
			}}},
			MFA: &shape.SetUserPoolMfaConfigResponse{WebAuthnConfiguration: &shape.WebAuthnConfigurationType{RelyingPartyId: new("example.com")}},
		},
		client: &model.Client{ID: "app"},
		ann:    &model.User{PoolID: "eu_1", Sub: "sub-ann", Username: "ann", Status: model.Confirmed, Attributes: map[string]string{}},
	}
	s.Update(func(tx *store.Tx) error {
		if err := tx.CreatePool(s.pool, base.Clock()); err != nil {
			return err
		}
		return tx.CreateUser(s.pool, s.ann, nil)
	})
	return s
}

// begun is what an authenticator made for a registration that was begun.
func (s *stage) begun() []byte {
	s.t.Helper()
	options, err := s.Start(s.t.Context(), s.pool, s.client, s.ann)
	if err != nil {
		s.t.Fatal(err)
	}
	made, err := s.device.Create(bytes.ReplaceAll(options, []byte("excludeCredentials"), []byte("ignored")))
	if err != nil {
		s.t.Fatal(err)
	}
	return made
}

func (s *stage) complete(made []byte) error {
	return s.Complete(s.t.Context(), s.pool, s.client, s.ann, made)
}

func (s *stage) refused(err error, code fault.Code) {
	s.t.Helper()
	if told, ok := fault.As(err); !ok || told.Code != code {
		s.t.Errorf("got %v, want %s", err, code)
	}
}

func (s *stage) count() (n int) {
	s.View(func(tx *store.Tx) (err error) {
		n, err = tx.CountPasskeys(s.pool.ID, s.ann.Sub)
		return err
	})
	return n
}

func TestTheLastPlaceIsTakenOnce(t *testing.T) {
	s := newStage(t)
	s.Update(func(tx *store.Tx) error {
		for i := range model.MaxPasskeys - 1 {
			k := &model.Passkey{PoolID: s.pool.ID, Sub: s.ann.Sub, ID: fmt.Sprint("k", i), PublicKey: []byte{1}, CreatedAt: s.Clock()}
			if err := tx.CreatePasskey(k); err != nil {
				return err
			}
		}
		return nil
	})
	one, other := s.begun(), s.begun()
	if err := s.complete(one); err != nil {
		t.Fatal(err)
	}
	s.refused(s.complete(other), fault.LimitExceeded)
	if n := s.count(); n != model.MaxPasskeys {
		t.Errorf("the user has %d", n)
	}
}

func TestOfManyWhoCompleteOneRegistrationOneDoes(t *testing.T) {
	s := newStage(t)
	made := s.begun()
	var done atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			err := s.complete(made)
			if err == nil {
				done.Add(1)
				return
			}
			s.refused(err, fault.WebAuthnChallengeNotFound)
		})
	}
	all.Wait()
	if n := done.Load(); n != 1 || s.count() != 1 {
		t.Errorf("%d did, and the user has %d passkeys", n, s.count())
	}
}

// TestAnothersCredentialIsNotTaken: an authenticator that lies about its id must not
// become somebody else, nor push somebody out.
func TestAnothersCredentialIsNotTaken(t *testing.T) {
	s := newStage(t)
	made := s.begun()
	var told struct {
		ID string `json:"id"`
	}
	if err := wire.Read(made, &told); err != nil {
		t.Fatal(err)
	}
	s.Update(func(tx *store.Tx) error {
		return tx.CreatePasskey(&model.Passkey{PoolID: s.pool.ID, Sub: "sub-bob", ID: told.ID, PublicKey: []byte{1}, CreatedAt: s.Clock()})
	})
	s.refused(s.complete(made), fault.InvalidParameter)
	if s.count() != 0 {
		t.Error("it is the user's")
	}
}

func TestAUserWhoIsGoneGetsNone(t *testing.T) {
	s := newStage(t)
	made := s.begun()
	s.Update(func(tx *store.Tx) error { return tx.DeleteUser(s.pool.ID, s.ann.Sub) })
	s.refused(s.complete(made), fault.UserNotFound)
	if s.count() != 0 {
		t.Error("somebody who is gone has a passkey")
	}
}
