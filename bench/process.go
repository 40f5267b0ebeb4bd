package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// build compiles the server into a temporary folder.
func build(ctx context.Context) (path string, remove func(), err error) {
	dir, err := os.MkdirTemp("", "gatehouse-bench")
	if err != nil {
		return "", nil, err
	}
	path = filepath.Join(dir, "gatehouse")
	cmd := exec.CommandContext(ctx, "go", "build", "-o", path, "github.com/gatehouse-id/gatehouse/cmd/gatehouse")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return "", nil, errors.Join(fmt.Errorf("build the server: %w", err), os.RemoveAll(dir))
	}
	return path, func() { os.RemoveAll(dir) }, nil
}

// process is a server that runs beside us.
type process struct {
	url      string
	cmd      *exec.Cmd
	began    time.Time
	database string // the URL of its database
}

// onServer measures a server on a data folder of its own, which is gone afterwards.
func onServer(ctx context.Context, o options, measure func(*process) error) error {
	data, err := os.MkdirTemp("", "gatehouse-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(data)
	p, err := start(ctx, o, data)
	if err != nil {
		return err
	}
	return errors.Join(measure(p), p.stop())
}

// start runs the server on a data folder and waits until it listens.
func start(ctx context.Context, o options, data string) (*process, error) {
	args := []string{"serve", "--dev", "--listen", "127.0.0.1:0", "--data", data, "--log-level", "error"}
	if o.database != "" {
		args = append(args, "--database", o.database)
	}
	p := &process{cmd: exec.CommandContext(ctx, o.binary, args...), began: time.Now(), database: o.database}
	if p.database == "" {
		p.database = "sqlite:" + filepath.Join(data, "gatehouse.db")
	}
	p.cmd.Stderr = os.Stderr
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(syscall.SIGTERM) }
	p.cmd.WaitDelay = 15 * time.Second
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the server: %w", err)
	}
	lines := bufio.NewScanner(stdout)
	if !lines.Scan() {
		return nil, errors.Join(errors.New("the server printed nothing"), p.stop())
	}
	url, ok := strings.CutPrefix(lines.Text(), "listening on ")
	if !ok {
		return nil, errors.Join(fmt.Errorf("the server's first line is %q", lines.Text()), p.stop())
	}
	p.url = url
	go func() {
		for lines.Scan() { // keep the pipe empty
		}
	}()
	return p, nil
}

func (p *process) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return p.cmd.Wait()
}

// cpu is the processor time that the server has used, in user and kernel mode.
func (p *process) cpu() (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	var ticks int64
	for _, f := range fields[11:13] { // utime, stime: proc(5)
		n, err := strconv.ParseInt(string(f), 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond, nil // USER_HZ is 100
}

// resident is the server's memory in bytes, peak the most that it was.
func (p *process) resident() (int64, error) { return p.memory("VmRSS:") }
func (p *process) peak() (int64, error)     { return p.memory("VmHWM:") }

func (p *process) memory(name string) (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			kb, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kb << 10, err
		}
	}
	return 0, errors.New("no " + name + " in /proc")
}
