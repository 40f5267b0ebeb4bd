package risk

import (
	"fmt"
	"sync"
	"time"
)

// Config is what an Engine is made of. The zero Config is useful: the shipped
// policy and weights, and a key of zeros, which keeps nothing secret.
type Config struct {
	Key     Key              // of the pool; never change it, or everything known is forgotten
	Policy  *Policy          // nil: DefaultPolicy
	Weights *Weights         // nil: DefaultWeights
	Now     func() time.Time // for attempts without a time; nil: time.Now
}

// Engine judges the attempts of one pool and learns from them. It never changes
// and is safe for concurrent use; many engines may share Weights.
type Engine struct {
	hash   hasher
	policy Policy
	model  *compiled
	now    func() time.Time
	off    DetectorSet

	scratch sync.Pool
}

// New makes an engine. A policy or weights that Check refuses are an error.
func New(c Config) (*Engine, error) {
	e := &Engine{hash: newHasher(c.Key), policy: DefaultPolicy(), now: c.Now}
	if c.Policy != nil {
		e.policy = *c.Policy
	}
	if err := e.policy.Check(); err != nil {
		return nil, fmt.Errorf("risk policy: %w", err)
	}
	shared, err := compiledOf(c.Weights)
	if err != nil {
		return nil, fmt.Errorf("risk weights: %w", err)
	}
	model := *shared
	e.model = &model
	if e.policy.Levels != nil {
		e.model.cuts = *e.policy.Levels
	}
	if e.now == nil {
		e.now = time.Now
	}
	for d := range Detector(NumDetectors) {
		if !signals[d].on(&e.policy) {
			e.off.Add(d)
		}
	}
	e.scratch.New = func() any { return new(scratch) }
	return e, nil
}

// Policy is the policy in force. Its lists are shared: do not change them.
func (e *Engine) Policy() Policy { return e.policy }

// Assess judges an attempt by what is known of its user and of everybody. It
// changes neither. A nil or empty profile knows nothing, a nil world nobody.
func (e *Engine) Assess(a *Attempt, p *Profile, w *World) (out Assessment) {
	s := e.borrow()
	defer e.giveBack(s)
	e.look(a, p, w, &s.moment)
	s.weigh(e, &out)
	return out
}

// Features draws the features of an attempt, as Assess weighs them. Every member
// of v is written.
func (e *Engine) Features(a *Attempt, p *Profile, w *World, v *Vector) {
	s := e.borrow()
	defer e.giveBack(s)
	e.look(a, p, w, &s.moment)
	s.moment.features(&s.vector)
	*v = s.vector
}

// scratch is what one call needs. It is lent, because calls through the tables of
// detectors and rules would otherwise leave a moment behind for each attempt.
type scratch struct {
	moment  moment
	vector  Vector
	shown   shown
	verdict verdict
	demands demands
}

func (e *Engine) borrow() *scratch { return e.scratch.Get().(*scratch) }

func (e *Engine) giveBack(s *scratch) {
	s.moment.sound, s.moment.p = Attempt{}, nil // neither outlives its call
	e.scratch.Put(s)
}

// weigh is everything after looking: features, score, rules, reasons.
func (s *scratch) weigh(e *Engine, out *Assessment) {
	m, said, d := &s.moment, &s.verdict, &s.demands
	m.features(&s.vector)
	s.shown.see(&s.vector)
	e.model.score(&s.shown, m.cold, said)
	m.ask(d)

	out.Features = s.vector
	out.Evidence, out.EvidenceLevel = said.score, e.model.level(said.score)
	out.Identity, out.Campaign, out.Logistic = said.identity, said.campaign, said.logistic
	out.Score = e.model.settle(said.score, d)
	out.Level = e.model.level(out.Score)
	out.Scale = int(clamp(e.model.scale.At(out.Score), 0, 1000))
	out.Cold, out.Blocked, out.Off = m.cold, d.blocked, e.off
	m.explain(said, s.shown.features(), d, out)
}
