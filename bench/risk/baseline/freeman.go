// Package baseline gives the published scores that others are compared with,
// written from their formulas.
//
//	Observation ──> Freeman: p(x) / p(x | user) over address and agent, each a
//	                hierarchy, with or without the prior of the user
//	            ──> Simple: how much of it is new for the user
//
// Both learn from successful sign-ins alone, forget nothing, and know no place,
// no time, no device key and no failures.
package baseline

import "math"

// Level names one value of an observation. Those of a feature stand together,
// the finest first.
type Level int

// The levels of the two features.
const (
	Address Level = iota
	Network
	Country
	Agent
	Browser // with its version
	System  // operating system with its version
	Class   // of device
	Levels
)

// Observation is what both scores look at: per level a number that is equal for
// equal values.
type Observation [Levels]uint64

// weights of the levels, as optimised by Wiefling, Jørgensen, Thunem and Lo
// Iacono (ACM TOPS 2022) on 3.3 million users.
var weights = [Levels]float64{.6, .3, .1, .5386653840551359, .2680451498625666, .18818295100109536, .0051065150812021525}

var features = [...]struct{ from, to Level }{{Address, Agent}, {Agent, Levels}}

// tally counts the values of each level. People have few, so a list is enough.
type tally struct {
	n      float64
	values [Levels][]value
}

type value struct {
	name  uint64
	count float64
}

func (t *tally) count(l Level, name uint64) float64 {
	for _, v := range t.values[l] {
		if v.name == name {
			return v.count
		}
	}
	return 0
}

func (t *tally) add(o *Observation) {
	t.n++
next:
	for l, name := range o {
		list := t.values[l]
		for i := range list {
			if list[i].name == name {
				list[i].count++
				continue next
			}
		}
		t.values[l] = append(list, value{name, 1})
	}
}

// Freeman is the score of Freeman, Jain, Dürmuth, Biggio and Giacinto (NDSS
// 2016, equation 7) in the form in which Wiefling et al. ran it:
//
//	S = prod over features [ p(x) / p(x | user) ] * (1/users) / (N_user/N)
//	p = sum over levels of weight * probability of that level's value
//
// Of all users together, a value that was seen c times in N sign-ins has the
// probability c/N * (1 - M/(N+M)) at the finest level, an unseen one 1/(N+M), where
// M is 1 and the number of values of the coarser levels; coarser levels are plain
// frequencies, and so is everything of the user alone. Where nothing of a
// feature was seen of the user, p(x|user) is a quarter of p(x).
type Freeman struct {
	all   float64
	world [Levels]map[uint64]float64
	users map[int]*tally
}

// NewFreeman knows nobody.
func NewFreeman() *Freeman {
	f := &Freeman{users: map[int]*tally{}}
	for l := range f.world {
		f.world[l] = map[uint64]float64{}
	}
	return f
}

// Score gives the logarithm of S without the user's prior, and with it. Both are
// +Inf for a user without history, of whom the formula says nothing.
func (f *Freeman) Score(user int, o *Observation) (plain, prior float64) {
	t := f.users[user]
	if t == nil {
		return math.Inf(1), math.Inf(1)
	}
	for _, feature := range features {
		global, local := f.likelihoods(t, o, feature.from, feature.to)
		if local == 0 {
			local = global / 4
		}
		plain += math.Log(global / local)
	}
	return plain, plain + math.Log(f.all/(float64(len(f.users))*t.n))
}

func (f *Freeman) likelihoods(t *tally, o *Observation, from, to Level) (global, local float64) {
	unseen := 1.0
	for l := from + 1; l < to; l++ {
		unseen += float64(len(f.world[l]))
	}
	for l := from; l < to; l++ {
		p := f.world[l][o[l]] / f.all
		if l == from {
			if p > 0 {
				p *= 1 - unseen/(f.all+unseen)
			} else {
				p = 1 / (f.all + unseen)
			}
		}
		global += weights[l] * p
		local += weights[l] * t.count(l, o[l]) / t.n
	}
	return global, local
}

// Learn counts a successful sign-in.
func (f *Freeman) Learn(user int, o *Observation) {
	t := f.users[user]
	if t == nil {
		t = &tally{}
		f.users[user] = t
	}
	t.add(o)
	f.all++
	for l, name := range o {
		f.world[l][name]++
	}
}

// Simple counts how many of the seven values are new for the user: the score
// that needs no formula. Freeman's memory serves it.
func (f *Freeman) Simple(user int, o *Observation) float64 {
	t := f.users[user]
	if t == nil {
		return float64(Levels)
	}
	n := 0.0
	for l, name := range o {
		if t.count(Level(l), name) == 0 {
			n++
		}
	}
	return n
}
