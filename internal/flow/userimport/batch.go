package userimport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/account"
)

// batchRows is how many rows come in one transaction: enough to share its flush
// to the disk, few enough for sign-ins to pass between two.
const batchRows = 250

// row is one line of the file on its way into the pool.
type row struct {
	line   int64
	values []string
	name   string
	why    error             // what is wrong with it, told to people
	user   *account.Imported // otherwise
}

// batch is some rows, and where the file goes on after them.
type batch struct {
	rows         []row
	offset, line int64
	last         bool
}

func blank(line []byte) bool { return len(bytes.TrimSpace(line)) == 0 }

// read takes the next rows of the file.
func (r *run) read(in *rows) (b batch, err error) {
	for len(b.rows) < batchRows {
		line, err := in.next()
		switch {
		case errors.Is(err, io.EOF):
			b.last = true
			b.offset, b.line = in.offset, in.line
			return b, nil
		case errors.Is(err, errTooLong):
			b.rows = append(b.rows, row{line: in.line, why: err})
		case err != nil:
			return b, err
		case !blank(line):
			one := row{line: in.line}
			if one.values, one.why = split(string(line)); one.why == nil && len(one.values) != len(r.columns) {
				one.why = fault.Newf(fault.InvalidParameter, "The row has %d values, and the header %d columns.", len(one.values), len(r.columns))
			}
			b.rows = append(b.rows, one)
		}
	}
	b.offset, b.line = in.offset, in.line
	return b, nil
}

// errChanged says that the pool is not as it was when the rows were checked.
var errChanged = errors.New("the pool was changed meanwhile")

// maxAgain bounds how often a batch is checked anew because its pool changed.
const maxAgain = 20

// bring makes the users of a batch and stores how far the job is, at once.
func (r *run) bring(ctx context.Context, b batch) error {
	for again := 0; ; again++ {
		var p *model.Pool
		err := r.cfg.Store.View(ctx, func(tx *store.Tx) (err error) {
			p, err = tx.Pool(r.job.PoolID)
			return err
		})
		if errors.Is(err, store.ErrNotFound) {
			return errLost
		}
		if err != nil {
			return fmt.Errorf("read pool %s: %w", r.job.PoolID, err)
		}
		for i := range b.rows {
			if err := r.draft(p, &b.rows[i]); err != nil {
				return err
			}
		}
		err = r.update(ctx, func(tx *store.Tx, j *model.ImportJob) error {
			if j.Status == model.ImportStopping {
				return r.end(tx, j, model.ImportStopped, stopped)
			}
			if now, err := tx.Pool(p.ID); err != nil || now.Version != p.Version {
				return errors.Join(errChanged, err)
			}
			return r.store(tx, p, j, b)
		})
		if !errors.Is(err, errChanged) || again == maxAgain {
			return err
		}
	}
}

// draft checks a row against the pool. Only what is not the row's fault is an error.
func (r *run) draft(p *model.Pool, one *row) error {
	if one.values == nil || len(one.values) != len(r.columns) {
		return nil
	}
	one.user, one.why = nil, nil
	given := make(map[string]string, len(one.values))
	var withMFA *bool
	for i, column := range r.columns {
		value := one.values[i]
		switch {
		case column == columnName:
			one.name = value
		case value == "":
		case column == columnMFA:
			on := strings.EqualFold(value, "true")
			if !on && !strings.EqualFold(value, "false") {
				one.why = fault.New(fault.InvalidParameter, columnMFA+" must be true, false or blank.")
				return nil
			}
			withMFA = &on
		default:
			given[column] = value
		}
	}
	if one.name == "" {
		one.why = fault.New(fault.InvalidParameter, "The row has no "+columnName+".")
		return nil
	}
	if given["birthdate"] != "" && !isBirthdate(given["birthdate"]) {
		one.why = fault.New(fault.InvalidParameter, "birthdate must be a date as mm/dd/yyyy.")
		return nil
	}
	user, err := r.cfg.Accounts.Import(p, one.name, given, withMFA)
	if _, ok := fault.As(err); err != nil && !ok {
		return fmt.Errorf("line %d: %w", one.line, err)
	}
	one.user, one.why = user, err
	return nil
}

// errHere is what Cognito's log says of a user who is skipped.
var errHere = fault.New(fault.InvalidParameter, "The user already exists.")

// store makes the users inside the batch's Update. Its function may run again.
func (r *run) store(tx *store.Tx, p *model.Pool, j *model.ImportJob, b batch) error {
	var log []byte
	for i := range b.rows {
		one := &b.rows[i]
		what, why := failed, one.why
		if why == nil {
			why = r.cfg.Accounts.CreateImported(tx, p, one.user)
			f, refused := fault.As(why)
			switch {
			case why == nil:
				j.Imported++
				continue
			case !refused:
				return fmt.Errorf("line %d: %w", one.line, why)
			case f.Code == fault.UsernameExists:
				what, why = skipped, errHere
			}
		}
		if what == skipped {
			j.Skipped++
		} else {
			j.Failed++
		}
		log = logLine(log, what, one.line, one.name, reason(why))
	}
	if err := r.addLog(tx, j, log); err != nil {
		return err
	}
	j.Offset, j.Line = b.offset, b.line
	if !b.last {
		return r.goOn(tx, j)
	}
	if j.Failed+j.Skipped > j.Imported {
		return r.end(tx, j, model.ImportFailed, tooMany)
	}
	return r.end(tx, j, model.ImportSucceeded, succeeded)
}

// reason is what a fault says to a client, on one line. No value of an attribute is in it.
func reason(why error) string {
	text := why.Error()
	if f, ok := fault.As(why); ok {
		text = f.Message
	}
	return strings.Join(strings.Fields(text), " ")
}
