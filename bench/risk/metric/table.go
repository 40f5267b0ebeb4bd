// Package metric gives the figures by which scores of attempts are judged.
//
//	scores of honest people ─┐                  ┌─ AUC, TPR at a challenge rate,
//	                         ├─> Table, sorted ─┤  challenge rate at a TPR
//	scores of attackers ─────┘        ^         └─ the same over users drawn anew: intervals
//	                                  └─ weights of users
//	sequences of one user ─> Reauthentication, Patience
//	probabilities and truth ─> Calibration
//
// A threshold challenges every score at or above it. Where scores are equal no
// line is drawn between them, so a coarse score is not given what it cannot do.
// Not-a-number is refused by Add: a score that is none has no place in a table.
package metric

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Table is a collection of scores. User is the cluster that is drawn as one when
// intervals are made: of an attack, the victim.
type Table struct {
	rows   []row
	users  int
	groups int
	sorted bool
}

type row struct {
	score float64
	user  int32
	group int16 // of attackers; -1 honest
}

// NewTable makes a table for so many groups of attackers, numbered from 0.
func NewTable(groups int) *Table { return &Table{groups: groups} }

// Honest is the group of those who are themselves.
const Honest = -1

// Add puts in a score of a user, from 0 on. Infinite scores are allowed.
func (t *Table) Add(score float64, user, group int) error {
	if math.IsNaN(score) || user < 0 || user > math.MaxInt32 || group < Honest || group >= t.groups {
		return fmt.Errorf("score %v of user %d in group %d has no place in a table of %d groups", score, user, group, t.groups)
	}
	t.rows = append(t.rows, row{score, int32(user), int16(group)})
	t.users = max(t.users, user+1)
	t.sorted = false
	return nil
}

// Figures are what a score achieves against one group of attackers.
type Figures struct {
	N           float64 // attacks; sum of weights when users are weighed
	AUC         float64 // probability that an attack scores above an honest attempt, ties half
	At1, At5    float64 // share of attacks challenged when 1 % and 5 % of honest attempts are
	Cost98      float64 // share of honest attempts challenged when 98 % of attacks are
	HonestCount float64
}

// Figures computes them for every group. weight holds a factor per user; nil
// counts everybody once. Without honest attempts or attacks all are NaN.
func (t *Table) Figures(weight []float64) []Figures {
	t.sort()
	out := make([]Figures, t.groups)
	var honest float64
	for _, r := range t.rows {
		if w := weigh(weight, r.user); r.group < 0 {
			honest += w
		} else {
			out[r.group].N += w
		}
	}
	caught := make([]float64, t.groups)
	tied := make([]float64, t.groups)
	var asked float64
	for at := 0; at < len(t.rows); {
		end, alike := at, 0.0
		clear(tied)
		for ; end < len(t.rows) && t.rows[end].score == t.rows[at].score; end++ {
			if w := weigh(weight, t.rows[end].user); t.rows[end].group < 0 {
				alike += w
			} else {
				tied[t.rows[end].group] += w
			}
		}
		for g := range out {
			if tied[g] > 0 {
				out[g].AUC += tied[g] * (honest - asked - alike/2)
				caught[g] += tied[g]
				if out[g].Cost98 == 0 && caught[g] >= .98*out[g].N*(1-1e-12) {
					out[g].Cost98 = max((asked+alike)/honest, math.SmallestNonzeroFloat64)
				}
			}
		}
		asked += alike
		if asked <= .05*honest*(1+1e-12) {
			for g := range out {
				out[g].At5 = caught[g]
				if asked <= .01*honest*(1+1e-12) {
					out[g].At1 = caught[g]
				}
			}
		}
		at = end
	}
	for g := range out {
		out[g].HonestCount = honest
		out[g].AUC /= out[g].N * honest
		out[g].At1 /= out[g].N
		out[g].At5 /= out[g].N
		if out[g].N == 0 || honest == 0 {
			out[g] = Figures{N: out[g].N, HonestCount: honest, AUC: math.NaN(), At1: math.NaN(), At5: math.NaN(), Cost98: math.NaN()}
		}
	}
	return out
}

func weigh(weight []float64, user int32) float64 {
	if weight == nil {
		return 1
	}
	return weight[user]
}

func (t *Table) sort() {
	if !t.sorted {
		slices.SortFunc(t.rows, func(a, b row) int {
			if c := cmp.Compare(b.score, a.score); c != 0 {
				return c
			}
			return cmp.Compare(a.user, b.user)
		})
		t.sorted = true
	}
}

// Threshold is the lowest threshold that challenges no more than that share of
// honest attempts. Without honest attempts it is +Inf.
func (t *Table) Threshold(rate float64) float64 {
	t.sort()
	var honest float64
	for _, r := range t.rows {
		if r.group < 0 {
			honest++
		}
	}
	threshold, asked := math.Inf(1), 0.0
	for at := 0; at < len(t.rows) && honest > 0; {
		end := at
		for ; end < len(t.rows) && t.rows[end].score == t.rows[at].score; end++ {
			if t.rows[end].group < 0 {
				asked++
			}
		}
		if asked > rate*honest*(1+1e-12) {
			break
		}
		threshold = t.rows[at].score
		at = end
	}
	return threshold
}

// Point is one of a receiver operating characteristic.
type Point struct{ Rate, Caught float64 } // challenged of the honest, of the attackers

// Curve is the characteristic against one group, from (0,0) to (1,1), with a
// point wherever a threshold can stand, and no more than limit of them.
func (t *Table) Curve(group, limit int) []Point {
	t.sort()
	var honest, attacks float64
	for _, r := range t.rows {
		switch r.group {
		case Honest:
			honest++
		case int16(group):
			attacks++
		}
	}
	if honest == 0 || attacks == 0 {
		return nil
	}
	points := []Point{{}}
	var asked, caught float64
	for at := 0; at < len(t.rows); {
		end := at
		for ; end < len(t.rows) && t.rows[end].score == t.rows[at].score; end++ {
			switch t.rows[end].group {
			case Honest:
				asked++
			case int16(group):
				caught++
			}
		}
		last := points[len(points)-1]
		p := Point{asked / honest, caught / attacks}
		if math.Abs(p.Rate-last.Rate)+math.Abs(p.Caught-last.Caught) >= 2/float64(limit) || p.Rate < .06 && p.Caught-last.Caught+20*(p.Rate-last.Rate) >= 4/float64(limit) || end == len(t.rows) {
			points = append(points, p)
		}
		at = end
	}
	return points
}
