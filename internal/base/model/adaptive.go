package model

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/risk"
)

// AdaptivePolicy says how sign-ins are judged and what follows from a level.
type AdaptivePolicy struct {
	// Preset is what follows where neither Actions nor the risk configuration
	// says so; default: what the server is set to, cognito-defaults as shipped.
	Preset Preset `json:"preset,omitzero"`
	// Actions replace those of the risk configuration, level by level.
	Actions *LevelActions `json:"actions,omitzero"`
	// Detectors are on or off, with their thresholds; default risk.DefaultPolicy.
	// What the document does not name is filled in when it is set.
	Detectors *Detectors `json:"detectors,omitzero"`
	// WithoutFactor is what MFA_REQUIRED means for a user without any factor; default setup.
	WithoutFactor WithoutFactor `json:"withoutFactor,omitzero"`
	// LearningDays is for how long after the first judged sign-in of a user a
	// level is recorded and not acted upon; default 0, at most 90.
	LearningDays int `json:"learningDays,omitzero"`
}

// Preset is a posture by its name.
type Preset string

// PresetCognito blocks at every level, as Cognito's console does by default.
// PresetBalanced records Low, challenges at Medium and blocks at High.
const (
	PresetCognito  = Preset("cognito-defaults")
	PresetBalanced = Preset("balanced")
)

// LevelActions is what follows from each level; empty = not said here.
type LevelActions struct {
	Low    Action `json:"low,omitzero"`
	Medium Action `json:"medium,omitzero"`
	High   Action `json:"high,omitzero"`
}

// Action is what follows from a level, in Cognito's words.
type Action string

// The actions, from the mildest.
const (
	NoAction        = Action("NO_ACTION")
	MFAIfConfigured = Action("MFA_IF_CONFIGURED")
	MFARequired     = Action("MFA_REQUIRED")
	Block           = Action("BLOCK")
)

// actions are all of them, from the mildest.
var actions = []Action{NoAction, MFAIfConfigured, MFARequired, Block}

// WithoutFactor is what MFA_REQUIRED means for a user who has no factor.
type WithoutFactor string

// WithoutFactorSetUp lets the user set one up, WithoutFactorBlock refuses.
const (
	WithoutFactorSetUp = WithoutFactor("setup")
	WithoutFactorBlock = WithoutFactor("block")
)

// Detectors is a risk.Policy as part of a document.
type Detectors risk.Policy

// UnmarshalJSONFrom takes what the document does not name from risk.DefaultPolicy.
func (d *Detectors) UnmarshalJSONFrom(from *wire.Decoder) error {
	p := risk.DefaultPolicy()
	err := wire.Next(from, &p)
	*d = Detectors(p)
	return err
}

// Shadow is a candidate for an AdaptivePolicy.
type Shadow struct {
	Name     string         `json:"name"`
	Adaptive AdaptivePolicy `json:"adaptive"`
}

// maxShadows bounds the candidates of one policy: each judges every attempt.
const maxShadows = 8

const maxLearningDays = 90

func (a *AdaptivePolicy) check(at string) error {
	if a == nil {
		return nil
	}
	errs := []error{
		oneOf(at+".preset", a.Preset, PresetCognito, PresetBalanced),
		oneOf(at+".withoutFactor", a.WithoutFactor, WithoutFactorSetUp, WithoutFactorBlock),
		between(at+".learningDays", a.LearningDays, 0, maxLearningDays),
	}
	if l := a.Actions; l != nil {
		strictest := -1
		for _, level := range []struct {
			name   string
			action Action
		}{{"low", l.Low}, {"medium", l.Medium}, {"high", l.High}} {
			member := at + ".actions." + level.name
			errs = append(errs, oneOf(member, level.action, actions...))
			if is := slices.Index(actions, level.action); is >= 0 && is < strictest {
				errs = append(errs, fmt.Errorf("%s: less restrictive than that of a lower level", member))
			} else {
				strictest = max(strictest, is)
			}
		}
	}
	if a.Detectors != nil {
		if err := (*risk.Policy)(a.Detectors).Check(); err != nil {
			errs = append(errs, fmt.Errorf("%s.detectors: %w", at, err))
		}
	}
	return errors.Join(errs...)
}

func checkShadows(list []Shadow) error {
	if len(list) > maxShadows {
		return fmt.Errorf("shadows: more than %d", maxShadows)
	}
	var errs []error
	seen := map[string]bool{}
	for i, s := range list {
		if s.Name == "" || len(s.Name) > 64 || seen[s.Name] {
			errs = append(errs, fmt.Errorf("shadows[%d].name: want a name of its own, of 1 to 64 bytes", i))
		}
		seen[s.Name] = true
		errs = append(errs, s.Adaptive.check(fmt.Sprintf("shadows[%d].adaptive", i)))
	}
	return errors.Join(errs...)
}

func between(member string, is, low, high int) error {
	if is < low || is > high {
		return fmt.Errorf("%s: %d is not between %d and %d", member, is, low, high)
	}
	return nil
}
