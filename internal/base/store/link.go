package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
)

// link is one connection with its statements prepared: parsing costs more than
// running. The queries of this package are constants, so they are few.
type link struct {
	conn     *sql.Conn
	prepared map[string]*sql.Stmt
}

func (ln *link) statement(ctx context.Context, query string) (*sql.Stmt, error) {
	if stmt, ok := ln.prepared[query]; ok {
		return stmt, nil
	}
	stmt, err := ln.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	ln.prepared[query] = stmt
	return stmt, nil
}

func (ln *link) do(ctx context.Context, query string) error {
	_, err := ln.exec(ctx, query, nil)
	return err
}

func (ln *link) exec(ctx context.Context, query string, args []any) (sql.Result, error) {
	stmt, err := ln.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	return stmt.ExecContext(ctx, args...)
}

func (ln *link) once(ctx context.Context, query string) error {
	_, err := ln.conn.ExecContext(ctx, query)
	return err
}

func (ln *link) query(ctx context.Context, query string, args []any) (*sql.Rows, error) {
	stmt, err := ln.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

func (ln *link) close() error {
	var err error
	for _, stmt := range ln.prepared {
		err = errors.Join(err, stmt.Close())
	}
	return errors.Join(err, ln.conn.Close())
}

// reading is a link inside a View: it refuses to write, as PostgreSQL does.
type reading struct{ *link }

var errReading = errors.New("a View cannot write")

func (reading) exec(context.Context, string, []any) (sql.Result, error) { return nil, errReading }
func (reading) once(context.Context, string) error                      { return errReading }

// readers is a bounded set of links. The one used last is taken first: its
// pages and statements are warm, and the others are not even opened before
// they are needed.
type readers struct {
	connect func(context.Context) (*link, error)
	slots   chan struct{} // one for each link in use

	mu   sync.Mutex
	idle []*link // guarded by mu
}

func newReaders(limit int, connect func(context.Context) (*link, error)) *readers {
	return &readers{connect: connect, slots: make(chan struct{}, limit)}
}

func (r *readers) take(ctx context.Context) (*link, error) {
	select {
	case r.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	r.mu.Lock()
	if n := len(r.idle); n > 0 {
		ln := r.idle[n-1]
		r.idle = r.idle[:n-1]
		r.mu.Unlock()
		return ln, nil
	}
	r.mu.Unlock()
	ln, err := r.connect(ctx)
	if err != nil {
		<-r.slots
	}
	return ln, err
}

func (r *readers) give(ln *link) {
	r.mu.Lock()
	r.idle = append(r.idle, ln)
	r.mu.Unlock()
	<-r.slots
}

// drop closes a link that cannot be trusted any more.
func (r *readers) drop(ln *link) {
	ln.close() //nolint:errcheck // it is being thrown away for an error already
	<-r.slots
}

// close closes the links; none may be in use.
func (r *readers) close() error {
	var err error
	for _, ln := range r.idle {
		err = errors.Join(err, ln.close())
	}
	return err
}
