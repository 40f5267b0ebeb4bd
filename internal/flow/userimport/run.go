package userimport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/seal"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

const (
	// leaseFor is how long a worker may be silent before another takes its job.
	leaseFor = 15 * time.Second
	// look is how long an idle worker trusts that no other node started a job, and
	// that no lease ended.
	look = 5 * time.Second
)

// Wake tells the worker that there may be something to do. It never blocks.
func (i *Imports) Wake() {
	select {
	case i.wake <- struct{}{}:
	default:
	}
}

// Run works on jobs until ctx ends, and returns nil then.
func (i *Imports) Run(ctx context.Context) error {
	for {
		worked, err := i.Work(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			i.cfg.Log.Error("users cannot be imported", "error", err)
		}
		if worked && err == nil {
			continue
		}
		timer := time.NewTimer(look)
		select {
		case <-ctx.Done():
		case <-i.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// Work does what is due of one job, to its end if it is running, or removes a file
// that has ended. It tells whether there was anything to do.
func (i *Imports) Work(ctx context.Context) (bool, error) {
	// A look without a lock first: most find nothing to do.
	var due []*model.ImportJob
	err := i.cfg.Store.View(ctx, func(tx *store.Tx) (err error) {
		due, err = tx.DueImports(i.cfg.Now(), 1)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("look for import jobs: %w", err)
	}
	if len(due) == 0 {
		return i.clean(ctx)
	}
	runner, err := i.draw(fileIDLength)
	if err != nil {
		return false, err
	}
	j, err := i.claim(ctx, runner)
	if err != nil || j == nil {
		return err == nil, err
	}
	r := &run{Imports: i, job: j}
	err = r.all(ctx)
	if errors.Is(err, seal.ErrOpen) { // trying again would not help
		err = errors.Join(err, r.update(ctx, func(tx *store.Tx, j *model.ImportJob) error {
			return r.end(tx, j, model.ImportFailed, "The CSV file cannot be read: an internal error.")
		}))
	}
	if err != nil && !errors.Is(err, errLost) {
		return true, fmt.Errorf("import job %s of pool %s: %w", j.ID, j.PoolID, err)
	}
	return true, nil
}

// claim takes the job that is due first for this runner, or settles it where there
// is nothing to run: then the job is nil.
func (i *Imports) claim(ctx context.Context, runner string) (j *model.ImportJob, err error) {
	err = i.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		j = nil
		now := i.cfg.Now()
		list, err := tx.DueImports(now, 1)
		if err != nil || len(list) == 0 {
			return err
		}
		switch job := list[0]; {
		case job.Active():
			job.Runner, job.DueAt = runner, now.Add(leaseFor)
			j = job
			return tx.SaveImportJob(job)
		case job.Status == model.ImportCreated:
			i.expire(job)
			return i.end(tx, job, model.ImportExpired, expired)
		default:
			return tx.DeleteImportJob(job.PoolID, job.ID)
		}
	})
	if err != nil {
		err = fmt.Errorf("take an import job: %w", err)
	}
	return j, err
}

// dropped is how many chunks one transaction removes.
const dropped = 32

// clean removes a file that has ended, in steps short enough for others to pass between.
func (i *Imports) clean(ctx context.Context) (bool, error) {
	var id string
	err := i.cfg.Store.View(ctx, func(tx *store.Tx) (err error) {
		id, err = tx.EndedImportFile(i.cfg.Now())
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	for done := false; err == nil && !done; {
		err = i.cfg.Store.Update(ctx, func(tx *store.Tx) (err error) {
			done, err = tx.DropChunks(id, dropped)
			return err
		})
	}
	if err != nil {
		err = fmt.Errorf("remove import file %s: %w", id, err)
	}
	return true, err
}

// run is one job in the hands of a worker.
type run struct {
	*Imports
	job     *model.ImportJob // as this worker stored it last
	columns []string
}

// errLost says that the job is another worker's by now, or gone with its pool.
var errLost = errors.New("the import job is no longer ours")

// update changes the job in one Update, if it still is ours and where we left it.
func (r *run) update(ctx context.Context, fn func(*store.Tx, *model.ImportJob) error) error {
	var saved *model.ImportJob
	err := r.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		j, err := tx.ImportJob(r.job.PoolID, r.job.ID)
		if errors.Is(err, store.ErrNotFound) {
			return errLost
		}
		if err != nil {
			return err
		}
		if j.Runner != r.job.Runner || j.Offset != r.job.Offset {
			return errLost
		}
		saved = j
		return fn(tx, j)
	})
	if err == nil {
		r.job = saved
	}
	return err
}

// all runs a job from where it is to its end.
func (r *run) all(ctx context.Context) error {
	if r.job.Status == model.ImportPending {
		refusal, err := r.check(ctx)
		if err != nil {
			return err
		}
		err = r.update(ctx, func(tx *store.Tx, j *model.ImportJob) error {
			if refusal != "" && j.Status == model.ImportPending {
				return r.end(tx, j, model.ImportFailed, refusal)
			}
			return r.goOn(tx, j)
		})
		if err != nil || !r.job.Active() {
			return err
		}
	}
	first, err := readRows(r.open(ctx, r.job.FileID, 0), 0, 0).next()
	if err != nil {
		return fmt.Errorf("read the header: %w", err)
	}
	if r.columns, err = split(string(first)); err != nil {
		return fmt.Errorf("read the header: %w", err)
	}
	in := readRows(r.open(ctx, r.job.FileID, r.job.Offset), r.job.Offset, r.job.Line)
	if r.job.Line == 0 {
		if _, err := in.next(); err != nil {
			return fmt.Errorf("read the header: %w", err)
		}
	}
	for r.job.Active() {
		b, err := r.read(in)
		if err != nil {
			return err
		}
		if err := r.bring(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

// goOn renews the lease of a job that is running, and ends one that was stopped.
func (r *run) goOn(tx *store.Tx, j *model.ImportJob) error {
	if j.Status == model.ImportStopping {
		return r.end(tx, j, model.ImportStopped, stopped)
	}
	j.Status, j.DueAt = model.ImportInProgress, r.cfg.Now().Add(leaseFor)
	return tx.SaveImportJob(j)
}

// check reads the whole file once before a user is made. What it returns is why
// the file is refused as a whole.
func (r *run) check(ctx context.Context) (refusal string, err error) {
	var p *model.Pool
	err = r.cfg.Store.View(ctx, func(tx *store.Tx) (err error) {
		p, err = tx.Pool(r.job.PoolID)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return "", errLost
	}
	if err != nil {
		return "", fmt.Errorf("read pool %s: %w", r.job.PoolID, err)
	}
	in := readRows(r.open(ctx, r.job.FileID, 0), 0, 0)
	first, err := in.next()
	switch {
	case errors.Is(err, io.EOF):
		return unparsable("it is empty"), nil
	case errors.Is(err, errTooLong):
		return unparsable("the header is too long"), nil
	case err != nil:
		return "", err
	}
	columns, err := split(string(first))
	if err != nil {
		return unparsable("the header is no row of values"), nil
	}
	if err := checkHeader(p, columns); err != nil {
		return unparsable(err.Error()), nil
	}
	for n := 0; ; {
		line, err := in.next()
		switch {
		case errors.Is(err, io.EOF):
			return "", nil
		case err != nil && !errors.Is(err, errTooLong):
			return "", err
		case err == nil && blank(line):
			continue
		}
		if n++; n > MaxRows {
			return fmt.Sprintf("The CSV file has more than %d users.", MaxRows), nil
		}
	}
}

// unparsable is at most 128 characters long.
func unparsable(why string) string { return "The CSV file cannot be parsed: " + why + "." }
