package brx_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/gatehouse-id/gatehouse/breach/brx"
)

// TestAFullDisk limits how long files may become, which fails as a full disk does.
func TestAFullDisk(t *testing.T) {
	all := random(200_000, 20, 1)
	for _, limit := range []uint64{2048, 300_000, 900_000, 2_000_000, 2_700_000} {
		dir := t.TempDir()
		err := limited(t, limit, func() error {
			w, err := brx.Create(filepath.Join(dir, "x.brx"), brx.Options{Alg: brx.SHA1, Expected: 200_000, Tail: true})
			if err != nil {
				return err
			}
			for _, e := range all {
				if err = w.Add(e.Hash[:], e.Count); err != nil {
					break
				}
			}
			info, finished := w.Finish()
			if finished == nil {
				t.Errorf("limit %d: a file of %d bytes was finished", limit, info.Size)
			}
			if err == nil {
				err = finished
			}
			if _, err := brx.Open(filepath.Join(dir, "x.brx"), brx.OpenOptions{}); err == nil {
				t.Errorf("limit %d: half a file was opened", limit)
			}
			if err := w.Abort(); err != nil {
				t.Error(err)
			}
			return err
		})
		if err == nil {
			t.Errorf("limit %d: got no error", limit)
		}
		if left, _ := os.ReadDir(dir); limit > 4096 && len(left) > 0 {
			t.Errorf("limit %d left behind: %v", limit, left)
		}
	}
}

func limited(t *testing.T, size uint64, do func() error) error {
	t.Helper()
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: size, Max: before.Max}); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
			t.Fatal(err)
		}
	}()
	return do()
}
