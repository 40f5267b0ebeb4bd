// Package userimport gives import jobs: the users of a CSV file come into a pool.
//
//	Create ── a job, and a URL to upload its file to          nothing is read yet
//	Upload ── the file, in sealed chunks                      any node
//	Start ─── Pending
//	Run ───── check the file · a batch of rows a time · end   a worker of each node; one job of a pool at once
//	Log ───── a URL for the rows that made no user
//
// A batch of rows, how far the job is and what its log says of them are one
// transaction: whatever crashes, no row is lost and none counts twice. A worker
// holds a job by a lease, which every batch renews; should two hold it, the one
// whose place in the file is no longer the stored one gives way.
package userimport

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/seal"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/account"
)

// The bounds of Cognito, and how long things are kept.
const (
	MaxJobs  = 1000                // of a pool
	MaxBytes = 100_000_000         // of a file: AWS says 100 MB
	MaxRows  = 500_000             // of a file, without its header
	maxRow   = 16_000              // characters
	startBy  = 24 * time.Hour      // from its creation, a job that was not started expires
	URLLife  = 15 * time.Minute    // of the URLs for uploads and logs
	keepJob  = 90 * 24 * time.Hour // after its end
	keepLog  = 30 * 24 * time.Hour // likewise: it names users
)

// Config of the import jobs.
type Config struct {
	Store    *store.Store
	Ring     *seal.Ring // seals files and the tokens in URLs
	Accounts *account.Accounts
	BaseURL  string // before the paths of URLs
	Log      *slog.Logger
	Now      func() time.Time
	Rand     io.Reader
}

// Imports are the verbs. It is safe for concurrent use.
type Imports struct {
	cfg  Config
	wake chan struct{}
}

// New makes Imports.
func New(cfg Config) *Imports {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	return &Imports{cfg, make(chan struct{}, 1)}
}

// Create makes a job.
func (i *Imports) Create(ctx context.Context, poolID, name, roleARN string) (*model.ImportJob, error) {
	id, err := i.draw(jobIDLength)
	if err != nil {
		return nil, err
	}
	now := i.cfg.Now()
	j := &model.ImportJob{
		PoolID: poolID, ID: "import-" + id, Name: name, RoleARN: roleARN, Status: model.ImportCreated,
		CreatedAt: now, DueAt: now.Add(startBy),
	}
	err = i.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if _, err := findPool(tx, poolID); err != nil {
			return err
		}
		n, err := tx.CountImportJobs(poolID)
		if err != nil {
			return fmt.Errorf("count import jobs: %w", err)
		}
		if n >= MaxJobs {
			return fault.Newf(fault.LimitExceeded, "The user pool has reached its limit of %d user import jobs.", MaxJobs)
		}
		return tx.CreateImportJob(j)
	})
	return j, err
}

// Start lets a job begin, once its file is there.
func (i *Imports) Start(ctx context.Context, poolID, id string) (j *model.ImportJob, err error) {
	err = i.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		p, err := findPool(tx, poolID)
		if err != nil {
			return err
		}
		if j, err = i.find(tx, poolID, id); err != nil {
			return err
		}
		switch {
		case j.Active():
			return fault.Newf(fault.PreconditionNotMet, "The user import job %s is in progress.", id)
		case j.Status != model.ImportCreated:
			return fault.Newf(fault.PreconditionNotMet, "The user import job %s cannot be started: it is %s.", id, j.Status)
		case j.FileID == "":
			return fault.Newf(fault.PreconditionNotMet, "No csv file was uploaded for %s", id)
		case len(p.Doc.AutoVerifiedAttributes) == 0:
			return fault.New(fault.PreconditionNotMet, "The user pool must have at least one auto verified attribute to import users.")
		}
		n, err := tx.ActiveImports(poolID)
		if err != nil {
			return fmt.Errorf("count running import jobs: %w", err)
		}
		if n > 0 {
			return fault.New(fault.PreconditionNotMet, "Another user import job of the user pool is in progress.")
		}
		j.Status, j.StartedAt = model.ImportPending, i.cfg.Now()
		j.DueAt = j.StartedAt
		return tx.SaveImportJob(j)
	})
	if err != nil {
		return nil, err
	}
	i.Wake()
	return j, nil
}

// Stop ends a job that was started: at once where it waits, else after the batch
// that is being imported.
func (i *Imports) Stop(ctx context.Context, poolID, id string) (j *model.ImportJob, err error) {
	err = i.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if _, err := findPool(tx, poolID); err != nil {
			return err
		}
		if j, err = i.find(tx, poolID, id); err != nil {
			return err
		}
		switch j.Status {
		case model.ImportPending:
			return i.end(tx, j, model.ImportStopped, stopped)
		case model.ImportInProgress:
			j.Status = model.ImportStopping
			return tx.SaveImportJob(j)
		case model.ImportStopping:
			return nil
		}
		return fault.Newf(fault.PreconditionNotMet, "The user import job %s cannot be stopped: it is %s.", id, j.Status)
	})
	if err != nil {
		return nil, err
	}
	i.Wake()
	return j, nil
}

// Describe reads a job.
func (i *Imports) Describe(ctx context.Context, poolID, id string) (j *model.ImportJob, err error) {
	err = i.cfg.Store.View(ctx, func(tx *store.Tx) error {
		if _, err := findPool(tx, poolID); err != nil {
			return err
		}
		j, err = i.find(tx, poolID, id)
		return err
	})
	return j, err
}

// List reads up to limit jobs of a pool, the last created first, after the one
// with this time and id; a zero time begins.
func (i *Imports) List(ctx context.Context, poolID string, created time.Time, id string, limit int) (list []*model.ImportJob, err error) {
	err = i.cfg.Store.View(ctx, func(tx *store.Tx) error {
		if _, err := findPool(tx, poolID); err != nil {
			return err
		}
		list, err = tx.ImportJobs(poolID, created, id, limit)
		return err
	})
	for _, j := range list {
		i.expire(j)
	}
	return list, err
}

// Header are the columns of a file for a pool.
func (i *Imports) Header(ctx context.Context, poolID string) (columns []string, err error) {
	err = i.cfg.Store.View(ctx, func(tx *store.Tx) error {
		p, err := findPool(tx, poolID)
		if err == nil {
			columns = headerOf(p)
		}
		return err
	})
	return columns, err
}

func findPool(tx *store.Tx, id string) (*model.Pool, error) {
	p, err := tx.Pool(id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, fault.Newf(fault.ResourceNotFound, "User pool %s does not exist.", id)
	}
	if err != nil {
		return nil, fmt.Errorf("read pool %s: %w", id, err)
	}
	return p, nil
}

// find reads a job as it is now.
func (i *Imports) find(tx *store.Tx, poolID, id string) (*model.ImportJob, error) {
	j, err := tx.ImportJob(poolID, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, fault.Newf(fault.ResourceNotFound, "User import job %s does not exist.", id)
	}
	if err != nil {
		return nil, fmt.Errorf("read import job %s: %w", id, err)
	}
	i.expire(j)
	return j, nil
}

// What the end of a job says, as at Cognito where that is known. At most 128 characters.
const (
	succeeded = "Import Job Completed Successfully."
	tooMany   = "Too many users have failed or been skipped during the import."
	stopped   = "The Import Job was stopped by the developer."
	expired   = "The user import job has expired."
)

// expire makes a job that was not started in time look as it will be stored.
func (i *Imports) expire(j *model.ImportJob) {
	if end := j.CreatedAt.Add(startBy); j.Status == model.ImportCreated && !i.cfg.Now().Before(end) {
		j.Status, j.Message, j.CompletedAt = model.ImportExpired, expired, end
	}
}

// end stores that a job is over, and lets its files go.
func (i *Imports) end(tx *store.Tx, j *model.ImportJob, status model.ImportStatus, message string) error {
	now := i.cfg.Now()
	j.Status, j.Message, j.Runner = status, message, ""
	if j.CompletedAt.IsZero() { // else the job was over before anybody looked
		j.CompletedAt = now
	}
	j.DueAt = now.Add(keepJob)
	if err := tx.EndImportFile(j.FileID, now); err != nil {
		return fmt.Errorf("end the file of job %s: %w", j.ID, err)
	}
	if err := tx.EndImportFile(j.LogID, now.Add(keepLog)); err != nil {
		return fmt.Errorf("end the log of job %s: %w", j.ID, err)
	}
	if err := tx.SaveImportJob(j); err != nil {
		return fmt.Errorf("end job %s: %w", j.ID, err)
	}
	return nil
}

const (
	jobIDLength  = 10
	fileIDLength = 26
	letters      = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
)

// draw makes a random text of letters, each equally likely.
func (i *Imports) draw(n int) (string, error) {
	const limit = 256 - 256%len(letters)
	text := make([]byte, 0, n)
	var b [1]byte
	for len(text) < n {
		if _, err := io.ReadFull(i.cfg.Rand, b[:]); err != nil {
			return "", fmt.Errorf("read randomness: %w", err)
		}
		if int(b[0]) < limit {
			text = append(text, letters[int(b[0])%len(letters)])
		}
	}
	return string(text), nil
}
