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
// A text that is stored or looked up is UTF-8 without NUL, the most that both
// databases can hold: any other byte is replaced by U+FFFD on its way in.
package store

import (
	"context"
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

// ErrChanged says that a row is no longer at the version that was read: read it
// again and repeat the change. It is an ErrNotFound too: the version is gone.
var ErrChanged = fmt.Errorf("changed meanwhile: this version is %w", ErrNotFound)

// ErrExists says that a row with this key exists already.
var ErrExists = errors.New("exists already")

// Config of a store.
type Config struct {
	// URL is sqlite:PATH (the file is created) or postgres://...
	URL string
	// Connections bounds how many transactions read at once, and on PostgreSQL
	// how many write besides; 0 = 8.
	Connections int
}

// Store is an open database. It is safe for concurrent use.
type Store struct {
	backend backend
	pools   cache[model.Pool]
	clients cache[model.Client]

	mu      sync.Mutex
	closed  bool           // guarded by mu
	running sync.WaitGroup // transactions; Add is guarded by mu
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
	// exec returns how many rows were touched.
	exec(ctx context.Context, query string, args []any) (int64, error)
	// once runs a statement that will not come again: nothing of it is kept.
	once(ctx context.Context, query string) error
	query(ctx context.Context, query string, args []any) (rows, error)
}

// rows is what *sql.Rows does.
type rows interface {
	Next() bool
	Scan(into ...any) error
	Err() error
	Close() error
}

// Open opens the database and brings its schema up to date.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	if cfg.Connections == 0 {
		cfg.Connections = 8
	}
	b, err := connect(cfg)
	if err != nil {
		return nil, err
	}
	s := &Store{backend: b}
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// connect never repeats an address that it cannot read: it may hold a password.
func connect(cfg Config) (backend, error) {
	scheme, path, _ := strings.Cut(cfg.URL, ":")
	switch scheme {
	case "sqlite":
		return openSQLite(strings.TrimPrefix(path, "//"), cfg.Connections)
	case "postgres", "postgresql":
		return openPostgres(cfg)
	}
	return nil, errors.New("database address: want sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME")
}

var errClosed = errors.New("the store is closed")

// enter counts a transaction as running, unless the store is closed.
func (s *Store) enter() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errClosed
	}
	s.running.Add(1)
	return nil
}

// Close waits for running transactions and closes the database. A transaction
// that begins later fails. Closing twice is fine.
func (s *Store) Close() error {
	s.mu.Lock()
	again := s.closed
	s.closed = true
	s.mu.Unlock()
	s.running.Wait()
	if again {
		return nil
	}
	return s.backend.close()
}

// Ping tells whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.running.Done()
	return s.backend.ping(ctx)
}

// Tx is a transaction: every aggregate's reads and writes are its methods. It
// must not be used after its fn returned, nor by two goroutines.
type Tx struct {
	ctx     context.Context
	store   *Store
	run     runner
	reading bool // inside a View
}

// View runs fn on one consistent snapshot. Writes fail. fn must not begin
// another transaction: it could wait for ever for a free connection.
func (s *Store) View(ctx context.Context, fn func(*Tx) error) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.running.Done()
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.backend.view(ctx, func(ctx context.Context, r runner) error {
		tx := &Tx{ctx: ctx, store: s, run: r, reading: true}
		defer tx.end()
		return fn(tx)
	})
}

// maxRuns bounds how often one Update starts over after serialization failures.
const maxRuns = 200

// Update runs fn and commits what it wrote, or nothing when it returns an
// error. fn may run again when another node's transaction got in the way. It
// must not begin another transaction: it would wait for itself.
func (s *Store) Update(ctx context.Context, fn func(*Tx) error) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.running.Done()
	for run := 0; ; run++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := s.backend.update(ctx, func(ctx context.Context, r runner) error {
			tx := &Tx{ctx: ctx, store: s, run: r}
			defer tx.end()
			return fn(tx)
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

// end makes later uses of the Tx fail: on SQLite they would otherwise write
// into whatever transaction runs by then.
func (tx *Tx) end() { tx.run = ended{} }

type ended struct{}

var errEnded = errors.New("the transaction is over")

func (ended) exec(context.Context, string, []any) (int64, error) { return 0, errEnded }
func (ended) query(context.Context, string, []any) (rows, error) { return nil, errEnded }
func (ended) once(context.Context, string) error                 { return errEnded }
