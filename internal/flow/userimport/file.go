package userimport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

const (
	// chunk is how many bytes of an uploaded file are kept in one row; all but the
	// last have as many.
	chunk       = 256 << 10
	purposeFile = "import file"
	// unfinished is how long an upload that never ended is kept.
	unfinished = time.Hour
)

var (
	// ErrTooLarge refuses a file of more than MaxBytes.
	ErrTooLarge = fault.New(fault.RequestEntityTooLarge, "Your proposed upload exceeds the maximum allowed size")
	begun       = fault.New(fault.PreconditionNotMet, "The user import job is not waiting for a file.")
)

// Admit tells for which pool an upload with this token is. A fault refuses it.
func (i *Imports) Admit(ctx context.Context, token string) (poolID string, err error) {
	t, err := i.admit(purposeUpload, token)
	if err != nil {
		return "", err
	}
	return t.Pool, i.cfg.Store.View(ctx, func(tx *store.Tx) error {
		_, err := i.waiting(tx, t)
		return err
	})
}

// waiting reads the job of a token, which must not be started yet.
func (i *Imports) waiting(tx *store.Tx, t ticket) (*model.ImportJob, error) {
	j, err := i.find(tx, t.Pool, t.Job)
	if err == nil && j.Status != model.ImportCreated {
		err = begun
	}
	return j, err
}

// Upload takes the file of a job, a chunk at a time, and counts its bytes. It
// takes the place of one uploaded before. What ends too early leaves that one.
func (i *Imports) Upload(ctx context.Context, token string, body io.Reader) (size int64, err error) {
	t, err := i.admit(purposeUpload, token)
	if err != nil {
		return 0, err
	}
	id, err := i.draw(fileIDLength)
	if err != nil {
		return 0, err
	}
	file := &model.ImportFile{ID: id, PoolID: t.Pool, JobID: t.Job, Until: i.cfg.Now().Add(unfinished)}
	err = i.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if _, err := i.waiting(tx, t); err != nil {
			return err
		}
		return tx.CreateImportFile(file)
	})
	if err != nil {
		return 0, err
	}
	if file.Size, err = i.keep(ctx, id, body); err == nil {
		err = i.cfg.Store.Update(ctx, func(tx *store.Tx) error { return i.accept(tx, t, file) })
	}
	if err != nil {
		now := i.cfg.Now()
		gone := i.cfg.Store.Update(context.WithoutCancel(ctx), func(tx *store.Tx) error { return tx.EndImportFile(id, now) })
		return 0, errors.Join(err, gone)
	}
	return file.Size, nil
}

// keep stores what comes in sealed chunks.
func (i *Imports) keep(ctx context.Context, id string, body io.Reader) (size int64, err error) {
	buffer := make([]byte, chunk)
	for seq := int64(0); ; seq++ {
		n, err := io.ReadFull(body, buffer)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return size, err
		}
		if size += int64(n); size > MaxBytes {
			return size, ErrTooLarge
		}
		if n == 0 {
			return size, nil
		}
		box := i.cfg.Ring.Seal(purposeFile, buffer[:n], id, strconv.FormatInt(seq, 10))
		err2 := i.cfg.Store.Update(ctx, func(tx *store.Tx) error { return tx.AddChunk(id, seq, box) })
		if err2 != nil {
			return size, fmt.Errorf("keep a chunk of an import file: %w", err2)
		}
		if err != nil {
			return size, nil // it was the last
		}
	}
}

// accept gives a job its file.
func (i *Imports) accept(tx *store.Tx, t ticket, file *model.ImportFile) error {
	j, err := i.waiting(tx, t)
	if err != nil {
		return err
	}
	if err := tx.EndImportFile(j.FileID, i.cfg.Now()); err != nil {
		return fmt.Errorf("end the file of job %s: %w", j.ID, err)
	}
	kept := *file
	kept.Until = time.Time{}
	if err := tx.SaveImportFile(&kept); err != nil {
		return fmt.Errorf("keep the file of job %s: %w", j.ID, err)
	}
	j.FileID = file.ID
	return tx.SaveImportJob(j)
}

// stored reads a file from a place on, a chunk at a time.
type stored struct {
	*Imports
	ctx  context.Context
	id   string
	seq  int64
	rest []byte
	skip int64 // bytes of the next chunk
}

func (i *Imports) open(ctx context.Context, id string, offset int64) io.Reader {
	return &stored{Imports: i, ctx: ctx, id: id, seq: offset / chunk, skip: offset % chunk}
}

func (s *stored) Read(p []byte) (int, error) {
	for len(s.rest) == 0 {
		plain, err := s.chunk(s.ctx, s.id, s.seq)
		if errors.Is(err, store.ErrNotFound) {
			return 0, io.EOF // the last chunk was before
		}
		if err != nil {
			return 0, err
		}
		s.seq++
		s.rest = plain[min(s.skip, int64(len(plain))):]
		s.skip = 0
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

func (i *Imports) chunk(ctx context.Context, id string, seq int64) ([]byte, error) {
	var box []byte
	err := i.cfg.Store.View(ctx, func(tx *store.Tx) (err error) {
		box, err = tx.Chunk(id, seq)
		return err
	})
	if err != nil {
		return nil, err
	}
	plain, err := i.cfg.Ring.Open(purposeFile, box, id, strconv.FormatInt(seq, 10))
	if err != nil {
		return nil, fmt.Errorf("open chunk %d of import file %s: %w", seq, id, err)
	}
	return plain, nil
}
