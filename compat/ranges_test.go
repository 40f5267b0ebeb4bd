package compat

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestRanges has a client of Have I Been Pwned, written for that service alone,
// ask gatehouse breach serve.
func TestRanges(t *testing.T) {
	t.Parallel()
	path := node(t)
	if _, err := os.Stat("js/node_modules/hibp"); err != nil {
		lacking(t, "the JavaScript client hibp: npm ci --prefix compat/js")
	}
	dir := t.TempDir()
	list := filepath.Join(dir, "list.txt")
	if err := os.WriteFile(list, []byte("letmein\npassword\ncorrect horse\nletmein\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	index := filepath.Join(dir, "index")
	for _, alg := range []string{"sha1", "ntlm"} {
		build := exec.CommandContext(t.Context(), binary, "breach", "build", "--dir", index, "--as", "passwords", "--alg", alg, "--tail", "--public", list)
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("build: %v\n%s", err, out)
		}
	}

	cmd := exec.CommandContext(t.Context(), path, "--test", "js/ranges/hibp.test.js")
	cmd.Env = append(os.Environ(), "RANGES_URL="+serveRanges(t, index))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// serveRanges starts gatehouse breach serve and answers with its URL.
func serveRanges(t *testing.T, index string) string {
	t.Helper()
	server := exec.Command(binary, "breach", "serve", "--dir", index, "--listen", "127.0.0.1:0")
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		server.Process.Signal(syscall.SIGTERM) //nolint:errcheck // it may have ended
		if err := server.Wait(); err != nil {
			t.Errorf("gatehouse breach serve ends with %v", err)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if err != nil || !ok {
		t.Fatalf("the first line is %q, %v", line, err)
	}
	return url
}
