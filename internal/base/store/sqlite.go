package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// lite is the backend in one file: some connections read, one writes.
//
//	View ──> readers (a channel of connections)
//	Update ──> queue ──> write(): BEGIN · fn · fn · fn · COMMIT
//
// Updates that wait together are committed together, each behind its own
// savepoint: one disk flush answers all of them.
type lite struct {
	db      *sql.DB
	readers chan *link
	all     []*link

	queue   chan *job
	stop    sync.RWMutex // held for reading while an Update is queued
	closed  bool         // guarded by stop
	written sync.WaitGroup
}

// job is one Update on its way through the writer.
type job struct {
	fn       func(context.Context, runner) error
	ctx      context.Context
	err      error
	panicked any
	done     chan struct{}
}

// maxBatch bounds how many updates share one commit, so that the first does not wait for ever.
const maxBatch = 128

func openSQLite(ctx context.Context, path string, readers int) (*lite, error) {
	if path == "" {
		return nil, errors.New("database sqlite: the path is missing, want sqlite:PATH")
	}
	if err := protect(path); err != nil {
		return nil, err
	}
	// FULL: an acknowledged sign-up survives a power cut, not only a kill.
	pragmas := url.Values{"_pragma": {
		"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "temp_store(MEMORY)",
		"cache_size(-2048)", "journal_size_limit(67108864)", "wal_autocheckpoint(4000)",
	}}
	// url.URL escapes ? and # in a path, which would otherwise begin the options.
	dsn := (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: pragmas.Encode()}).String()
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	l := &lite{db: db, readers: make(chan *link, readers), queue: make(chan *job, 4*maxBatch)}
	for i := range readers + 1 {
		conn, err := db.Conn(ctx)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), l.close())
		}
		ln := &link{conn: conn, prepared: map[string]*sql.Stmt{}}
		l.all = append(l.all, ln)
		if i > 0 {
			l.readers <- ln
		}
	}
	l.written.Go(func() { l.write(l.all[0]) })
	return l, nil
}

// protect makes the file for its owner alone, before anything is written to it.
func protect(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make the folder of the database: %w", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	return f.Close()
}

func (l *lite) view(ctx context.Context, fn func(context.Context, runner) error) error {
	var ln *link
	select {
	case ln = <-l.readers:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { l.readers <- ln }()
	ctx = unwatched(ctx)
	if err := ln.do(ctx, "BEGIN"); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer ln.do(ctx, "ROLLBACK") //nolint:errcheck // a read has nothing to lose
	return fn(ctx, reading{ln})
}

// unwatched drops the end of a context: the driver starts a goroutine per
// statement to watch one, and statements here take microseconds.
func unwatched(ctx context.Context) context.Context { return context.WithoutCancel(ctx) }

func (l *lite) update(ctx context.Context, fn func(context.Context, runner) error) error {
	j := &job{fn: fn, ctx: unwatched(ctx), done: make(chan struct{})}
	l.stop.RLock()
	if l.closed {
		l.stop.RUnlock()
		return errors.New("the store is closed")
	}
	l.queue <- j
	l.stop.RUnlock()
	<-j.done
	if j.panicked != nil {
		panic(j.panicked)
	}
	return j.err
}

// write is the one writer: it takes what waits, commits it together, and answers.
func (l *lite) write(ln *link) {
	for j := range l.queue {
		batch := l.commit(ln, j)
		for _, j := range batch {
			close(j.done)
		}
	}
}

// commit runs the first job and whatever has queued up meanwhile in one transaction.
func (l *lite) commit(ln *link, first *job) []*job {
	ctx := context.Background()
	batch := []*job{first}
	if err := ln.do(ctx, "BEGIN IMMEDIATE"); err != nil {
		first.err = fmt.Errorf("begin: %w", err)
		return batch
	}
	first.run(ln)
	for len(batch) < maxBatch {
		select {
		case j, ok := <-l.queue:
			if !ok {
				return l.end(ln, batch)
			}
			j.run(ln)
			batch = append(batch, j)
			continue
		default:
		}
		break
	}
	return l.end(ln, batch)
}

// end commits; a commit that fails fails every update that was in it.
func (l *lite) end(ln *link, batch []*job) []*job {
	ctx := context.Background()
	err := ln.do(ctx, "COMMIT")
	if err == nil {
		return batch
	}
	ln.do(ctx, "ROLLBACK") //nolint:errcheck // SQLite may have rolled back by itself
	for _, j := range batch {
		if j.err == nil {
			j.err = fmt.Errorf("commit: %w", err)
		}
	}
	return batch
}

// run runs the job behind a savepoint, so that its failure undoes its own writes alone.
func (j *job) run(ln *link) {
	if j.err = ln.do(j.ctx, "SAVEPOINT job"); j.err != nil {
		return
	}
	func() {
		defer func() { j.panicked = recover() }()
		j.err = j.fn(j.ctx, ln)
	}()
	if j.err != nil || j.panicked != nil {
		if err := ln.do(j.ctx, "ROLLBACK TO job"); err != nil {
			j.err = errors.Join(j.err, err)
		}
	}
	if err := ln.do(j.ctx, "RELEASE job"); err != nil {
		j.err = errors.Join(j.err, err)
	}
}

func (l *lite) again(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_BUSY
}

func (l *lite) dialect() *strings.Replacer {
	return strings.NewReplacer(" NAME ", " TEXT ", ") KEYED", ") WITHOUT ROWID")
}

// alone: there is one writer already, and a second process waits at BEGIN IMMEDIATE.
func (l *lite) alone(context.Context, runner) error { return nil }

func (l *lite) ping(ctx context.Context) error {
	return l.view(ctx, func(ctx context.Context, r runner) error {
		rows, err := r.query(ctx, `SELECT COUNT(*) FROM sqlite_schema`, nil)
		if err != nil {
			return err
		}
		return rows.Close()
	})
}

func (l *lite) close() error {
	l.stop.Lock()
	if !l.closed {
		l.closed = true
		close(l.queue)
	}
	l.stop.Unlock()
	l.written.Wait()
	var err error
	for _, ln := range l.all {
		err = errors.Join(err, ln.close())
	}
	return errors.Join(err, l.db.Close())
}

// link is one connection with its statements prepared: parsing costs more than running.
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

func (reading) exec(context.Context, string, []any) (sql.Result, error) {
	return nil, errors.New("a View cannot write")
}
