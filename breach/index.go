package breach

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gatehouse-id/gatehouse/breach/brx"
)

// Options tell how an Index is opened. The zero value is right for local disks and public lists.
type Options struct {
	// Pread reads segments by positioned reads instead of mapping them: for network disks.
	Pread bool
	// Key gives the key of a keyed list by its id (see feed.KeyID), or ErrNoKey.
	// Without its key a list of passwords is refused, and a list of pairs is
	// mounted for CountTag alone. Any other error refuses both.
	Key func(id [16]byte) ([]byte, error)
	// Now tells when allowances expire; nil = time.Now.
	Now func() time.Time

	unkeyed bool // a publisher looks, but does not ask
}

// ErrNoKey says that a keyed list was opened without its key.
var ErrNoKey = errors.New("a keyed list without its key")

// Index is a corpus on disk that can be replaced while it answers:
//
//	folder/manifest.json ── Open ──> set ─┬ delta.brx ┐
//	          │                           ├ base.brx  ├─> count, unless allowed
//	          └── Reload, Watch ──> set'  └ own.brx   ┘
//
// A reload swaps one pointer. Questions that run meanwhile are answered by the
// set they began with, or begin again; none fails because of it.
type Index struct {
	path string
	opts Options
	now  func() time.Time

	current atomic.Pointer[set]
	change  sync.Mutex // held while current is replaced
	closed  bool       // guarded by change
}

// Open opens a folder with a manifest, or one file of hashes. It reads
// superblocks and directories and leaves the rest for when it is asked for; to
// check whole files is Verify's work. It refuses segments that together find more than one
// stranger in 10^9 (see MaxFalsePositiveRate).
func Open(path string, o Options) (*Index, error) {
	x := &Index{path: path, opts: o, now: o.Now}
	if path == "" {
		return nil, errors.New("open breach index: no path")
	}
	if x.now == nil {
		x.now = time.Now
	}
	if _, err := x.Reload(); err != nil {
		return nil, fmt.Errorf("open breach index: %w", err)
	}
	return x, nil
}

// Reload looks whether the manifest has changed, and if so mounts what it says.
// On an error the index answers as before.
func (x *Index) Reload() (changed bool, err error) {
	x.change.Lock()
	defer x.change.Unlock()
	if x.closed {
		return false, brx.ErrClosed
	}
	if x.builtin() {
		return false, nil
	}
	old := x.current.Load()
	dir, m, text, err := x.manifest()
	if err != nil || old != nil && bytes.Equal(text, old.text) {
		return false, err
	}
	next, err := mountAll(dir, m, old, x.opts)
	if err != nil {
		return false, err
	}
	next.text, next.edition = text, editionOf(sum(text))
	x.current.Store(next)
	if old != nil {
		err = old.close(next)
	}
	return true, err
}

// manifest reads the manifest, or makes up that of a single file.
func (x *Index) manifest() (dir string, m Manifest, text []byte, err error) {
	info, err := os.Stat(x.path)
	if err != nil {
		return "", m, nil, err
	}
	if info.IsDir() {
		if text, err = readManifestText(x.path); err == nil {
			m, err = parseManifest(text)
		}
		return x.path, m, text, err
	}
	s, err := brx.Open(x.path, brx.OpenOptions{Pread: true})
	if err != nil {
		return "", m, nil, err
	}
	about := s.Info()
	role := Base
	if about.Alg == brx.HMACPair {
		role = Pairs
	}
	m = Manifest{Version: 1, Epoch: about.Epoch, Segments: []Mount{{Path: filepath.Base(x.path), SHA256: about.UUID[:], Role: role}}}
	return filepath.Dir(x.path), m, about.UUID[:], s.Close()
}

// Watch reloads whenever the manifest has changed, looking every interval,
// until ctx ends. Errors are reported, and the corpus that was good goes on answering.
func (x *Index) Watch(ctx context.Context, every time.Duration, report func(changed bool, err error)) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if changed, err := x.Reload(); changed || err != nil {
				report(changed, err)
			}
		}
	}
}

// Close closes every segment once nobody asks it any more. Questions that come later are errors.
func (x *Index) Close() error {
	x.change.Lock()
	defer x.change.Unlock()
	if x.closed || x.builtin() {
		return nil
	}
	x.closed = true
	return x.current.Load().close(nil)
}

// builtin tells the list inside the binary, which is shared and stays as it is.
func (x *Index) builtin() bool { return x.path == "" }

// ask lets a question be answered by one set. If a reload closed a segment
// under it, the question is put again to the set that came after.
func (x *Index) ask(question func(*set) error) error {
	for {
		s := x.current.Load()
		err := question(s)
		if !errors.Is(err, brx.ErrClosed) || x.current.Load() == s {
			return err
		}
	}
}

// Count tells how often a password was seen, as Corpus says. Counts of base and
// delta replace one another, the newest first; those of operators' lists are
// added. Segments without a tail tell the largest power of two that is not
// above the truth.
func (x *Index) Count(h Hash) (n uint32, err error) {
	for { // written out, for a closure would allocate
		s := x.current.Load()
		n, err = s.count(&h, x.now)
		if err == nil || !errors.Is(err, brx.ErrClosed) || x.current.Load() == s {
			return n, err
		}
	}
}

// Allows tells whether the corpus lets the password pass in spite of a leak, as Allow has it.
func (x *Index) Allows(h Hash) bool { return x.current.Load().allows(&h, x.now) }

// Contains tells whether a password has leaked and is not allowed.
func (x *Index) Contains(h Hash) (bool, error) {
	n, err := x.Count(h)
	return n > 0, err
}

// CountBatch writes the count of each hash. After an error, counts above 0 can be trusted and 0 says nothing.
func (x *Index) CountBatch(hashes []Hash, counts []uint32) error {
	if len(hashes) != len(counts) {
		return fmt.Errorf("%d hashes, but room for %d counts", len(hashes), len(counts))
	}
	return x.ask(func(s *set) error { return s.countBatch(hashes, counts, x.now) })
}

// CountTag tells how often a keyed tag was seen in the lists of pairs. Lists may
// be under different keys, so the tag is asked for by key id; ok = false leaves
// out the lists of that key.
func (x *Index) CountTag(tag func(keyID [16]byte) (tag [8]byte, ok bool)) (n uint32, err error) {
	err = x.ask(func(s *set) error {
		n, err = s.countTag(tag)
		return err
	})
	return n, err
}

// Epoch counts the changes of the corpus, as its manifest does: see Edition for
// one that also tells apart two folders.
func (x *Index) Epoch() uint64 { return x.current.Load().epoch }

// MountInfo tells what is mounted.
type MountInfo struct {
	Mount
	brx.Info
	// Failed is why the segment answers no more, as after a fault of the disk; nil while it does.
	Failed error
}

// Mounts tells what is mounted, newest first.
func (x *Index) Mounts() []MountInfo {
	var all []MountInfo
	for _, m := range x.current.Load().mounts {
		all = append(all, MountInfo{m.Mount, m.segment.Info(), m.segment.Failed()})
	}
	return all
}
