package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/gatehouse-id/gatehouse/risk"
	"github.com/gatehouse-id/gatehouse/risk/fit"
)

// student is an engine that goes through labelled worlds and notes what it saw.
type student struct {
	masks   []mask // put on in turn, a world each
	weight  float32
	lessons chan []riskEvent
	worlds  []string
	samples []fit.Sample

	mask     mask
	engine   *risk.Engine
	world    *risk.World
	profiles map[string]*risk.Profile
	labels   map[string]string // each once, for a label is a slice of its line
}

// mask is what a pool may lack.
type mask struct{ keys, failures, places, cities, networks, zones, agents bool }

// class are those who go through the same worlds: one sees everything, one what the
// published scores see, and one lacks something else in every world, as pools do
// that have no database of networks, or none of cities.
func class() []*student {
	return []*student{
		{masks: []mask{{}}, weight: 1},
		{masks: []mask{{keys: true, failures: true}, {keys: true, failures: true, zones: true}}, weight: 0.5},
		{masks: []mask{{keys: true}, {networks: true}, {places: true}, {cities: true, zones: true}, {agents: true, zones: true}, {keys: true, networks: true}}, weight: 0.5},
	}
}

// attend notes an event and learns from it. Samples are what signed in, or would
// have: an honest success, or a probe of somebody who has the password.
func (s *student) attend(e *riskEvent) error {
	if s.engine == nil || e.pool != s.worlds[len(s.worlds)-1] {
		if err := s.begin(e.pool); err != nil {
			return err
		}
	}
	a := e.attempt
	s.take(&a)
	p := s.profiles[a.User]
	success := e.hasResult && (e.outcome == risk.Success || e.outcome == risk.Passed)
	if honest := e.label == "legit"; success && honest != e.probe {
		label := ""
		if !honest {
			label = s.label(e.label)
		}
		x := fit.Sample{Label: label, Weight: s.weight, Cold: p == nil || p.Empty()}
		s.engine.Features(&a, p, s.world, &x.Features)
		if !x.Cold {
			s.samples = append(s.samples, x)
		}
	}
	if e.probe || !e.hasResult || !success && s.mask.failures {
		return nil
	}
	if p == nil {
		p = new(risk.Profile)
		s.profiles[string([]byte(a.User))] = p
	}
	// Taught in full, for levels would depend on the weights that are yet to be made.
	s.engine.Learn(&a, p, s.world, e.outcome, risk.None)
	return nil
}

// begin begins a new pool: nothing is known there.
func (s *student) begin(name string) error {
	if s.engine == nil {
		var err error
		if s.engine, err = risk.New(risk.Config{}); err != nil {
			return err
		}
		s.labels = map[string]string{}
	}
	s.mask = s.masks[len(s.worlds)%len(s.masks)]
	s.worlds = append(s.worlds, string([]byte(name)))
	s.world, s.profiles = risk.NewWorld(risk.WorldConfig{}), map[string]*risk.Profile{}
	return nil
}

// take takes away what the mask hides.
func (s *student) take(a *risk.Attempt) {
	if s.mask.keys {
		a.Device = risk.Device{}
	}
	if s.mask.places {
		a.Place = risk.Place{}
	}
	if s.mask.cities {
		a.Place = risk.Place{Country: a.Place.Country, ASN: a.Place.ASN, Network: a.Place.Network}
	}
	if s.mask.networks {
		a.Place.ASN, a.Place.Network = 0, risk.NetworkUnknown
	}
	if s.mask.zones {
		a.Zone = risk.Zone{}
	}
	if s.mask.agents {
		a.Agent = risk.Agent{}
	}
}

func (s *student) label(name string) string {
	known, ok := s.labels[name]
	if !ok {
		known = string([]byte(name))
		s.labels[known] = known
	}
	return known
}

// readLessons reads a file and hands its events to all students. Nobody writes into
// the lines afterwards, so they may share them.
func readLessons(ctx context.Context, file string, to []*student) (err error) {
	in, err := riskInput{Events: file}.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	places, err := openPlaces(geoSettings{}) // of what everybody has, so that everybody gets the same weights
	if err != nil {
		return err
	}
	w, lines := newWorkshop(places), lineBlocks{in: in}
	for number := 1; ; {
		b := new(scored)
		if b.text, b.failed = lines.next(nil); errors.Is(b.failed, io.EOF) {
			return nil
		}
		w.parse(b)
		for i := range b.events {
			e := &b.events[i]
			if e.err == nil && e.label == "" {
				e.err = errors.New("there is no label")
			}
			if e.err != nil {
				return fmt.Errorf("%s:%d: %w", file, number+i, e.err)
			}
		}
		if b.failed != nil {
			return fmt.Errorf("read events: %s:%d: %w", file, number, b.failed)
		}
		number += len(b.events)
		for _, s := range to {
			select {
			case s.lessons <- b.events:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
}

func tellFigures(to io.Writer, figures map[string]fit.Figures) error {
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ATTACKER\tATTACKS\tAUC\tCAUGHT AT 1 %\tAT 5 %")
	for _, label := range fit.Labels(figures) {
		f := figures[label]
		fmt.Fprintf(table, "%s\t%d\t%.4f\t%.3f\t%.3f\n", label, f.Attacks, f.AUC, f.At1, f.At5)
	}
	return table.Flush()
}
