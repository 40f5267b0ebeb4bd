package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/gatehouse-id/gatehouse/bench/risk/world"
	"github.com/gatehouse-id/gatehouse/risk"
)

// population is a variant with the seeds on which it is reported. No seed below
// 500 stands here: those are for training.
type population struct {
	variant string
	seeds   []uint64
	target  bool // counts for the targets; the others show what happens at the ends
}

var populations = []population{
	{"default", []uint64{521, 522}, true},
	{"shifted", []uint64{521, 522, 523, 524, 525, 526}, true},
	{"stable", []uint64{621, 622}, true},
	{"calibrated", []uint64{621, 622}, true},
	{"wide", []uint64{521, 522, 523, 524, 525, 526}, false},
	{"nokeys", []uint64{531}, false}, {"noplace", []uint64{531}, false}, {"nozone", []uint64{531}, false}, {"bare", []uint64{531}, false},
	{"cgnat", []uint64{531}, false}, {"phones", []uint64{531}, false}, {"tiny", []uint64{531, 532, 533, 534}, false}, {"big", []uint64{531}, false},
	{"rare", []uint64{531}, false}, {"daily", []uint64{531}, false}, {"seasonal", []uint64{531}, false}, {"staff", []uint64{531}, false}, {"roaming", []uint64{531}, false},
}

// options of a report.
type options struct {
	weights, without string
	leftOut          string
	draws            int
	jobs             int
	json, charts     string
	page             string
	populations      []population
}

// report runs everything and writes the tables; with -json and -charts also
// what other programs and people with eyes read.
func report(args []string, out io.Writer) error {
	o, err := reportOptions(args)
	if err != nil {
		return err
	}
	weights, err := readWeights(o.weights)
	if err != nil {
		return err
	}
	var left *risk.Weights
	if o.without == "" {
		o.leftOut = ""
	} else {
		if left, err = readWeights(o.without); err != nil {
			return err
		}
	}
	doc := &document{Weights: weights.Name, Prior: weights.Prior, LeftOut: o.leftOut, Draws: o.draws}
	for _, p := range o.populations {
		outcomes, err := playAll(p, weights, left, o.jobs)
		if err != nil {
			return err
		}
		doc.add(p, outcomes, weights.Prior, o.draws)
		fmt.Fprintf(os.Stderr, "%s: %d worlds\n", p.variant, len(outcomes))
	}
	doc.judge()
	if err := doc.writeText(out); err != nil {
		return err
	}
	if o.json != "" {
		data, err := json.MarshalIndent(doc, "", " ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(o.json, append(data, '\n'), 0o644); err != nil {
			return err
		}
	}
	if o.page != "" {
		if err := doc.writePage(o.page); err != nil {
			return err
		}
	}
	if o.charts != "" {
		return doc.writeCharts(o.charts)
	}
	return nil
}

func reportOptions(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("report", flag.ContinueOnError)
	flags.StringVar(&o.weights, "weights", "", "weights file; those that are shipped when empty")
	flags.StringVar(&o.without, "without", "", "weights that were trained without one attacker, for another column")
	flags.StringVar(&o.leftOut, "left-out", "naive", "the attacker that -without was trained without")
	flags.IntVar(&o.draws, "draws", 100, "of users, for the intervals; 0 for none")
	flags.IntVar(&o.jobs, "jobs", 2, "worlds at a time")
	flags.StringVar(&o.json, "json", "", "write everything to this file")
	flags.StringVar(&o.page, "page", "", "put the figures into this page")
	flags.StringVar(&o.charts, "charts", "", "write SVG charts into this folder")
	only := flags.String("variants", "", "comma-separated, instead of all; name:seed:seed chooses seeds")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if o.draws < 0 || o.draws > 10000 || o.jobs < 1 {
		return o, errors.New("-draws wants 0 to 10000, -jobs at least 1")
	}
	if _, ok := kindOf(o.leftOut); !ok {
		return o, fmt.Errorf("-left-out: no attacker is called %.40q", o.leftOut)
	}
	if *only == "" {
		o.populations = populations
		return o, nil
	}
	for _, part := range strings.Split(*only, ",") {
		p, err := parsePopulation(part)
		if err != nil {
			return o, err
		}
		o.populations = append(o.populations, p)
	}
	return o, nil
}

// parsePopulation reads "name" or "name:seed:seed".
func parsePopulation(s string) (population, error) {
	name, rest, chosen := strings.Cut(s, ":")
	var p population
	for _, known := range populations {
		if known.variant == name {
			p = known
		}
	}
	if p.variant == "" {
		return p, fmt.Errorf("-variants: no population is called %.40q", name)
	}
	if chosen {
		p.seeds = nil
		for _, text := range strings.Split(rest, ":") {
			seed, err := strconv.ParseUint(text, 10, 64)
			if err != nil {
				return p, fmt.Errorf("-variants: seed %.40q: %w", text, err)
			}
			p.seeds = append(p.seeds, seed)
		}
	}
	return p, nil
}

func kindOf(label string) (world.Kind, bool) {
	for _, k := range world.Kinds() {
		if k.String() == label {
			return k, true
		}
	}
	return 0, false
}

func playAll(p population, weights, left *risk.Weights, jobs int) ([]*outcome, error) {
	outcomes := make([]*outcome, len(p.seeds))
	var group errgroup.Group
	group.SetLimit(jobs)
	for i, seed := range p.seeds {
		group.Go(func() (err error) {
			outcomes[i], err = play(p.variant, seed, weights, left)
			return err
		})
	}
	return outcomes, group.Wait()
}
