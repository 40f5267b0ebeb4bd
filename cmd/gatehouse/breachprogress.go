package main

import (
	"fmt"
	"io"
	"time"

	"github.com/gatehouse-id/gatehouse/breach/feed"
	"github.com/gatehouse-id/gatehouse/breach/hibp"
)

// meter shows how far something is: on a terminal one line that changes,
// elsewhere a line now and then.
type meter struct {
	out   io.Writer
	live  bool
	every time.Duration
	shown time.Time
	phase string
	drawn bool
}

func newMeter(out io.Writer) *meter {
	if terminal(out) {
		return &meter{out: out, live: true, every: 200 * time.Millisecond}
	}
	return &meter{out: out, every: 10 * time.Second}
}

// show writes a line, if it is time for one or a phase begins.
func (m *meter) show(phase, text string) {
	now := time.Now()
	if phase == m.phase && now.Sub(m.shown) < m.every {
		return
	}
	m.shown, m.phase = now, phase
	if !m.live {
		fmt.Fprintln(m.out, text)
		return
	}
	fmt.Fprintf(m.out, "\r\x1b[K%s", text)
	m.drawn = true
}

// end leaves the changing line behind.
func (m *meter) end() {
	if m.drawn {
		fmt.Fprintln(m.out)
	}
}

// imported shows an import.
func (m *meter) imported(p feed.Progress) {
	text := fmt.Sprintf("%-7s  %s lines", p.Phase, grouped(p.Tally.Lines))
	switch p.Phase {
	case "build", "scatter":
		text += fmt.Sprintf("  %.0f MB/s", p.Rate/1e6)
	case "sort":
		text += fmt.Sprintf("  %s/s", grouped(int64(p.Rate)))
	}
	if p.Size > 0 {
		text += fmt.Sprintf("  %d %%", 100*p.Done/p.Size)
	}
	if p.Left > 0 {
		text += fmt.Sprintf("  %s left", p.Left.Round(time.Second))
	}
	if n := p.Tally.RejectedLines(); n > 0 {
		text += fmt.Sprintf("  %s rejected (%s)", grouped(n), p.Tally.Reasons())
	}
	m.show(p.Phase, text)
}

// downloaded shows a download.
func (m *meter) downloaded(p hibp.DownloadProgress) {
	done := p.Done()
	text := fmt.Sprintf("download  %s of %s ranges  %s changed  %.1f MB/s", grouped(int64(done)), grouped(int64(p.Ranges)),
		grouped(int64(p.Changed)), float64(p.Bytes)/1e6/max(p.Elapsed.Seconds(), 1e-3))
	if asked := p.Changed + p.Unchanged; asked > 0 && done < p.Ranges {
		left := p.Elapsed * time.Duration(p.Ranges-done) / time.Duration(asked)
		text += fmt.Sprintf("  %s left", left.Round(time.Second))
	}
	if p.Retries > 0 {
		text += fmt.Sprintf("  %s retries", grouped(int64(p.Retries)))
	}
	if p.Missing > 0 {
		text += fmt.Sprintf("  %s missing", grouped(int64(p.Missing)))
	}
	m.show("download", text)
}

// grouped writes 1234567 as 1,234,567.
func grouped(n int64) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
