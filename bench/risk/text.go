package main

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"text/tabwriter"

	"github.com/gatehouse-id/gatehouse/bench/risk/world"
)

// writeText writes the report for people: the targets first.
func (d *document) writeText(out io.Writer) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "weights %q, scores at a prior of %g; intervals from %d draws of users\n\n", d.Weights, d.Prior, d.Draws)
	d.writeTargets(&b)
	for _, s := range d.Populations {
		s.write(&b, d.scorers())
	}
	_, err := out.Write(b.Bytes())
	return err
}

func (d *document) writeTargets(b *bytes.Buffer) {
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "target\tbound\tworst that counts\tin\t\tworst of all\tin")
	for _, t := range d.Targets {
		word := "met"
		if !t.Met {
			word = "MISSED"
		}
		if t.Where == "" {
			word = "not measured"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", t.What, t.Least, t.Got, t.Where, word, t.Worst, t.WorstWhere)
	}
	w.Flush() //nolint:errcheck // a buffer
	fmt.Fprintf(b, "%d of %d missed\n", d.Missed, len(d.Targets))
}

// String shortens as tables of probabilities are wont to: .98.
func (n number) String() string {
	switch x := float64(n); {
	case math.IsNaN(x) || math.Abs(x) >= 1e8:
		return "-"
	case math.Abs(x) >= 10:
		return fmt.Sprintf("%.0f", x)
	default:
		return fmt.Sprintf("%.3f", x)
	}
}

// write writes all tables of a population.
func (s *section) write(b *bytes.Buffer, scorers []scorer) {
	s.writeMain(b, scorers)
	s.writeBuckets(b)
	s.writeRest(b)
}

// writeMain writes what every scorer achieves against every attacker.
func (s *section) writeMain(b *bytes.Buffer, scorers []scorer) {
	fmt.Fprintf(b, "\n== %s, seeds %v: %d users, %d honest sign-ins with a history\n", s.Variant, s.Seeds, s.Users, s.Honest)
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "at 1 % / at 5 % / AUC, matched victims\tn")
	for _, c := range scorers {
		fmt.Fprintf(w, "\t%s", scorerNames[c])
	}
	fmt.Fprintln(w)
	for _, k := range world.Kinds() {
		first, ok := s.find(full, k.String(), "all")
		if !ok {
			continue
		}
		fmt.Fprintf(w, "%s\t%d", k, first.N)
		for _, c := range scorers {
			x, _ := s.find(c, k.String(), "all")
			fmt.Fprintf(w, "\t%.2f/%.2f/%.3f", x.At1, x.At5, x.AUC)
		}
		fmt.Fprintln(w)
	}
	w.Flush() //nolint:errcheck // a buffer
}

// writeBuckets shows the engine by length of history, with intervals, and what
// 98 % would cost.
func (s *section) writeBuckets(b *bytes.Buffer) {
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "\nengine by history: at 1 %, at 5 % [95 %]")
	for _, x := range buckets[1:] {
		fmt.Fprintf(w, "\t%s", x.name)
	}
	fmt.Fprintln(w, "\tall\tcost of 98 %")
	for _, k := range world.Kinds() {
		all, ok := s.find(full, k.String(), "all")
		if !ok {
			continue
		}
		fmt.Fprintf(w, "%s", k)
		for _, x := range buckets[1:] {
			c, _ := s.find(full, k.String(), x.name)
			fmt.Fprintf(w, "\t%.2f, %.2f [%.2f-%.2f]", c.At1, c.At5, c.CI5[0], c.CI5[1])
		}
		fmt.Fprintf(w, "\t%.2f [%.2f-%.2f], %.2f [%.2f-%.2f]\t%.3f\n", all.At1, all.CI1[0], all.CI1[1], all.At5, all.CI5[0], all.CI5[1], all.Cost98)
	}
	w.Flush() //nolint:errcheck // a buffer
}

func (s *section) writeRest(b *bytes.Buffer) {
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nhonest people\tof sign-ins\tasked at 1 %\tasked at 5 %\tlevel medium and above as shipped")
	for _, p := range s.People {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", p.Who, p.Share, p.Rate1, p.Rate5, p.Medium)
	}
	fmt.Fprintln(w, "\nper user\tbudget\tmedian\tmean")
	for _, x := range s.Burden {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", x.Scorer, x.Budget, x.Median, x.Mean)
	}
	fmt.Fprintln(w, "\nshare asked until the 12th / 30th sign-in\t99.5 % caught\t99 %\t98 %")
	for i := 0; i+2 < len(s.Reauth); i += 3 {
		fmt.Fprintf(w, "%s, %s", s.Reauth[i].Scorer, s.Reauth[i].Attacker)
		for _, x := range s.Reauth[i : i+3] {
			fmt.Fprintf(w, "\t%.2f/%.2f", x.At12, x.At30)
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintln(w, "\ncalibration\tprior\terror\tBrier")
	for _, t := range s.Trust {
		fmt.Fprintf(w, "%s\t%s\t%.4f\t%.4f\n", t.Scorer, t.Prior, t.Error, t.Brier)
	}
	w.Flush() //nolint:errcheck // a buffer
	fmt.Fprintf(b, "\nprofiles: %.0f bytes on average, the largest %d\n", s.Profiles.Mean, s.Profiles.Largest)
}
