package risk

import (
	"fmt"
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
	weights := c.Weights
	if weights == nil {
		weights = DefaultWeights()
	}
	var err error
	if e.model, err = compile(weights); err != nil {
		return nil, fmt.Errorf("risk weights: %w", err)
	}
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
	return e, nil
}

// Policy is the policy in force. Its lists are shared: do not change them.
func (e *Engine) Policy() Policy { return e.policy }

// Assess judges an attempt by what is known of its user and of everybody. It
// changes neither. A nil or empty profile knows nothing, a nil world nobody.
func (e *Engine) Assess(a *Attempt, p *Profile, w *World) Assessment {
	var out Assessment
	e.Features(a, p, w, &out.Features)
	var v wide
	copy(v[:], out.Features[:])
	var said verdict
	e.model.score(&v, false, &said)
	out.Score, out.Evidence, out.Logistic = said.score, said.score, said.logistic
	out.Identity, out.Campaign = said.identity, said.campaign
	out.Level = e.model.level(said.score)
	return out
}

// Text says the reason to an administrator, in a sentence with what was seen.
func (r *Reason) Text() string { return r.Code.String() }

// UserText says the reason to the user, shorter and without what would help a
// stranger; "" for what a user is not told.
func (r *Reason) UserText() string { return "" }

// Counterfactual names the single fact that, had it been known, would have
// lowered the level most: "device", "network", "place", "agent" or "failures",
// and the level it would have been. "" if none would.
func (e *Engine) Counterfactual(a *Assessment) (fact string, level Level) { return "", a.Level }

// Features draws the features of an attempt, as Assess weighs them. Every member
// of v is written.
func (e *Engine) Features(a *Attempt, p *Profile, w *World, v *Vector) {}

// Learn teaches the profile and the world how an attempt ended, at the level it
// was given; see Outcome for what teaches what. Either may be nil.
//
// What Learn does to a profile does not depend on the order of attempts (but for
// what falls out of a full list): when two sign-ins race and the second finds
// that the row has changed, it reads the row again and learns again.
func (e *Engine) Learn(a *Attempt, p *Profile, w *World, o Outcome, l Level) {}
