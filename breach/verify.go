package breach

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/gatehouse-id/gatehouse/breach/brx"
)

// VerifyFolder reads every segment of a folder's manifest twice: for its
// SHA-256, and for every checksum and invariant of its format. The error names
// the segment; progress (may be nil) hears which one is being read and how much
// of it is done. It opens the files for itself and disturbs no reader.
func VerifyFolder(ctx context.Context, dir string, progress func(path string, done, total int64)) error {
	m, err := ReadManifest(dir)
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	for _, which := range m.Segments {
		path := filepath.Join(dir, filepath.FromSlash(which.Path))
		if err := verifySegment(ctx, path, which, progress); err != nil {
			return fmt.Errorf("verify %s: %w", which.Path, err)
		}
	}
	return nil
}

func verifySegment(ctx context.Context, path string, which Mount, progress func(string, int64, int64)) (err error) {
	s, err := brx.Open(path, brx.OpenOptions{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	sum, err := sumFile(ctx, path)
	if err != nil {
		return err
	}
	if !bytes.Equal(sum, which.SHA256) {
		return fmt.Errorf("%w: its SHA-256 is not that of the manifest", brx.ErrCorrupt)
	}
	return s.Verify(ctx, func(done, total int64) {
		if progress != nil {
			progress(which.Path, done, total)
		}
	})
}
