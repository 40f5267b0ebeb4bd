package breach_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/breach"
	"github.com/gatehouse-id/gatehouse/breach/brx"
)

// seen is passwords with their sightings.
type seen map[string]uint64

// segment writes a segment of SHA-1 hashes and returns its name in the folder.
func (s seen) segment(t testing.TB, dir, name string, o brx.Options) string {
	t.Helper()
	var all []brx.Entry
	for password, n := range s {
		all = append(all, brx.Entry{Hash: breach.Sum(password), Count: n})
	}
	o.Alg, o.Expected = brx.SHA1, uint64(len(all))
	writeSegment(t, filepath.Join(dir, name), o, all)
	return name
}

func writeSegment(t testing.TB, path string, o brx.Options, all []brx.Entry) {
	t.Helper()
	slices.SortFunc(all, func(a, b brx.Entry) int { return bytes.Compare(a.Hash[:], b.Hash[:]) })
	w, err := brx.Create(path, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		if err := w.Add(e.Hash[:o.Alg.Bytes()], e.Count); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Finish(); err != nil {
		t.Fatal(err)
	}
}

func publish(t testing.TB, dir string, mounts ...breach.Mount) breach.Manifest {
	t.Helper()
	m, err := breach.Publish(dir, mounts...)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func openIndex(t testing.TB, path string, o breach.Options) *breach.Index {
	t.Helper()
	x, err := breach.Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	})
	return x
}

// counts asks one by one and in a batch, and wants the same.
func counts(t *testing.T, x *breach.Index, want map[string]uint32) {
	t.Helper()
	var hashes []breach.Hash
	var wants []uint32
	for password, n := range want {
		got, err := x.Count(breach.Sum(password))
		if got != n || err != nil {
			t.Errorf("Count(%s): got %d, %v; want %d", password, got, err, n)
		}
		if has, err := x.Contains(breach.Sum(password)); has != (n > 0) || err != nil {
			t.Errorf("Contains(%s): got %t, %v", password, has, err)
		}
		hashes, wants = append(hashes, breach.Sum(password)), append(wants, n)
	}
	got := make([]uint32, len(hashes))
	if err := x.CountBatch(hashes, got); !slices.Equal(got, wants) || err != nil {
		t.Errorf("CountBatch: got %v, %v; want %v", got, err, wants)
	}
}

func TestIndex(t *testing.T) {
	tail := brx.Options{Tail: true}
	t.Run("of one file counts its passwords", func(t *testing.T) {
		dir := t.TempDir()
		seen{"one": 1, "many": 1_000_000}.segment(t, dir, "a.brx", brx.Options{Tail: true, Epoch: 9})
		x := openIndex(t, filepath.Join(dir, "a.brx"), breach.Options{})
		counts(t, x, map[string]uint32{"one": 1, "many": 1_000_000, "none": 0})
		if x.Epoch() != 9 {
			t.Errorf("epoch: got %d, want that of the file", x.Epoch())
		}
		if changed, err := x.Reload(); changed || err != nil {
			t.Errorf("Reload: got %t, %v", changed, err)
		}
	})
	t.Run("adds operators' lists and replaces the base by its deltas", func(t *testing.T) {
		dir := t.TempDir()
		publish(t, dir,
			breach.Mount{Path: seen{"ours": 2, "both": 5, "all": 7}.segment(t, dir, "own.brx", tail), Role: breach.Operator},
			breach.Mount{Path: seen{"new": 3, "both": 10, "all": 20}.segment(t, dir, "delta.brx", tail), Role: breach.Delta},
			breach.Mount{Path: seen{"old": 4, "all": 100}.segment(t, dir, "base.brx", tail), Role: breach.Base},
			breach.Mount{Path: seen{"ours": 1}.segment(t, dir, "own2.brx", tail), Role: breach.Operator},
		)
		x := openIndex(t, dir, breach.Options{Pread: true})
		counts(t, x, map[string]uint32{"ours": 3, "both": 15, "all": 27, "new": 3, "old": 4, "none": 0})
		if got := len(x.Mounts()); got != 4 {
			t.Errorf("got %d mounts, want 4", got)
		}
	})
	t.Run("tells floors where there is no tail", func(t *testing.T) {
		dir := t.TempDir()
		seen{"seven": 7, "many": 1_000_000}.segment(t, dir, "a.brx", brx.Options{})
		counts(t, openIndex(t, filepath.Join(dir, "a.brx"), breach.Options{}), map[string]uint32{"seven": 4, "many": 1 << 18})
	})
	t.Run("saturates a sum", func(t *testing.T) {
		dir := t.TempDir()
		publish(t, dir,
			breach.Mount{Path: seen{"p": math.MaxUint32}.segment(t, dir, "1.brx", tail), Role: breach.Operator},
			breach.Mount{Path: seen{"p": math.MaxUint32}.segment(t, dir, "2.brx", tail), Role: breach.Operator},
		)
		counts(t, openIndex(t, dir, breach.Options{}), map[string]uint32{"p": math.MaxUint32})
	})
	t.Run("asks a keyed list with its key", func(t *testing.T) {
		dir, key := t.TempDir(), []byte("a key of the operator's own, 32 b")
		sum := breach.Sum("secret project")
		mac := hmac.New(sha256.New, key)
		mac.Write(sum[:])
		e := brx.Entry{Count: 3}
		copy(e.Hash[:], mac.Sum(nil))
		writeSegment(t, filepath.Join(dir, "keyed.brx"), brx.Options{Alg: brx.HMACPassword, Expected: 1, KeyID: [16]byte{7}}, []brx.Entry{e})
		publish(t, dir, breach.Mount{Path: "keyed.brx", Role: breach.Operator})
		x := openIndex(t, dir, breach.Options{Key: func(id [16]byte) ([]byte, error) {
			if id != [16]byte{7} {
				return nil, fmt.Errorf("unknown key %x", id)
			}
			return key, nil
		}})
		counts(t, x, map[string]uint32{"secret project": 2, "password": 0})
		if _, err := breach.Open(dir, breach.Options{}); err == nil {
			t.Error("opened without the key")
		}
	})
	t.Run("finds pairs by tag, and not by password", func(t *testing.T) {
		dir := t.TempDir()
		tag := [8]byte{1, 2, 3, 4, 5, 6, 7, 8}
		e := brx.Entry{Count: 1}
		copy(e.Hash[:], tag[:])
		writeSegment(t, filepath.Join(dir, "pairs.brx"), brx.Options{Alg: brx.HMACPair, Expected: 1, KeyID: [16]byte{7}}, []brx.Entry{e})
		publish(t, dir, breach.Mount{Path: "pairs.brx", Role: breach.Pairs})
		x := openIndex(t, dir, breach.Options{})
		ask := func(flip byte, known bool) uint32 {
			n, err := x.CountTag(func(id [16]byte) ([8]byte, bool) {
				asked := tag
				asked[0] ^= flip
				return asked, known && id == [16]byte{7}
			})
			if err != nil {
				t.Error(err)
			}
			return n
		}
		if got := []uint32{ask(0, true), ask(1, true), ask(0, false)}; !slices.Equal(got, []uint32{1, 0, 0}) {
			t.Errorf("got %v; want the tag alone, and only under its key", got)
		}
		counts(t, x, map[string]uint32{"password": 0})
	})
	t.Run("allocates nothing to count", func(t *testing.T) {
		dir := t.TempDir()
		seen{"p": 3}.segment(t, dir, "a.brx", tail)
		x := openIndex(t, filepath.Join(dir, "a.brx"), breach.Options{})
		h, miss := breach.Sum("p"), breach.Sum("q")
		if n := testing.AllocsPerRun(100, func() {
			_, _ = x.Count(h)
			_, _ = x.Count(miss)
		}); n != 0 {
			t.Errorf("got %v allocations, want 0", n)
		}
	})
	t.Run("is closed for good", func(t *testing.T) {
		dir := t.TempDir()
		seen{"p": 3}.segment(t, dir, "a.brx", tail)
		x := openIndex(t, filepath.Join(dir, "a.brx"), breach.Options{})
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
		if n, err := x.Count(breach.Sum("p")); n != 0 || !errors.Is(err, brx.ErrClosed) {
			t.Errorf("Count: got %d, %v; want %v", n, err, brx.ErrClosed)
		}
		if err := x.CountBatch(make([]breach.Hash, 3), make([]uint32, 3)); !errors.Is(err, brx.ErrClosed) {
			t.Errorf("CountBatch: got %v, want %v", err, brx.ErrClosed)
		}
		if _, err := x.Reload(); !errors.Is(err, brx.ErrClosed) {
			t.Errorf("Reload: got %v, want %v", err, brx.ErrClosed)
		}
	})
}

func TestAllowance(t *testing.T) {
	dir := t.TempDir()
	publish(t, dir, breach.Mount{Path: seen{"false alarm": 5, "leaked": 5}.segment(t, dir, "a.brx", brx.Options{Tail: true}), Role: breach.Base})
	until := time.Now().Add(time.Hour)
	m, err := breach.Allow(dir, breach.Sum("false alarm"), "ann", "a product name, ticket 7", until)
	if err != nil {
		t.Fatal(err)
	}
	if m.Epoch != 2 || len(m.Allow) != 1 || m.Allow[0].Who != "ann" || m.Allow[0].Why != "a product name, ticket 7" || m.Allow[0].When.IsZero() {
		t.Errorf("got %+v, want who, why and when on record", m)
	}
	now := time.Now()
	x := openIndex(t, dir, breach.Options{Now: func() time.Time { return now }})
	t.Run("lets that password pass, and no other", func(t *testing.T) {
		counts(t, x, map[string]uint32{"false alarm": 0, "leaked": 5})
	})
	t.Run("expires", func(t *testing.T) {
		now = until.Add(time.Second)
		counts(t, x, map[string]uint32{"false alarm": 5, "leaked": 5})
		now = time.Now()
	})
	t.Run("can be taken back", func(t *testing.T) {
		if _, err := breach.Disallow(dir, breach.Sum("false alarm")); err != nil {
			t.Fatal(err)
		}
		if changed, err := x.Reload(); !changed || err != nil {
			t.Fatal(changed, err)
		}
		counts(t, x, map[string]uint32{"false alarm": 5, "leaked": 5})
	})
	t.Run("without a reason is refused", func(t *testing.T) {
		if _, err := breach.Allow(dir, breach.Sum("leaked"), "ann", "", until); err == nil {
			t.Error("got no error")
		}
		if m, err := breach.ReadManifest(dir); err != nil || m.Epoch != 3 {
			t.Errorf("epoch %d, %v: the refusal published something", m.Epoch, err)
		}
	})
}

func TestOpenRefuses(t *testing.T) {
	base := func(t *testing.T, dir string) breach.Mount {
		return breach.Mount{Path: seen{"p": 1}.segment(t, dir, "a.brx", brx.Options{Tail: true}), Role: breach.Base}
	}
	t.Run("segments that find too many strangers", func(t *testing.T) {
		dir := t.TempDir()
		many := seen{}
		for i := range 1000 {
			many[fmt.Sprint(i)] = 1
		}
		path := many.segment(t, dir, "a.brx", brx.Options{Remainder: 24})
		if _, err := breach.Publish(dir, breach.Mount{Path: path, Role: breach.Base}); err == nil || !strings.Contains(err.Error(), "stranger") {
			t.Errorf("Publish: got %v", err)
		}
		if _, err := breach.Open(filepath.Join(dir, path), breach.Options{}); err == nil || !strings.Contains(err.Error(), "stranger") {
			t.Errorf("Open: got %v", err)
		}
		many.segment(t, dir, "b.brx", brx.Options{Remainder: 24, Tail: true})
		openIndex(t, filepath.Join(dir, "b.brx"), breach.Options{})
	})
	for name, damage := range map[string]func(*breach.Manifest){
		"a version of the future":        func(m *breach.Manifest) { m.Version = 2 },
		"a path out of the folder":       func(m *breach.Manifest) { m.Segments[0].Path = "../a.brx" },
		"an absolute path":               func(m *breach.Manifest) { m.Segments[0].Path = "/a.brx" },
		"the folder itself":              func(m *breach.Manifest) { m.Segments[0].Path = "." },
		"an unknown role":                func(m *breach.Manifest) { m.Segments[0].Role = "friend" },
		"a segment twice":                func(m *breach.Manifest) { m.Segments = append(m.Segments, m.Segments[0]) },
		"passwords as pairs":             func(m *breach.Manifest) { m.Segments[0].Role = breach.Pairs },
		"pairs for everybody":            func(m *breach.Manifest) { m.Segments[0].Role, m.Segments[0].Public = breach.Pairs, true },
		"a segment without a sum":        func(m *breach.Manifest) { m.Segments[0].SHA256 = nil },
		"a segment that is not there":    func(m *breach.Manifest) { m.Segments[0].Path = "b.brx" },
		"a segment that is a manifest":   func(m *breach.Manifest) { m.Segments[0].Path = breach.ManifestName },
		"an allowance of half a hash":    func(m *breach.Manifest) { m.Allow = []breach.Allowance{{SHA1: []byte{1}}} },
		"an allowance that never begins": func(m *breach.Manifest) { m.Allow = []breach.Allowance{{SHA1: make([]byte, 20), Who: "a", Why: "b"}} },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			m := publish(t, dir, base(t, dir))
			x := openIndex(t, dir, breach.Options{})
			damage(&m)
			text, err := json.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, breach.ManifestName), text, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := breach.Open(dir, breach.Options{}); err == nil {
				t.Error("Open: got no error")
			}
			if changed, err := x.Reload(); err == nil || changed {
				t.Errorf("Reload: got %t, %v", changed, err)
			}
			counts(t, x, map[string]uint32{"p": 1})
		})
	}
	for name, text := range map[string]string{
		"an empty manifest":                "",
		"a manifest that goes on":          `{"version":1,"epoch":1,"published":"2026-01-01T00:00:00Z","segments":[]} {}`,
		"a field that nobody knows":        `{"version":1,"epoch":1,"published":"2026-01-01T00:00:00Z","segments":[],"extra":1}`,
		"a manifest of more than a MiB":    strings.Repeat(" ", 1<<20+1),
		"a sum of something else than hex": `{"version":1,"segments":[{"path":"a","sha256":"xy","role":"base"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, breach.ManifestName), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := breach.Open(dir, breach.Options{}); err == nil {
				t.Error("got no error")
			}
		})
	}
	t.Run("a folder without a manifest", func(t *testing.T) {
		if _, err := breach.Open(t.TempDir(), breach.Options{}); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("got %v, want %v", err, os.ErrNotExist)
		}
	})
}

// TestSwapUnderLoad publishes epoch after epoch while readers ask. Each epoch
// holds every password of the base, so an answer of 0, or an error, is a failure.
func TestSwapUnderLoad(t *testing.T) {
	dir := t.TempDir()
	passwords := seen{}
	for i := range 2000 {
		passwords[fmt.Sprint("password", i)] = 1
	}
	stays := breach.Mount{Path: passwords.segment(t, dir, "stays.brx", brx.Options{Tail: true}), Role: breach.Base}
	swapped := func(epoch int) breach.Mount {
		name := fmt.Sprintf("%d.brx", epoch)
		return breach.Mount{Path: passwords.segment(t, dir, name, brx.Options{Tail: true}), Role: breach.Operator}
	}
	publish(t, dir, stays, swapped(0))
	x := openIndex(t, dir, breach.Options{})

	done := make(chan struct{})
	var readers sync.WaitGroup
	for r := range 4 {
		readers.Go(func() {
			hashes, got := make([]breach.Hash, 100), make([]uint32, 100)
			for asked := 0; ; asked++ {
				select {
				case <-done:
					return
				default:
				}
				for i := range hashes {
					hashes[i] = breach.Sum(fmt.Sprint("password", (asked*100+i+r)%2000))
				}
				if err := x.CountBatch(hashes, got); err != nil {
					t.Error(err)
					return
				}
				for i, h := range hashes {
					if n, err := x.Count(h); n != 2 || err != nil || got[i] != 2 {
						t.Errorf("got %d, %d, %v; want 2", n, got[i], err)
						return
					}
				}
			}
		})
	}
	for epoch := 1; epoch <= 25; epoch++ {
		publish(t, dir, stays, swapped(epoch))
		if changed, err := x.Reload(); !changed || err != nil {
			t.Fatal(changed, err)
		}
		if err := os.Remove(filepath.Join(dir, fmt.Sprintf("%d.brx", epoch-1))); err != nil {
			t.Fatal(err)
		}
	}
	close(done)
	readers.Wait()
	if x.Epoch() != 26 {
		t.Errorf("got epoch %d, want 26", x.Epoch())
	}
}

func TestWatch(t *testing.T) {
	dir := t.TempDir()
	one := breach.Mount{Path: seen{"p": 1}.segment(t, dir, "1.brx", brx.Options{Tail: true}), Role: breach.Base}
	publish(t, dir, one)
	x := openIndex(t, dir, breach.Options{})
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	events := make(chan error)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		x.Watch(ctx, time.Millisecond, func(_ bool, err error) {
			select {
			case events <- err:
			case <-ctx.Done():
			}
		})
	}()
	publish(t, dir, breach.Mount{Path: seen{"q": 1}.segment(t, dir, "2.brx", brx.Options{Tail: true}), Role: breach.Base})
	if err := <-events; err != nil {
		t.Fatal(err)
	}
	counts(t, x, map[string]uint32{"p": 0, "q": 1})
	if err := os.WriteFile(filepath.Join(dir, breach.ManifestName), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := <-events; err == nil {
		t.Error("a damaged manifest was not reported")
	}
	counts(t, x, map[string]uint32{"p": 0, "q": 1})
	stop()
	<-ended
}

// TestAFaultCostsItsSegmentAlone cuts a mapped file short, which makes reads fault as a failing disk does.
func TestAFaultCostsItsSegmentAlone(t *testing.T) {
	dir := t.TempDir()
	good := breach.Mount{Path: seen{"p": 3}.segment(t, dir, "good.brx", brx.Options{Tail: true}), Role: breach.Operator}
	bad := breach.Mount{Path: seen{"p": 4, "q": 5}.segment(t, dir, "bad.brx", brx.Options{Tail: true}), Role: breach.Base}
	publish(t, dir, bad, good)
	x := openIndex(t, dir, breach.Options{})
	if err := os.Truncate(filepath.Join(dir, "bad.brx"), 0); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if n, err := x.Count(breach.Sum("p")); n != 3 || !errors.Is(err, brx.ErrFault) {
			t.Errorf("got %d, %v; want 3 of the good segment, and %v", n, err, brx.ErrFault)
		}
		if n, err := x.Count(breach.Sum("q")); n != 0 || !errors.Is(err, brx.ErrFault) {
			t.Errorf("got %d, %v; want 0 and %v", n, err, brx.ErrFault)
		}
		counts := make([]uint32, 1)
		if err := x.CountBatch([]breach.Hash{breach.Sum("p")}, counts); counts[0] != 3 || !errors.Is(err, brx.ErrFault) {
			t.Errorf("got %d, %v; want 3 and %v", counts[0], err, brx.ErrFault)
		}
	}
}
