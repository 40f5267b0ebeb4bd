package breach

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Publish makes the segments the corpus of a folder, in one step: before it the
// old corpus is whole, after it the new one, and a crash at any moment leaves
// one of both. It reads every segment once for its SHA-256, mounts them all as
// a reader would, and then renames the manifest into place. Allowances that
// have not expired are kept. Files of the old corpus are left to the caller.
//
// One publisher at a time is the caller's care.
func Publish(dir string, segments ...Mount) (Manifest, error) {
	return ChangeManifest(dir, func(m *Manifest) error {
		m.Segments = segments
		return nil
	})
}

// Allow lets a password pass in spite of its leak, from now on until the
// allowance expires; an earlier allowance for the same password is replaced.
func Allow(dir string, h Hash, who, why string, until time.Time) (Manifest, error) {
	return ChangeManifest(dir, func(m *Manifest) error {
		m.forget(h)
		m.Allow = append(m.Allow, Allowance{SHA1: h[:], Who: who, Why: why, When: m.Published, Until: until.UTC()})
		return nil
	})
}

// Disallow takes an allowance back.
func Disallow(dir string, h Hash) (Manifest, error) {
	return ChangeManifest(dir, func(m *Manifest) error {
		m.forget(h)
		return nil
	})
}

func (m *Manifest) forget(h Hash) {
	kept := m.Allow[:0]
	for _, a := range m.Allow {
		if string(a.SHA1) != string(h[:]) {
			kept = append(kept, a)
		}
	}
	m.Allow = kept
}

// ChangeManifest publishes what change makes of the present manifest, or of an
// empty one, under the next epoch. It fills in Version, Epoch, Published and
// the SHA-256 of segments that come without.
func ChangeManifest(dir string, change func(*Manifest) error) (Manifest, error) {
	m, err := ReadManifest(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return m, err
	}
	m.Version, m.Published = 1, time.Now().UTC().Truncate(time.Second)
	m.Epoch++
	kept := m.Allow[:0]
	for _, a := range m.Allow {
		if a.Until.After(m.Published) {
			kept = append(kept, a)
		}
	}
	m.Allow = kept
	if err := change(&m); err != nil {
		return m, err
	}
	for i := range m.Segments {
		if s := &m.Segments[i]; len(s.SHA256) == 0 && filepath.IsLocal(filepath.FromSlash(s.Path)) {
			if s.SHA256, err = sumFile(context.Background(), filepath.Join(dir, filepath.FromSlash(s.Path))); err != nil {
				return m, fmt.Errorf("publish: %w", err)
			}
		}
	}
	if err := m.check(); err != nil {
		return m, fmt.Errorf("publish: %w", err)
	}
	if err := rehearse(dir, m); err != nil {
		return m, fmt.Errorf("publish: %w", err)
	}
	return m, writeManifest(dir, m)
}

// rehearse mounts the segments, so that what is published can be opened.
func rehearse(dir string, m Manifest) error {
	set, err := mountAll(dir, m, nil, Options{unkeyed: true})
	if err != nil {
		return err
	}
	return set.close(nil)
}

func sumFile(ctx context.Context, path string) (Digest, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	h := sha256.New()
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if _, err := io.CopyN(h, f, 64<<20); errors.Is(err, io.EOF) {
			return h.Sum(nil), nil
		} else if err != nil {
			return nil, fmt.Errorf("sum %s: %w", filepath.Base(path), err)
		}
	}
}

// writeManifest replaces the manifest by a rename, which readers see whole or not at all.
func writeManifest(dir string, m Manifest) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	path := filepath.Join(dir, ManifestName)
	f, err := os.OpenFile(path+".tmp", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	_, err = f.Write(append(text, '\n'))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	if err := os.Rename(path+".tmp", path); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	return syncDir(dir)
}

// syncDir makes a rename survive a loss of power.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	return nil
}
