package main

import (
	"fmt"
	"math"

	"github.com/gatehouse-id/gatehouse/bench/risk/baseline"
	"github.com/gatehouse-id/gatehouse/bench/risk/world"
	"github.com/gatehouse-id/gatehouse/risk"
)

// scorer is a column of the tables.
type scorer int

// The scorers. Those of the engine come from one run of it, but for masked.
const (
	simple       scorer = iota // how many of seven values are new
	freeman                    // with Wiefling's weights
	freemanPlain               // the same without the prior of the user
	masked                     // the engine without device keys and without failures
	logistic                   // the engine without trees and without rules
	evidence                   // the engine without rules
	full                       // the engine
	without                    // the engine with the weights that -without names
	numScorers
)

var scorerNames = [numScorers]string{"SIMPLE", "Freeman", "Freeman, no prior", "masked", "logistic", "no rules", "engine", "left out"}

// sample is one scored sign-in: of the user, or of somebody with the user's password.
type sample struct {
	user    int32
	history int32
	group   int16 // kind of attacker, or honest
	level   risk.Level
	traits  world.Traits
	matched bool
	scores  [numScorers]float64
}

const honest = -1

// outcome is what one world gave.
type outcome struct {
	variant string
	seed    uint64
	users   int
	days    int
	samples []sample

	profileMean    float64
	profileLargest int
}

// play runs all scorers through one world, side by side. Whoever has no history
// is not scored: of them nobody can say anything but the campaign channel, and
// counting them would flatter the engine.
func play(variant string, seed uint64, weights, left *risk.Weights) (*outcome, error) {
	w, err := world.New(variant, seed)
	if err != nil {
		return nil, err
	}
	users := w.Params().Users
	out := &outcome{variant: variant, seed: seed, users: users, days: w.Params().Days}
	see, model := newObserver(), baseline.NewFreeman()
	whole, err := newSubject(weights, users, false)
	if err != nil {
		return nil, err
	}
	blind, err := newSubject(weights, users, true)
	if err != nil {
		return nil, err
	}
	var other *risk.Engine
	if left != nil {
		if other, err = risk.New(risk.Config{Weights: left, Key: risk.Key{7, 7, 7}}); err != nil {
			return nil, err
		}
	}
	groups := map[string]int16{world.Legit: honest}
	for _, k := range world.Kinds() {
		groups[k.String()] = int16(k)
	}

	for e := range w.Events() {
		a, b := whole.attempt(e), blind.attempt(e)
		if e.Result != "success" {
			whole.learn(e, &a, risk.None)
			blind.learn(e, &b, risk.None)
			continue
		}
		o := see.observe(e)
		s := sample{user: int32(e.Account), history: int32(e.History), group: groups[e.Label], traits: e.Traits, matched: e.Matched || e.Label == "stuffing" || e.Label == "spraying"}
		s.scores[simple] = model.Simple(e.Account, &o)
		s.scores[freemanPlain], s.scores[freeman] = model.Score(e.Account, &o)
		seen := whole.engine.Assess(&a, whole.profile(e.Account), whole.world)
		unseen := blind.engine.Assess(&b, blind.profile(e.Account), blind.world)
		s.scores[logistic], s.scores[evidence], s.scores[full], s.level = seen.Logistic, seen.Evidence, seen.Score, seen.Level
		s.scores[masked] = unseen.Score
		if other != nil {
			s.scores[without] = other.Assess(&a, whole.profile(e.Account), whole.world).Score
		}
		for i, x := range s.scores {
			if math.IsNaN(x) {
				return nil, fmt.Errorf("%s/%d: %s gives no number for %+v", variant, seed, scorerNames[i], e)
			}
		}
		if e.History > 0 {
			out.samples = append(out.samples, s)
		}
		if !e.Probe {
			model.Learn(e.Account, &o)
			whole.learn(e, &a, seen.Level)
			blind.learn(e, &b, unseen.Level)
		}
	}
	out.profileMean, out.profileLargest, err = whole.sizes()
	return out, err
}
