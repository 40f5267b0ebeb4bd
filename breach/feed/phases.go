package feed

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/gatehouse-id/gatehouse/breach"
)

// reader begins where the state says.
func (j *job) reader() *reader {
	r := &reader{sources: j.sources, folders: j.folders, opener: newOpener(j.cfg.Stdin), size: blockBytes, at: j.state.At}
	for _, s := range j.sources {
		if s.Kind == Passwords || s.Kind == Pairs {
			r.size = shortBlock
		}
	}
	return r
}

// parsers makes a parser for each goroutine, for all kinds of sources at once.
func (j *job) parsers() parser {
	switch j.sources[0].Kind {
	case Passwords:
		return newPasswordParser(j.cfg.Alg, j.cfg.Key)
	case Pairs:
		return &pairParser{tagger: breach.NewTagger(j.cfg.Key), candidate: j.cfg.Candidate}
	case Ranges:
		return hashParser{bytes: j.cfg.Alg.Bytes(), ranges: true}
	}
	return hashParser{bytes: j.cfg.Alg.Bytes()}
}

// enter begins a phase that reads the sources.
func (j *job) enter(phase string) {
	j.state.Phase = phase
	done := int64(0)
	if at := j.state.At; at.Source < len(j.sources) {
		for i := range at.Source {
			done += j.sizes[i]
		}
		if j.folders[at.Source] != nil {
			done += j.sizes[at.Source] * int64(at.Prefix) / rangeCount
		}
		done += at.Packed
	}
	j.display.begin(phase, done, j.size)
}

// direct builds from sources that are in order. When they turn out not to be,
// the import begins anew through temporary space.
func (j *job) direct(ctx context.Context) error {
	j.enter(phaseDirect)
	r := j.reader()
	err := flow(ctx, r, j.parsers, func(b *block) error {
		if err := j.count(r, b); err != nil {
			return err
		}
		if len(b.records) > 0 && !j.build.above(b.records[0]) && b.disorder == nil {
			first := b.first()
			b.disorder = &first
		}
		if b.disorder != nil {
			j.state.Disorder = r.name(*b.disorder)
			return errDisorder
		}
		if err := j.build.addAll(b.records); err != nil {
			return err
		}
		return j.passed(b, nothing)
	})
	if !errors.Is(err, errDisorder) {
		return err
	}
	if j.cfg.Complete {
		if err := j.refuse("%s: the hash is not above the one before it; a published corpus ascends", j.state.Disorder); err != nil {
			return err
		}
	}
	if j.fromStandardInput() {
		return fmt.Errorf("%s: the hash is not above the one before it", j.state.Disorder)
	}
	return j.startOver(ctx)
}

// startOver gives the ordered file up and sorts.
func (j *job) startOver(ctx context.Context) error {
	if err := j.build.w.Abort(); err != nil {
		return err
	}
	j.build = nil
	j.state = state{Version: stateVersion, Request: j.request, Disorder: j.state.Disorder, Passed: j.state.Passed}
	return j.scatter(ctx)
}

// count adds what a block's lines were, and refuses sources that are not what they should be.
func (j *job) count(r *reader, b *block) error {
	j.state.Tally.add(b.tally)
	if b.rejected == nil {
		return nil
	}
	if j.state.Rejected == nil {
		j.state.Rejected = &Rejection{Place: r.name(b.rejected.at), Reason: b.rejected.Reason}
	}
	if kind := j.sources[b.at.Source].Kind; kind == Hashes || kind == Ranges {
		if !j.cfg.Force {
			return &Refusal{fmt.Sprintf("%s: %v", j.state.Rejected.Place, j.state.Rejected.Reason)}
		}
		return nil
	}
	if t := j.state.Tally; t.Lines > manyLines && t.RejectedLines() > t.Accepted {
		return j.mostlyJunk()
	}
	return nil
}

// manyLines are enough to judge a list by.
const manyLines = 10_000

func (j *job) mostlyJunk() error {
	t := j.state.Tally
	return j.refuse("most lines were rejected, %d of %d (%s), the first at %s", t.RejectedLines(), t.Lines, t.Reasons(), j.state.Rejected.Place)
}

// passed tells the display that a block is done, and makes it safe if it is
// time for that. prepare does what the state relies on.
func (j *job) passed(b *block, prepare func() error) error {
	j.state.At = b.next
	j.display.step(b.bytes, j.state.Tally)
	if !j.due() {
		return nil
	}
	if err := prepare(); err != nil {
		return err
	}
	return j.note()
}

func nothing() error { return nil }

// scatter fills the temporary space, then sorts.
func (j *job) scatter(ctx context.Context) error {
	if j.state.Phase != phaseScatter {
		j.state.SpillBits = j.partitionBits()
	}
	j.enter(phaseScatter)
	s, err := openSpill(spillPath(j.cfg.Temp), j.state.SpillBits, j.state.SpillSize, j.cfg.Memory/3)
	if err != nil {
		return err
	}
	sync := func() (err error) {
		j.state.SpillSize, err = s.sync()
		return err
	}
	r := j.reader()
	err = flow(ctx, r, j.parsers, func(b *block) error {
		if err := j.count(r, b); err != nil {
			return err
		}
		for _, record := range b.records {
			if err := s.add(record); err != nil {
				return err
			}
		}
		return j.passed(b, sync)
	})
	if err == nil {
		err = sync()
	}
	if err != nil {
		return errors.Join(err, s.close())
	}
	s.release()
	if err := j.note(); err != nil {
		return errors.Join(err, s.close())
	}
	return errors.Join(j.sortFrom(ctx, s), s.close())
}

// sort goes on with what an earlier run scattered.
func (j *job) sort(ctx context.Context) error {
	s, err := openSpill(spillPath(j.cfg.Temp), j.state.SpillBits, j.state.SpillSize, 0)
	if err != nil {
		return err
	}
	return errors.Join(j.sortFrom(ctx, s), s.close())
}

// run is a part of a partition, sorted and without duplicates.
type run struct {
	partition int
	records   []record
	last      bool // of its partition
}

// sortFrom builds from temporary space. One goroutine sorts while another builds
// from what was sorted before.
func (j *job) sortFrom(ctx context.Context, s *spill) error {
	j.state.Phase = phaseSort
	var done, all int64
	for partition, n := range s.counts {
		if partition < j.state.Partition {
			done += n
		}
		all += n
	}
	j.display.begin(phaseSort, done, all)
	group, ctx := errgroup.WithContext(ctx)
	free, runs := make(chan []record, 2), make(chan run, 1)
	for range cap(free) {
		free <- nil
	}
	begin := j.state.Partition
	group.Go(func() error {
		defer close(runs)
		return sortAll(ctx, &sorter{spill: s, limit: j.sortRecords()}, begin, free, runs)
	})
	group.Go(func() error {
		for r := range runs {
			if err := j.takeRun(s, r); err != nil {
				return err
			}
			if !r.last {
				free <- r.records[:0]
			}
		}
		return nil
	})
	return group.Wait()
}

// sortAll sorts one partition after the other. Two buffers go round.
func sortAll(ctx context.Context, by *sorter, begin int, free <-chan []record, runs chan<- run) error {
	give := func(r run) error {
		select {
		case runs <- r:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	by.buf = <-free
	for partition := begin; partition < len(by.spill.chunks); partition++ {
		err := by.each(partition, func(full []record) (empty []record, err error) {
			if err := give(run{partition: partition, records: full}); err != nil {
				return nil, err
			}
			select {
			case empty = <-free:
				return empty, nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		})
		if err == nil {
			err = give(run{partition: partition, last: true})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// takeRun builds from a run. The first one tells how many duplicates there are,
// and so how many entries the file will have.
func (j *job) takeRun(s *spill, r run) error {
	if j.build == nil && len(r.records) > 0 {
		if err := j.create(s.distinct(r)); err != nil {
			return err
		}
	}
	if err := j.build.addAll(r.records); err != nil {
		return err
	}
	if !r.last {
		return nil
	}
	j.state.Partition = r.partition + 1
	j.display.step(s.counts[r.partition], j.state.Tally)
	if j.build == nil || !j.due() {
		return nil
	}
	return j.note()
}
