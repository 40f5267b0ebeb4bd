package threat_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/seal/sealtest"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
	"github.com/gatehouse-id/gatehouse/risk"
)

const (
	office  = "216.102.180.9" // San Francisco
	abroad  = "95.165.100.10" // Moscow
	browser = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
	strange = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
)

// past is a pool with recorded events.
type past struct {
	testing.TB
	store *store.Store
	judge *threat.Threat
	pool  *model.Pool
	begin time.Time
	now   time.Time
}

func newPast(t testing.TB, risk *model.RiskConfiguration) *past {
	p := &past{TB: t, store: storetest.Open(t), begin: time.Date(2026, 9, 1, 17, 0, 0, 0, time.UTC)}
	p.now = p.begin
	p.judge = threat.New(threat.Config{Store: p.store, Ring: sealtest.Ring(t), Now: func() time.Time { return p.now }})
	p.pool = poolIn(model.ModeEnforced, risk)
	p.pool.Doc.Id, p.pool.MFA = &p.pool.ID, &shape.SetUserPoolMfaConfigResponse{}
	p.update(func(tx *store.Tx) error {
		return errors.Join(tx.CreatePool(p.pool, p.now),
			tx.CreateClient(&model.Client{ID: "app", PoolID: p.pool.ID, Doc: &shape.UserPoolClientType{}}, p.now))
	})
	return p
}

func (p *past) update(fn func(*store.Tx) error) {
	p.Helper()
	if err := p.store.Update(p.Context(), fn); err != nil {
		p.Fatal(err)
	}
}

// attempt records one of a user.
func (p *past) attempt(tx *store.Tx, user, ip, agent string, r model.EventResponse, results ...model.ChallengeResult) error {
	e := p.judge.Record(p.pool, "app", user, model.EventSignIn, r, threat.Finding{}, model.Origin{IP: ip, UserAgent: agent}, "")
	e.Detail.Challenges = results
	return tx.SaveEvent(e)
}

var (
	right = model.ChallengeResult{Name: "Password", Response: "Success"}
	wrong = model.ChallengeResult{Name: "Password", Response: "Failure"}
)

// habit records a sign-in of each user on each of so many days.
func (p *past) habit(days int, users ...string) {
	for range days {
		p.update(func(tx *store.Tx) error {
			for _, u := range users {
				if err := p.attempt(tx, u, office, browser, model.EventPass, right); err != nil {
					return err
				}
			}
			return nil
		})
		p.now = p.now.AddDate(0, 0, 1)
	}
}

func (p *past) replay(r threat.Replay) *threat.Replayed {
	p.Helper()
	r.Place.PoolID, r.Differences = p.pool.ID, 10
	got, err := p.judge.Replay(p.Context(), r)
	if err != nil {
		p.Fatal(err)
	}
	return got
}

func TestReplay(t *testing.T) {
	quiet := &model.RiskConfiguration{Takeover: &shape.AccountTakeoverRiskConfigurationType{}} // no level has an action
	p := newPast(t, quiet)
	p.habit(20, "ann", "bob")
	p.now = p.now.AddDate(0, 0, -1).Add(10 * time.Minute)
	theft := p.now
	p.update(func(tx *store.Tx) error {
		return errors.Join(
			p.attempt(tx, "ann", abroad, strange, model.EventPass, right),
			p.attempt(tx, "bob", abroad, strange, model.EventFail, wrong))
	})
	blocking := &model.ThreatPolicy{Adaptive: &model.AdaptivePolicy{Actions: &model.LevelActions{High: model.Block}}}

	t.Run("a candidate that would have blocked the thief, and him alone", func(t *testing.T) {
		got := p.replay(threat.Replay{Policy: blocking})
		if got.Judged != 41 || got.Users != 2 || got.Learned != 1 || got.Touched != 1 || got.OnlyCandidate != 1 || got.OnlyLive != 0 ||
			got.Live.Blocked != 0 || got.Candidate.Blocked != 1 || got.Live.Levels[risk.High] != 1 || got.Moved[risk.High][risk.High] != 1 {
			t.Errorf("got %+v", got)
		}
		if len(got.Differences) != 1 || got.Differences[0].Sub != "ann" || !got.Differences[0].At.Equal(theft) ||
			got.Differences[0].Live.Action != model.NoAction || got.Differences[0].Candidate.Action != model.Block {
			t.Errorf("got %+v", got.Differences)
		}
	})
	t.Run("what lies before is learned and not counted", func(t *testing.T) {
		got := p.replay(threat.Replay{Policy: blocking, Since: theft})
		if got.Judged != 1 || got.Learned != 41 || got.Candidate.Blocked != 1 {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("the policy that holds makes no difference", func(t *testing.T) {
		got := p.replay(threat.Replay{Policy: p.pool.Policy})
		if got.Touched != 0 || got.Live != got.Candidate || got.Judged != 41 {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("without travel and the rest the levels fall", func(t *testing.T) {
		blind, err := threat.ParsePolicy([]byte(`{"adaptive":{"detectors":{"impossibleTravel":{"on":false},"unusualLocation":{"on":false},
			"newDevice":{"on":false},"unusualAgent":{"on":false},"unusualHour":{"on":false},"networkReputation":{"on":false},
			"statisticalAnomaly":{"on":false},"strangeSignIn":"none"}}}`))
		if err != nil {
			t.Fatal(err)
		}
		if got := p.replay(threat.Replay{Policy: blind}); got.Moved[risk.High][risk.None] != 1 || got.Touched != 1 {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("a client's policy is asked about its sign-ins", func(t *testing.T) {
		got := p.replay(threat.Replay{Place: threat.Place{ClientID: "app"}, Policy: blocking})
		if got.OnlyCandidate != 1 {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("nothing is changed", func(t *testing.T) {
		err := p.store.View(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Profile(p.pool.ID, "ann")
			return err
		})
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a profile was stored: %v", err)
		}
	})
	for _, c := range []struct {
		story string
		r     threat.Replay
		want  error
	}{
		{"a pool that is not there", threat.Replay{Place: threat.Place{PoolID: "eu_None"}}, threat.ErrNoPlace},
		{"a client that is not there", threat.Replay{Place: threat.Place{PoolID: p.pool.ID, ClientID: "none"}}, threat.ErrNoPlace},
	} {
		t.Run(c.story, func(t *testing.T) {
			if _, err := p.judge.Replay(t.Context(), c.r); !errors.Is(err, c.want) {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("a policy that is not right", func(t *testing.T) {
		bad := &model.ThreatPolicy{Adaptive: &model.AdaptivePolicy{Preset: "fierce"}}
		if _, err := p.judge.Replay(t.Context(), threat.Replay{Place: threat.Place{PoolID: p.pool.ID}, Policy: bad}); err == nil {
			t.Error("it was taken")
		}
	})
}

// More than a page of events, some of one moment, all are read once.
func TestReplayReadsEveryEventOnce(t *testing.T) {
	p := newPast(t, nil)
	var users []string
	for i := range 700 {
		users = append(users, fmt.Sprint("user", i))
	}
	p.habit(3, users...)
	if got := p.replay(threat.Replay{}); got.Judged != 2100 || got.Users != 700 {
		t.Errorf("got %d of %d, %d of %d users", got.Judged, 2100, got.Users, 700)
	}
}

// BenchmarkReplay tells how many recorded events are replayed in a second, by both sides.
func BenchmarkReplay(b *testing.B) {
	p := newPast(b, nil)
	var users []string
	for i := range 1000 {
		users = append(users, fmt.Sprint("user", i))
	}
	const days = 50
	p.habit(days, users...)
	events := 0
	for b.Loop() {
		events += p.replay(threat.Replay{}).Judged
	}
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
}
