package threat_test

import (
	"errors"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/seal/sealtest"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
	"github.com/gatehouse-id/gatehouse/risk"
)

func TestConfigured(t *testing.T) {
	medium := &model.RiskConfiguration{Takeover: &shape.AccountTakeoverRiskConfigurationType{Actions: &shape.AccountTakeoverActionsType{
		MediumAction: &shape.AccountTakeoverActionType{EventAction: new("MFA_REQUIRED"), Notify: new(true)},
	}}}
	adaptive := func(a model.AdaptivePolicy) *model.ThreatPolicy { return &model.ThreatPolicy{Adaptive: &a} }
	level := func(a model.Action, by threat.Source) threat.LevelResponse {
		return threat.LevelResponse{Action: a, By: by}
	}
	all := func(a model.Action, by threat.Source) threat.LevelResponses {
		return threat.LevelResponses{Low: level(a, by), Medium: level(a, by), High: level(a, by)}
	}
	each := func(r model.BreachResponse, by threat.Source) threat.PasswordResponses {
		one := threat.PasswordResponse{Checked: true, Response: r, By: by}
		return threat.PasswordResponses{SignIn: one, SignUp: one, PasswordChange: one}
	}
	blockedByDefault := each(model.RespondBlock, threat.ByDefault)
	for _, c := range []struct {
		story      string
		mode       model.Mode
		noDefaults bool
		risk       *model.RiskConfiguration
		policy     *model.ThreatPolicy
		levels     threat.LevelResponses
		passwords  threat.PasswordResponses
	}{
		{"nothing is set", model.ModeEnforced, false, nil, nil, all(model.Block, threat.ByDefault), blockedByDefault},
		{"the mode changes nothing of what is configured", model.ModeAudit, false, nil, nil, all(model.Block, threat.ByDefault), blockedByDefault},
		{"nothing is set, and absent sections mean nothing", model.ModeEnforced, true, nil, nil,
			all(model.NoAction, threat.ByDefault), threat.PasswordResponses{
				SignIn: threat.PasswordResponse{By: threat.ByDefault}, SignUp: threat.PasswordResponse{By: threat.ByDefault},
				PasswordChange: threat.PasswordResponse{By: threat.ByDefault},
			}},
		{"a section for takeovers leaves out levels", model.ModeEnforced, false, medium, nil,
			threat.LevelResponses{
				Low: level(model.NoAction, threat.ByRisk), High: level(model.NoAction, threat.ByRisk),
				Medium: threat.LevelResponse{Action: model.MFARequired, Notify: true, By: threat.ByRisk},
			}, blockedByDefault},
		{"the policy replaces one level, and its notice stays", model.ModeEnforced, false, medium,
			adaptive(model.AdaptivePolicy{Actions: &model.LevelActions{Medium: model.Block}}),
			threat.LevelResponses{
				Low: level(model.NoAction, threat.ByRisk), High: level(model.NoAction, threat.ByRisk),
				Medium: threat.LevelResponse{Action: model.Block, Notify: true, By: threat.ByPolicy},
			}, blockedByDefault},
		{"the balanced preset", model.ModeEnforced, true, nil, adaptive(model.AdaptivePolicy{Preset: model.PresetBalanced}),
			threat.LevelResponses{
				Low: level(model.NoAction, threat.ByPreset), Medium: level(model.MFARequired, threat.ByPreset), High: level(model.Block, threat.ByPreset),
			}, threat.PasswordResponses{
				SignIn: threat.PasswordResponse{By: threat.ByDefault}, SignUp: threat.PasswordResponse{By: threat.ByDefault},
				PasswordChange: threat.PasswordResponse{By: threat.ByDefault},
			}},
		{"Cognito's preset, where absent sections mean nothing", model.ModeEnforced, true, nil, adaptive(model.AdaptivePolicy{Preset: model.PresetCognito}),
			all(model.Block, threat.ByPreset), threat.PasswordResponses{
				SignIn: threat.PasswordResponse{By: threat.ByDefault}, SignUp: threat.PasswordResponse{By: threat.ByDefault},
				PasswordChange: threat.PasswordResponse{By: threat.ByDefault},
			}},
		{"leaked passwords are looked at for one event", model.ModeEnforced, false, on("NO_ACTION", threat.SignUp), nil,
			all(model.Block, threat.ByDefault), threat.PasswordResponses{
				SignIn: threat.PasswordResponse{By: threat.ByRisk}, PasswordChange: threat.PasswordResponse{By: threat.ByRisk},
				SignUp: threat.PasswordResponse{Checked: true, Response: model.RespondNone, By: threat.ByRisk},
			}},
		{"the policy flags", model.ModeAudit, false, on("BLOCK"), &model.ThreatPolicy{Breach: &model.BreachPolicy{Response: model.RespondFlag}},
			all(model.Block, threat.ByDefault), each(model.RespondFlag, threat.ByPolicy)},
	} {
		t.Run(c.story, func(t *testing.T) {
			p := poolIn(c.mode, c.risk)
			got := configured(t, threat.Config{NoDefaults: c.noDefaults}, p, c.policy, nil)
			if got.Mode != c.mode || got.CustomMode != model.ModeOff {
				t.Errorf("modes: got %s and %s", got.Mode, got.CustomMode)
			}
			if got.Levels != c.levels {
				t.Errorf("levels: got  %+v\nwant %+v", got.Levels, c.levels)
			}
			if got.Passwords != c.passwords {
				t.Errorf("passwords: got  %+v\nwant %+v", got.Passwords, c.passwords)
			}
		})
	}
}

// configured is what holds in a pool, or for its client, where one is given.
func configured(t *testing.T, cfg threat.Config, p *model.Pool, policy *model.ThreatPolicy, c *model.Client) threat.Configuration {
	t.Helper()
	s, now := storetest.Open(t), time.Date(2026, 11, 3, 4, 5, 6, 0, time.UTC)
	p.MFA = new(shape.SetUserPoolMfaConfigResponse)
	err := s.Update(t.Context(), func(tx *store.Tx) error { return tx.CreatePool(p, now) })
	k := threat.NewPolicies(s, func() time.Time { return now })
	set := func(at threat.Place, doc *model.ThreatPolicy) {
		if err == nil && doc != nil {
			_, err = k.Set(t.Context(), at, 0, doc, "ops")
		}
	}
	at, own := threat.Place{PoolID: p.ID}, policy
	set(at, policy)
	if c != nil {
		at.ClientID, own = "app", c.Policy
		c.ID, c.PoolID, c.Doc = at.ClientID, p.ID, new(shape.UserPoolClientType)
		err = errors.Join(err, s.Update(t.Context(), func(tx *store.Tx) error { return tx.CreateClient(c, now) }))
		set(at, c.Policy)
	}
	if err != nil {
		t.Fatal(err)
	}
	cfg.Store, cfg.Ring = s, sealtest.Ring(t)
	current, got, err := threat.New(cfg).Configured(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	if (current.Version == 1) != (own != nil) || current.PoolID != at.PoolID || current.ClientID != at.ClientID {
		t.Errorf("the version of its own policy: got %+v", current)
	}
	return got
}

func TestConfiguredDocuments(t *testing.T) {
	t.Run("every default is told", func(t *testing.T) {
		got := configured(t, threat.Config{FailClosed: true}, poolIn(model.ModeEnforced, nil), nil, nil)
		if got.PolicyOf != threat.OfNobody || got.RiskOf != threat.OfNobody || got.Risk != nil {
			t.Errorf("whose: got %s, %s, %v", got.PolicyOf, got.RiskOf, got.Risk)
		}
		p := got.Policy
		if p.Breach.Match != model.MatchBoth || *p.Breach.MinimumCount != (model.MinimumCount{SignIn: 1, SignUp: 1, PasswordChange: 1}) || p.Breach.Unreadable != model.UnreadableClosed {
			t.Errorf("breach: got %s", wire.Must(p.Breach))
		}
		if p.Adaptive.Preset != model.PresetCognito || p.Adaptive.WithoutFactor != model.WithoutFactorSetUp || p.Adaptive.Detectors.ImpossibleTravel.SpeedKmh != risk.DefaultPolicy().ImpossibleTravel.SpeedKmh {
			t.Errorf("adaptive: got %s", wire.Must(p.Adaptive))
		}
		if p.History.Days != 730 || p.History.AfterDeletion != model.EraseEvents {
			t.Errorf("history: got %s", wire.Must(p.History))
		}
		if p.Lockout.Kind != model.LockoutCognito || p.Lockout.Failures != 5 || *p.Lockout.FactorWeight != 1 {
			t.Errorf("lockout: got %s", wire.Must(p.Lockout))
		}
	})
	t.Run("a client's documents replace the pool's as wholes, and lockout and history stay the pool's", func(t *testing.T) {
		of := &model.ThreatPolicy{
			Breach:  &model.BreachPolicy{Response: model.RespondFlag},
			Lockout: &model.LockoutPolicy{Kind: model.LockoutBoth, Failures: 9},
			History: &model.HistoryPolicy{Days: 30},
		}
		own := &model.ThreatPolicy{
			Adaptive: &model.AdaptivePolicy{LearningDays: 3},
			Lockout:  &model.LockoutPolicy{Failures: 2},
			History:  &model.HistoryPolicy{Days: 10},
		}
		got := configured(t, threat.Config{}, poolIn(model.ModeEnforced, on("NO_ACTION")), of, &model.Client{Risk: otherwise(), Policy: own})
		if got.PolicyOf != threat.OfClient || got.RiskOf != threat.OfClient {
			t.Errorf("whose: got %s, %s", got.PolicyOf, got.RiskOf)
		}
		if got.Policy.Lockout.Failures != 9 || got.Policy.History.Days != 30 || got.Policy.Adaptive.LearningDays != 3 {
			t.Errorf("got %s", wire.Must(got.Policy))
		}
		want := threat.PasswordResponse{Checked: true, Response: model.RespondBlock, By: threat.ByDefault}
		if got.Passwords.SignIn != want {
			t.Errorf("neither the pool's section nor its policy holds for the client: got %+v", got.Passwords.SignIn)
		}
	})
	t.Run("a client without documents of its own has the pool's", func(t *testing.T) {
		got := configured(t, threat.Config{}, poolIn(model.ModeEnforced, on("NO_ACTION")), &model.ThreatPolicy{}, new(model.Client))
		if got.PolicyOf != threat.OfPool || got.RiskOf != threat.OfPool {
			t.Errorf("whose: got %s, %s", got.PolicyOf, got.RiskOf)
		}
	})
	t.Run("nobody's place is told as such", func(t *testing.T) {
		judge := threat.New(threat.Config{Store: storetest.Open(t), Ring: sealtest.Ring(t)})
		if _, _, err := judge.Configured(t.Context(), threat.Place{PoolID: "eu-west-1_None"}); !errors.Is(err, threat.ErrNoPlace) {
			t.Errorf("got %v", err)
		}
	})
}
