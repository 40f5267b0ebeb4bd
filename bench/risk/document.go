package main

import (
	"fmt"
	"math"

	"github.com/gatehouse-id/gatehouse/bench/risk/metric"
	"github.com/gatehouse-id/gatehouse/bench/risk/world"
)

// document is the whole report, as it is written in JSON.
type document struct {
	Weights string  `json:"weights"`
	Prior   float64 `json:"prior"`
	LeftOut string  `json:"leftOut,omitempty"`
	Draws   int     `json:"draws"`

	Populations []*section `json:"populations"`
	Targets     []target   `json:"targets"`
	Missed      int        `json:"missed"`
}

// section is what is reported of one variant.
type section struct {
	Variant  string   `json:"variant"`
	Seeds    []uint64 `json:"seeds"`
	Target   bool     `json:"target"`
	Users    int      `json:"users"`
	Honest   int      `json:"honest"`
	Cells    []cell   `json:"cells"`
	People   []people `json:"people"`
	Burden   []burden `json:"burden"`
	Reauth   []reauth `json:"reauthentication"`
	Trust    []trust  `json:"calibration"`
	Profiles struct {
		Mean    float64 `json:"mean"`
		Largest int     `json:"largest"`
	} `json:"profileBytes"`

	table *metric.Table // of the engine, matched victims, for charts
	bins  []metric.Bin

	growth [numScorers][]float64 // share asked by length of history, 98 % of targeted attacks caught
}

// bucket is a range of earlier sign-ins.
type bucket struct {
	name   string
	lo, hi int32
}

var buckets = []bucket{{"all", 1, math.MaxInt32}, {"1", 1, 1}, {"2-3", 2, 3}, {"4-11", 4, 11}, {"12+", 12, math.MaxInt32}}

// cell is what one scorer achieves against one attacker on users of one bucket.
type cell struct {
	Scorer   string `json:"scorer"`
	Attacker string `json:"attacker"`
	Bucket   string `json:"bucket"`
	Victims  string `json:"victims"` // "matched" or "uniform"
	N        int    `json:"n"`
	Honest   int    `json:"honest"`

	AUC    number    `json:"auc"`
	At1    number    `json:"at1"`
	At5    number    `json:"at5"`
	Cost98 number    `json:"cost98"`
	CIAUC  [2]number `json:"auc95"`
	CI1    [2]number `json:"at1_95"`
	CI5    [2]number `json:"at5_95"`
}

// number is written as null where there is none.
type number float64

// MarshalJSON writes four digits after the point.
func (n number) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(n)) || math.IsInf(float64(n), 0) {
		return []byte("null"), nil
	}
	return fmt.Appendf(nil, "%.4f", float64(n)), nil
}

// people tells how often the engine asks those who are often taken for thieves.
type people struct {
	Who    string `json:"who"`
	Share  number `json:"share"` // of sign-ins
	Rate1  number `json:"rate1"` // challenged, when 1 % of all are
	Rate5  number `json:"rate5"`
	Medium number `json:"medium"` // at level medium or above, as shipped
}

// burden is what one user bears at a budget.
type burden struct {
	Scorer string `json:"scorer"`
	Budget number `json:"budget"`
	Median number `json:"medianPerUser"`
	Mean   number `json:"meanPerUser"`
}

// reauth is the published measure.
type reauth struct {
	Scorer   string `json:"scorer"`
	Attacker string `json:"attacker"`
	Caught   number `json:"caught"`
	At12     number `json:"at12"`
	At30     number `json:"at30"`
}

// trust tells whether scores are the log-odds that they claim to be.
type trust struct {
	Scorer string `json:"scorer"`
	Prior  number `json:"prior"`
	Error  number `json:"ece"`
	Brier  number `json:"brier"`
}

// add measures one population.
func (d *document) add(p population, outcomes []*outcome, prior float64, draws int) {
	s := &section{Variant: p.variant, Seeds: p.seeds, Target: p.target}
	users := 0
	var samples []sample
	for _, o := range outcomes {
		for _, x := range o.samples {
			x.user += int32(users)
			samples = append(samples, x)
			if x.group == honest {
				s.Honest++
			}
		}
		users += o.users
		s.Profiles.Mean += o.profileMean / float64(len(outcomes))
		s.Profiles.Largest = max(s.Profiles.Largest, o.profileLargest)
	}
	s.Users = users
	s.measureCells(samples, draws, d.scorers())
	s.measurePeople(samples)
	s.measureReauthentication(samples, users)
	s.measureCalibration(samples, prior)
	d.Populations = append(d.Populations, s)
}

// scorers are the columns in use.
func (d *document) scorers() []scorer {
	all := make([]scorer, 0, numScorers)
	for c := range numScorers {
		if c != without || d.LeftOut != "" {
			all = append(all, c)
		}
	}
	return all
}

// fill makes the table of a scorer. Users are the clusters of the intervals.
func fill(samples []sample, c scorer, b bucket, matched bool) *metric.Table {
	t := metric.NewTable(int(world.NumKinds))
	for i := range samples {
		x := &samples[i]
		if x.history < b.lo || x.history > b.hi || x.group != honest && x.matched != matched {
			continue
		}
		if err := t.Add(x.scores[c], int(x.user), int(x.group)); err != nil {
			panic(err) // play has refused what is no number, and groups are those of the world
		}
	}
	return t
}

func (s *section) measureCells(samples []sample, draws int, scorers []scorer) {
	for _, matched := range []bool{true, false} {
		for _, b := range buckets {
			if !matched && b.name != "all" {
				continue
			}
			for _, c := range scorers {
				n := 0
				if c == full || c == masked || c == without {
					n = draws
				}
				t := fill(samples, c, b, matched)
				if c == full && b.name == "all" && matched {
					s.table = t
				}
				for g, f := range t.Bootstrap(n, 1) {
					if f.N == 0 {
						continue
					}
					s.Cells = append(s.Cells, cell{
						Scorer: scorerNames[c], Attacker: world.Kind(g).String(), Bucket: b.name, Victims: victims(matched), N: f.N, Honest: f.HonestCount,
						AUC: number(f.AUC.Value), At1: number(f.At1.Value), At5: number(f.At5.Value), Cost98: number(f.Cost98.Value),
						CIAUC: pair(f.AUC), CI1: pair(f.At1), CI5: pair(f.At5),
					})
				}
			}
		}
	}
}

func victims(matched bool) string {
	if matched {
		return "matched"
	}
	return "uniform"
}

func pair(i metric.Interval) [2]number { return [2]number{number(i.Low), number(i.High)} }

// find gives the cell, and whether it is there.
func (s *section) find(c scorer, attacker, bucket string) (cell, bool) {
	for _, x := range s.Cells {
		if x.Scorer == scorerNames[c] && x.Attacker == attacker && x.Bucket == bucket && x.Victims == "matched" {
			return x, true
		}
	}
	return cell{}, false
}
