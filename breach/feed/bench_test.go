package feed_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/breach/brx"
	"github.com/gatehouse-id/gatehouse/breach/feed"
)

const benchLines = 5_000_000

// writeLines makes a file of n lines without holding them.
func writeLines(b *testing.B, line func(w *bufio.Writer, i uint64)) string {
	b.Helper()
	f, err := os.Create(filepath.Join(b.TempDir(), "lines"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	for i := range uint64(benchLines) {
		line(w, i)
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	return f.Name()
}

func orderedLine(r *rand.Rand) func(w *bufio.Writer, i uint64) {
	const step = 1<<64/benchLines - 1
	return func(w *bufio.Writer, i uint64) {
		fmt.Fprintf(w, "%016X%016X%08X:%d\r\n", i*step+r.Uint64N(step), r.Uint64(), r.Uint32(), 1+r.Uint32N(16)>>r.Uint32N(4))
	}
}

// BenchmarkImport tells lines per second, sources in the page cache.
func BenchmarkImport(b *testing.B) {
	ordered := writeLines(b, orderedLine(rand.New(rand.NewPCG(1, 2))))
	r := rand.New(rand.NewPCG(3, 4))
	plain := writeLines(b, func(w *bufio.Writer, _ uint64) { fmt.Fprintf(w, "password%d\n", r.Uint32N(benchLines/2)) })
	for _, c := range []struct {
		name string
		path string
		cfg  feed.Config
	}{
		{"ordered/core", ordered, feed.Config{}},
		{"ordered/core+tail", ordered, feed.Config{Tail: true}},
		{"passwords", plain, feed.Config{Sources: []feed.Source{{Path: plain, Kind: feed.Passwords}}}},
		{"passwords/ntlm", plain, feed.Config{Sources: []feed.Source{{Path: plain, Kind: feed.Passwords}}, Alg: brx.NTLM}},
	} {
		b.Run(c.name, func(b *testing.B) {
			var built time.Duration
			for b.Loop() {
				cfg := c.cfg
				began, verifying := time.Now(), false
				cfg.Progress = func(p feed.Progress) {
					if p.Phase == "verify" && !verifying {
						verifying = true
						built += time.Since(began)
					}
				}
				if cfg.Sources == nil {
					cfg.Sources = []feed.Source{{Path: c.path}}
				}
				cfg.Out = filepath.Join(b.TempDir(), "out.brx")
				if _, err := feed.Import(context.Background(), cfg); err != nil {
					b.Fatal(err)
				}
				if err := os.Remove(cfg.Out); err != nil {
					b.Fatal(err)
				}
			}
			all := float64(benchLines) * float64(b.N)
			b.ReportMetric(all/b.Elapsed().Seconds(), "lines/s")
			b.ReportMetric(all/built.Seconds(), "lines/s-until-verified")
		})
	}
}
