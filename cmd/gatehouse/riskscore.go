package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/gatehouse-id/gatehouse/internal/part/geo"
	"github.com/gatehouse-id/gatehouse/risk"
)

type riskCmd struct {
	Score   riskScoreCmd   `cmd:"" help:"Judge recorded events, one line of JSON each, as the server would have."`
	Explain riskExplainCmd `cmd:"" help:"Judge recorded events up to one of them, and explain that one in full."`
	Audit   riskAuditCmd   `cmd:"" help:"Tell what challenge budgets would mean for recorded events, and propose cut points."`
	Train   riskTrainCmd   `cmd:"" help:"Make weights from labelled events."`
}

// riskInput is what is judged, and by what.
type riskInput struct {
	Events  string `placeholder:"FILE" default:"-" help:"Events in order of time, one object of JSON a line; - for standard input. docs/guides/risk.md tells their members."`
	Policy  string `placeholder:"FILE" help:"Policy of the detectors, JSON. Unset: the one that is shipped."`
	Weights string `placeholder:"FILE" help:"Weights of the model, JSON. Unset: those that are shipped."`

	Places geoSettings `embed:"" group:"Places and networks of addresses without a place"`
}

func (c riskInput) open() (io.ReadCloser, error) {
	if c.Events == "-" {
		return io.NopCloser(os.Stdin), nil
	}
	f, err := os.Open(c.Events)
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	return f, nil
}

// judge makes the engine and what it learns into.
func (c riskInput) judge() (*riskJudge, error) {
	var cfg risk.Config
	if c.Policy != "" {
		f, err := os.Open(c.Policy)
		if err != nil {
			return nil, fmt.Errorf("read policy: %w", err)
		}
		defer f.Close()
		p, err := risk.ReadPolicy(f)
		if err != nil {
			return nil, fmt.Errorf("read policy: %s: %w", c.Policy, err)
		}
		cfg.Policy = &p
	}
	if c.Weights != "" {
		f, err := os.Open(c.Weights)
		if err != nil {
			return nil, fmt.Errorf("read weights: %w", err)
		}
		defer f.Close()
		if cfg.Weights, err = risk.ReadWeights(f); err != nil {
			return nil, fmt.Errorf("read weights: %s: %w", c.Weights, err)
		}
	}
	engine, err := risk.New(cfg)
	if err != nil {
		return nil, err
	}
	places, err := openPlaces(c.Places)
	if err != nil {
		return nil, err
	}
	return &riskJudge{places: places, engine: engine, world: risk.NewWorld(risk.WorldConfig{}), profiles: map[string]*risk.Profile{}}, nil
}

// riskJudge is the engine with what it has learned so far. It belongs to one goroutine.
type riskJudge struct {
	places   func() (*geo.Finder, error)
	engine   *risk.Engine
	world    *risk.World
	profiles map[string]*risk.Profile
}

// take judges an event, and learns from it unless it is a probe.
func (j *riskJudge) take(e *riskEvent) risk.Assessment {
	p := j.profiles[e.attempt.User]
	if e.probe || !e.hasResult {
		return j.engine.Assess(&e.attempt, p, j.world)
	}
	if p == nil && e.attempt.User != "" { // of nobody nothing is known
		p = new(risk.Profile)
		// The string is a slice of a line that will be overwritten.
		j.profiles[string([]byte(e.attempt.User))] = p
	}
	return j.engine.Replay(&e.attempt, p, j.world, e.outcome)
}

type riskScoreCmd struct {
	Input     riskInput `embed:""`
	Jobs      int       `default:"0" help:"Processors to read and write with; the result is the same. 0: all."`
	KeepGoing bool      `help:"Answer a line that cannot be read with an error in its place, instead of stopping there."`
}

// Run judges each event, in order, and writes a line for each.
func (c *riskScoreCmd) Run(ctx context.Context, std streams) (err error) {
	judge, err := c.Input.judge()
	if err != nil {
		return err
	}
	in, err := c.Input.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	run := &scoring{name: c.Input.Events, judge: judge, out: std.out, jobs: c.Jobs, keepGoing: c.KeepGoing}
	return run.run(ctx, in)
}

const (
	// scoreBlock is how many bytes of lines travel together.
	scoreBlock = 256 << 10
	// maxEventLine is the longest line that is read.
	maxEventLine = 4 << 20
)

// scoring is one run:
//
//	read ──> blocks ──> parse (jobs) ──> judge, in order ──> write (jobs) ──> out, in order
//
// Each block is handed on by channels that it carries itself, so that the order
// of the file is kept without anybody waiting for more than his own block.
type scoring struct {
	name      string
	judge     *riskJudge
	out       io.Writer
	jobs      int
	keepGoing bool
}

// scored is a block on its way.
type scored struct {
	text   []byte
	first  int // number of its first line
	events []riskEvent
	all    []risk.Assessment
	line   []byte
	parsed chan struct{}
	told   chan struct{}
}

func (s *scoring) run(ctx context.Context, in io.Reader) error {
	if s.jobs <= 0 {
		s.jobs = runtime.GOMAXPROCS(0)
	}
	group, ctx := errgroup.WithContext(ctx)
	depth := 2*s.jobs + 2
	free := make(chan *scored, depth)
	for range depth {
		free <- new(scored)
	}
	work := make(chan func(*workshop), 2*depth) // parsing and writing
	toJudge, toTell := make(chan *scored, depth), make(chan *scored, depth)

	group.Go(func() error {
		defer close(toJudge)
		return s.read(ctx, in, free, work, toJudge)
	})
	group.Go(func() error {
		defer close(toTell)
		for b := range toJudge {
			if err := wait(ctx, b.parsed); err != nil {
				return err
			}
			s.judgeBlock(b)
			select {
			case work <- func(w *workshop) { w.write(b, s.name, s.keepGoing); close(b.told) }:
			case <-ctx.Done():
				return ctx.Err()
			}
			toTell <- b
		}
		close(work) // the reader has ended, or there would be more to judge
		return nil
	})
	for range s.jobs {
		group.Go(func() error {
			w := newWorkshop(s.judge.places)
			for {
				select {
				case job, more := <-work:
					if !more {
						return nil
					}
					job(w)
				case <-ctx.Done():
					return ctx.Err()
				}
			}
		})
	}
	group.Go(func() error {
		for b := range toTell {
			if err := wait(ctx, b.told); err != nil {
				return err
			}
			if err := s.tell(b); err != nil {
				return err
			}
			free <- b
		}
		return nil
	})
	return group.Wait()
}

func wait(ctx context.Context, done chan struct{}) error {
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// read cuts the input into blocks of whole lines.
func (s *scoring) read(ctx context.Context, in io.Reader, free chan *scored, work chan func(*workshop), out chan *scored) error {
	r := bufio.NewReaderSize(in, scoreBlock)
	number := 1
	for {
		var b *scored
		select {
		case b = <-free:
		case <-ctx.Done():
			return ctx.Err()
		}
		b.first, b.text = number, b.text[:0]
		ended, err := b.fill(r)
		if err != nil {
			return fmt.Errorf("read events: %s:%d: %w", s.name, number+bytes.Count(b.text, []byte("\n")), err)
		}
		if len(b.text) > 0 {
			number += bytes.Count(b.text, []byte("\n"))
			b.parsed, b.told = make(chan struct{}), make(chan struct{})
			select {
			case work <- func(w *workshop) { w.parse(b); close(b.parsed) }:
			case <-ctx.Done():
				return ctx.Err()
			}
			out <- b
		}
		if ended {
			return nil
		}
	}
}

var errLongLine = fmt.Errorf("a line of more than %d bytes", maxEventLine)

// fill reads whole lines, at least one. ended says that there is nothing more.
func (b *scored) fill(r *bufio.Reader) (ended bool, err error) {
	began := 0
	for len(b.text) < scoreBlock {
		part, err := r.ReadSlice('\n')
		b.text = append(b.text, part...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			if len(b.text)-began > maxEventLine {
				return false, errLongLine
			}
			continue
		case errors.Is(err, io.EOF):
			return true, nil
		case err != nil:
			return false, err
		}
		began = len(b.text)
	}
	// The block is full, perhaps in the middle of a line.
	for n := len(b.text); n > 0 && b.text[n-1] != '\n'; n = len(b.text) {
		part, err := r.ReadSlice('\n')
		b.text = append(b.text, part...)
		if errors.Is(err, io.EOF) {
			return true, nil
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return false, err
		}
		if len(b.text)-began > maxEventLine {
			return false, errLongLine
		}
	}
	return false, nil
}

// judgeBlock is the part that must happen in the order of the events.
func (s *scoring) judgeBlock(b *scored) {
	if cap(b.all) < len(b.events) {
		b.all = make([]risk.Assessment, len(b.events))
	}
	b.all = b.all[:len(b.events)]
	for i := range b.events {
		if e := &b.events[i]; e.err == nil {
			b.all[i] = s.judge.take(e)
		} else if !s.keepGoing {
			b.events = b.events[:i+1] // nothing behind it is judged
			return
		}
	}
}

// tell writes the lines of a block. Without KeepGoing the first line that cannot
// be read ends the run, after those before it.
func (s *scoring) tell(b *scored) error {
	if _, err := s.out.Write(b.line); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	if n := len(b.events); !s.keepGoing && n > 0 && b.events[n-1].err != nil {
		return fmt.Errorf("%s:%d: %w", s.name, b.first+n-1, b.events[n-1].err)
	}
	return nil
}
