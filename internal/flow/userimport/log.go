package userimport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

// fate is what became of a row.
type fate int

const (
	imported fate = iota
	skipped
	failed
)

// shownName is how much of a name the log shows, in characters: a user name has 128 at most.
const shownName = 128

// logLine is what the log says of a row that made no user, as Cognito words it,
// with the name: the reader has the file, and looks for whom to write to. No other
// value of the row is told.
func logLine(log []byte, f fate, line int64, name, why string) []byte {
	word := "[FAILED]"
	if f == skipped {
		word = "[SKIPPED]"
	}
	if utf8.RuneCountInString(name) > shownName {
		name = string([]rune(name)[:shownName])
	}
	log = append(log, word...)
	log = append(log, " Line Number "...)
	log = strconv.AppendInt(log, line, 10)
	if name != "" {
		log = append(log, " User Name "...)
		log = strconv.AppendQuoteToGraphic(log, name) // also one with a line break in it
	}
	log = append(log, " - "...)
	log = append(log, why...)
	return append(log, '\n')
}

// addLog keeps what the log says of a batch.
func (i *Imports) addLog(tx *store.Tx, j *model.ImportJob, text []byte) error {
	if len(text) == 0 {
		return nil
	}
	if j.LogID == "" {
		// Under the file's name: whoever runs the batch again means the same log.
		j.LogID = "log-" + j.FileID
		if err := tx.CreateImportFile(&model.ImportFile{ID: j.LogID, PoolID: j.PoolID, JobID: j.ID}); err != nil {
			return fmt.Errorf("begin the log of job %s: %w", j.ID, err)
		}
	}
	box := i.cfg.Ring.Seal(purposeFile, text, j.LogID, strconv.FormatInt(j.LogChunks, 10))
	if err := tx.AddChunk(j.LogID, j.LogChunks, box); err != nil {
		return fmt.Errorf("write the log of job %s: %w", j.ID, err)
	}
	j.LogChunks++
	return nil
}

// Log writes the log of the job that a token names, as far as it is there.
func (i *Imports) Log(ctx context.Context, token string, to io.Writer) error {
	t, err := i.admit(purposeLog, token)
	if err != nil {
		return err
	}
	return i.WriteLog(ctx, t.Pool, t.Job, to)
}

var noLog = fault.New(fault.ResourceNotFound, "The user import job has no log: every row came in, or it is gone by now.")

// WriteLog writes the log of a job, as far as it is there.
func (i *Imports) WriteLog(ctx context.Context, poolID, id string, to io.Writer) error {
	j, err := i.Describe(ctx, poolID, id)
	if err != nil {
		return err
	}
	if i.LogURL(j) == "" {
		return noLog
	}
	for seq := range j.LogChunks {
		text, err := i.chunk(ctx, j.LogID, seq)
		if errors.Is(err, store.ErrNotFound) && seq == 0 {
			return noLog
		}
		if err != nil {
			return fmt.Errorf("read the log of job %s: %w", id, err)
		}
		if _, err := to.Write(text); err != nil {
			return err
		}
	}
	return nil
}
