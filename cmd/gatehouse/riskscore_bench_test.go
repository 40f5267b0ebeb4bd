//go:build unix

package main

import (
	"encoding/json"
	"strings"
	"syscall"
	"testing"
	"time"
)

// BenchmarkScoring tells what an event costs `gatehouse risk score`, of the
// processor and of everything from line to line, and beside it the floor: what
// encoding/json takes to read the same lines and do nothing.
func BenchmarkScoring(b *testing.B) {
	const n = 20_000
	text := events(n)
	measure := func(name string, run func(b *testing.B)) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			began := processorTime(b)
			for b.Loop() {
				run(b)
			}
			used := processorTime(b) - began
			b.ReportMetric(float64(used.Nanoseconds())/float64(b.N)/n, "cpu-ns/event")
		})
	}
	measure("floor", func(b *testing.B) {
		for line := range strings.Lines(text) {
			var e struct {
				Time                time.Time
				User, IP, UserAgent string
				Result              string
				Probe               bool
			}
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				b.Fatal(err)
			}
		}
	})
	measure("score", func(b *testing.B) {
		if _, err := scoreAll(b, text, 1, false); err != nil {
			b.Fatal(err)
		}
	})
}

// processorTime is what this process has used, in user code and in the kernel.
func processorTime(tb testing.TB) time.Duration {
	tb.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
