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
	if err := j.check(); err != nil {
		return err
	}
	info, err := j.build.w.Finish()
	if err != nil {
		return err
	}
	if err := j.verify(ctx); err != nil {
		return fmt.Errorf("verify what was built: %w", err)
	}
	j.info = info
	if err := os.Rename(j.part(), j.cfg.Out); err != nil {
		return fmt.Errorf("name what was built: %w", err)
	}
	return syncFolder(filepath.Dir(j.cfg.Out))
}

// verify finds what a bad disk made of the file before anybody relies on it.
func (j *job) verify(ctx context.Context) (err error) {
	s, err := brx.Open(j.part(), brx.OpenOptions{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
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
