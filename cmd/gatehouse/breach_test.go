package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/breach"
	"github.com/gatehouse-id/gatehouse/breach/brx"
)

// gatehouse runs a command to its end and answers what it prints.
func gatehouse(t *testing.T, args ...string) string {
	t.Helper()
	var out, complaint bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "gatehouse", args...)
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		t.Fatalf("gatehouse %s: %v\n%s", strings.Join(args, " "), err, &complaint)
	}
	return out.String()
}

// hashList writes n lines of hashes and answers the path. Sorted, they are as a published list is.
func hashList(t *testing.T, n int, sorted bool) string {
	t.Helper()
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("%X:%d\n", sha1.Sum(binary.LittleEndian.AppendUint64(nil, uint64(i))), i%9+1)
	}
	if sorted {
		slices.Sort(list)
	}
	path := filepath.Join(t.TempDir(), "list.txt")
	if err := os.WriteFile(path, []byte(strings.Join(list, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// serveRanges starts gatehouse breach serve and answers with its URL.
func serveRanges(t *testing.T, dir string) string {
	t.Helper()
	cmd := exec.Command("gatehouse", "breach", "serve", "--dir", dir, "--listen", "127.0.0.1:0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	first, err := lines.ReadString('\n')
	url, ok := strings.CutPrefix(strings.TrimSpace(first), "listening on ")
	if err != nil || !ok {
		t.Fatalf("the first line is %q, %v", first, err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		io.Copy(io.Discard, lines) //nolint:errcheck // it ends with the process
		if err := cmd.Wait(); err != nil {
			t.Errorf("it ends with %v", err)
		}
		if strings.Contains(log.String(), "/range/") {
			t.Errorf("the log tells what was asked: %s", &log)
		}
	})
	return url
}

// TestACorpusGoesRound builds an index, serves it, downloads it from there and
// builds the same again from what came.
func TestACorpusGoesRound(t *testing.T) {
	dir := t.TempDir()
	one, two := filepath.Join(dir, "one"), filepath.Join(dir, "two")
	// 200 hashes in the ranges from 00000 on, so that a trial of the download finds them.
	var list strings.Builder
	for i := range 200 {
		fmt.Fprintf(&list, "%05X%035X:%d\r\n", i, i*i, i+1)
	}
	source := filepath.Join(dir, "list.txt")
	if err := os.WriteFile(source, []byte(list.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	gatehouse(t, "breach", "build", "--dir", one, "--role", "operator", "--tail", "--public", source)
	url := serveRanges(t, one)

	resp, err := http.Get(url + "/range/00007")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close() //nolint:errcheck // read
	if want := fmt.Sprintf("%035X:8\r\n", 49); err != nil || string(body) != want {
		t.Errorf("got %q, %v, want %q", body, err, want)
	}

	folder := filepath.Join(dir, "ranges")
	if out := gatehouse(t, "breach", "download", "--from", url, "--ranges", "200", folder); !strings.Contains(out, "200 ranges with 200 hashes: 200 changed") {
		t.Errorf("got %q", out)
	}
	if out := gatehouse(t, "breach", "build", "--dir", two, "--role", "operator", "--tail", folder); !strings.Contains(out, "200 entries from 200 lines") {
		t.Errorf("got %q", out)
	}
	name := "operator-sha1-1.brx"
	if out := gatehouse(t, "breach", "diff", filepath.Join(one, name), filepath.Join(two, name)); out != "0 added, 0 gone, 0 counted otherwise\n" {
		t.Errorf("the same corpus differs: %s", out)
	}
}

// TestABuildThatIsKilledGoesOn ends builds as a power cut would, again and
// again, until one comes to its end.
func TestABuildThatIsKilledGoesOn(t *testing.T) {
	const entries = 400_000
	for name, sorted := range map[string]bool{"ordered": true, "to be sorted": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, source := t.TempDir(), hashList(t, entries, sorted)
			args := []string{"breach", "build", "--dir", dir, "--role", "operator", "--tail", "--safe-every", "1ms", "--memory", "16", source}
			killed := 0
			for {
				done := killedBuild(t, dir, killed, args)
				if done {
					break
				}
				if killed++; killed > 200 {
					t.Fatal("it never comes to its end")
				}
			}
			if killed == 0 {
				t.Error("no build was killed: the test shows nothing")
			}
			t.Logf("killed %d times", killed)
			wantEntries(t, dir, entries)
		})
	}
}

// killedBuild starts a build and kills it after its nth sign of life; it tells
// whether the build was done first.
func killedBuild(t *testing.T, dir string, n int, args []string) (done bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "gatehouse", args...)
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	watch := time.NewTicker(time.Millisecond)
	defer watch.Stop()
	begun, saved := time.Time{}, 0
	for {
		select {
		case err := <-ended:
			if err != nil {
				t.Fatalf("the build ends with %v: %s", err, &complaint)
			}
			if n > 0 && !strings.Contains(out.String(), "went on with an interrupted build") {
				t.Errorf("the last build began anew: %s", &out)
			}
			return true
		case <-watch.C:
		}
		// A new state is a sign of life.
		if info, err := os.Stat(filepath.Join(dir, "import.state")); err == nil && info.ModTime().After(begun) {
			begun = info.ModTime()
			saved++
		}
		if saved > 1+n%3 {
			cmd.Process.Kill() //nolint:errcheck // it may have ended
			err := <-ended
			return err == nil
		}
	}
}

func wantEntries(t *testing.T, dir string, want uint64) {
	t.Helper()
	m, err := breach.ReadManifest(dir)
	if err != nil || len(m.Segments) != 1 {
		t.Fatalf("got %+v, %v", m, err)
	}
	s, err := brx.Open(filepath.Join(dir, m.Segments[0].Path), brx.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got := s.Info().Entries; got != want {
		t.Errorf("got %d entries, want %d", got, want)
	}
	if err := s.Verify(context.Background(), nil); err != nil {
		t.Error(err)
	}
	for i := range want {
		h := sha1.Sum(binary.LittleEndian.AppendUint64(nil, i))
		if n, _, err := s.Lookup(h[:]); err != nil || n != i%9+1 {
			t.Fatalf("entry %d: got count %d, %v, want %d", i, n, err, i%9+1)
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 2 {
		t.Errorf("the folder holds %v, %v: want the manifest and the segment", left, err)
	}
}
