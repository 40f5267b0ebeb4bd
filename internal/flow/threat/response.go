package threat

import (
	"net/netip"
	"slices"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/risk"
)

// Response is what follows from a level.
type Response struct {
	Action model.Action
	Notify bool
}

// response is what follows from a level.
func (t *Threat) response(p *model.Pool, c *model.Client, a *model.AdaptivePolicy, l risk.Level) Response {
	r, _ := t.resolve(p, c, a, l)
	return r
}

// Source is what says what follows.
type Source string

// The sources, the first that speaks first.
const (
	ByPolicy  = Source("policy")            // the policy's own action for the level
	ByRisk    = Source("riskConfiguration") // its section, where an absent level is NO_ACTION
	ByPreset  = Source("preset")            // the policy's
	ByDefault = Source("default")           // the server's for an absent section: cognito-defaults, or nothing
)

// resolve finds what follows from a level, and what says so.
func (t *Threat) resolve(p *model.Pool, c *model.Client, a *model.AdaptivePolicy, l risk.Level) (Response, Source) {
	if l == risk.None {
		return Response{Action: model.NoAction}, ByDefault
	}
	configured, set := configuredResponse(p, c, l)
	if a != nil && a.Actions != nil {
		if own := atLevel(l, a.Actions.Low, a.Actions.Medium, a.Actions.High); own != "" {
			return Response{own, configured.Notify}, ByPolicy
		}
	}
	switch {
	case set:
		return configured, ByRisk
	case a != nil && a.Preset == model.PresetBalanced:
		return Response{Action: atLevel(l, model.NoAction, model.MFARequired, model.Block)}, ByPreset
	case a != nil && a.Preset == model.PresetCognito:
		return Response{Action: model.Block}, ByPreset
	case !t.cfg.NoDefaults:
		return Response{Action: model.Block}, ByDefault
	}
	return Response{Action: model.NoAction}, ByDefault
}

// configuredResponse is what the risk configuration says, the client's or else the
// pool's, as a whole; set is false where it has no such section.
func configuredResponse(p *model.Pool, c *model.Client, l risk.Level) (r Response, set bool) {
	conf := RiskOf(p, c)
	if conf == nil || conf.Takeover == nil {
		return r, false
	}
	r.Action = model.NoAction
	if a := conf.Takeover.Actions; a != nil {
		if does := atLevel(l, a.LowAction, a.MediumAction, a.HighAction); does != nil {
			r = Response{model.Action(wire.Of(does.EventAction)), wire.Of(does.Notify)}
		}
	}
	return r, true
}

// atLevel chooses by a level above None; one that does not exist is the highest.
func atLevel[T any](l risk.Level, low, medium, high T) T {
	switch l {
	case risk.Low:
		return low
	case risk.Medium:
		return medium
	}
	return high
}

// RiskOf is the risk configuration that holds: a client's replaces its pool's as
// a whole, so that an absent section of it does not fall back to the pool's.
func RiskOf(p *model.Pool, c *model.Client) *model.RiskConfiguration {
	if c != nil && c.Risk != nil {
		return c.Risk
	}
	return p.Risk
}

// adaptive is the policy that holds; nil where none does.
func adaptive(p *model.Pool, c *model.Client) *model.AdaptivePolicy {
	doc := p.Policy
	if c != nil && c.Policy != nil {
		doc = c.Policy
	}
	if doc == nil {
		return nil
	}
	return doc.Adaptive
}

// WithoutFactor is what MFA_REQUIRED means for a user who has no factor.
func WithoutFactor(p *model.Pool, c *model.Client) model.WithoutFactor {
	if a := adaptive(p, c); a != nil && a.WithoutFactor != "" {
		return a.WithoutFactor
	}
	return model.WithoutFactorSetUp
}

// ranges are the exceptions of a risk configuration.
type ranges struct{ blocked, skipped []netip.Prefix }

func rangesOf(conf *model.RiskConfiguration) ranges {
	if conf == nil || conf.Exceptions == nil {
		return ranges{}
	}
	return ranges{prefixes(conf.Exceptions.BlockedIPRangeList), prefixes(conf.Exceptions.SkippedIPRangeList)}
}

// prefixes reads a list. IPv4 inside IPv6 is IPv4; host bits of a range do not matter.
func prefixes(list []string) []netip.Prefix {
	var all []netip.Prefix
	for _, text := range list {
		r, err := netip.ParsePrefix(text)
		if err != nil {
			continue // SetRiskConfiguration refuses it
		}
		if r.Addr().Is4In6() && r.Bits() >= 96 {
			r = netip.PrefixFrom(r.Addr().Unmap(), r.Bits()-96)
		}
		all = append(all, r.Masked())
	}
	return all
}

func (r ranges) blocks(a netip.Addr) bool { return within(r.blocked, a) }
func (r ranges) skips(a netip.Addr) bool  { return within(r.skipped, a) && !r.blocks(a) }

func within(list []netip.Prefix, a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	return a.IsValid() && slices.ContainsFunc(list, func(r netip.Prefix) bool { return r.Contains(a) })
}

// ErrAddress refuses a request from an address that is always blocked.
var ErrAddress = fault.New(fault.NotAuthorized, "Request not allowed due to security reasons.")

// Blocks tells whether requests from an address are refused whatever they hold:
// it is on the list of those that are, and the mode is ENFORCED.
func (t *Threat) Blocks(p *model.Pool, c *model.Client, ip string) bool {
	if p.Mode() != model.ModeEnforced {
		return false
	}
	if conf := RiskOf(p, c); conf == nil || conf.Exceptions == nil {
		return false
	}
	a, err := netip.ParseAddr(ip)
	return err == nil && t.engine(p, c).exceptions.blocks(a)
}

// decision is what an event says was done: Block, AccountTakeover for a level
// that was not blocked, NoRisk.
func decision(blocked bool, l risk.Level) string {
	switch {
	case blocked:
		return shape.RiskDecisionTypeBlock
	case l > risk.None:
		return shape.RiskDecisionTypeAccountTakeover
	}
	return shape.RiskDecisionTypeNoRisk
}
