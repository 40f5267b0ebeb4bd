package store

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// lite is the backend in one file: some connections read, one writes.
//
//	View   ──> readers: the connection used last is taken first
//	Update ──> writer:  BEGIN · fn · fn · fn · COMMIT
type lite struct {
	readers *readers
	writer  *writer
}

// pragmas hold on every connection. FULL: an acknowledged sign-up survives a
// power cut, not only a kill.
var pragmas = url.Values{"_pragma": {
	"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "temp_store(MEMORY)",
	"cache_size(-2048)", "journal_size_limit(67108864)", "wal_autocheckpoint(4000)",
}}

func openSQLite(path string, connections int) (*lite, error) {
	path, err := location(path)
	if err != nil {
		return nil, err
	}
	if err := protect(path); err != nil {
		return nil, err
	}
	// The path is escaped: ? and # would otherwise begin the options.
	dsn := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: pragmas.Encode()}
	connect := func() (*link, error) {
		ln, err := openLink(dsn.String())
		if err != nil {
			return nil, fmt.Errorf("open %s: %w", path, err)
		}
		return ln, nil
	}
	first, err := connect()
	if err != nil {
		return nil, err
	}
	// The writer touches a dozen indexes all over the file; what it has not at
	// hand it must read back while others wait. Unused room costs nothing.
	if err := first.once(context.Background(), "PRAGMA cache_size(-16384)"); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), first.close())
	}
	return &lite{writer: &writer{link: first}, readers: newReaders(connections, connect)}, nil
}

// location is the absolute path of the file, so that a change of the working
// folder does not split the database from its log.
func location(path string) (string, error) {
	if path == "" {
		return "", errors.New("database sqlite: the path is missing, want sqlite:PATH")
	}
	if path == ":memory:" {
		return "", errors.New("database sqlite::memory: is not a file: what is written must outlive the process")
	}
	full, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("locate the database: %w", err)
	}
	return full, nil
}

// protect makes the file for its owner alone, before anything is written to
// it. SQLite gives its -wal and -shm files the same mode.
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
	ln, err := l.readers.take(ctx)
	if err != nil {
		return err
	}
	ctx = unwatched(ctx)
	if err := ln.do(ctx, "BEGIN"); err != nil {
		l.readers.drop(ln)
		return fmt.Errorf("begin: %w", err)
	}
	defer func() {
		if ln.do(ctx, "ROLLBACK") != nil {
			l.readers.drop(ln) // a read has nothing to lose, but the next one needs a clean start
			return
		}
		l.readers.give(ln)
	}()
	return fn(ctx, reading{ln})
}

// unwatched drops the end of a context: the driver starts a goroutine per
// statement to watch one, and statements here take microseconds.
func unwatched(ctx context.Context) context.Context { return context.WithoutCancel(ctx) }

func (l *lite) update(ctx context.Context, fn func(context.Context, runner) error) error {
	return l.writer.update(ctx, fn)
}

// again: one writer never gets in its own way, and another process that holds
// the file for longer than the busy timeout is an error to report, not to repeat.
func (l *lite) again(error) bool { return false }

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
	return errors.Join(l.readers.close(), l.writer.link.close())
}
