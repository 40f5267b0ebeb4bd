package mfa

import (
	"slices"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
)

const (
	off = shape.UserPoolMfaTypeOff
	on  = shape.UserPoolMfaTypeOn
)

// Demand is what is asked of one sign-in beyond what pool and user ask of every
// one: the verdict on its risk. A later demand is stricter.
type Demand int

// The demands.
const (
	AsConfigured Demand = iota // nothing more
	IfConfigured               // whoever has a factor passes it (MFA_IF_CONFIGURED)
	Required                   // and whoever has none sets one up (MFA_REQUIRED)
	RequiredNow                // and whoever has none is refused
)

// Worth is what the first proof counts for.
type Worth int

// The worths.
const (
	One  Worth = iota // one factor: a second may be asked for
	Code              // a code that was sent: whoever signs in so has no second factor (spec 4.7)
	Both              // a passkey that verified its user: both factors at once
)

// Situation is what the decision depends on.
type Situation struct {
	Pool *model.Pool
	// User is as the sign-in will leave it.
	User          *model.User
	Authenticator *model.Authenticator // nil when the user has none
	First         Worth
	Demand        Demand
}

// Action is what follows the first proof.
type Action int

// The actions.
const (
	Pass      Action = iota // nothing: tokens
	Challenge               // the one factor of the Step
	Choose                  // one of the factors of the Step, then that
	SetUp                   // one of the factors of the Step
	NoFactor                // the pool wants a factor, and the user can neither have nor get one
	Block                   // the demand cannot be met
)

// Step is an Action and the factors that it is about, in the order of model.Factors.
type Step struct {
	Action  Action
	Factors []model.Factor
}

// Decide tells what follows the first proof (spec 4.7, and decision 191). After a
// code that was sent, risk asks for no second factor, for there cannot be one; only
// a policy that refuses whoever has none is followed.
func Decide(s Situation) Step {
	switch {
	case s.First == Both:
		return Step{Action: Pass}
	case s.First == Code && s.Demand < RequiredNow:
		s.Demand = AsConfigured
	}
	mode := s.Pool.MFAMode()
	asked := mode == on || s.Demand >= Required
	if mode == off {
		return s.without()
	}
	if chosen := s.chosen(); len(chosen) > 0 {
		return s.ask(chosen)
	}
	if !asked && s.Demand == AsConfigured {
		return Step{Action: Pass}
	}
	if eligible := s.eligible(); len(eligible) > 0 {
		return s.ask(eligible)
	}
	if !asked || s.Demand == RequiredNow {
		return s.without()
	}
	if settable := s.settable(); len(settable) > 0 {
		return Step{SetUp, settable}
	}
	if s.Demand >= Required {
		return Step{Action: Block}
	}
	return Step{Action: NoFactor}
}

// Configured tells whether a user switched a second factor on that can be asked for.
func Configured(p *model.Pool, u *model.User, a *model.Authenticator) bool {
	return p.MFAMode() != off && len(Situation{Pool: p, User: u, Authenticator: a}.chosen()) > 0
}

// without is what becomes of a user of whom no factor can be asked.
func (s Situation) without() Step {
	if s.Demand >= Required {
		return Step{Action: Block}
	}
	return Step{Action: Pass}
}

// ask challenges for the preferred factor, for the only one, or lets the user choose.
func (s Situation) ask(factors []model.Factor) Step {
	switch preferred := s.User.MFA.Preferred; {
	case slices.Contains(factors, preferred):
		return Step{Challenge, []model.Factor{preferred}}
	case len(factors) == 1:
		return Step{Challenge, factors}
	}
	return Step{Choose, factors}
}

// chosen are the factors that the user switched on, as far as they can be asked
// for. An authenticator works on in a pool that no longer offers it.
func (s Situation) chosen() []model.Factor {
	return which(func(f model.Factor) bool {
		switch {
		case !s.User.MFA.Has(f):
			return false
		case f == model.FactorTOTP:
			return s.Authenticator.Registered()
		}
		return s.Pool.Offers(f) && s.has(f)
	})
}

// eligible are the factors that the user has without having switched them on.
func (s Situation) eligible() []model.Factor {
	return which(func(f model.Factor) bool {
		switch {
		case !s.Pool.Offers(f):
			return false
		case f == model.FactorTOTP:
			return s.Authenticator.Registered()
		}
		return s.has(f) && !s.recovers(f)
	})
}

// settable are the factors that the user can get during the sign-in. Whoever has
// an address already, which is no factor, is offered no further one.
func (s Situation) settable() []model.Factor {
	addressed := s.has(model.FactorSMS) || s.has(model.FactorEmail)
	return which(func(f model.Factor) bool {
		return s.Pool.Offers(f) && !s.recovers(f) && (f == model.FactorTOTP || !addressed)
	})
}

func (s Situation) has(f model.Factor) bool { return s.User.Attributes[f.Address()] != "" }

// recovers tells whether the factor's address is where passwords are reset, which
// would make two factors out of one. Only a user's own choice goes before: then
// the password is reset elsewhere.
func (s Situation) recovers(f model.Factor) bool {
	if s.Pool.Doc.AccountRecoverySetting == nil {
		return false
	}
	channels := s.Pool.RecoveryChannels()
	return len(channels) > 0 && channels[0] == f.Address()
}

func which(holds func(model.Factor) bool) []model.Factor {
	return slices.DeleteFunc(model.Factors(), func(f model.Factor) bool { return !holds(f) })
}
