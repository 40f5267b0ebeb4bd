package code_test

import (
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/seal"
	"github.com/gatehouse-id/gatehouse/internal/base/seal/sealtest"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
	"github.com/gatehouse-id/gatehouse/internal/flow/code"
	"github.com/gatehouse-id/gatehouse/internal/flow/outbox"
)

// stage is a store on disk, a pool, a user and a clock that stands still.
type stage struct {
	*storetest.Stage
	t      *testing.T
	ring   *seal.Ring
	outbox *outbox.Outbox
	codes  *code.Codes
	pool   *model.Pool
	user   *model.User
}

func newStage(t *testing.T, cfg code.Config) *stage {
	t.Helper()
	s := &stage{Stage: storetest.NewStage(t, time.Date(2026, 11, 3, 9, 0, 0, 0, time.UTC)), t: t}
	s.ring = sealtest.Ring(t)
	s.outbox = outbox.New(outbox.Config{Store: s.Store, Ring: s.ring, Now: s.Clock})
	cfg.Ring, cfg.Outbox, cfg.Now = s.ring, s.outbox, s.Clock
	s.codes = code.New(cfg)
	s.pool = &model.Pool{ID: "us-east-1_Stage0001", Version: 1, Doc: &shape.UserPoolType{}}
	s.user = &model.User{PoolID: s.pool.ID, Sub: "5d7c1c3e-0000-4000-8000-000000000001", Username: "ann"}
	return s
}

func (s *stage) issue(purpose code.Purpose, to code.Address) code.Delivery {
	s.t.Helper()
	var d code.Delivery
	s.Update(func(tx *store.Tx) (err error) {
		d, err = s.codes.Issue(tx, s.pool, s.user, purpose, to)
		return err
	})
	return d
}

// check answers like the flows do: a wrong answer is committed.
func (s *stage) check(purpose code.Purpose, answer string) (to code.Address, verdict error) {
	s.t.Helper()
	s.Update(func(tx *store.Tx) error {
		to, verdict = s.codes.Check(tx, s.pool.ID, s.user.Sub, purpose, answer)
		return nil
	})
	return to, verdict
}

func (s *stage) deliver() int {
	s.t.Helper()
	n, err := s.outbox.Deliver(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

var (
	annMail  = code.Address{Attribute: "email", Value: "ann@example.com"}
	annPhone = code.Address{Attribute: "phone_number", Value: "+12065550123"}
)
