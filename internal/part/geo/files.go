package geo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/part/geo/atlas"
)

// Config names the files that a Finder uses. All may be absent. Of several for
// one purpose, the first that knows an address answers.
type Config struct {
	Atlas     string   // in place of the built-in one: see package survey
	City      []string // places, in MaxMind's format
	ASN       []string // networks, the same
	Anonymous []string // kinds of networks, the same: Anonymous-IP, IPinfo privacy
	VPNs      []string // lists, see List
	Relays    []string
	TorExits  []string
	Own       []string

	// Report is told of each file that Run takes up, or, with an error, of each
	// that cannot be used; the one before goes on answering. It is told once of
	// each change. nil: nobody is told.
	Report func(path string, err error)
	// Poll is how often Run looks at the files, 30 seconds if 0.
	Poll time.Duration
}

// Empty tells that there are no files but what is built in.
func (c Config) Empty() bool {
	return c.Atlas == "" && len(c.City)+len(c.ASN)+len(c.Anonymous)+len(c.VPNs)+len(c.Relays)+len(c.TorExits)+len(c.Own) == 0
}

// Finder finds places. It may be used by many goroutines at once, also while its
// files are replaced.
type Finder struct {
	report func(path string, err error)
	poll   time.Duration
	now    atomic.Pointer[known]
	failed atomic.Int64

	mu    sync.Mutex // guards files, and who may change now
	files []*watched
}

// New opens all files. One that cannot be used is an error here; later it is
// only reported.
func New(c Config) (*Finder, error) {
	f := &Finder{report: c.Report, poll: c.Poll}
	if f.report == nil {
		f.report = func(string, error) {}
	}
	if f.poll <= 0 {
		f.poll = 30 * time.Second
	}
	var first known
	if c.Atlas == "" {
		builtin, err := Builtin()
		if err != nil {
			return nil, fmt.Errorf("open the built-in atlas: %w", err)
		}
		first.atlas = mapped{builtin}
	} else {
		f.files = append(f.files, &watched{path: c.Atlas, open: openAtlas, put: func(k *known, s source) { k.atlas = s.(mapped) }})
	}
	f.watch(&first, ofCity, c.City, openDatabase)
	f.watch(&first, ofASN, c.ASN, openDatabase)
	f.watch(&first, ofAnonymous, c.Anonymous, openDatabase)
	f.watch(&first, ofVPNs, c.VPNs, openList(VPN))
	f.watch(&first, ofRelays, c.Relays, openList(Relay))
	f.watch(&first, ofTorExits, c.TorExits, openList(Tor))
	f.watch(&first, ofOwn, c.Own, openList(Corporate))
	f.now.Store(&first)
	if _, err := f.Reload(); err != nil {
		return nil, err
	}
	return f, nil
}

// watch notes files of a kind, each with a place in known.
func (f *Finder) watch(k *known, kind int, paths []string, open func(string) (source, error)) {
	k.files[kind] = make([]source, len(paths))
	for i, path := range paths {
		f.files = append(f.files, &watched{path: path, open: open, put: func(k *known, s source) { k.files[kind][i] = s }})
	}
}

// watched is a file, and what it was like when it was last read.
type watched struct {
	path   string
	open   func(path string) (source, error)
	put    func(*known, source)
	seen   os.FileInfo // nil: never read, or not there
	failed string      // why it cannot be used, "" if it can
}

// Reload reads the files that have changed and puts them into use, all in one
// step. It tells how many it took up, and what is wrong with the others, each of
// which goes on answering as before. What was told of a file is not told again
// while it stays as it is.
func (f *Finder) Reload() (taken int, err error) {
	var errs []error
	for _, n := range f.reload() {
		if n.err != nil {
			errs = append(errs, n.err)
		} else {
			taken++
		}
	}
	return taken, errors.Join(errs...)
}

// news is what became of a file that changed.
type news struct {
	path string
	err  error // nil: it is in use
}

func (f *Finder) reload() (list []news) {
	f.mu.Lock()
	defer f.mu.Unlock()
	next := *f.now.Load()
	for kind := range next.files {
		next.files[kind] = slices.Clone(next.files[kind])
	}
	changed, failed := false, 0
	for _, w := range f.files {
		before := w.failed
		s, err := w.look()
		switch {
		case err != nil:
			w.failed = err.Error()
			if w.seen != nil || w.failed != before { // else it is gone, as it was
				list = append(list, news{w.path, err})
			}
		case s != nil:
			w.failed, changed = "", true
			w.put(&next, s)
			list = append(list, news{w.path, nil})
		}
		if w.failed != "" {
			failed++
		}
	}
	f.failed.Store(int64(failed))
	if changed {
		f.now.Store(&next)
	}
	return list
}

// Failed is how many files cannot be used as they are now. It does not wait for
// one that is being read.
func (f *Finder) Failed() int { return int(f.failed.Load()) }

// look reads the file if it is another one than what was read last.
func (w *watched) look() (source, error) {
	info, err := os.Stat(w.path)
	if err != nil {
		w.seen = nil
		return nil, err
	}
	if w.seen != nil && os.SameFile(w.seen, info) && w.seen.ModTime().Equal(info.ModTime()) && w.seen.Size() == info.Size() {
		return nil, nil
	}
	// Noted before it is read: what changes meanwhile is read once more.
	w.seen = info
	s, err := w.open(w.path)
	if pathErr := (*fs.PathError)(nil); errors.As(err, &pathErr) {
		w.seen = nil // it is the disk, or a permission, and no other file will tell when that is over
	}
	return s, err
}

// Run takes up files as they change, until ctx ends.
func (f *Finder) Run(ctx context.Context) error {
	tick := time.NewTicker(f.poll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		for _, n := range f.reload() {
			f.report(n.path, n.err)
		}
	}
}

func openAtlas(path string) (source, error) {
	data, err := readBounded(path, maxAtlas)
	if err != nil {
		return nil, err
	}
	a, err := atlas.Open(string(data))
	if err == nil {
		err = a.Verify()
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return mapped{a}, nil
}

const maxAtlas = 1 << 30

func openDatabase(path string) (source, error) {
	d, err := OpenDatabase(path)
	if err != nil {
		return nil, err
	}
	return d, nil
}

func openList(class Network) func(string) (source, error) {
	return func(path string) (source, error) {
		l, err := OpenList(path)
		if err != nil {
			return nil, err
		}
		return listSource{l.located(), class}, nil
	}
}
