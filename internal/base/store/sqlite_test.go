package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
)

func openAt(t *testing.T, url string) *Store {
	t.Helper()
	s, err := Open(t.Context(), Config{URL: url})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func openFile(t *testing.T) *Store {
	t.Helper()
	return openAt(t, "sqlite:"+filepath.Join(t.TempDir(), "gatehouse.db"))
}

// word is a column of any type, as text.
type word string

func (w *word) Scan(v any) error { *w = word(fmt.Sprint(v)); return nil }

func pragma(t *testing.T, r runner, name string) string {
	t.Helper()
	tx := &Tx{ctx: context.Background(), run: r}
	var v word
	if err := tx.one(`PRAGMA `+name, nil, &v); err != nil {
		t.Fatalf("pragma %s: %v", name, err)
	}
	return string(v)
}

func TestSQLitePragmas(t *testing.T) {
	l := openFile(t).backend.(*lite)
	links := []*link{l.writer.link}
	for range cap(l.readers.slots) {
		ln, err := l.readers.take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer l.readers.give(ln)
		links = append(links, ln)
	}
	cache := []string{"-16384", "-2048"}
	for i, ln := range links {
		for name, want := range map[string]string{
			"journal_mode": "wal", "synchronous": "2", "busy_timeout": "10000", "temp_store": "2",
			"cache_size": cache[min(i, 1)], "wal_autocheckpoint": "4000", "journal_size_limit": "67108864",
		} {
			if got := pragma(t, ln, name); got != want {
				t.Errorf("connection %d: %s is %s, want %s", i, name, got, want)
			}
		}
	}
}

func TestSQLiteFiles(t *testing.T) {
	t.Run("only the owner may read them", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "made", "for", "it")
		openAt(t, "sqlite:"+filepath.Join(dir, "gatehouse.db"))
		for _, c := range []struct {
			name string
			want os.FileMode
		}{{"", 0o700 | os.ModeDir}, {"gatehouse.db", 0o600}, {"gatehouse.db-wal", 0o600}, {"gatehouse.db-shm", 0o600}} {
			info, err := os.Stat(filepath.Join(dir, c.name))
			if err != nil {
				t.Error(err)
			} else if info.Mode() != c.want {
				t.Errorf("%q has mode %v, want %v", c.name, info.Mode(), c.want)
			}
		}
	})

	t.Run("a path may hold any character", func(t *testing.T) {
		for _, name := range []string{"a b.db", "q?mode=memory", "h#ash", "per%41cent", "%", "ünï", "a&b=c;d", "file:x", "back\\slash", `quo'te"`} {
			dir := t.TempDir()
			s := openAt(t, "sqlite:"+filepath.Join(dir, name))
			if err := s.Ping(t.Context()); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			found, err := os.ReadDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range found {
				if !strings.HasPrefix(f.Name(), name) {
					t.Errorf("%s: made the file %s", name, f.Name())
				}
			}
			if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
				t.Errorf("%s: nothing was written to it: %v", name, err)
			}
		}
	})

	t.Run("relative paths and sqlite:// are understood", func(t *testing.T) {
		t.Chdir(t.TempDir())
		for _, url := range []string{"sqlite:one.db", "sqlite://two.db", "sqlite:./sub/three.db"} {
			s := openAt(t, url)
			t.Chdir(t.TempDir()) // the reader opens its connection only now
			if err := s.Ping(t.Context()); err != nil {
				t.Errorf("%s: %v", url, err)
			}
		}
	})
}

func TestSQLiteRefusesToOpen(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, c := range map[string]struct{ url, want string }{
		"nothing":                   {"", "want sqlite:PATH or postgres://"},
		"no path":                   {"sqlite:", "path is missing"},
		"memory":                    {"sqlite::memory:", "not a file"},
		"a folder":                  {"sqlite:" + dir, "open the database: open " + dir},
		"a folder that cannot be":   {"sqlite:" + filepath.Join(write("file", ""), "x.db"), "make the folder of the database"},
		"a file of something else":  {"sqlite:" + write("other", strings.Repeat("no database ", 400)), "file is not a database"},
		"a file of something short": {"sqlite:" + write("short", "no database"), "file is not a database"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Open(t.Context(), Config{URL: c.url})
			if err == nil {
				s.Close()
				t.Fatal("it was opened")
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %q, want it to say %q", err, c.want)
			}
		})
	}

	t.Run("an address that holds a password, and does not print it", func(t *testing.T) {
		for _, url := range []string{"host=db user=x password=hunter2", "postgre://x:hunter2@db/x", "mysql://x:hunter2@db/x", "hunter2"} {
			_, err := Open(t.Context(), Config{URL: url})
			if err == nil || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("got %v", err)
			}
		}
	})
}

func TestSchemaOfANewerProgramIsRefused(t *testing.T) {
	url := "sqlite:" + filepath.Join(t.TempDir(), "gatehouse.db")
	s := openAt(t, url)
	err := s.Update(t.Context(), func(tx *Tx) error {
		return tx.insert(`INSERT INTO schema_step (number, name) VALUES (?, ?)`, 999, "0999_future.sql")
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Config{URL: url}); err == nil || !strings.Contains(err.Error(), "written by a newer version") {
		t.Errorf("got %v, want a refusal", err)
	}
}

func TestStatementsKeptPrepared(t *testing.T) {
	s := openFile(t)
	l := s.backend.(*lite)
	for query := range l.writer.link.prepared {
		if strings.Contains(query, "CREATE") {
			t.Errorf("a migration is kept: %.60s", query)
		}
	}
	touch := func(i int) {
		err := s.Update(t.Context(), func(tx *Tx) error {
			return tx.SaveLockout(model.Lockout{PoolID: fmt.Sprint(i), Subject: "ann"})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	touch(0)
	before := len(l.writer.link.prepared)
	for i := range 100 {
		touch(i)
	}
	if after := len(l.writer.link.prepared); after != before {
		t.Errorf("%d statements are kept, then %d", before, after)
	}
}

// TestAFullDisk limits the pages of the file, which SQLite reports as a full
// disk. Some of its failures undo the whole transaction, and with it the
// neighbours that share the commit: none of them may be acknowledged.
func TestAFullDisk(t *testing.T) {
	s := openFile(t)
	limit := func(pages string) {
		l := s.backend.(*lite)
		l.writer.turn.Lock()
		defer l.writer.turn.Unlock()
		pragma(t, l.writer.link, "max_page_count = "+pages)
	}
	limit("150") // the empty schema takes fewer
	var wg sync.WaitGroup
	results := make([]error, 64)
	for i := range results {
		wg.Go(func() {
			results[i] = s.Update(t.Context(), func(tx *Tx) error {
				size := 10
				if i%4 == 3 {
					size = 300_000
				}
				return errors.Join(
					tx.SaveLockout(model.Lockout{PoolID: "p", Subject: fmt.Sprint(i), Failures: 1}),
					tx.KeepMail(&model.Mail{ID: fmt.Sprint(i), Text: strings.Repeat("x", size)}))
			})
		})
	}
	wg.Wait()
	limit("1000000")
	stored := func(i int) bool {
		var n int64
		err := s.View(t.Context(), func(tx *Tx) error {
			l, err := tx.Lockout("p", fmt.Sprint(i))
			n = l.Failures
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return n == 1
	}
	failed := 0
	for i, err := range results {
		if err != nil {
			failed++
			if !strings.Contains(err.Error(), "full") {
				t.Errorf("update %d: got %q, want it to say that the disk is full", i, err)
			}
		}
		if stored(i) != (err == nil) {
			t.Errorf("update %d: stored %v, but the answer was %v", i, stored(i), err)
		}
	}
	if failed == 0 {
		t.Error("nothing failed: the limit had no effect")
	}
	if err := s.Update(t.Context(), func(tx *Tx) error { return tx.SaveLockout(model.Lockout{PoolID: "p", Subject: "after"}) }); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

// TestALostTransaction takes the transaction away under a group, as a failing
// disk does: every member must hear of it.
func TestALostTransaction(t *testing.T) {
	s := openFile(t)
	w := s.backend.(*lite).writer
	lose := func(fn error) error {
		return s.Update(t.Context(), func(tx *Tx) error {
			if err := tx.SaveLockout(model.Lockout{PoolID: "p", Subject: "lost", Failures: 1}); err != nil {
				return err
			}
			return errors.Join(w.link.do(tx.ctx, "ROLLBACK"), fn)
		})
	}
	own := errors.New("own")
	for name, err := range map[string]error{"after a success": lose(nil), "after a failure": lose(own)} {
		if err == nil || !strings.Contains(err.Error(), "commit:") {
			t.Errorf("%s: got %v, want the loss of the commit", name, err)
		}
	}
	err := s.Update(t.Context(), func(tx *Tx) error {
		l, err := tx.Lockout("p", "lost")
		if l.Failures != 0 {
			t.Error("the lost row is there")
		}
		return err
	})
	if err != nil {
		t.Errorf("the next update: %v", err)
	}
}

// TestABusyFile holds the file as another process would, for longer than the patience of a writer.
func TestABusyFile(t *testing.T) {
	url := "sqlite:" + filepath.Join(t.TempDir(), "gatehouse.db")
	s, other := openAt(t, url), openAt(t, url)
	w := s.backend.(*lite).writer
	pragma(t, w.link, "busy_timeout = 1")
	err := other.Update(t.Context(), func(tx *Tx) error {
		if err := s.Update(t.Context(), func(*Tx) error { return nil }); err == nil || !strings.Contains(err.Error(), "locked") {
			t.Errorf("got %v, want it to say that the file is locked", err)
		}
		return tx.SaveLockout(model.Lockout{PoolID: "p", Subject: "other", Failures: 1, LastAt: time.Now()})
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Update(t.Context(), func(*Tx) error { return nil }); err != nil {
		t.Errorf("when the file is free again: %v", err)
	}
}
