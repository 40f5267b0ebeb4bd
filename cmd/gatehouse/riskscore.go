package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"

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
func (j *riskJudge) take(e *riskEvent, out *risk.Assessment) {
	p := j.profiles[e.attempt.User]
	if e.probe || !e.hasResult {
		*out = j.engine.Assess(&e.attempt, p, j.world)
		return
	}
	if p == nil && e.attempt.User != "" { // of nobody nothing is known
		p = new(risk.Profile)
		// The string is a slice of a line that will be overwritten.
		j.profiles[string([]byte(e.attempt.User))] = p
	}
	*out = j.engine.Replay(&e.attempt, p, j.world, e.outcome)
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

// scoring is one run. Each job takes one block of lines after the other all the way,
// so that a block stays in the cache of one processor:
//
//	read, in turn ──> parse ──> judge, in turn ──> write ──> tell, in turn
//
// What is done in turn is done in the order of the file. Blocks wait by channels
// that they carry themselves, for none but the one before.
type scoring struct {
	name      string
	judge     *riskJudge // belongs to whose turn it is to judge
	lines     int        // judged; the same
	out       io.Writer  // belongs to whose turn it is to tell
	jobs      int
	keepGoing bool

	reading sync.Mutex
	in      lineBlocks // guarded by reading
	last    *turns     // guarded by reading: of the block read last
	ended   bool       // guarded by reading
}

// turns are closed by a block when it has done its part, for the block behind it.
type turns struct{ judged, told chan struct{} }

// scored is a block on its way.
type scored struct {
	text   []byte
	first  int // number of its first line
	events []riskEvent
	all    []risk.Assessment
	line   []byte

	failed         error // there is nothing to read any more, for this reason
	before, behind *turns
}

func (s *scoring) run(ctx context.Context, in io.Reader) error {
	if s.jobs <= 0 {
		s.jobs = runtime.GOMAXPROCS(0)
	}
	s.in = lineBlocks{in: in}
	s.last = &turns{make(chan struct{}), make(chan struct{})}
	close(s.last.judged)
	close(s.last.told)
	group, ctx := errgroup.WithContext(ctx)
	for range s.jobs {
		group.Go(func() error { return s.work(ctx) })
	}
	return group.Wait()
}

// work takes blocks until there are no more.
func (s *scoring) work(ctx context.Context) error {
	w, b := newWorkshop(s.judge.places), new(scored)
	for s.read(b) {
		w.parse(b)
		if err := wait(ctx, b.before.judged); err != nil {
			return err
		}
		s.judgeBlock(b)
		close(b.behind.judged)
		w.write(b, s.name, s.keepGoing)
		if err := wait(ctx, b.before.told); err != nil {
			return err
		}
		if err := s.tell(b); err != nil {
			return err
		}
		close(b.behind.told)
	}
	return nil
}

func wait(ctx context.Context, done chan struct{}) error {
	select {
	case <-done:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// read reads the next block; false if there is none.
func (s *scoring) read(b *scored) bool {
	s.reading.Lock()
	defer s.reading.Unlock()
	if s.ended {
		return false
	}
	b.text, b.failed = s.in.next(b.text)
	s.ended = b.failed != nil && !errors.Is(b.failed, errLongLine)
	if errors.Is(b.failed, io.EOF) {
		return false
	}
	b.before, b.behind = s.last, &turns{make(chan struct{}), make(chan struct{})}
	s.last = b.behind
	return true
}

// judgeBlock is the part that must happen in the order of the events.
func (s *scoring) judgeBlock(b *scored) {
	b.first = s.lines + 1
	s.lines += len(b.events)
	if cap(b.all) < len(b.events) {
		b.all = make([]risk.Assessment, len(b.events))
	}
	b.all = b.all[:len(b.events)]
	for i := range b.events {
		if e := &b.events[i]; e.err == nil {
			s.judge.take(e, &b.all[i])
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
	if b.failed != nil && !errors.Is(b.failed, errLongLine) {
		return fmt.Errorf("read events: %s:%d: %w", s.name, b.first, b.failed)
	}
	return nil
}
