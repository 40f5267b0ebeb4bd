package main

import (
	"bufio"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/gatehouse-id/gatehouse/breach/brx"
)

// sizes compares bytes an entry with each other and with what theory allows.
func sizes(out *tabwriter.Writer, c *corpus, all []contender) error {
	fmt.Fprintln(out, "size\tbytes an entry\tBRX core is")
	core := float64(all[0].bytes())
	for _, who := range all {
		fmt.Fprintf(out, "%s\t%.3f\t%.3f of it\n", who.name(), float64(who.bytes())/float64(c.n), core/float64(who.bytes()))
	}
	n := float64(c.n)
	info := all[0].(*segment).s.Info()
	filter := -math.Log2(info.FalsePositiveRate()) + entropy(info)
	whole := 160 - math.Log2(n) + math.Log2E + c.exact
	fmt.Fprintf(out, "\nBRX core, of the limit for its rate %.2g with its counts\t%.3f B\t%.3f\n",
		info.FalsePositiveRate(), filter/8, (core/n)/(filter/8))
	fmt.Fprintf(out, "BRX with tail, of the limit for whole hashes and counts\t%.3f B\t%.3f\n",
		whole/8, (float64(all[1].bytes())/n)/(whole/8))
	return out.Flush()
}

// entropy of the levels of the counts, in bits an entry.
func entropy(i brx.Info) (bits float64) {
	for _, k := range i.Histogram {
		if k > 0 {
			p := float64(k) / float64(i.Entries)
			bits -= p * math.Log2(p)
		}
	}
	return bits
}

const coldLookups = 500

// colds asks files that the page cache does not hold.
func colds(out *tabwriter.Writer, c *corpus, all []contender) error {
	fmt.Fprintln(out, "\ncold lookup (no page in memory)\tpages of 4 KiB read\tmedian\tBRX core takes")
	r := rand.New(rand.NewPCG(11, 11))
	ours := 0.0
	for i, who := range all {
		if who.file() == "" {
			continue
		}
		if err := who.close(); err != nil {
			return err
		}
		if err := forget(who.file()); err != nil {
			return err
		}
		if err := who.reopen(); err != nil {
			return err
		}
		who.has(&c.hits[0]) // what is read once, when opened
		before, err := bytesRead()
		if err != nil {
			return err
		}
		took := make([]time.Duration, coldLookups)
		hits := pick(r, c.hits)
		for j := range took {
			begin := time.Now()
			who.has(&hits[j])
			took[j] = time.Since(begin)
		}
		after, err := bytesRead()
		if err != nil {
			return err
		}
		slices.Sort(took)
		median := float64(took[coldLookups/2])
		if i == 0 {
			ours = median
		}
		fmt.Fprintf(out, "%s\t%.2f\t%.0f us\t%.2f of it\n", who.name(), float64(after-before)/4096/coldLookups, median/1e3, ours/median)
	}
	return out.Flush()
}

// forget drops a file from the page cache.
func forget(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil {
		return err
	}
	const dontNeed = 4 // POSIX_FADV_DONTNEED
	if _, _, errno := syscall.Syscall6(syscall.SYS_FADVISE64, f.Fd(), 0, 0, dontNeed, 0, 0); errno != 0 {
		return errno
	}
	return nil
}

// bytesRead is what this process has had read from disks.
func bytesRead() (int64, error) {
	f, err := os.Open("/proc/self/io")
	if err != nil {
		return 0, err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if n, ok := strings.CutPrefix(lines.Text(), "read_bytes: "); ok {
			return strconv.ParseInt(n, 10, 64)
		}
	}
	return 0, fmt.Errorf("/proc/self/io tells no read_bytes")
}

// segments measures what only ours do: building, opening, ranges.
func segments(out *tabwriter.Writer, c *corpus, all []contender) error {
	fmt.Fprintln(out)
	for _, s := range []*segment{all[0].(*segment), all[1].(*segment)} {
		fmt.Fprintf(out, "%s: writer alone, one goroutine\t%.1f M entries/s\n", s.name(), float64(c.n)/s.built.Seconds()/1e6)
		took := make([]time.Duration, 9)
		for i := range took {
			begin := time.Now()
			if err := s.reopen(); err != nil {
				return err
			}
			took[i] = time.Since(begin)
		}
		fmt.Fprintf(out, "%s: open\t%.2f ms\n", s.name(), slices.Min(took).Seconds()*1e3)
	}
	s := all[1].(*segment).s
	took, lines := make([]time.Duration, 200), 0
	var dst []byte
	for i := range took {
		prefix := uint32(i*5003) % (1 << brx.PrefixBits)
		if _, _, err := s.Range(dst[:0], prefix); err != nil { // into memory
			return err
		}
		begin := time.Now()
		text, n, err := s.Range(dst[:0], prefix)
		if took[i] = time.Since(begin); err != nil {
			return err
		}
		dst, lines = text, lines+n
	}
	slices.Sort(took)
	fmt.Fprintf(out, "BRX with tail: range of %d lines, warm\t%.0f us\n", lines/len(took), took[len(took)/2].Seconds()*1e6)
	return out.Flush()
}

// answers asks for a million hits and all the strangers, and wants no wrong answer.
func answers(o options, c *corpus, all []contender) error {
	r := rand.New(rand.NewPCG(13, 13))
	const size = 1024
	flat, counts := make([]byte, 20*size), make([]uint64, size)
	fmt.Println()
	for _, s := range []*segment{all[0].(*segment), all[1].(*segment)} {
		lost, found := 0, 0
		for hits := c.hits; len(hits) >= size; hits = hits[size:] {
			for i := range size {
				copy(flat[20*i:], hits[i][:])
			}
			if err := s.s.LookupBatch(flat, counts); err != nil {
				return err
			}
			for _, n := range counts {
				if n == 0 {
					lost++
				}
			}
		}
		var h [20]byte
		for asked := uint64(0); asked < o.misses; asked += size {
			for i := range size {
				stranger(r, &h)
				copy(flat[20*i:], h[:])
			}
			if err := s.s.LookupBatch(flat, counts); err != nil {
				return err
			}
			for _, n := range counts {
				if n > 0 {
					found++
				}
			}
		}
		fmt.Printf("%s: %d of %d hits lost, %d of %d strangers found (expected %.2g)\n", s.name(), lost, len(c.hits), found, o.misses,
			s.s.FalsePositiveRate()*float64(o.misses))
		if lost > 0 || float64(found) > 5+5*s.s.FalsePositiveRate()*float64(o.misses) {
			return fmt.Errorf("%s answers wrongly", s.name())
		}
	}
	return nil
}
