package feed

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gatehouse-id/gatehouse/breach/brx"
)

// finish checks, completes the file and reads it all once more before it gets its name.
func (j *job) finish(ctx context.Context) error {
	if !j.built {
		if err := j.complete(); err != nil {
			return err
		}
	}
	if err := j.verify(ctx); err != nil {
		return fmt.Errorf("verify what was built: %w", err)
	}
	if err := os.Rename(j.part(), j.cfg.Out); err != nil {
		return fmt.Errorf("name what was built: %w", err)
	}
	return syncFolder(filepath.Dir(j.cfg.Out))
}

// complete writes what makes a file of the pages. The state is noted first, for
// an import killed later than that finds nothing of the writer's to go on with,
// but a whole file.
func (j *job) complete() error {
	if err := j.check(); err != nil {
		return err
	}
	j.state.Fed = j.build.fed
	j.state.Done = true
	if err := j.note(); err != nil {
		return err
	}
	_, err := j.build.w.Finish()
	return err
}

// whole tells whether an earlier run completed the file.
func (j *job) whole() bool {
	if !j.state.Done {
		return false
	}
	s, err := brx.Open(j.part(), brx.OpenOptions{Pread: true})
	if err != nil {
		return false
	}
	return s.Info().Entries == j.state.Fed && s.Close() == nil
}

// verify finds what a bad disk made of the file before anybody relies on it.
func (j *job) verify(ctx context.Context) (err error) {
	// Positioned reads: a map would count as our memory, all of it.
	s, err := brx.Open(j.part(), brx.OpenOptions{Pread: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	j.info = s.Info()
	var before int64
	return s.Verify(ctx, func(done, total int64) {
		if done == 0 {
			j.display.begin(phaseVerify, 0, total)
		}
		j.display.step(done-before, j.state.Tally)
		before = done
	})
}

// syncFolder makes a new name in a folder outlast a power cut.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
