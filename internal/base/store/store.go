// Package store gives everything that Gatehouse remembers, in SQLite or PostgreSQL.
//
//	Store ── View(ctx, fn)    read: one consistent snapshot
//	      └─ Update(ctx, fn)  write: all or nothing, fn may run again
//	Tx    ── a file per aggregate: pool.go, client.go, user.go ...
//
// SQL is written once, in the subset that both databases share; backend holds
// the true differences. Times are integer microseconds, ids are text.
//
// A transaction is short: no network, no hashing, no trigger inside. fn may
// run more than once (a serialization failure on PostgreSQL), so it must not
// have effects of its own: effects go to an outbox row or after the commit.
// fn may run on another goroutine than its caller's.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
)

// ErrNotFound says that the row asked for does not exist.
var ErrNotFound = errors.New("not found")

// ErrExists says that a row with this key exists already.
var ErrExists = errors.New("exists already")

// Config of a store.
type Config struct {
	// URL is sqlite:PATH (the file is created) or postgres://...
	URL string
	// Connections bounds how many transactions read at once; 0 = 8.
	Connections int
}

// Store is an open database. It is safe for concurrent use.
type Store struct {
	backend backend

	mu      sync.Mutex
	pools   map[string]*model.Pool   // the newest version seen of each
	clients map[string]*model.Client // likewise
}

// backend is what SQLite and PostgreSQL do differently.
type backend interface {
	// view runs fn in a transaction that reads one snapshot.
	view(ctx context.Context, fn func(context.Context, runner) error) error
	// update runs fn once in a transaction and commits it when fn returns nil.
	update(ctx context.Context, fn func(context.Context, runner) error) error
	// again tells whether a failed update should start over.
	again(err error) bool
	// dialect turns the schema's BLOB, NAME and KEYED into the database's own words.
	dialect() *strings.Replacer
	// alone makes rivals of a schema change wait until the transaction ends.
	alone(ctx context.Context, r runner) error
	ping(ctx context.Context) error
	close() error
}

// runner runs SQL with ? placeholders inside one transaction.
type runner interface {
	exec(ctx context.Context, query string, args []any) (sql.Result, error)
	query(ctx context.Context, query string, args []any) (*sql.Rows, error)
}

// Open opens the database and brings its schema up to date.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	if cfg.Connections == 0 {
		cfg.Connections = 8
	}
	b, err := connect(ctx, cfg)
	if err != nil {
		return nil, err
	}
	s := &Store{backend: b, pools: map[string]*model.Pool{}, clients: map[string]*model.Client{}}
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func connect(ctx context.Context, cfg Config) (backend, error) {
	scheme, path, _ := strings.Cut(cfg.URL, ":")
	switch scheme {
	case "sqlite":
		return openSQLite(ctx, strings.TrimPrefix(path, "//"), cfg.Connections)
	case "postgres", "postgresql":
		return openPostgres(cfg)
	}
	return nil, fmt.Errorf("database %q: want sqlite:PATH or postgres://...", scheme+":")
}

// Close waits for running transactions and closes the database.
func (s *Store) Close() error { return s.backend.close() }

// Ping tells whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return s.backend.ping(ctx) }

// Tx is a transaction: every aggregate's reads and writes are its methods. It
// must not be used after its fn returned, nor by two goroutines.
type Tx struct {
	ctx   context.Context
	store *Store
	run   runner
}

// View runs fn on one consistent snapshot. Writes fail.
func (s *Store) View(ctx context.Context, fn func(*Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.backend.view(ctx, func(ctx context.Context, r runner) error {
		return fn(&Tx{ctx: ctx, store: s, run: r})
	})
}

// maxRuns bounds how often one Update starts over after serialization failures.
const maxRuns = 200

// Update runs fn and commits what it wrote, or nothing when it returns an
// error. fn may run again when another node's transaction got in the way.
func (s *Store) Update(ctx context.Context, fn func(*Tx) error) error {
	for run := 0; ; run++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := s.backend.update(ctx, func(ctx context.Context, r runner) error {
			return fn(&Tx{ctx: ctx, store: s, run: r})
		})
		if err == nil || !s.backend.again(err) {
			return err
		}
		if run == maxRuns {
			return fmt.Errorf("transaction gave way %d times: %w", run, err)
		}
		if err := pause(ctx, run); err != nil {
			return err
		}
	}
}

// pause waits longer after each failed run, at random, so that rivals do not meet again.
func pause(ctx context.Context, run int) error {
	ceiling := min(time.Millisecond<<min(run, 6), 50*time.Millisecond)
	timer := time.NewTimer(rand.N(ceiling) + 1)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// exec runs a statement and returns how many rows it touched.
func (tx *Tx) exec(query string, args ...any) (int64, error) {
	res, err := tx.run.exec(tx.ctx, query, args)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// insert runs an INSERT ... ON CONFLICT DO NOTHING; ErrExists when there was a conflict.
func (tx *Tx) insert(query string, args ...any) error {
	n, err := tx.exec(query, args...)
	if err == nil && n == 0 {
		return ErrExists
	}
	return err
}

// touch runs a statement that must touch a row; ErrNotFound when it did not.
func (tx *Tx) touch(query string, args ...any) error {
	n, err := tx.exec(query, args...)
	if err == nil && n == 0 {
		return ErrNotFound
	}
	return err
}

// one reads a single row; ErrNotFound when there is none.
func (tx *Tx) one(query string, args []any, into ...any) error {
	found := false
	err := tx.each(query, args, func(scan func(...any) error) error {
		if found {
			return nil
		}
		found = true
		return scan(into...)
	})
	if err == nil && !found {
		return ErrNotFound
	}
	return err
}

// each calls fn for every row.
func (tx *Tx) each(query string, args []any, fn func(scan func(...any) error) error) error {
	rows, err := tx.run.query(tx.ctx, query, args)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := fn(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// micros is a time as it is stored; the zero time is 0.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// moment is a stored time; 0 is the zero time.
func moment(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}
