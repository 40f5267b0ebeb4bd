package brx_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/breach/brx"
)

func TestWriterRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.brx")
	w, err := brx.Create(path, brx.Options{Alg: brx.SHA1, Expected: 10, Tail: true})
	if err != nil {
		t.Fatal(err)
	}
	low, high := bytes.Repeat([]byte{1}, 20), bytes.Repeat([]byte{2}, 20)
	if err := w.Add(high, 1); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		hash  []byte
		count uint64
		want  error
	}{
		"a hash out of order":   {low, 1, brx.ErrOrder},
		"a hash twice":          {high, 1, brx.ErrOrder},
		"an NTLM hash":          {high[:16], 1, brx.ErrWidth},
		"a count of nothing":    {bytes.Repeat([]byte{3}, 20), 0, nil},
		"a hash that ends late": {append(high, 3), 1, brx.ErrWidth},
	} {
		if err := w.Add(c.hash, c.count); err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	info, err := w.Finish()
	if info.Entries != 1 || err != nil {
		t.Errorf("got %d entries, %v; want the one that was not refused", info.Entries, err)
	}
	if err := w.Add(bytes.Repeat([]byte{4}, 20), 1); err == nil {
		t.Error("an entry was added after the end")
	}
	if err := w.Abort(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Errorf("aborting after the end removed the file: %v", err)
	}
}

func TestCreateRefuses(t *testing.T) {
	dir := t.TempDir()
	there := filepath.Join(dir, "there.brx")
	if err := os.WriteFile(there, []byte("mapped by somebody"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := brx.Create(there, brx.Options{Alg: brx.SHA1}); !errors.Is(err, os.ErrExist) {
		t.Errorf("a file that exists: got %v, want %v", err, os.ErrExist)
	}
	for name, o := range map[string]brx.Options{
		"no algorithm":           {},
		"too short a remainder":  {Alg: brx.SHA1, Remainder: 23},
		"too long a remainder":   {Alg: brx.SHA1, Remainder: 41},
		"more than 64 bits":      {Alg: brx.SHA1, Expected: 1 << 32, Remainder: 33},
		"a key for SHA-1":        {Alg: brx.SHA1, KeyID: [16]byte{1}},
		"a source without end":   {Alg: brx.SHA1, Source: string(make([]byte, 129))},
		"a licence without end":  {Alg: brx.SHA1, Licence: string(make([]byte, 129))},
		"an unknown algorithm":   {Alg: 99},
		"a remainder below zero": {Alg: brx.SHA1, Remainder: -1},
	} {
		if w, err := brx.Create(filepath.Join(dir, "new.brx"), o); err == nil {
			t.Errorf("%s was accepted", name)
			_ = w.Abort()
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "new*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestAbortLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	w, err := brx.Create(filepath.Join(dir, "x.brx"), brx.Options{Alg: brx.SHA1, Tail: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Abort(); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestAFileWithoutItsEndIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.brx")
	w, err := brx.Create(path, brx.Options{Alg: brx.SHA1, Expected: 20_000})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range random(20_000, 20, 1) {
		if err := w.Add(e.Hash[:], e.Count); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Checkpoint(); err != nil {
		t.Fatal(err)
	}
	if _, err := brx.Open(path, brx.OpenOptions{}); !errors.Is(err, brx.ErrFormat) {
		t.Errorf("got %v, want %v", err, brx.ErrFormat)
	}
	if err := w.Abort(); err != nil {
		t.Fatal(err)
	}
}

// TestResume kills a writer behind a checkpoint again and again: the file comes out as if it had lived.
func TestResume(t *testing.T) {
	for name, all := range map[string]entries{"spread": random(20_000, 20, 1), "in one bucket": crowd(8000, 5)} {
		for _, tail := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				dir := t.TempDir()
				o := brx.Options{
					Alg: brx.SHA1, Expected: uint64(len(all)), Tail: tail, Source: "a test", Licence: "none",
					Epoch: 7, Built: time.Unix(1_700_000_000, 0), UUID: [16]byte{1},
				}
				write(t, filepath.Join(dir, "whole"), o, all)
				path := filepath.Join(dir, "killed")
				w, err := brx.Create(path, o)
				if err != nil {
					t.Fatal(err)
				}
				state, err := w.Checkpoint()
				if err != nil {
					t.Fatal(err)
				}
				for at, round := 0, 0; at < len(all); round++ {
					if err := w.Close(); err != nil {
						t.Fatal(err)
					}
					if w, err = brx.Resume(path, state); err != nil {
						t.Fatal(err)
					}
					next := min(at+977*(round%4), len(all))
					for ; at < next; at++ {
						if err := w.Add(all[at].Hash[:], all[at].Count); err != nil {
							t.Fatal(err)
						}
					}
					if state, err = w.Checkpoint(); err != nil {
						t.Fatal(err)
					}
					for lost := at; lost < min(at+2000, len(all)); lost++ {
						if err := w.Add(all[lost].Hash[:], all[lost].Count); err != nil {
							t.Fatal(err)
						}
					}
				}
				if _, err := w.Finish(); err != nil {
					t.Fatal(err)
				}
				want, err := os.ReadFile(filepath.Join(dir, "whole"))
				if err != nil {
					t.Fatal(err)
				}
				if got, err := os.ReadFile(path); !bytes.Equal(got, want) || err != nil {
					t.Errorf("got another file than without a kill, %v", err)
				}
				if err := open(t, path, brx.OpenOptions{}).Verify(context.Background(), nil); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func TestResumeRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.brx")
	w, err := brx.Create(path, brx.Options{Alg: brx.SHA1, Expected: 5000, Tail: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range random(5000, 20, 1) {
		if err := w.Add(e.Hash[:], e.Count); err != nil {
			t.Fatal(err)
		}
	}
	state, err := w.Checkpoint()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	t.Run("a checkpoint that was changed", func(t *testing.T) {
		for i := 0; i < len(state); i += 13 {
			changed := bytes.Clone(state)
			changed[i] ^= 1
			if w, err := brx.Resume(path, changed); err == nil {
				_ = w.Close()
				t.Fatalf("byte %d: got no error", i)
			}
		}
	})
	t.Run("a damaged page", func(t *testing.T) {
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		file[5000] ^= 1
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := brx.Resume(path, state); !errors.Is(err, brx.ErrCorrupt) {
			t.Errorf("got %v, want %v", err, brx.ErrCorrupt)
		}
	})
	t.Run("a file shorter than at the checkpoint", func(t *testing.T) {
		if err := os.Truncate(path, 8192); err != nil {
			t.Fatal(err)
		}
		if _, err := brx.Resume(path, state); !errors.Is(err, brx.ErrCorrupt) {
			t.Errorf("got %v, want %v", err, brx.ErrCorrupt)
		}
	})
}

// Whoever is killed inside Finish must find either a whole file or what Resume needs.
func TestTheTailStaysUntilTheFileIsWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.brx")
	all := random(100_000, 20, 1)
	w, err := brx.Create(path, brx.Options{Alg: brx.SHA1, Expected: uint64(len(all)), Tail: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		if err := w.Add(e.Hash[:], e.Count); err != nil {
			t.Fatal(err)
		}
	}
	seen := make(chan error, 1)
	go func() {
		for {
			if _, err := os.Stat(path + ".tail"); err == nil {
				continue
			}
			s, err := brx.Open(path, brx.OpenOptions{Pread: true})
			if err == nil {
				err = s.Close()
			}
			seen <- err
			return
		}
	}()
	if _, err := w.Finish(); err != nil {
		t.Fatal(err)
	}
	if err := <-seen; err != nil {
		t.Errorf("the tail was gone, and the file: %v", err)
	}
}
