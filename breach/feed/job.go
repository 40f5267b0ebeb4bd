package feed

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/gatehouse-id/gatehouse/breach/brx"
)

// job is one import under way.
type job struct {
	cfg     Config
	sources []Source // with their kinds
	folders []*folder
	ordered bool
	lines   uint64  // estimated
	sizes   []int64 // of the sources
	size    int64   // of all

	request request
	state   state
	resumed bool
	built   bool // the file is complete, but not yet verified
	build   *builder
	info    brx.Info
	began   time.Time
	safeAt  time.Time
	display display
}

func newJob(cfg Config) (*job, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	j := &job{cfg: cfg, ordered: true, began: cfg.Now()}
	j.safeAt = j.began
	var last record
	for i, source := range cfg.Sources {
		found, folder, err := look(source, cfg.Alg)
		if err != nil {
			return nil, err
		}
		source.Kind = found.kind
		if err := cfg.accepts(source); err != nil {
			return nil, err
		}
		if i > 0 && source.Kind != j.sources[0].Kind {
			return nil, fmt.Errorf("%s holds %s, %s %s: import one kind at a time", j.sources[0].Path, j.sources[0].Kind, source.Path, source.Kind)
		}
		j.ordered = j.ordered && found.ordered && (i == 0 || less(last, found.first))
		last = found.last
		j.sources, j.folders = append(j.sources, source), append(j.folders, folder)
		j.lines += found.lines
		j.size += found.size
		j.sizes = append(j.sizes, found.size)
		id, err := source.identity()
		if err != nil {
			return nil, err
		}
		if folder != nil {
			id.Size = int64(folder.found)
		}
		j.request.Sources = append(j.request.Sources, id)
	}
	j.request.Out, j.request.Alg, j.request.Tail = cfg.Out, cfg.Alg, cfg.Tail
	if cfg.Alg.Keyed() {
		j.request.KeyID = KeyID(cfg.Key)
	}
	j.request.Complete, j.request.Force = cfg.Complete, cfg.Force
	j.display = display{show: cfg.Progress, now: cfg.Now, began: j.began}
	return j, nil
}

// accepts refuses a kind from which the algorithm can't be made.
func (c *Config) accepts(s Source) error {
	hashes := s.Kind == Hashes || s.Kind == Ranges
	switch {
	case s.Kind == Pairs && c.Alg != brx.HMACPair:
		return fmt.Errorf("%s: pairs are kept as %v", s.Path, brx.HMACPair)
	case s.Kind != Pairs && c.Alg == brx.HMACPair:
		return fmt.Errorf("%s: %v is made from pairs", s.Path, brx.HMACPair)
	case hashes && c.Alg.Keyed():
		return fmt.Errorf("%s: %v is made from passwords, not from their hashes", s.Path, c.Alg)
	case !hashes && s.Kind != Pairs && s.Kind != Passwords:
		return fmt.Errorf("%s: no such kind of source: %q", s.Path, s.Kind)
	case c.Complete && !hashes:
		return fmt.Errorf("%s: a published corpus holds hashes", s.Path)
	}
	return nil
}

// run imports from the beginning, or from where an earlier run stopped.
func (j *job) run(ctx context.Context) error {
	if _, err := os.Lstat(j.cfg.Out); err == nil {
		return fmt.Errorf("%s exists, and is never overwritten", j.cfg.Out)
	}
	if err := j.checkFolders(); err != nil {
		return err
	}
	err := j.begin(ctx)
	if err == nil {
		err = j.finish(ctx)
	}
	if err != nil {
		return j.giveUp(err)
	}
	return j.forget()
}

// part is the file while it is being made.
func (j *job) part() string { return j.cfg.Out + ".part" }

// forget removes all that an import leaves behind but its result.
func (j *job) forget() error {
	return removeAll(j.part(), j.part()+".tail", statePath(j.cfg.Temp), statePath(j.cfg.Temp)+".next", spillPath(j.cfg.Temp))
}

// abandon removes the unfinished file of an import to another name, whose state
// is about to be forgotten. Only a neighbour of ours is touched, whatever the state says.
func (j *job) abandon() error {
	out := stateOut(j.cfg.Temp)
	if out == "" || filepath.Dir(out) != filepath.Dir(j.cfg.Out) {
		return nil
	}
	return removeAll(out+".part", out+".part.tail")
}

func removeAll(paths ...string) error {
	var errs []error
	for _, path := range paths {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (j *job) begin(ctx context.Context) error {
	if j.cfg.Resume {
		if s := loadState(j.cfg.Temp, j.request); s != nil {
			j.state, j.resumed = *s, true
			j.began = j.began.Add(-s.Elapsed)
			return j.goOn(ctx)
		}
	}
	if err := errors.Join(j.abandon(), j.forget()); err != nil {
		return fmt.Errorf("give up the earlier import: %w", err)
	}
	j.state = state{Version: stateVersion, Request: j.request}
	if !j.ordered {
		return j.scatter(ctx)
	}
	if err := j.create(j.lines); err != nil {
		return err
	}
	return j.direct(ctx)
}

func (j *job) goOn(ctx context.Context) error {
	if j.built = j.whole(); j.built {
		return nil
	}
	switch j.state.Phase {
	case phaseScatter:
		return j.scatter(ctx)
	case phaseSort:
		if err := j.reopen(); err != nil {
			return err
		}
		return j.sort(ctx)
	}
	if err := j.reopen(); err != nil {
		return err
	}
	return j.direct(ctx)
}

// create begins the file. expected is the number of entries, as far as it can be known.
func (j *job) create(expected uint64) error {
	// An earlier run may have begun the file after its last safe point.
	if err := removeAll(j.part(), j.part()+".tail"); err != nil {
		return err
	}
	w, err := brx.Create(j.part(), brx.Options{
		Alg: j.cfg.Alg, Expected: max(expected, 1), Tail: j.cfg.Tail, KeyID: j.request.KeyID,
		Source: j.cfg.Source, Licence: j.cfg.Licence, Epoch: j.cfg.Epoch, Built: j.cfg.Now(),
	})
	if err != nil {
		return err
	}
	j.build = j.newBuilder(w)
	return nil
}

func (j *job) newBuilder(w *brx.Writer) *builder {
	b := &builder{w: w, bytes: j.cfg.Alg.Bytes(), probe: probes[j.cfg.Alg]}
	if j.cfg.Complete {
		b.ranges = make([]uint32, rangeCount)
	}
	return b
}

var errResume = errors.New("what an interrupted import left can't be used: import again")

// reopen goes on with the file of an earlier run.
func (j *job) reopen() error {
	w, err := brx.Resume(j.part(), j.state.Writer)
	if err == nil && len(j.state.Last) != recordBytes {
		err = errDamaged
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errResume, err)
	}
	j.build = j.newBuilder(w)
	j.build.fed, j.build.last, j.build.found = j.state.Fed, parseRecord(j.state.Last), j.state.Found
	if j.build.ranges != nil {
		copy(j.build.ranges, j.state.Ranges)
	}
	return nil
}

// due tells whether it is time for a safe point.
func (j *job) due() bool {
	return j.cfg.Now().Sub(j.safeAt) >= j.cfg.SafeEvery
}

// note makes all that was done safe. What came from standard input can't be read
// again, so there is nothing to note.
func (j *job) note() error {
	if err := j.settle(); err != nil {
		return err
	}
	if j.fromStandardInput() {
		return nil
	}
	if b := j.build; b != nil {
		w, err := b.w.Checkpoint()
		if err != nil {
			return err
		}
		j.state.Writer, j.state.Fed, j.state.Last = w, b.fed, b.last.append(nil)
		j.state.Ranges, j.state.Found = b.ranges, b.found
	}
	j.safeAt = j.cfg.Now()
	j.state.Elapsed = j.safeAt.Sub(j.began)
	return j.state.save(j.cfg.Temp)
}

// settle lets the caller keep the candidates that it was told.
func (j *job) settle() error {
	if j.cfg.Settle == nil {
		return nil
	}
	return j.cfg.Settle()
}

func (j *job) fromStandardInput() bool {
	for _, s := range j.sources {
		if s.Path == standardInput {
			return true
		}
	}
	return false
}

// giveUp leaves what a later run can go on with, and nothing else. A refusal is
// final, for the same sources would be refused again; so is damage.
func (j *job) giveUp(err error) error {
	var refused *Refusal
	final := errors.As(err, &refused) || errors.Is(err, errDamaged) || errors.Is(err, errResume)
	if _, missing := os.Stat(statePath(j.cfg.Temp)); missing == nil && !final {
		return err
	}
	if j.build != nil {
		err = errors.Join(err, j.build.w.Abort())
	}
	return errors.Join(err, j.forget())
}

func (j *job) report() Report {
	return Report{
		Info: j.info, Tally: j.state.Tally, Rejected: j.state.Rejected, Sorted: j.state.Phase == phaseSort,
		Disorder: j.state.Disorder, Resumed: j.resumed, Forced: j.state.Passed, Elapsed: j.cfg.Now().Sub(j.began),
	}
}

// partitionBits chooses so many partitions that each fits into memory if the
// estimate holds; if it does not, a partition is read in parts.
func (j *job) partitionBits() uint {
	records := float64(j.lines)
	if j.cfg.Alg == brx.HMACPair {
		records *= 2
	}
	room := float64(j.sortRecords()) / 2
	return uint(min(max(math.Ceil(math.Log2(records/room+1)), 4), 12))
}

// sortRecords is how many records a sorter holds: two runs and the room to sort share the memory.
func (j *job) sortRecords() int { return int(j.cfg.Memory / 3 / recordBytes) }
