package main

import (
	"math"

	"github.com/gatehouse-id/gatehouse/bench/risk/world"
)

// goal is one line of what issue and specification demand of the engine, over
// every population that counts, on matched victims.
type goal struct {
	attacker string
	what     string // "auc", "at1" or "at5"
	least    float64
	by       scorer
}

var goals = []goal{
	{"naive", "auc", .99, full}, {"vpn", "auc", .99, full}, {"targeted", "auc", .98, full}, {"verytargeted", "auc", .97, full},
	{"naive", "at5", .97, full}, {"vpn", "at5", .97, full}, {"targeted", "at5", .95, full}, {"verytargeted", "at5", .85, full},
	{"naive", "at1", .88, full}, {"vpn", "at1", .85, full}, {"targeted", "at1", .65, full}, {"verytargeted", "at1", .40, full},
	{"stuffing", "at1", .97, full},
}

// Other bounds of the same source.
const (
	leftOutAt1     = .85 // naive, when training has not seen it
	calibrationMax = .02
	simpleSlack    = .01
	travellersMax  = 4 // times as often as everybody
	profileMax     = 1024
)

// target is a goal and what came of it.
type target struct {
	What  string `json:"what"`
	Least number `json:"bound"`
	Got   number `json:"got"`
	Where string `json:"where"` // of the populations that count, the worst
	Met   bool   `json:"met"`

	Worst      number `json:"worst"` // of all populations, with those at the ends
	WorstWhere string `json:"worstWhere"`
}

// judge compares with every goal and keeps the worst population of each.
func (d *document) judge() {
	counted := make([]*section, 0, len(d.Populations))
	for _, s := range d.Populations {
		if s.Target {
			counted = append(counted, s)
		}
	}
	if len(counted) == 0 {
		counted = d.Populations
	}
	for _, g := range goals {
		d.least(counted, g.attacker+" "+g.what, g.least, func(s *section) (number, bool) {
			c, ok := s.find(g.by, g.attacker, "all")
			return c.figure(g.what), ok
		})
	}
	if d.LeftOut != "" {
		d.least(counted, d.LeftOut+" at1, left out of training", leftOutAt1, func(s *section) (number, bool) {
			c, ok := s.find(without, d.LeftOut, "all")
			return c.At1, ok
		})
	}
	d.most(counted, "calibration error at equal odds", calibrationMax, func(s *section) number { return s.trustOf(full, .5).Error })
	d.most(counted, "calibration error at the stated prior", calibrationMax, func(s *section) number { return s.trustOf(full, number(d.Prior)).Error })
	d.lead(counted, "least lead over Freeman of any cell", 0, full, freeman, named)
	d.lead(counted, "least lead over SIMPLE of any cell", -simpleSlack, full, simple, named)
	d.lead(counted, "least lead over Freeman, masked", 0, masked, freeman, named)
	d.lead(counted, "least lead over Freeman, all attackers", 0, full, freeman, world.Kinds())
	d.most(counted, "travellers challenged, times everybody", travellersMax, func(s *section) number { return s.People[1].Rate5 / s.People[0].Rate5 })
	d.most(d.Populations, "largest profile, bytes", profileMax, func(s *section) number { return number(s.Profiles.Largest) })
	for _, t := range d.Targets {
		if !t.Met {
			d.Missed++
		}
	}
}

// least keeps the lowest figure, which must not be below the bound.
func (d *document) least(of []*section, what string, bound float64, get func(*section) (number, bool)) {
	d.keep(of, what, bound, -1, func(s *section) (number, string, bool) {
		v, ok := get(s)
		return v, s.Variant, ok
	})
}

// most keeps the highest figure, which must not be above the bound.
func (d *document) most(of []*section, what string, bound float64, get func(*section) number) {
	d.keep(of, what, bound, 1, func(s *section) (number, string, bool) {
		v := get(s)
		return v, s.Variant, !math.IsNaN(float64(v))
	})
}

// lead keeps the cell in which one scorer is least above another.
func (d *document) lead(of []*section, what string, bound float64, ours, theirs scorer, kinds []world.Kind) {
	d.keep(of, what, bound, -1, func(s *section) (number, string, bool) {
		v, where := s.lead(ours, theirs, kinds)
		return v, s.Variant + ": " + where, where != ""
	})
}

// keep finds the worst figure, the largest after multiplication with sign, among
// the populations that count and among all. What was measured nowhere is not met.
func (d *document) keep(of []*section, what string, bound, sign float64, get func(*section) (number, string, bool)) {
	worst := func(of []*section) (got number, where string) {
		got = number(-sign * 1e9)
		for _, s := range of {
			if v, at, ok := get(s); ok && float64(v-got)*sign > 0 {
				got, where = v, at
			}
		}
		return got, where
	}
	t := target{What: what, Least: number(bound)}
	t.Got, t.Where = worst(of)
	t.Worst, t.WorstWhere = worst(d.Populations)
	t.Met = t.Where != "" && (float64(t.Got)-bound)*sign <= 5e-5 // half of the last digit that is written
	d.Targets = append(d.Targets, t)
}

func (c cell) figure(what string) number {
	switch what {
	case "auc":
		return c.AUC
	case "at1":
		return c.At1
	case "at5":
		return c.At5
	}
	return c.Cost98
}

func (s *section) trustOf(c scorer, prior number) trust {
	for _, t := range s.Trust {
		if t.Scorer == scorerNames[c] && t.Prior == prior {
			return t
		}
	}
	return trust{}
}

// named are the attackers that the specification names; the others are additions
// of this package.
var named = []world.Kind{world.Naive, world.VPN, world.Targeted, world.VeryTargeted, world.Stuffing, world.Spraying, world.Guess, world.RelayHidden}

// lead is by how much one scorer is above another in the cell where it is least,
// over AUC and both rates, all buckets, and these attackers. Cells with fewer than
// 100 attacks or 2000 honest attempts are left out: there the difference is chance.
func (s *section) lead(ours, theirs scorer, kinds []world.Kind) (least number, where string) {
	least = 1e9
	for _, k := range kinds {
		for _, b := range buckets {
			a, ok := s.find(ours, k.String(), b.name)
			f, also := s.find(theirs, k.String(), b.name)
			if !ok || !also || a.N < 100 || a.Honest < 2000 {
				continue
			}
			for _, what := range []string{"auc", "at1", "at5"} {
				if v := a.figure(what) - f.figure(what); v < least {
					least, where = v, k.String()+" "+b.name+" "+what
				}
			}
		}
	}
	return least, where
}
