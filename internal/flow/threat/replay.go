package threat

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/risk"
)

// Replay tells what a policy would have done with the recorded past.
//
//	events, in order ── read ──┬── the policies that hold ──┬── compare ── Replayed
//	                           └── the candidate ───────────┘
//
// Both sides begin with nothing known and learn from all that is recorded, each by
// its own levels and actions; what lies before Since is learned and not counted.
// So the difference is that of the policies, not of what somebody did meanwhile to
// profiles, weights or places. What an event did not record, as the password, is
// unknown to both.
type Replay struct {
	Place  Place               // whose policy the candidate would be
	Policy *model.ThreatPolicy // the candidate; nil = none at all
	Since  time.Time           // counted from here on; zero = from the beginning
	// Differences bounds how many events are listed on which the two differ; 0 lists none.
	Differences int
}

// Replayed is the difference that a candidate would have made.
type Replayed struct {
	Learned int `json:"learned"` // events that were only learned from: those before Since, and other types
	Judged  int `json:"judged"`  // sign-ins with a right password, which a policy may answer
	Users   int `json:"users"`   // of those

	Live      Tally `json:"live"`
	Candidate Tally `json:"candidate"`
	// Moved counts judged sign-ins by the level that they have with the live
	// policies, and then with the candidate.
	Moved [4]Levels `json:"moved"`
	// OnlyLive and OnlyCandidate count what one of them would have stopped, by
	// blocking or by asking for a second factor, and the other would not.
	OnlyLive      int          `json:"onlyLive"`
	OnlyCandidate int          `json:"onlyCandidate"`
	Touched       int          `json:"touched"` // users for whom anything is different
	Differences   []Difference `json:"differences,omitzero"`
}

// Levels counts by risk.Level.
type Levels [4]int

// Tally is what a policy does.
type Tally struct {
	Levels     Levels `json:"levels"`
	Challenged int    `json:"challenged"` // MFA_IF_CONFIGURED and MFA_REQUIRED
	Blocked    int    `json:"blocked"`
}

// Difference is an event on which the two differ.
type Difference struct {
	EventID   string    `json:"eventId"`
	Sub       string    `json:"sub"`
	At        time.Time `json:"at"`
	Live      Verdict   `json:"live"`
	Candidate Verdict   `json:"candidate"`
}

// Verdict is what a policy says of an event.
type Verdict struct {
	Level  risk.Level   `json:"level"`
	Score  float64      `json:"score"`
	Action model.Action `json:"action"`
}

func (v Verdict) challenges() bool {
	return v.Action == model.MFAIfConfigured || v.Action == model.MFARequired
}
func (v Verdict) stops() bool { return v.Action == model.Block || v.challenges() }

// Replay plays the recorded events of a pool. It reads in pages and waits for
// nobody; sign-ins go on meanwhile.
func (t *Threat) Replay(ctx context.Context, r Replay) (*Replayed, error) {
	if r.Policy != nil {
		if err := r.Policy.Check(); err != nil {
			return nil, err
		}
	}
	live, candidate, err := t.sides(ctx, r)
	if err != nil {
		return nil, err
	}
	const ahead = 4 // pages that one part may be ahead of the next
	toLive, toCandidate, toCompare := make(chan *page, ahead), make(chan *page, ahead), make(chan *page, ahead)
	out := newComparison(r)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(toLive)
		defer close(toCandidate)
		defer close(toCompare)
		return t.readPages(ctx, r, func(p *page) error {
			for _, to := range []chan *page{toLive, toCandidate, toCompare} {
				select {
				case to <- p:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			return nil
		})
	})
	group.Go(func() error { live.run(toLive, func(p *page) *half { return &p.live }); return nil })
	group.Go(func() error { candidate.run(toCandidate, func(p *page) *half { return &p.candidate }); return nil })
	group.Go(func() error {
		for p := range toCompare {
			<-p.live.done
			<-p.candidate.done
			out.take(p)
		}
		return nil
	})
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	return out.finish(), nil
}

// sample is one recorded event, ready to be judged.
type sample struct {
	id, client string
	context    Context
	outcome    risk.Outcome
	proved     bool // its password was right, and adaptive authentication had its say
	counted    bool
}

// page is some events on their way through both sides.
type page struct {
	samples         []sample
	learned         int // events beside the samples
	live, candidate half
}

// half is what one side says of a page. done is closed when it is complete.
type half struct {
	verdicts []Verdict
	done     chan struct{}
}

// pageSize is how many events one short transaction reads.
const pageSize = 1000

// readPages reads all events of the pool in order.
func (t *Threat) readPages(ctx context.Context, r Replay, send func(*page) error) error {
	var after model.Event
	for {
		var rows []store.EventRow
		err := t.cfg.Store.View(ctx, func(tx *store.Tx) (err error) {
			rows, err = tx.EventsOf(r.Place.PoolID, after, pageSize)
			return err
		})
		if err != nil {
			return fmt.Errorf("read events: %w", err)
		}
		if len(rows) == 0 {
			return nil
		}
		p := &page{samples: make([]sample, 0, len(rows))}
		p.live.done, p.candidate.done = make(chan struct{}), make(chan struct{})
		for i := range rows {
			x, ok, err := t.sampleOf(&rows[i], r.Since)
			if err != nil {
				return err
			}
			if ok {
				p.samples = append(p.samples, x)
			} else {
				p.learned++
			}
		}
		if err := send(p); err != nil {
			return err
		}
		after = rows[len(rows)-1].Event
	}
}

// recorded is the part of an EventDetail that judging needs. What it leaves out is
// most of it.
type recorded struct {
	RiskDecision string                  `json:"riskDecision"`
	Compromised  bool                    `json:"compromised"`
	IP           string                  `json:"ip"`
	UserAgent    string                  `json:"userAgent"`
	Hints        *model.ClientHints      `json:"hints"`
	Timezone     string                  `json:"timezone"`
	Model        string                  `json:"model"`
	Device       string                  `json:"device"`
	Challenges   []model.ChallengeResult `json:"challenges"`
	Risk         *struct {
		Action model.Action `json:"action"`
	} `json:"risk"`
}

func (t *Threat) sampleOf(row *store.EventRow, since time.Time) (x sample, ok bool, err error) {
	var d recorded
	if err := wire.Read(row.Raw, &d); err != nil {
		return x, false, fmt.Errorf("event %s: %w", row.ID, err)
	}
	e := row.Event
	e.Detail = model.EventDetail{IP: d.IP, UserAgent: d.UserAgent, Hints: d.Hints, Timezone: d.Timezone, Model: d.Model, Device: d.Device, Challenges: d.Challenges}
	outcome, ok := OutcomeOf(&e)
	if !ok {
		return x, false, nil
	}
	x = sample{id: row.ID, client: row.ClientID, context: t.ContextOf(&e), outcome: outcome}
	switch outcome {
	case risk.WrongPassword, risk.SignedUp:
	case risk.Abandoned: // of a second factor; one of a new password was never judged
		if x.proved = d.Risk != nil; !x.proved {
			return x, false, nil
		}
	case risk.Blocked: // for its risk; not for its password alone, its address or the user's state
		x.proved = d.RiskDecision == decision(true, risk.None) && len(d.Challenges) > 0 && d.Risk != nil && (!d.Compromised || d.Risk.Action == model.Block)
	default:
		x.proved = true
	}
	x.counted = x.proved && !row.CreatedAt.Before(since)
	return x, true, nil
}

// side replays with the policies of one side.
type side struct {
	t        *Threat
	pool     *model.Pool
	clients  map[string]*model.Client
	engines  map[*model.AdaptivePolicy]*risk.Engine
	ranges   map[*model.RiskConfiguration]ranges
	profiles map[string]*risk.Profile
	world    *risk.World
}

// sides makes the two: the policies that hold, and those with the candidate among them.
func (t *Threat) sides(ctx context.Context, r Replay) (live, candidate *side, err error) {
	var pool *model.Pool
	var clients []*model.Client
	err = t.cfg.Store.View(ctx, func(tx *store.Tx) (err error) {
		if pool, _, err = r.Place.find(tx); err != nil {
			return err
		}
		clients, err = tx.Clients(pool.ID, "", maxClients)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	live, candidate = t.side(pool), t.side(pool)
	for _, c := range clients {
		live.clients[c.ID], candidate.clients[c.ID] = c, c
	}
	if r.Place.ClientID == "" {
		changed := *pool
		changed.Policy = r.Policy
		candidate.pool = &changed
		return live, candidate, nil
	}
	was, ok := live.clients[r.Place.ClientID]
	if !ok {
		return nil, nil, fmt.Errorf("%v: %w", r.Place, ErrNoPlace)
	}
	changed := *was
	changed.Policy = r.Policy
	candidate.clients[was.ID] = &changed
	return live, candidate, nil
}

// maxClients is how many app clients a pool has at most.
const maxClients = 10_000

func (t *Threat) side(p *model.Pool) *side {
	return &side{
		t: t, pool: p, clients: map[string]*model.Client{}, engines: map[*model.AdaptivePolicy]*risk.Engine{},
		ranges:   map[*model.RiskConfiguration]ranges{},
		profiles: map[string]*risk.Profile{}, world: risk.NewWorld(risk.WorldConfig{}),
	}
}

func (s *side) run(pages <-chan *page, of func(*page) *half) {
	for p := range pages {
		h := of(p)
		h.verdicts = make([]Verdict, len(p.samples))
		for i := range p.samples {
			h.verdicts[i] = s.take(&p.samples[i])
		}
		close(h.done)
	}
}

// take judges one event and learns from it, as it would have gone.
func (s *side) take(x *sample) Verdict {
	c := s.clients[x.client]
	a := adaptive(s.pool, c)
	engine, ok := s.engines[a]
	if !ok {
		engine = s.t.newEngine(s.pool, a)
		s.engines[a] = engine
	}
	profile := s.profiles[x.context.User]
	if profile == nil {
		profile = new(risk.Profile)
		s.profiles[x.context.User] = profile
	}
	v := Verdict{Action: model.NoAction}
	conf := RiskOf(s.pool, c)
	list, ok := s.ranges[conf]
	if !ok {
		list = rangesOf(conf)
		s.ranges[conf] = list
	}
	switch {
	case x.proved && list.blocks(x.context.Address):
		v.Action = model.Block
	case !list.skips(x.context.Address):
		judged := engine.Assess(&x.context.Attempt, profile, s.world)
		v.Level, v.Score = judged.Level, judged.Score
		if x.proved && !learns(profile, a, x.context.Time) {
			v.Action = s.t.response(s.pool, c, a, v.Level).Action
		}
	}
	engine.Learn(&x.context.Attempt, profile, s.world, ended(x, v), v.Level)
	return v
}

// ended is how an event would have ended with a verdict. Who passes for the user
// in the record passes a challenge too; of whom was blocked nobody knows.
func ended(x *sample, v Verdict) risk.Outcome {
	switch {
	case !x.proved:
		return x.outcome
	case v.Action == model.Block:
		return risk.Blocked
	case v.challenges() && x.outcome == risk.Success:
		return risk.Passed
	case !v.stops() && x.outcome == risk.Blocked:
		return risk.Success
	}
	return x.outcome
}

// comparison adds up.
type comparison struct {
	Replayed
	most  int
	users map[string]bool // -> touched
}

func newComparison(r Replay) *comparison {
	return &comparison{most: r.Differences, users: map[string]bool{}}
}

func (k *comparison) take(p *page) {
	k.Learned += p.learned
	for i := range p.samples {
		x, live, candidate := &p.samples[i], p.live.verdicts[i], p.candidate.verdicts[i]
		if !x.counted {
			k.Learned++
			continue
		}
		k.Judged++
		k.Live.add(live)
		k.Candidate.add(candidate)
		k.Moved[live.Level][candidate.Level]++
		sub := x.context.User
		differs := live.Level != candidate.Level || live.Action != candidate.Action
		k.users[sub] = k.users[sub] || differs
		switch {
		case live.stops() && !candidate.stops():
			k.OnlyLive++
		case candidate.stops() && !live.stops():
			k.OnlyCandidate++
		}
		if differs && len(k.Differences) < k.most {
			k.Differences = append(k.Differences, Difference{x.id, sub, x.context.Time, live, candidate})
		}
	}
}

func (k *comparison) finish() *Replayed {
	k.Users = len(k.users)
	for _, touched := range k.users {
		if touched {
			k.Touched++
		}
	}
	return &k.Replayed
}

func (t *Tally) add(v Verdict) {
	t.Levels[v.Level]++
	switch {
	case v.Action == model.Block:
		t.Blocked++
	case v.challenges():
		t.Challenged++
	}
}
