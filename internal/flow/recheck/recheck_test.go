package recheck_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/report"
	"github.com/gatehouse-id/gatehouse/internal/base/seal/sealtest"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
	"github.com/gatehouse-id/gatehouse/internal/flow/credential"
	"github.com/gatehouse-id/gatehouse/internal/flow/recheck"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
	"github.com/gatehouse-id/gatehouse/internal/part/password"
)

var start = time.Date(2026, 11, 3, 4, 5, 6, 0, time.UTC)

const leaked = "Tulip-Season-9"

// rig is a pool with users, whose passwords SRP keeps.
type rig struct {
	t      *testing.T
	store  *store.Store
	keeper *credential.Keeper
	pool   *model.Pool
	now    time.Time
	cfg    recheck.Config
}

func newRig(t *testing.T, mode model.Mode) *rig {
	t.Helper()
	r := &rig{t: t, store: storetest.Open(t), now: start}
	now := func() time.Time { return r.now }
	ring := sealtest.Ring(t)
	hasher, err := password.NewHasher(password.Config{Params: password.Params{Memory: 64, Time: 1, Threads: 1}})
	if err != nil {
		t.Fatal(err)
	}
	r.keeper = credential.New(credential.Config{Ring: ring, Hasher: hasher, Now: now})
	r.cfg = recheck.Config{
		Store: r.store, Ring: ring, Credential: r.keeper, Threat: threat.New(threat.Config{Now: now}),
		Share: 1, Meter: new(report.Meter), Now: now,
	}
	id, text := "eu-west-1_TestPool1", string(mode)
	r.pool = &model.Pool{
		ID: id, Doc: &shape.UserPoolType{Id: &id, UserPoolAddOns: &shape.UserPoolAddOnsType{AdvancedSecurityMode: &text}},
		MFA: &shape.SetUserPoolMfaConfigResponse{}, NeedsSRP: true,
	}
	r.update(func(tx *store.Tx) error { return tx.CreatePool(r.pool, start) })
	return r
}

func (r *rig) update(fn func(*store.Tx) error) {
	r.t.Helper()
	if err := r.store.Update(r.t.Context(), fn); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) user(name, plain string, attributes map[string]string) *model.User {
	r.t.Helper()
	u := &model.User{PoolID: r.pool.ID, Sub: uuid.NewString(), Username: name, Status: model.Confirmed, Enabled: true, Attributes: attributes, CreatedAt: start}
	var err error
	if u.Credential, err = r.keeper.Make(r.t.Context(), r.pool, u, plain, false); err != nil {
		r.t.Fatal(err)
	}
	r.update(func(tx *store.Tx) error {
		return tx.CreateUser(r.pool, u, []store.Login{{Name: name, Kind: "username"}})
	})
	return u
}

func (r *rig) again(u *model.User) *model.User {
	r.t.Helper()
	var now *model.User
	err := r.store.View(r.t.Context(), func(tx *store.Tx) (err error) { now, err = tx.User(u.PoolID, u.Sub); return err })
	if err != nil {
		r.t.Fatal(err)
	}
	return now
}

func (r *rig) waiting() (n int) {
	r.t.Helper()
	err := r.store.View(r.t.Context(), func(tx *store.Tx) (err error) { n, err = tx.CountCandidates(1000); return err })
	if err != nil {
		r.t.Fatal(err)
	}
	return n
}

// queue tells an import's pairs, all of one password.
func (r *rig) queue(c *recheck.Recheck, ctx context.Context, users ...string) (*recheck.Queue, error) {
	r.t.Helper()
	names, err := c.Names(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	q := c.Queue(ctx, names)
	for _, u := range users {
		if err := q.Candidate([]byte(u), []byte(leaked)); err != nil {
			return q, err
		}
	}
	return q, q.Settle()
}

func drain(t *testing.T, c *recheck.Recheck) {
	t.Helper()
	if err := c.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestCandidates(t *testing.T) {
	t.Run("users are found by each of their names, strangers are forgotten", func(t *testing.T) {
		r := newRig(t, model.ModeEnforced)
		c := recheck.New(r.cfg)
		ann := r.user("ann", leaked, map[string]string{"email": "Ann@Example.com"})
		bob := r.user("bob", "Another-One-7", map[string]string{"phone_number": "+15550100"})
		q, err := r.queue(c, t.Context(), "ann@example.com", "ann", "+15550100", "stranger", "ann@example.com")
		if err != nil || q.Queued() != 2 || r.waiting() != 2 {
			t.Fatalf("queued %d, waiting %d, %v; want 2: one password for ann, under two names, and one for bob", q.Queued(), r.waiting(), err)
		}
		drain(t, c)
		tried, found := c.Done()
		if tried != 2 || found != 1 || r.waiting() != 0 {
			t.Errorf("tried %d, found %d, %d wait", tried, found, r.waiting())
		}
		if e := r.again(ann).Exposure; !e.LeakedAt.Equal(start) || e.LeakedBy != model.MatchPairs {
			t.Errorf("of ann is known %+v", e)
		}
		if now := r.again(bob); now.Exposure.Leaked() || now.Status != model.Confirmed {
			t.Errorf("bob became %+v", now)
		}
	})
	t.Run("nothing of a password lies open in the database", func(t *testing.T) {
		r := newRig(t, model.ModeEnforced)
		r.user("ann", leaked, nil)
		if _, err := r.queue(recheck.New(r.cfg), t.Context(), "ann"); err != nil {
			t.Fatal(err)
		}
		r.update(func(tx *store.Tx) error {
			list, err := tx.LeaseCandidates(r.now, r.now, 10)
			if len(list) != 1 || bytes.Contains(list[0].Box, []byte(leaked)) {
				t.Errorf("got %d candidates, the first %q", len(list), list[0].Box)
			}
			return err
		})
	})
	t.Run("a worker that died gives its candidates back", func(t *testing.T) {
		r := newRig(t, model.ModeEnforced)
		ann := r.user("ann", leaked, nil)
		if _, err := r.queue(recheck.New(r.cfg), t.Context(), "ann"); err != nil {
			t.Fatal(err)
		}
		r.update(func(tx *store.Tx) error {
			_, err := tx.LeaseCandidates(r.now, r.now.Add(time.Minute), 10) // and dies
			return err
		})
		next := recheck.New(r.cfg)
		if drain(t, next); r.again(ann).Exposure.Leaked() {
			t.Error("it was tried under another's lease")
		}
		r.now = r.now.Add(time.Minute)
		if drain(t, next); !r.again(ann).Exposure.Leaked() || r.waiting() != 0 {
			t.Errorf("ann became %+v, %d wait", r.again(ann).Exposure, r.waiting())
		}
	})
	t.Run("a user who is gone, and a candidate that was moved to another, are dropped", func(t *testing.T) {
		r := newRig(t, model.ModeEnforced)
		c := recheck.New(r.cfg)
		ann, bob := r.user("ann", leaked, nil), r.user("bob", leaked, nil)
		if _, err := r.queue(c, t.Context(), "ann"); err != nil {
			t.Fatal(err)
		}
		r.update(func(tx *store.Tx) error {
			list, err := tx.LeaseCandidates(r.now, r.now, 10)
			for _, stolen := range list {
				stolen.ID, stolen.Sub, stolen.DueAt = "moved", bob.Sub, r.now
				err = errors.Join(err, tx.AddCandidates([]model.Candidate{stolen}))
				stolen.ID, stolen.Sub = "nobody", uuid.NewString()
				err = errors.Join(err, tx.AddCandidates([]model.Candidate{stolen}))
			}
			return err
		})
		drain(t, c)
		if !r.again(ann).Exposure.Leaked() || r.again(bob).Exposure.Leaked() || r.waiting() != 0 {
			t.Errorf("ann %+v, bob %+v, %d wait", r.again(ann).Exposure, r.again(bob).Exposure, r.waiting())
		}
		got := map[string]int64{}
		for _, s := range r.cfg.Meter.Samples() {
			got[s.Labels[1]] = s.N
		}
		if got["match"] != 1 || got["gone"] != 2 {
			t.Errorf("counted %v", got)
		}
	})
	t.Run("an import that runs ahead is held up until there is room", func(t *testing.T) {
		r := newRig(t, model.ModeEnforced)
		r.cfg.Waiting = 1
		c := recheck.New(r.cfg)
		r.user("ann", "Another-One-7", nil)
		r.user("bob", "Another-One-8", nil)
		if _, err := r.queue(c, t.Context(), "ann"); err != nil {
			t.Fatal(err)
		}
		hurried, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if _, err := r.queue(c, hurried, "bob"); !errors.Is(err, context.DeadlineExceeded) || r.waiting() != 1 {
			t.Errorf("got %v, %d wait", err, r.waiting())
		}
		drain(t, c)
		if _, err := r.queue(c, t.Context(), "bob"); err != nil || r.waiting() != 1 {
			t.Errorf("got %v, %d wait", err, r.waiting())
		}
	})
	t.Run("a worker runs beside the import, until it is stopped", func(t *testing.T) {
		r := newRig(t, model.ModeEnforced)
		r.cfg.Waiting = 4
		c := recheck.New(r.cfg)
		var names []string
		for i := range 20 {
			names = append(names, r.user(fmt.Sprintf("user%d", i), leaked, nil).Username)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- c.Run(ctx) }()
		_, err := r.queue(c, ctx, names...)
		if err != nil {
			t.Error(err)
		}
		drain(t, c)
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestWhoseNames(t *testing.T) {
	for _, c := range []struct {
		story  string
		mode   model.Mode
		policy *model.ThreatPolicy
		want   int
	}{
		{"all names of a pool that is protected", model.ModeAudit, nil, 3},
		{"none where threat protection is off", model.ModeOff, nil, 0},
		{"none where the policy wants passwords only", model.ModeEnforced, &model.ThreatPolicy{Breach: &model.BreachPolicy{Match: model.MatchPasswords}}, 0},
		{"all where it wants pairs only", model.ModeEnforced, &model.ThreatPolicy{Breach: &model.BreachPolicy{Match: model.MatchPairs}}, 3},
	} {
		t.Run(c.story, func(t *testing.T) {
			r := newRig(t, c.mode)
			r.user("ann", "x", map[string]string{"email": "ann@example.com"})
			r.user(uuid.NewString(), "x", map[string]string{"email": "bob@example.com"})
			if c.policy != nil {
				r.update(func(tx *store.Tx) error { return tx.AddPolicy(r.pool.ID, "", 0, c.policy, "", start) })
			}
			names, err := recheck.New(r.cfg).Names(t.Context())
			if err != nil || names.Len() != c.want {
				t.Errorf("got %d, %v, want %d", names.Len(), err, c.want)
			}
		})
	}
}

// More users than one transaction reads.
func TestManyNames(t *testing.T) {
	r := newRig(t, model.ModeEnforced)
	record := r.user("first", leaked, nil).Credential
	r.update(func(tx *store.Tx) error {
		for i := range 1200 {
			name := fmt.Sprintf("user%d", i)
			u := &model.User{PoolID: r.pool.ID, Sub: uuid.NewString(), Username: name, Status: model.Confirmed, Credential: record, CreatedAt: start}
			if err := tx.CreateUser(r.pool, u, []store.Login{{Name: name, Kind: "username"}}); err != nil {
				return err
			}
		}
		return nil
	})
	names, err := recheck.New(r.cfg).Names(t.Context())
	if err != nil || names.Len() != 1201 {
		t.Errorf("got %d, %v, want 1201", names.Len(), err)
	}
}
