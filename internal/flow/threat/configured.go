package threat

import (
	"context"
	"fmt"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/risk"
)

// Configuration is all that decides about attempts in one place, and what what is
// absent from it means.
type Configuration struct {
	Mode       model.Mode `json:"mode"`
	CustomMode model.Mode `json:"customAuthMode"` // of custom authentication
	PolicyOf   Owner      `json:"policyOf"`       // whose policy holds, as a whole
	RiskOf     Owner      `json:"riskConfigurationOf"`
	// The policy that holds, with its defaults. Lockout and history are the pool's.
	Policy model.ThreatPolicy `json:"policy"`
	// The risk configuration that holds, as it was set; null: none was.
	Risk *model.RiskConfiguration `json:"riskConfiguration"`

	// What follows in the mode ENFORCED from a level and from a leaked password. In
	// AUDIT it is recorded, in OFF nothing is looked at.
	Levels    LevelResponses    `json:"levels"`
	Passwords PasswordResponses `json:"passwords"`
}

// Owner is whose a document is.
type Owner string

// The owners of documents.
const (
	OfClient = Owner("client")
	OfPool   = Owner("pool")
	OfNobody = Owner("nobody")
)

// LevelResponses are what follows from each level.
type LevelResponses struct {
	Low    LevelResponse `json:"low"`
	Medium LevelResponse `json:"medium"`
	High   LevelResponse `json:"high"`
}

// LevelResponse is what follows from a level, and what says so.
type LevelResponse struct {
	Action model.Action `json:"action"`
	Notify bool         `json:"notify"` // the user is told by mail
	By     Source       `json:"by"`
}

// PasswordResponses are what follows from a leaked password, by what it was given for.
type PasswordResponses struct {
	SignIn         PasswordResponse `json:"signIn"`
	SignUp         PasswordResponse `json:"signUp"`
	PasswordChange PasswordResponse `json:"passwordChange"`
}

// PasswordResponse is what follows from a leaked password.
type PasswordResponse struct {
	Checked  bool                 `json:"checked"` // passwords are looked up at all
	Response model.BreachResponse `json:"response,omitzero"`
	By       Source               `json:"by"`
}

// Configured tells what holds in a place, beside the version of its own policy.
func (t *Threat) Configured(ctx context.Context, at Place) (current model.PolicyVersion, out Configuration, err error) {
	err = t.cfg.Store.View(ctx, func(tx *store.Tx) error {
		p, c, err := at.find(tx)
		if err != nil {
			return err
		}
		list, err := tx.PolicyVersions(at.PoolID, at.ClientID, 0, 1)
		if err != nil {
			return fmt.Errorf("read the policy of %v: %w", at, err)
		}
		current = model.PolicyVersion{PoolID: at.PoolID, ClientID: at.ClientID}
		if len(list) > 0 {
			current = list[0]
		}
		out = t.configuration(p, c)
		return nil
	})
	return current, out, err
}

func (t *Threat) configuration(p *model.Pool, c *model.Client) Configuration {
	level := func(l risk.Level) LevelResponse {
		r, by := t.resolve(p, c, adaptive(p, c), l)
		return LevelResponse{r.Action, r.Notify, by}
	}
	return Configuration{
		Mode: p.Mode(), CustomMode: customMode(p),
		PolicyOf: owner(p.Policy != nil, c != nil && c.Policy != nil),
		RiskOf:   owner(p.Risk != nil, c != nil && c.Risk != nil),
		Policy:   t.complete(p, c), Risk: RiskOf(p, c),
		Levels:    LevelResponses{level(risk.Low), level(risk.Medium), level(risk.High)},
		Passwords: PasswordResponses{t.leaked(p, c, SignIn), t.leaked(p, c, SignUp), t.leaked(p, c, PasswordChange)},
	}
}

func customMode(p *model.Pool) model.Mode {
	if !protectsCustom(p) {
		return model.ModeOff
	}
	return model.Mode(wire.Of(p.Doc.UserPoolAddOns.AdvancedSecurityAdditionalFlows.CustomAuthMode))
}

func owner(pool, client bool) Owner {
	switch {
	case client:
		return OfClient
	case pool:
		return OfPool
	}
	return OfNobody
}

// leaked is what follows from a leaked password that was given for an event.
func (t *Threat) leaked(p *model.Pool, c *model.Client, e Event) PasswordResponse {
	conf := RiskOf(p, c)
	by := ByRisk
	if conf == nil || conf.Compromised == nil {
		by = ByDefault
	}
	r, ok := t.enforced(p, c, e)
	if !ok {
		return PasswordResponse{By: by}
	}
	if Effective(p, c).Breach.Response != "" {
		by = ByPolicy
	}
	return PasswordResponse{Checked: true, Response: r.response, By: by}
}

// complete is Effective with every default, also those of the server and of the pool.
func (t *Threat) complete(p *model.Pool, c *model.Client) model.ThreatPolicy {
	out := Effective(p, c)
	if out.Breach.Unreadable == "" {
		out.Breach.Unreadable = model.UnreadableOpen
		if t.cfg.FailClosed {
			out.Breach.Unreadable = model.UnreadableClosed
		}
	}
	judged := model.AdaptivePolicy{}
	if out.Adaptive != nil {
		judged = *out.Adaptive
	}
	if judged.Preset == "" && !t.cfg.NoDefaults {
		judged.Preset = model.PresetCognito
	}
	if judged.Detectors == nil {
		judged.Detectors = new(model.Detectors(risk.DefaultPolicy()))
	}
	judged.WithoutFactor = WithoutFactor(p, c)
	out.Adaptive = &judged
	out.Lockout = new(lockoutOf(p))
	out.History = new(historyOf(p))
	return out
}

// lockoutOf is the pool's policy for failures, with its defaults.
func lockoutOf(p *model.Pool) model.LockoutPolicy {
	if p.Policy == nil {
		return (*model.LockoutPolicy)(nil).Filled()
	}
	return p.Policy.Lockout.Filled()
}
