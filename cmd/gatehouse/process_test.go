package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is how long a test waits for what must come before it gives up.
const patience = 60 * time.Second

// process is a real gatehouse serve. TestMain put the command into PATH: it is
// the test binary itself, under that name.
type process struct {
	cmd  *exec.Cmd
	url  string
	read chan struct{} // closed once the output was read to its end
}

// begin starts a server and waits for its first line. All that it prints goes
// to two files.
func begin(dir string, env []string, args ...string) (*process, error) {
	path, err := exec.LookPath("gatehouse")
	if err != nil {
		return nil, err
	}
	p := &process{cmd: exec.Command(path, append([]string{"serve"}, args...)...), read: make(chan struct{})}
	p.cmd.Dir, p.cmd.Env = dir, env
	stderr, err := os.Create(dir + "/serve.err")
	if err != nil {
		return nil, err
	}
	defer stderr.Close() // the child has its own
	p.cmd.Stderr = stderr
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	kept, err := os.Create(dir + "/serve.out")
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	first := make(chan string, 1)
	go func() {
		defer close(p.read)
		defer kept.Close()
		out := bufio.NewReader(io.TeeReader(stdout, kept))
		line, _ := out.ReadString('\n')
		first <- line
		io.Copy(io.Discard, out) //nolint:errcheck // it ends with the process
	}()
	select {
	case line := <-first:
		url, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "listening on ")
		if !ok {
			p.kill()
			said, _ := os.ReadFile(dir + "/serve.err")
			return nil, fmt.Errorf("the first line is %q; on standard error: %s", line, said)
		}
		p.url = url
		return p, nil
	case <-time.After(patience):
		p.kill()
		return nil, fmt.Errorf("no first line within %s", patience)
	}
}

// stop asks the server to end, as a service manager would, and tells how it ended.
func (p *process) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	timer := time.AfterFunc(patience, p.kill)
	defer timer.Stop()
	<-p.read
	return p.cmd.Wait()
}

// kill ends the server as a power cut would.
func (p *process) kill() { p.cmd.Process.Kill() } //nolint:errcheck // it may have ended already

// serving is begin for a Go test, in an environment without settings.
func serving(t *testing.T, args ...string) *process {
	t.Helper()
	p, err := begin(t.TempDir(), []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.kill()
		<-p.read
		p.cmd.Wait() //nolint:errcheck // killed
	})
	return p
}
