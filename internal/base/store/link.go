package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"reflect"

	"modernc.org/sqlite"
)

// link is one connection with its statements prepared: parsing costs more than
// running. The queries of this package are constants, so they are few.
//
// It speaks to the driver itself. database/sql between them, with its locks
// and its conversions for every database there is, takes a tenth of a sign-in.
type link struct {
	conn     driver.Conn
	prepared map[string]statement
}

// statement is what the driver's statements can do.
type statement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

func openLink(dsn string) (*link, error) {
	conn, err := new(sqlite.Driver).Open(dsn)
	if err != nil {
		return nil, err
	}
	return &link{conn: conn, prepared: map[string]statement{}}, nil
}

func (ln *link) prepare(query string) (statement, error) {
	stmt, err := ln.conn.Prepare(query)
	if err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	return stmt.(statement), nil
}

func (ln *link) statement(query string) (stmt statement, err error) {
	if stmt, ok := ln.prepared[query]; ok {
		return stmt, nil
	}
	if stmt, err = ln.prepare(query); err == nil {
		ln.prepared[query] = stmt
	}
	return stmt, err
}

func (ln *link) do(ctx context.Context, query string) error {
	_, err := ln.exec(ctx, query, nil)
	return err
}

func (ln *link) exec(ctx context.Context, query string, args []any) (int64, error) {
	stmt, err := ln.statement(query)
	if err != nil {
		return 0, err
	}
	values, err := bind(args)
	if err != nil {
		return 0, err
	}
	res, err := stmt.ExecContext(ctx, values)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (ln *link) once(ctx context.Context, query string) error {
	stmt, err := ln.prepare(query)
	if err != nil {
		return err
	}
	_, err = stmt.ExecContext(ctx, nil)
	return errors.Join(err, stmt.Close())
}

func (ln *link) query(ctx context.Context, query string, args []any) (rows, error) {
	stmt, err := ln.statement(query)
	if err != nil {
		return nil, err
	}
	values, err := bind(args)
	if err != nil {
		return nil, err
	}
	from, err := stmt.QueryContext(ctx, values)
	if err != nil {
		return nil, err
	}
	return &linkRows{from: from, row: make([]driver.Value, len(from.Columns()))}, nil
}

func (ln *link) close() error {
	var err error
	for _, stmt := range ln.prepared {
		err = errors.Join(err, stmt.Close())
	}
	return errors.Join(err, ln.conn.Close())
}

// bind converts arguments to what a driver takes.
func bind(args []any) ([]driver.NamedValue, error) {
	values := make([]driver.NamedValue, len(args))
	for i, arg := range args {
		v, err := driver.DefaultParameterConverter.ConvertValue(arg)
		if err != nil {
			return nil, fmt.Errorf("argument %d: %w", i+1, err)
		}
		values[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
	}
	return values, nil
}

// linkRows walks over the rows of a query as *sql.Rows does.
type linkRows struct {
	from driver.Rows
	row  []driver.Value
	err  error // why Next ended, unless it was the end
}

func (r *linkRows) Next() bool {
	err := r.from.Next(r.row)
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
	return err == nil
}

func (r *linkRows) Scan(into ...any) error {
	if len(into) != len(r.row) {
		return fmt.Errorf("scan %d columns into %d values", len(r.row), len(into))
	}
	for i, v := range r.row {
		if err := assign(into[i], v); err != nil {
			return fmt.Errorf("column %d: %w", i+1, err)
		}
	}
	return nil
}

func (r *linkRows) Err() error   { return r.err }
func (r *linkRows) Close() error { return r.from.Close() }

// assign puts a column's value into a variable of one of the types that this package reads.
func assign(into any, v driver.Value) error {
	switch into := into.(type) {
	case *string:
		if s, ok := v.(string); ok {
			*into = s
			return nil
		}
	case *int64:
		if n, ok := v.(int64); ok {
			*into = n
			return nil
		}
	case *[]byte:
		switch v := v.(type) {
		case nil:
			*into = nil
			return nil
		case []byte: // a copy already
			*into = v
			return nil
		case string:
			*into = []byte(v)
			return nil
		}
	case *bool:
		if n, ok := v.(int64); ok {
			*into = n != 0
			return nil
		}
	case **string:
		if v == nil {
			*into = nil
			return nil
		}
		*into = new(string)
		return assign(*into, v)
	case sql.Scanner:
		return into.Scan(v)
	}
	to := reflect.ValueOf(into).Elem()
	switch v := v.(type) {
	case string:
		if to.Kind() == reflect.String {
			to.SetString(v)
			return nil
		}
	case int64:
		if to.CanInt() && !to.OverflowInt(v) {
			to.SetInt(v)
			return nil
		}
	}
	return fmt.Errorf("a %T does not fit into %T", v, into)
}

// reading is a link inside a View: it refuses to write, as PostgreSQL does.
type reading struct{ *link }

var errReading = errors.New("a View cannot write")

func (reading) exec(context.Context, string, []any) (int64, error) { return 0, errReading }
func (reading) once(context.Context, string) error                 { return errReading }
