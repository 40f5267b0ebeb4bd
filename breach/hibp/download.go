package hibp

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gatehouse-id/gatehouse/breach/brx"
)

// DownloadConfig says what to download, and where to.
type DownloadConfig struct {
	// Dir gets a file AB/ABCDE.gz for each range, and ranges.idx. About 40 GB
	// for the whole of a corpus of 2 billion.
	Dir string
	URL string  // without /range; empty: PublicService
	Alg brx.Alg // SHA1 or NTLM; zero: SHA1
	// Parallel is how many requests are under way at once, 1 to 256. Zero: 32.
	Parallel int
	// Ranges stops after so many, from 00000 up: a trial of the way to the
	// server, not a corpus. Zero: all.
	Ranges int
	// Attempts is how often a range is asked for before it counts as missing. Zero: 8.
	Attempts int

	UserAgent string // empty: the name of this software
	// Client sends the requests. Nil: one with a time limit for each and
	// connections for all that are under way.
	Client   *http.Client
	Now      func() time.Time
	Wait     func(context.Context, time.Duration) error // nil: a timer
	Progress func(DownloadProgress)                     // told at each range; calls never overlap
}

// DownloadProgress counts ranges, in this run and in the one it goes on with.
type DownloadProgress struct {
	Ranges    int // all
	Changed   int // fetched
	Unchanged int // the server says that ours is the latest
	Kept      int // done by the run that this one goes on with
	Missing   int // given up
	Retries   int
	Bytes     int64 // received, as they came
	Lines     int64 // in all ranges that are done
	Elapsed   time.Duration
}

// Done is how many ranges need nothing more.
func (p DownloadProgress) Done() int { return p.Changed + p.Unchanged + p.Kept }

// Incomplete is the error of a download that lacks ranges. What is there stays,
// and the next run goes on.
type Incomplete struct {
	Missing int
	First   string // the range
	Cause   error  // of the first
}

func (e *Incomplete) Error() string {
	return fmt.Sprintf("%d ranges are missing, the first is %s: %v; run again to go on", e.Missing, e.First, e.Cause)
}

func (e *Incomplete) Unwrap() error { return e.Cause }

// hopeless is how many ranges may fail before the others are not even tried.
const hopeless = 64

// userAgent is what the service asks clients to send: who they are.
const userAgent = "gatehouse-breach (+https://github.com/gatehouse-id/gatehouse)"

// Download brings all ranges into a folder, and asks for those which are there
// only whether they have changed. It returns nil when each of them is there and
// current, otherwise an *Incomplete or why it could not go on. It can be
// stopped at any moment; the next run goes on where it was.
func Download(ctx context.Context, cfg DownloadConfig) (DownloadProgress, error) {
	if err := cfg.complete(); err != nil {
		return DownloadProgress{}, err
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return DownloadProgress{}, fmt.Errorf("make folder for ranges: %w", err)
	}
	began := cfg.Now()
	index, err := openIndex(filepath.Join(cfg.Dir, "ranges.idx"), cfg.Alg, cfg.URL, began)
	if err != nil {
		return DownloadProgress{}, fmt.Errorf("open index of ranges: %w", err)
	}
	d := &download{cfg: cfg, index: index, began: began, progress: DownloadProgress{Ranges: cfg.Ranges}}
	err = d.all(ctx)
	if err == nil {
		err = index.mark(cfg.Ranges == RangeCount)
	}
	return d.progress, errors.Join(err, index.close())
}

func (c *DownloadConfig) complete() error {
	if c.Dir == "" {
		return errors.New("a download needs a folder")
	}
	if c.URL == "" {
		c.URL = PublicService
	}
	c.URL = strings.TrimRight(c.URL, "/")
	if c.Alg == 0 {
		c.Alg = brx.SHA1
	}
	if !served(c.Alg) {
		return fmt.Errorf("no ranges of %v are published", c.Alg)
	}
	if c.Parallel == 0 {
		c.Parallel = 32
	}
	if c.Parallel < 1 || c.Parallel > 256 {
		return fmt.Errorf("%d requests at once: want 1 to 256", c.Parallel)
	}
	if c.Ranges == 0 {
		c.Ranges = RangeCount
	}
	if c.Ranges < 1 || c.Ranges > RangeCount {
		return fmt.Errorf("%d ranges: want 1 to %d", c.Ranges, RangeCount)
	}
	if c.Attempts == 0 {
		c.Attempts = 8
	}
	if c.UserAgent == "" {
		c.UserAgent = userAgent
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Wait == nil {
		c.Wait = wait
	}
	if c.Client == nil {
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.MaxIdleConnsPerHost, transport.MaxIdleConns = c.Parallel, c.Parallel
		c.Client = &http.Client{Transport: transport, Timeout: time.Minute}
	}
	return nil
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

type download struct {
	cfg   DownloadConfig
	index *index
	began time.Time
	next  atomic.Int64 // range

	mu       sync.Mutex
	progress DownloadProgress
	first    uint32 // missing range
	cause    error
}

// all works through the ranges, several at once.
func (d *download) all(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for range d.cfg.Parallel {
		group.Go(func() error { return d.some(ctx) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if d.progress.Missing > 0 {
		return &Incomplete{Missing: d.cfg.Ranges - d.progress.Done(), First: rangeName(d.first), Cause: d.cause}
	}
	return nil
}

func (d *download) some(ctx context.Context) error {
	for !d.isHopeless() {
		prefix := d.next.Add(1) - 1
		if prefix >= int64(d.cfg.Ranges) {
			return nil
		}
		if err := d.one(ctx, uint32(prefix)); err != nil {
			return err
		}
	}
	return nil
}

func (d *download) isHopeless() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.progress.Missing >= hopeless
}

// one brings one range up to date. An error is one that ends the download.
func (d *download) one(ctx context.Context, prefix uint32) error {
	known, err := d.index.row(prefix)
	if err != nil {
		return fmt.Errorf("read index of ranges: %w", err)
	}
	if info, err := os.Stat(d.path(prefix)); err != nil || info.Size() != int64(known.size) {
		known = row{}
	}
	if known.run == d.index.run {
		d.tell(func(p *DownloadProgress) { p.Kept++; p.Lines += int64(known.lines) })
		return nil
	}
	got, err := d.insist(ctx, prefix, known.etag)
	var local *localError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &local):
		return err
	case err != nil:
		d.miss(prefix, err)
		return nil
	}
	if !got.unchanged {
		known = got.row
	}
	known.run = d.index.run
	if err := d.index.put(prefix, known); err != nil {
		return fmt.Errorf("write index of ranges: %w", err)
	}
	d.tell(func(p *DownloadProgress) {
		p.Lines += int64(known.lines)
		if got.unchanged {
			p.Unchanged++
			return
		}
		p.Changed++
		p.Bytes += got.bytes
	})
	return nil
}

func (d *download) miss(prefix uint32, err error) {
	d.mu.Lock()
	if d.cause == nil || prefix < d.first {
		d.first, d.cause = prefix, err
	}
	d.mu.Unlock()
	d.tell(func(p *DownloadProgress) { p.Missing++ })
}

func (d *download) tell(change func(*DownloadProgress)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(&d.progress)
	d.progress.Elapsed = d.cfg.Now().Sub(d.began)
	if d.cfg.Progress != nil {
		d.cfg.Progress(d.progress)
	}
}

// path is the file of a range: 256 folders of 4096 files each.
func (d *download) path(prefix uint32) string {
	name := rangeName(prefix)
	return filepath.Join(d.cfg.Dir, name[:2], name+".gz")
}

const (
	firstPause = 500 * time.Millisecond
	maxPause   = time.Minute
)

// insist asks until there is an answer, with longer and longer pauses.
func (d *download) insist(ctx context.Context, prefix uint32, etag string) (got answer, err error) {
	pause := firstPause
	for attempt := 1; ; attempt++ {
		got, err = d.fetch(ctx, prefix, etag)
		var again *retryable
		if err == nil || !errors.As(err, &again) || attempt == d.cfg.Attempts {
			return got, err
		}
		d.tell(func(p *DownloadProgress) { p.Retries++ })
		// Half of the pause is drawn, so that parallel requests do not come back together.
		if err := d.cfg.Wait(ctx, max(again.after, pause/2+rand.N(pause/2))); err != nil {
			return got, err
		}
		pause = min(2*pause, maxPause)
	}
}
