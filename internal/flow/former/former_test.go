package former_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/report"
	"github.com/gatehouse-id/gatehouse/internal/base/seal"
	"github.com/gatehouse-id/gatehouse/internal/base/seal/sealtest"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
	"github.com/gatehouse-id/gatehouse/internal/flow/account"
	"github.com/gatehouse-id/gatehouse/internal/flow/former"
	"github.com/gatehouse-id/gatehouse/internal/part/upstream"
)

const (
	poolID = "us-east-1_TestPool1"
	oldID  = "eu-west-1_AbCdEfGhI"
	sub    = "0b2f3c1a-1111-4222-8333-444455556666"
)

// pool is one that answers as the test says.
type pool struct {
	answer func(ctx context.Context) (*upstream.Person, error)
	asked  atomic.Int32
	opened []upstream.Config
}

func (p *pool) Ask(ctx context.Context, _, _ string) (*upstream.Person, error) {
	p.asked.Add(1)
	return p.answer(ctx)
}
func (p *pool) Find(ctx context.Context, _ string) (*upstream.Person, error) {
	return p.Ask(ctx, "", "")
}

// stage is a pool here with a former one.
type stage struct {
	*former.Former
	t     *testing.T
	store *store.Store
	ring  *seal.Ring
	meter *report.Meter
	pool  *pool
	now   time.Time
}

func newStage(t *testing.T, doc model.FormerPool) *stage {
	t.Helper()
	s := &stage{
		t: t, store: storetest.Open(t), ring: sealtest.Ring(t), meter: new(report.Meter), pool: new(pool),
		now: time.Date(2026, 11, 3, 9, 0, 0, 0, time.UTC),
	}
	s.Former = former.New(former.Config{
		Store: s.store, Ring: s.ring, Meter: s.meter, Now: func() time.Time { return s.now },
		Open: func(c upstream.Config) (former.Asker, error) {
			s.pool.opened = append(s.pool.opened, c)
			return s.pool, nil
		},
	})
	p := &model.Pool{ID: poolID, Doc: &shape.UserPoolType{}, MFA: &shape.SetUserPoolMfaConfigResponse{}}
	if err := s.store.Update(t.Context(), func(tx *store.Tx) error { return tx.CreatePool(p, s.now) }); err != nil {
		t.Fatal(err)
	}
	s.set(&doc)
	return s
}

func (s *stage) set(doc *model.FormerPool) {
	s.t.Helper()
	if err := former.Set(s.t.Context(), s.store, s.ring, poolID, doc); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) here() (p *model.Pool) {
	s.t.Helper()
	err := s.store.View(s.t.Context(), func(tx *store.Tx) (err error) {
		p, err = tx.Pool(poolID)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

func (s *stage) ask() (account.Arrival, error) { return s.Ask(s.t.Context(), s.here(), "ann", "pw") }

var plain = model.FormerPool{PoolID: oldID, ClientID: "web", ClientSecret: "hush"}

func TestAsk(t *testing.T) {
	t.Run("who is found comes with what can come", func(t *testing.T) {
		s := newStage(t, plain)
		s.pool.answer = func(context.Context) (*upstream.Person, error) {
			return &upstream.Person{
				Username: "ann", Status: "CONFIRMED", Factors: []string{"SOFTWARE_TOKEN_MFA", "EMAIL_OTP"}, Preferred: "EMAIL_OTP",
				Attributes: map[string]string{"sub": sub, "email": "ann@example.com", "identities": "[]"},
			}, nil
		}
		in, err := s.ask()
		if err != nil || in.Sub != sub || in.Username != "ann" || in.Status != model.Confirmed || len(in.Attributes) != 1 ||
			len(in.MFA.Enabled) != 1 || in.MFA.Preferred != model.FactorEmail {
			t.Errorf("got %+v, %v", in, err)
		}
		if c := s.pool.opened[0]; c.PoolID != oldID || c.ClientID != "web" || c.ClientSecret != "hush" || c.Admin {
			t.Errorf("opened as %+v", c)
		}
	})
	t.Run("new subs are drawn where that was said, and the pool is opened anew", func(t *testing.T) {
		s := newStage(t, plain)
		s.pool.answer = func(context.Context) (*upstream.Person, error) {
			return &upstream.Person{Username: "ann", Attributes: map[string]string{"sub": sub}}, nil
		}
		s.ask() //nolint:errcheck // opens it
		changed := plain
		changed.NewSubs = true
		s.set(&changed)
		if in, err := s.ask(); err != nil || in.Sub != "" || len(s.pool.opened) != 2 {
			t.Errorf("got %+v, %v, opened %d times", in, err, len(s.pool.opened))
		}
	})
	t.Run("a refusal is told apart from trouble", func(t *testing.T) {
		s := newStage(t, plain)
		s.pool.answer = func(context.Context) (*upstream.Person, error) { return nil, upstream.ErrRefused }
		if _, err := s.ask(); !errors.Is(err, account.ErrNotThere) {
			t.Errorf("got %v", err)
		}
		s.pool.answer = func(context.Context) (*upstream.Person, error) { return nil, errors.New("no route") }
		if _, err := s.ask(); err == nil || errors.Is(err, account.ErrNotThere) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("names are found as an administrator alone", func(t *testing.T) {
		s := newStage(t, plain)
		if s.Finds(s.here()) {
			t.Error("finds as anybody")
		}
		admin := plain
		admin.Admin = true
		s.set(&admin)
		if !s.Finds(s.here()) {
			t.Error("does not find as an administrator")
		}
	})
}

func TestAPoolThatIsDown(t *testing.T) {
	s := newStage(t, plain)
	s.pool.answer = func(context.Context) (*upstream.Person, error) { return nil, errors.New("connection refused") }
	for i := range 5 {
		if !s.Ready(s.here()) {
			t.Fatalf("left alone after %d failures", i)
		}
		s.ask() //nolint:errcheck // fails
	}
	if s.Ready(s.here()) {
		t.Fatal("asked on after five failures")
	}
	s.now = s.now.Add(30 * time.Second)
	if !s.Ready(s.here()) {
		t.Fatal("left alone for longer than half a minute")
	}
	s.ask() //nolint:errcheck // fails
	if s.Ready(s.here()) {
		t.Fatal("asked on after one failure more")
	}
	s.now = s.now.Add(30 * time.Second)
	s.pool.answer = func(context.Context) (*upstream.Person, error) { return nil, upstream.ErrRefused }
	s.ask() //nolint:errcheck // refused
	s.pool.answer = func(context.Context) (*upstream.Person, error) { return nil, errors.New("connection refused") }
	s.ask() //nolint:errcheck // fails
	if !s.Ready(s.here()) {
		t.Error("an answer did not begin the count anew")
	}
}

func TestAPoolThatIsSlow(t *testing.T) {
	s := newStage(t, plain)
	here := s.here()
	synctest.Test(t, func(t *testing.T) {
		f := former.New(former.Config{
			Store: s.store, Ring: s.ring, Now: time.Now,
			Open: func(upstream.Config) (former.Asker, error) { return s.pool, nil },
		})
		var at, most atomic.Int32
		s.pool.answer = func(ctx context.Context) (*upstream.Person, error) {
			most.Store(max(most.Load(), at.Add(1)))
			defer at.Add(-1)
			<-ctx.Done()
			return nil, ctx.Err()
		}
		begun := time.Now()
		var group sync.WaitGroup
		for range 100 {
			group.Go(func() {
				if _, err := f.Ask(t.Context(), here, "ann", "pw"); err == nil || errors.Is(err, account.ErrNotThere) {
					t.Errorf("got %v", err)
				}
			})
		}
		group.Wait()
		if took := time.Since(begun); took > 8*time.Second || most.Load() > 16 {
			t.Errorf("it took %v, and %d asked at once", took, most.Load())
		}
	})
}

func TestDally(t *testing.T) {
	s := newStage(t, plain)
	here := s.here()
	synctest.Test(t, func(t *testing.T) {
		f := former.New(former.Config{
			Store: s.store, Ring: s.ring, Now: time.Now,
			Open: func(upstream.Config) (former.Asker, error) { return s.pool, nil },
		})
		dallied := func() time.Duration {
			begun := time.Now()
			f.Dally(t.Context(), here)
			return time.Since(begun)
		}
		if got := dallied(); got != 0 {
			t.Errorf("before anybody was refused: %v", got)
		}
		s.pool.answer = func(context.Context) (*upstream.Person, error) {
			time.Sleep(150 * time.Millisecond)
			return nil, upstream.ErrRefused
		}
		f.Ask(t.Context(), here, "ann", "pw") //nolint:errcheck // refused
		if got := dallied(); got != 150*time.Millisecond {
			t.Errorf("got %v, want what the refusal took", got)
		}
	})
}

func TestSet(t *testing.T) {
	s := newStage(t, plain)
	if box := string(s.here().Former); strings.Contains(box, "hush") || strings.Contains(box, oldID) {
		t.Error("the document is stored as it is")
	}
	doc, err := former.Read(s.ring, s.here())
	if err != nil || doc != plain {
		t.Errorf("got %v, %v", doc, err)
	}
	s.set(nil)
	if s.here().Former != nil {
		t.Error("it is still there")
	}
	for why, doc := range map[string]model.FormerPool{
		"no pool":         {PoolID: "x", ClientID: "web"},
		"no client":       {PoolID: oldID},
		"a plain channel": {PoolID: oldID, ClientID: "web", Endpoint: "http://cognito.example"},
	} {
		if err := former.Set(t.Context(), s.store, s.ring, poolID, &doc); err == nil {
			t.Errorf("%s is accepted", why)
		}
	}
	if err := former.Set(t.Context(), s.store, s.ring, "us-east-1_Nowhere", &plain); err == nil {
		t.Error("a pool that does not exist is accepted")
	}
	if got := plain.String(); strings.Contains(got, "hush") {
		t.Errorf("printed as %s", got)
	}
}
