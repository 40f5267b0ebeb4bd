package main

import (
	"context"
	"fmt"
	"math"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/gatehouse-id/gatehouse/risk"
)

type riskAuditCmd struct {
	Input riskInput `embed:""`
}

// auditLeast is how many sign-ins an audit needs: fewer say nothing of the one in two hundred.
const auditLeast = 500

// budgets are shares of honest sign-ins that may be asked for more.
var budgets = []float64{0.005, 0.01, 0.02, 0.05}

// auditedSignIn is one completed sign-in of a user of whom something was known.
type auditedSignIn struct {
	user  int
	score float64
	level risk.Level
}

// Run replays the events and tells what budgets would have meant.
func (c *riskAuditCmd) Run(ctx context.Context, std streams) error {
	var all []auditedSignIn
	users := map[string]int{}
	var first, last time.Time
	err := c.Input.each(ctx, func(j *riskJudge, e *riskEvent, _ int) error {
		var a risk.Assessment
		j.take(e, &a)
		if e.probe || !e.hasResult || e.outcome != risk.Success && e.outcome != risk.Passed || a.Cold {
			return nil
		}
		id, ok := users[e.attempt.User]
		if !ok {
			id = len(users)
			users[string([]byte(e.attempt.User))] = id
		}
		if t := e.attempt.Time; first.IsZero() || t.Before(first) {
			first = t
		}
		if t := e.attempt.Time; t.After(last) {
			last = t
		}
		all = append(all, auditedSignIn{id, a.Score, a.Level})
		return nil
	})
	if err != nil {
		return err
	}
	if len(all) < auditLeast {
		return fmt.Errorf("%d sign-ins of known users: an audit needs %d, or its cut points would be guesses", len(all), auditLeast)
	}
	weeks := max(last.Sub(first).Hours()/(24*7), 1)
	fmt.Fprintf(std.out, "%d sign-ins of %d known users in %.1f weeks; honest as far as is known\n\n", len(all), len(users), weeks)
	table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "LEVEL\tSIGN-INS\tSHARE\t95 % INTERVAL")
	for l := risk.Low; l <= risk.High; l++ {
		n := 0
		for i := range all {
			if all[i].level >= l {
				n++
			}
		}
		low, high := wilson(n, len(all))
		fmt.Fprintf(table, "%s or more\t%d\t%.2f %%\t%.2f to %.2f %%\n", l, n, 100*float64(n)/float64(len(all)), 100*low, 100*high)
	}
	fmt.Fprintln(table, "\nBUDGET\tCUT POINT\t95 % INTERVAL\tCHALLENGES A WEEK\tUSERS A WEEK\tSIGN-INS BETWEEN TWO, MEDIAN")
	for _, budget := range budgets {
		r := auditBudget(all, budget)
		between := "never two"
		if r.between > 0 {
			between = fmt.Sprint(r.between)
		}
		fmt.Fprintf(table, "%.1f %%\t%.3f\t%.3f to %.3f\t%.1f\t%.1f\t%s\n", 100*budget, r.cut, r.low, r.high,
			float64(r.challenges)/weeks, float64(r.users)/weeks, between)
	}
	fmt.Fprintln(table, "\nNothing is changed: put cut points into the member levels of a policy.")
	return table.Flush()
}

// budgeted is what one budget means.
type budgeted struct {
	cut, low, high    float64
	challenges, users int
	between           int // sign-ins of one user from challenge to challenge, median; 0: nobody had two
}

// auditBudget finds the score that a share of the sign-ins reaches, with the
// order statistics between which it lies in 95 of 100 such audits.
func auditBudget(all []auditedSignIn, budget float64) budgeted {
	scores := make([]float64, len(all))
	for i := range all {
		scores[i] = all[i].score
	}
	slices.Sort(scores)
	n := float64(len(scores))
	at := func(rank float64) float64 {
		return scores[int(math.Min(math.Max(math.Round(rank), 0), n-1))]
	}
	rank, spread := n*(1-budget), 1.96*math.Sqrt(n*budget*(1-budget))
	r := budgeted{cut: at(rank), low: at(rank - spread), high: at(rank + spread)}
	since, asked := map[int]int{}, map[int]bool{}
	var between []int
	for _, s := range all {
		since[s.user]++
		if s.score < r.cut {
			continue
		}
		r.challenges++
		if asked[s.user] {
			between = append(between, since[s.user])
		}
		asked[s.user], since[s.user] = true, 0
	}
	r.users = len(asked)
	if len(between) > 0 {
		slices.Sort(between)
		r.between = between[len(between)/2]
	}
	return r
}

// wilson is the 95 % interval of a share (Wilson 1927).
func wilson(k, n int) (low, high float64) {
	const z = 1.96
	p, m := float64(k)/float64(n), float64(n)
	centre, spread := p+z*z/(2*m), z*math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return (centre - spread) / (1 + z*z/m), (centre + spread) / (1 + z*z/m)
}
