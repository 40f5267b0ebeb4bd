package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/gatehouse-id/gatehouse/breach/brx"
	"github.com/gatehouse-id/gatehouse/breach/feed"
)

// imports measures the import of what lists look like, each in a process of its
// own, so that its memory can be told.
func imports(out *tabwriter.Writer, o options, c *corpus) error {
	text := filepath.Join(o.dir, "text")
	if o.skip["text"] {
		if _, err := newText(o, c); err != nil {
			return err
		}
	}
	plain := filepath.Join(o.dir, "plain.txt")
	if err := writePlain(plain, c.n); err != nil {
		return err
	}
	fmt.Fprintln(out, "\nimport\tM lines/s\tuntil verified too\tof counting its lines\tprocessor time a line\tmost memory")
	for _, kind := range []struct{ name, what, source string }{
		{"ordered HIBP text, core", "core", text},
		{"ordered HIBP text, with tail", "tail", text},
		{"unsorted passwords, half of them twice, with tail", "plain", plain},
	} {
		floor, err := countLines(kind.source)
		if err != nil {
			return err
		}
		i, err := importApart(o.dir, kind.what, kind.source)
		if err != nil {
			return fmt.Errorf("import %s: %w", kind.name, err)
		}
		n := float64(floor.lines)
		fmt.Fprintf(out, "%s\t%.1f\t%.1f\t%.3f\t%.0f ns\t%d MB\n", kind.name, n/i.Built.Seconds()/1e6, n/i.Verified.Seconds()/1e6,
			floor.took.Seconds()/i.Built.Seconds(), i.Processor.Seconds()*1e9/n, i.Memory>>20)
	}
	return errors.Join(out.Flush(), os.Remove(plain))
}

// counted is the floor of an import: whoever reads a list must find its lines.
type counted struct {
	lines int
	took  time.Duration
}

func countLines(path string) (c counted, err error) {
	buf := make([]byte, 4<<20)
	for range 2 { // the second time from memory
		f, err := os.Open(path)
		if err != nil {
			return c, err
		}
		began := time.Now()
		c.lines = 0
		for {
			n, err := f.Read(buf)
			c.lines += bytes.Count(buf[:n], []byte("\n"))
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return c, errors.Join(err, f.Close())
			}
		}
		c.took = time.Since(began)
		if err := f.Close(); err != nil {
			return c, err
		}
	}
	return c, nil
}

// imported is what one import took.
type imported struct {
	Built, Verified time.Duration // since its beginning
	Processor       time.Duration
	Memory          int64 // the most that it had, in bytes
}

// importApart runs one import in a process.
func importApart(dir, what, source string) (i imported, err error) {
	self, err := os.Executable()
	if err != nil {
		return i, err
	}
	cmd := exec.Command(self, "-import", what, "-dir", dir, source)
	cmd.Stderr = os.Stderr
	text, err := cmd.Output()
	if err != nil {
		return i, err
	}
	i.Processor = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	if _, err := fmt.Sscan(string(text), &i.Built, &i.Verified, &i.Memory); err != nil {
		return i, fmt.Errorf("read what it tells: %w", err)
	}
	return i, nil
}

// importHere is the process that importApart runs.
func importHere(what, dir, source string) error {
	cfg := feed.Config{Out: filepath.Join(dir, "import.brx"), Alg: brx.SHA1, Tail: what != "core"}
	kind := feed.Hashes
	if what == "plain" {
		kind = feed.Passwords
	}
	cfg.Sources = []feed.Source{{Path: source, Kind: kind}}
	began := time.Now()
	var built time.Duration
	cfg.Progress = func(p feed.Progress) {
		if p.Phase == "verify" && built == 0 {
			built = time.Since(began)
		}
	}
	if _, err := feed.Import(context.Background(), cfg); err != nil {
		return err
	}
	verified := time.Since(began)
	memory, err := mostMemory()
	if err != nil {
		return err
	}
	fmt.Println(built.Nanoseconds(), verified.Nanoseconds(), memory)
	return os.Remove(cfg.Out)
}

// mostMemory is the most that this process ever had, in bytes. What the system
// tells of an ended child would include what its parent had.
func mostMemory() (int64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	kib, _, _ := strings.Cut(strings.TrimSpace(after), " ")
	n, err := strconv.ParseInt(kib, 10, 64)
	return n << 10, err
}

// writePlain writes passwords in no order, about half of which were there before.
func writePlain(path string, lines uint64) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriterSize(f, 1<<20)
	r := rand.New(rand.NewPCG(13, 13))
	var line []byte
	for range lines {
		line = strconv.AppendUint(append(line[:0], "pw"...), r.Uint64N(lines*6/10)*0x9e3779b97f4a7c15, 36)
		if _, err := w.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	return w.Flush()
}
