package feed_test

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/gatehouse-id/gatehouse/breach/brx"
	"github.com/gatehouse-id/gatehouse/breach/feed"
)

// entry is what a corpus is expected to hold.
type entry struct {
	hash  [20]byte
	count uint64
}

// entries makes n different entries, ascending.
func entries(n int) []entry {
	list := make([]entry, n)
	for i := range list {
		list[i] = entry{sha1.Sum(binary.LittleEndian.AppendUint64(nil, uint64(i))), uint64(i%50 + 1)}
	}
	slices.SortFunc(list, func(a, b entry) int { return bytes.Compare(a.hash[:], b.hash[:]) })
	return list
}

// lines writes entries as they are published.
func lines(list []entry, end string) string {
	var b strings.Builder
	for _, e := range list {
		fmt.Fprintf(&b, "%X:%d%s", e.hash, e.count, end)
	}
	return b.String()
}

func write(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func gzipped(text string) string {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	w.Write([]byte(text)) //nolint:errcheck // memory
	w.Close()             //nolint:errcheck // memory
	return b.String()
}

var encoder = sync.OnceValue(func() *zstd.Encoder {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		panic(err)
	}
	return e
})

func zstandard(text string) string { return string(encoder().EncodeAll([]byte(text), nil)) }

// config imports one source into a new folder.
func config(t testing.TB, path string) feed.Config {
	return feed.Config{Sources: []feed.Source{{Path: path}}, Out: filepath.Join(t.TempDir(), "out.brx"), Tail: true}
}

// load runs an import that must succeed, and answers with what the file holds.
func load(t testing.TB, cfg feed.Config) (feed.Report, []entry) {
	t.Helper()
	report, err := feed.Import(context.Background(), cfg)
	if err != nil {
		t.Fatalf("import: %v", err)
	}
	left, err := os.ReadDir(filepath.Dir(cfg.Out))
	if err != nil || len(left) != 1 {
		t.Errorf("beside the result there are %v, %v: want nothing", left, err)
	}
	return report, contents(t, cfg.Out)
}

func contents(t testing.TB, path string) (list []entry) {
	t.Helper()
	s, err := brx.Open(path, brx.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for e, err := range s.All() {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, entry{e.Hash, e.Count})
	}
	return list
}

// same compares without printing a hash of anybody.
func same(t testing.TB, got, want []entry) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got %d entries, want %d", len(got), len(want))
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("entry %d: got %x:%d, want %x:%d", i, got[i].hash, got[i].count, want[i].hash, want[i].count)
		}
	}
}

func TestOrderedHashes(t *testing.T) {
	list := entries(20_000)
	text := lines(list, "\n")
	for name, content := range map[string]string{
		"plain":                  text,
		"with CRLF":              lines(list, "\r\n"),
		"with a byte order mark": "\xef\xbb\xbf" + text,
		"in lower case":          strings.ToLower(text),
		"without the last end":   strings.TrimSuffix(text, "\n"),
		"with blank lines":       strings.ReplaceAll(text, ":7\n", ":7\n\n\n"),
		"gzip":                   gzipped(text),
		"gzip in two members":    gzipped(text[:len(text)/2]) + gzipped(text[len(text)/2:]),
		"zstd":                   zstandard(text),
	} {
		t.Run(name, func(t *testing.T) {
			report, got := load(t, config(t, write(t, "hashes.txt", content)))
			same(t, got, list)
			if report.Sorted || report.Tally.Accepted != int64(len(list)) || report.Tally.RejectedLines() != 0 {
				t.Errorf("got report %+v", report)
			}
		})
	}
	t.Run("in several files that follow each other", func(t *testing.T) {
		cfg := config(t, write(t, "a.txt", lines(list[:7000], "\n")))
		cfg.Sources = append(cfg.Sources, feed.Source{Path: write(t, "b.txt", lines(list[7000:], "\n"))})
		report, got := load(t, cfg)
		same(t, got, list)
		if report.Sorted {
			t.Error("they were sorted, which was not necessary")
		}
	})
	t.Run("padding of the range API is passed over", func(t *testing.T) {
		padded := slices.Clone(list)
		for i := range padded {
			if i%3 == 0 {
				padded[i].count = 0
			}
		}
		report, got := load(t, config(t, write(t, "hashes.txt", lines(padded, "\n"))))
		same(t, got, slices.DeleteFunc(padded, func(e entry) bool { return e.count == 0 }))
		if report.Tally.Padding == 0 {
			t.Error("padding was not counted")
		}
	})
}

func TestHashesOutOfOrder(t *testing.T) {
	list := entries(50_000)
	t.Run("from the beginning are sorted and summed", func(t *testing.T) {
		text := lines(list[20_000:], "\n") + lines(list[:30_000], "\n")
		report, got := load(t, config(t, write(t, "hashes.txt", text)))
		want := slices.Clone(list)
		for i := 20_000; i < 30_000; i++ {
			want[i].count *= 2
		}
		same(t, got, want)
		if !report.Sorted {
			t.Error("the report does not say that they were sorted")
		}
	})
	t.Run("late are found where they are, and the import begins anew", func(t *testing.T) {
		text := lines(list, "\n") + lines(list[:1], "\n")
		path := write(t, "hashes.txt", text)
		report, got := load(t, config(t, path))
		want := slices.Clone(list)
		want[0].count *= 2
		same(t, got, want)
		if place := fmt.Sprintf("%s:%d", path, len(list)+1); report.Disorder != place || !report.Sorted {
			t.Errorf("got disorder at %q, want %q", report.Disorder, place)
		}
	})
	t.Run("in one partition that does not fit into memory are read in parts", func(t *testing.T) {
		var crowd []entry // all begin with the same 16 bits
		for i := range 500_000 {
			e := entry{sha1.Sum(binary.LittleEndian.AppendUint64(nil, uint64(i))), 1}
			e.hash[0], e.hash[1] = 7, 7
			crowd = append(crowd, e)
		}
		text := lines(crowd, "\n")
		slices.SortFunc(crowd, func(a, b entry) int { return bytes.Compare(a.hash[:], b.hash[:]) })
		cfg := config(t, write(t, "hashes.txt", text))
		cfg.Memory = 1
		_, got := load(t, cfg)
		same(t, got, crowd)
	})
	t.Run("many times the same need no room", func(t *testing.T) {
		text := strings.Repeat(lines(list[:3], "\n"), 300_000)
		cfg := config(t, write(t, "hashes.txt", text))
		cfg.Memory = 1
		_, got := load(t, cfg)
		want := slices.Clone(list[:3])
		for i := range want {
			want[i].count *= 300_000
		}
		same(t, got, want)
	})
}

func TestNTLMHashes(t *testing.T) {
	text := "8846F7EAEE8FB117AD06BDD830B7586C:12\r\n8846F7EAEE8FB117AD06BDD830B7586D:9\r\n"
	cfg := config(t, write(t, "ntlm.txt", text))
	cfg.Alg = brx.NTLM
	_, got := load(t, cfg)
	if len(got) != 2 || got[0].count != 12 || got[0].hash[0] != 0x88 || got[1].hash[15] != 0x6d {
		t.Errorf("got %v", got)
	}
}

func TestWithoutATail(t *testing.T) {
	list := entries(5000)
	cfg := config(t, write(t, "hashes.txt", lines(list, "\n")))
	cfg.Tail = false
	cfg.Source, cfg.Licence, cfg.Epoch = "a test", "none", 7
	cfg.Now = func() time.Time { return time.Unix(1_700_000_000, 0) }
	report, err := feed.Import(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	s, err := brx.Open(cfg.Out, brx.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if info := s.Info(); info != report.Info || info.Tail || info.Entries != 5000 || info.Source != "a test" || info.Licence != "none" || info.Epoch != 7 || info.Built.Unix() != 1_700_000_000 {
		t.Errorf("got head %+v, reported %+v", info, report.Info)
	}
	for _, e := range list {
		if _, found, err := s.Lookup(e.hash[:]); !found || err != nil {
			t.Fatalf("an entry is missing: %v", err)
		}
	}
}

func TestStandardInput(t *testing.T) {
	list := entries(3000)
	from := func(t *testing.T, text string) feed.Config {
		cfg := config(t, "-")
		cfg.Sources[0].Kind, cfg.Stdin, cfg.Resume, cfg.SafeEvery = feed.Hashes, strings.NewReader(text), true, 1
		return cfg
	}
	t.Run("is read once, whatever its order", func(t *testing.T) {
		_, got := load(t, from(t, lines(list[1000:], "\n")+lines(list[:1000], "\n")))
		same(t, got, list)
	})
	t.Run("may be compressed", func(t *testing.T) {
		_, got := load(t, from(t, gzipped(lines(list, "\n"))))
		same(t, got, list)
	})
	t.Run("must be told what it holds", func(t *testing.T) {
		cfg := from(t, lines(list, "\n"))
		cfg.Sources[0].Kind = feed.Auto
		refused(t, cfg, "say whether it holds")
	})
}

// TestAnImportGoesOn ends imports at every safe point in turn, within one process.
func TestAnImportGoesOn(t *testing.T) {
	list := entries(150_000)
	for name, text := range map[string]string{
		"in order":          lines(list, "\r\n"),
		"to be sorted":      lines(list[70_000:], "\n") + lines(list[:70_000], "\n"),
		"in order, packed":  gzipped(lines(list, "\n")),
		"to be sorted, gz":  gzipped(lines(list[70_000:], "\n") + lines(list[:70_000], "\n")),
		"with an odd start": "\xef\xbb\xbf" + lines(list, "\n"),
	} {
		t.Run(name, func(t *testing.T) {
			cfg := config(t, write(t, "list.txt", text))
			cfg.Resume, cfg.SafeEvery, cfg.Memory = true, 1, 1
			stops := 0
			for ; stops < 100; stops++ {
				ctx, stop := context.WithCancel(context.Background())
				steps := 0
				cfg.Progress = func(feed.Progress) {
					if steps++; steps > stops%4 {
						stop()
					}
				}
				report, err := feed.Import(ctx, cfg)
				stop()
				if err == nil {
					if stops > 0 && !report.Resumed {
						t.Error("the last one began anew")
					}
					if report.Tally.Accepted != int64(len(list)) {
						t.Errorf("got %d accepted lines, want %d", report.Tally.Accepted, len(list))
					}
					break
				}
			}
			same(t, contents(t, cfg.Out), list)
			t.Logf("stopped %d times", stops)
		})
	}
	t.Run("but not when its source has changed", func(t *testing.T) {
		path := write(t, "list.txt", lines(list, "\n"))
		cfg := config(t, path)
		cfg.Resume, cfg.SafeEvery = true, 1
		ctx, stop := context.WithCancel(context.Background())
		cfg.Progress = func(feed.Progress) { stop() }
		if _, err := feed.Import(ctx, cfg); err == nil {
			t.Fatal("it was not stopped")
		}
		if err := os.WriteFile(path, []byte(lines(list[:500], "\n")), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg.Progress = nil
		report, got := load(t, cfg)
		same(t, got, list[:500])
		if report.Resumed {
			t.Error("it went on")
		}
	})
	t.Run("but to another name begins anew, and leaves nothing of the first", func(t *testing.T) {
		cfg := config(t, write(t, "list.txt", lines(list, "\n")))
		cfg.Resume, cfg.SafeEvery = true, 1
		ctx, stop := context.WithCancel(context.Background())
		cfg.Progress = func(feed.Progress) { stop() }
		if _, err := feed.Import(ctx, cfg); err == nil {
			t.Fatal("it was not stopped")
		}
		cfg.Progress = nil
		cfg.Out = filepath.Join(filepath.Dir(cfg.Out), "other.brx")
		_, got := load(t, cfg)
		same(t, got, list)
	})
}
