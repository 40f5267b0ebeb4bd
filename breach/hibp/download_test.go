package hibp_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/gatehouse-id/gatehouse/breach/brx"
	"github.com/gatehouse-id/gatehouse/breach/hibp"
)

// attempt downloads the test corpus's ranges without waiting between attempts.
func attempt(url, dir string, change func(*hibp.DownloadConfig)) (hibp.DownloadProgress, error) {
	cfg := hibp.DownloadConfig{
		Dir: dir, URL: url, Ranges: ranges, Parallel: 4, Attempts: 3,
		Wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	}
	if change != nil {
		change(&cfg)
	}
	return hibp.Download(context.Background(), cfg)
}

// wantRanges reads the folder and compares it with the corpus.
func wantRanges(t *testing.T, dir string, alg brx.Alg) {
	t.Helper()
	for prefix := range ranges {
		name := fmt.Sprintf("%05X", prefix)
		f, err := os.Open(filepath.Join(dir, name[:2], name+".gz"))
		if err != nil {
			t.Fatal(err)
		}
		r, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		f.Close() //nolint:errcheck // read
		if want := text(alg, prefix); err != nil || string(got) != want {
			t.Fatalf("range %s: %v, got\n%s want\n%s", name, err, got, want)
		}
	}
}

// failing answers some requests in another way, before the true server.
func failing(fail func(n int64, w http.ResponseWriter, r *http.Request) bool) func(http.Handler) http.Handler {
	var n atomic.Int64
	return func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !fail(n.Add(1), w, r) {
				h.ServeHTTP(w, r)
			}
		})
	}
}

func TestADownload(t *testing.T) {
	url, dir := serve(t, nil), t.TempDir()
	got, err := attempt(url, dir, nil)
	if err != nil || got.Changed != ranges || got.Lines != ranges*rows || got.Bytes == 0 {
		t.Fatalf("got %+v, %v", got, err)
	}
	wantRanges(t, dir, brx.SHA1)

	t.Run("again goes on with a run that is not finished, and asks nothing", func(t *testing.T) {
		got, err := attempt(url, dir, nil)
		if err != nil || got.Kept != ranges || got.Changed+got.Unchanged != 0 {
			t.Errorf("got %+v, %v", got, err)
		}
	})
	t.Run("again much later asks only whether ranges have changed", func(t *testing.T) {
		got, err := attempt(url, dir, func(c *hibp.DownloadConfig) {
			c.Now = func() time.Time { return time.Now().AddDate(0, 1, 0) }
		})
		if err != nil || got.Unchanged != ranges || got.Bytes != 0 || got.Lines != ranges*rows {
			t.Errorf("got %+v, %v", got, err)
		}
	})
	t.Run("notices a file that was lost or cut", func(t *testing.T) {
		if err := os.Remove(filepath.Join(dir, "00", "00001.gz")); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(filepath.Join(dir, "00", "00002.gz"), 10); err != nil {
			t.Fatal(err)
		}
		got, err := attempt(url, dir, nil)
		if err != nil || got.Changed != 2 {
			t.Errorf("got %+v, %v", got, err)
		}
		wantRanges(t, dir, brx.SHA1)
	})
	t.Run("from another server fetches all anew", func(t *testing.T) {
		got, err := attempt(serve(t, nil), dir, nil)
		if err != nil || got.Changed != ranges {
			t.Errorf("got %+v, %v", got, err)
		}
	})
	t.Run("of other hashes into the same folder is refused", func(t *testing.T) {
		_, err := attempt(url, dir, func(c *hibp.DownloadConfig) { c.Alg = brx.NTLM })
		if err == nil || !strings.Contains(err.Error(), "holds sha1 hashes, not ntlm") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("of NTLM hashes", func(t *testing.T) {
		dir := t.TempDir()
		if _, err := attempt(url, dir, func(c *hibp.DownloadConfig) { c.Alg = brx.NTLM }); err != nil {
			t.Fatal(err)
		}
		wantRanges(t, dir, brx.NTLM)
	})
	t.Run("with an index of ranges that is torn asks again where it is", func(t *testing.T) {
		f, err := os.OpenFile(filepath.Join(dir, "ranges.idx"), os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteAt([]byte("torn"), 64*(1+5)+3); err != nil {
			t.Fatal(err)
		}
		f.Close() //nolint:errcheck // a test's
		got, err := attempt(url, dir, func(c *hibp.DownloadConfig) { c.URL = url })
		if err != nil || got.Changed == 0 {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}

func TestABadConnection(t *testing.T) {
	t.Run("with errors that pass is endured", func(t *testing.T) {
		url := serve(t, failing(func(n int64, w http.ResponseWriter, _ *http.Request) bool {
			switch n % 7 {
			case 0:
				http.Error(w, "later", http.StatusServiceUnavailable)
			case 1:
				http.Error(w, "slower", http.StatusTooManyRequests)
			case 2:
				panic(http.ErrAbortHandler) // the connection breaks
			default:
				return false
			}
			return true
		}))
		dir := t.TempDir()
		got, err := attempt(url, dir, func(c *hibp.DownloadConfig) { c.Attempts = 50 })
		if err != nil || got.Retries == 0 {
			t.Fatalf("got %+v, %v", got, err)
		}
		wantRanges(t, dir, brx.SHA1)
	})
	t.Run("that says when to come back is obeyed", func(t *testing.T) {
		url := serve(t, failing(func(n int64, w http.ResponseWriter, _ *http.Request) bool {
			if n > 1 {
				return false
			}
			w.Header().Set("Retry-After", "17")
			http.Error(w, "later", http.StatusTooManyRequests)
			return true
		}))
		var mu sync.Mutex
		var waited []time.Duration
		_, err := attempt(url, t.TempDir(), func(c *hibp.DownloadConfig) {
			c.Wait = func(_ context.Context, d time.Duration) error {
				mu.Lock()
				defer mu.Unlock()
				waited = append(waited, d)
				return nil
			}
		})
		if err != nil || len(waited) != 1 || waited[0] != 17*time.Second {
			t.Errorf("waited %v, %v, want 17s once", waited, err)
		}
	})
	t.Run("that lacks a range for good is told, and the rest is kept", func(t *testing.T) {
		broken := atomic.Bool{}
		broken.Store(true)
		url := serve(t, failing(func(_ int64, w http.ResponseWriter, r *http.Request) bool {
			if bad := strings.HasSuffix(r.URL.Path, "0005A") || strings.HasSuffix(r.URL.Path, "0005B"); !bad || !broken.Load() {
				return false
			}
			http.Error(w, "no", http.StatusServiceUnavailable)
			return true
		}))
		dir := t.TempDir()
		_, err := attempt(url, dir, nil)
		var incomplete *hibp.Incomplete
		if !errors.As(err, &incomplete) || incomplete.Missing != 2 || incomplete.First != "0005A" {
			t.Fatalf("got %v", err)
		}
		if !strings.Contains(err.Error(), "2 ranges are missing, the first is 0005A: the server answers 503") {
			t.Errorf("got %q", err)
		}
		broken.Store(false)
		got, err := attempt(url, dir, nil)
		if err != nil || got.Changed != 2 || got.Kept != ranges-2 {
			t.Errorf("the second run: got %+v, %v", got, err)
		}
		wantRanges(t, dir, brx.SHA1)
	})
	t.Run("that answers nothing right is given up soon", func(t *testing.T) {
		var asked atomic.Int64
		url := serve(t, failing(func(n int64, w http.ResponseWriter, _ *http.Request) bool {
			asked.Store(n)
			http.Error(w, "no such thing", http.StatusNotFound)
			return true
		}))
		_, err := attempt(url, t.TempDir(), nil)
		var incomplete *hibp.Incomplete
		if !errors.As(err, &incomplete) || incomplete.Missing != ranges || asked.Load() > 100 {
			t.Errorf("got %v after %d requests", err, asked.Load())
		}
	})
}

func TestAnAnswerThatIsNoRangeIsNeverKept(t *testing.T) {
	good := text(brx.SHA1, 1)
	for name, answer := range map[string]string{
		"an error page":       "<html>Sign in to the hotel's network</html>",
		"nothing":             "",
		"half a line":         good[:len(good)-20],
		"hashes without end":  strings.Repeat("A", 70_000),
		"hashes out of order": good + good,
		"NTLM hashes":         text(brx.NTLM, 1),
		"no counts":           strings.ReplaceAll(good, ":", " "),
	} {
		t.Run(name, func(t *testing.T) {
			url := serve(t, failing(func(_ int64, w http.ResponseWriter, r *http.Request) bool {
				io.WriteString(w, answer) //nolint:errcheck // a test's
				return true
			}))
			dir := t.TempDir()
			_, err := attempt(url, dir, func(c *hibp.DownloadConfig) { c.Ranges = 1 })
			var incomplete *hibp.Incomplete
			if !errors.As(err, &incomplete) {
				t.Errorf("got %v", err)
			}
			if _, err := os.Stat(filepath.Join(dir, "00", "00000.gz")); err == nil {
				t.Error("it was kept")
			}
		})
	}
}

func TestADownloadThatIsStoppedGoesOn(t *testing.T) {
	url, dir := serve(t, nil), t.TempDir()
	ctx, stop := context.WithCancel(context.Background())
	_, err := hibp.Download(ctx, hibp.DownloadConfig{Dir: dir, URL: url, Ranges: ranges, Parallel: 2, Progress: func(p hibp.DownloadProgress) {
		if p.Changed == 50 {
			stop()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	got, err := attempt(url, dir, nil)
	if err != nil || got.Kept < 50 || got.Kept+got.Changed != ranges {
		t.Errorf("got %+v, %v", got, err)
	}
	wantRanges(t, dir, brx.SHA1)
}

func TestTheDownloaderSaysWhoItIs(t *testing.T) {
	var agent atomic.Value
	url := serve(t, failing(func(_ int64, _ http.ResponseWriter, r *http.Request) bool {
		agent.Store(r.UserAgent())
		return false
	}))
	if _, err := attempt(url, t.TempDir(), nil); err != nil {
		t.Fatal(err)
	}
	if got, _ := agent.Load().(string); !strings.HasPrefix(got, "gatehouse-breach (+https://") {
		t.Errorf("got User-Agent %q", got)
	}
}
