package breach_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/gatehouse-id/gatehouse/breach"
	"github.com/gatehouse-id/gatehouse/breach/brx"
)

func TestVerifyFolder(t *testing.T) {
	dir := t.TempDir()
	o := brx.Options{Tail: true}
	seen{"q": 1}.segment(t, dir, "other.brx", o)
	publish(t, dir, breach.Mount{Path: seen{"p": 1}.segment(t, dir, "a.brx", o), Role: breach.Base})
	ctx := context.Background()
	heard := ""
	if err := breach.VerifyFolder(ctx, dir, func(path string, _, _ int64) { heard = path }); err != nil || heard != "a.brx" {
		t.Errorf("got %v, progress of %q", err, heard)
	}
	if err := os.Rename(filepath.Join(dir, "other.brx"), filepath.Join(dir, "a.brx")); err != nil {
		t.Fatal(err)
	}
	if err := breach.VerifyFolder(ctx, dir, nil); !errors.Is(err, brx.ErrCorrupt) {
		t.Errorf("another file under the name: got %v, want %v", err, brx.ErrCorrupt)
	}
	stopped, stop := context.WithCancel(ctx)
	stop()
	if err := breach.VerifyFolder(stopped, dir, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	if err := breach.VerifyFolder(ctx, t.TempDir(), nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no manifest: got %v, want %v", err, os.ErrNotExist)
	}
}
