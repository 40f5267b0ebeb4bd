package threat

import (
	"slices"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// rule is what holds for a password that is given for one event: mode, risk
// configuration, policy and the server's settings, made one.
type rule struct {
	event    Event
	match    model.Match
	minimum  uint32 // sightings
	response model.BreachResponse
	closed   bool // refuse what cannot be looked up
}

// rule resolves the rule for an event; ok is false when passwords given for it
// are not looked up at all. c may be nil where no client is known: then the pool's holds.
func (t *Threat) rule(p *model.Pool, c *model.Client, e Event) (r rule, ok bool) {
	mode := p.Mode()
	if mode == model.ModeOff {
		return r, false
	}
	r, ok = t.enforced(p, c, e)
	if mode == model.ModeAudit {
		r.response = model.RespondNone
	}
	return r, ok
}

// enforced is the rule for an event in the mode ENFORCED.
func (t *Threat) enforced(p *model.Pool, c *model.Client, e Event) (r rule, ok bool) {
	action, ok := t.configuredAction(p, c, e)
	if !ok {
		return r, false
	}
	policy := Effective(p, c).Breach
	r = rule{event: e, match: policy.Match, minimum: minimum(policy.MinimumCount, e), response: policy.Response, closed: t.cfg.FailClosed}
	if r.response == "" {
		r.response = model.RespondNone
		if action == shape.CompromisedCredentialsEventActionTypeBlock {
			r.response = model.RespondBlock
		}
	}
	if policy.Unreadable != "" {
		r.closed = policy.Unreadable == model.UnreadableClosed
	}
	return r, true
}

// Effective is the policy that holds for a client: its own, else the pool's,
// with the defaults filled in that do not depend on anything else. c may be nil.
func Effective(p *model.Pool, c *model.Client) model.ThreatPolicy {
	doc := p.Policy
	if c != nil && c.Policy != nil {
		doc = c.Policy // as a whole, as Cognito does with risk configurations
	}
	breach := model.BreachPolicy{}
	if doc != nil && doc.Breach != nil {
		breach = *doc.Breach
	}
	if breach.Match == "" {
		breach.Match = model.MatchBoth
	}
	counts := model.MinimumCount{}
	if breach.MinimumCount != nil {
		counts = *breach.MinimumCount
	}
	for _, n := range []*uint32{&counts.SignIn, &counts.SignUp, &counts.PasswordChange} {
		*n = max(*n, 1)
	}
	breach.MinimumCount = &counts
	out := model.ThreatPolicy{Breach: &breach}
	if doc != nil {
		out = *doc
		out.Breach = &breach
	}
	return out
}

func minimum(counts *model.MinimumCount, e Event) uint32 {
	switch e {
	case SignIn:
		return counts.SignIn
	case SignUp:
		return counts.SignUp
	}
	return counts.PasswordChange
}

// configuredAction resolves Cognito's action for an event; ok is false when the
// event is not checked at all.
func (t *Threat) configuredAction(p *model.Pool, c *model.Client, e Event) (action string, ok bool) {
	r := RiskOf(p, c)
	if r == nil || r.Compromised == nil {
		return shape.CompromisedCredentialsEventActionTypeBlock, !t.cfg.NoDefaults
	}
	if f := r.Compromised.EventFilter; len(f) > 0 && !slices.Contains(f, string(e)) {
		return "", false
	}
	if r.Compromised.Actions == nil {
		return shape.CompromisedCredentialsEventActionTypeNoAction, true
	}
	return wire.Of(r.Compromised.Actions.EventAction), true
}
