//go:build unix

package storetest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// required is the environment variable under which a missing server fails a
// test that needs it; otherwise the test is skipped.
const required = "GATEHOUSE_TEST_POSTGRES"

// Postgres returns the URL of a new, empty PostgreSQL database that is gone
// when the test ends.
//
// The first call starts a server from the binaries on this machine: one per
// test process, in a temporary folder, on a Unix socket, as another user when
// the tests run as root (PostgreSQL refuses root). It stops, and its folder
// goes, when the process ends, however it ends. Without binaries the test is
// skipped, or fails where GATEHOUSE_TEST_POSTGRES=required.
func Postgres(t testing.TB) string {
	t.Helper()
	socket, err := server()
	if errors.Is(err, errNoServer) && os.Getenv(required) != "required" {
		t.Skipf("SKIPPED WITHOUT POSTGRESQL: %v", err)
	}
	if err != nil {
		t.Fatalf("PostgreSQL for the tests: %v", err)
	}
	name := "test" + strconv.FormatInt(databases.Add(1), 10)
	administer(t, socket, `CREATE DATABASE `+name)
	t.Cleanup(func() { administer(t, socket, `DROP DATABASE `+name+` WITH (FORCE)`) })
	return databaseURL(socket, name)
}

var (
	databases atomic.Int64
	server    = sync.OnceValues(startServer)
)

var errNoServer = errors.New("no PostgreSQL server found on PATH or in /usr/lib/postgresql; on Debian or Ubuntu: apt-get install postgresql")

func databaseURL(socket, name string) string {
	return "postgres://" + superuser + "@/" + name + "?host=" + url.QueryEscape(socket)
}

const superuser = "gatehouse"

func administer(t testing.TB, socket, statement string) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, databaseURL(socket, "postgres"))
	if err != nil {
		t.Fatalf("connect to PostgreSQL: %v", err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// script runs the server until standard input ends, which it does when the
// test process is gone, even by kill -9: the kernel closes its pipe. A server
// that ends before leaves its folder, with the log, behind.
const script = `
exec 3<&0
"$1/initdb" -D "$2/data" -U "$3" --auth=trust --encoding=UTF8 --locale=C --no-sync --no-instructions >"$2/log" 2>&1 || exit
"$1/postgres" -D "$2/data" -k "$2" \
	-c listen_addresses= -c max_connections=400 -c shared_buffers=32MB \
	-c fsync=off -c synchronous_commit=off -c full_page_writes=off >>"$2/log" 2>&1 3<&- &
server=$!
{ read -r nothing <&3; : >"$2/stopped"; kill -QUIT $server; } &
wait $server
[ -e "$2/stopped" ] && rm -rf "$2"
`

// startServer starts the server and returns the folder of its socket.
func startServer() (string, error) {
	bin, err := binaries()
	if err != nil {
		return "", err
	}
	dir, owner, err := home()
	if err != nil {
		return "", err
	}
	run := exec.Command("/bin/sh", "-c", script, "sh", bin, dir, superuser)
	run.Dir = dir
	// A session of its own: an interrupt at the terminal must not stop the
	// script before it has cleaned up.
	run.SysProcAttr = &syscall.SysProcAttr{Credential: owner, Setsid: true}
	alive, err := run.StdinPipe()
	if err != nil {
		return "", err
	}
	if err := run.Start(); err != nil {
		return "", errors.Join(fmt.Errorf("start the server: %w", err), os.RemoveAll(dir))
	}
	ended := make(chan error, 1)
	go func() {
		ended <- run.Wait()
		alive.Close() // and not before: the server runs as long as this end is open
	}()
	if err := untilReady(dir, ended); err != nil {
		alive.Close() //nolint:errcheck // it is closed already when the server ended
		log, _ := os.ReadFile(filepath.Join(dir, "log"))
		return "", errors.Join(fmt.Errorf("%w: %s", err, bytes.TrimSpace(log)), os.RemoveAll(dir))
	}
	return dir, nil
}

func untilReady(dir string, ended <-chan error) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, databaseURL(dir, "postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case err := <-ended:
			return fmt.Errorf("the server ended: %w", cmp.Or(err, errors.New("without a reason")))
		case <-ctx.Done():
			return fmt.Errorf("the server does not answer: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// binaries returns the folder of the newest server on this machine.
func binaries() (string, error) {
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.SortFunc(dirs, func(a, b string) int { return release(b) - release(a) })
	for _, pattern := range []string{"/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin", "/usr/local/pgsql/bin"} {
		more, _ := filepath.Glob(pattern)
		dirs = append(dirs, more...)
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			dirs = append([]string{filepath.Dir(path)}, dirs...)
		}
	}
	for _, dir := range dirs {
		if executable(filepath.Join(dir, "initdb")) && executable(filepath.Join(dir, "postgres")) {
			return dir, nil
		}
	}
	return "", errNoServer
}

func release(dir string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(dir)))
	return n
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode()&0o111 != 0
}

// home makes the server's folder. PostgreSQL refuses to run as root, so root
// gives the folder to an account without rights; owner is nil for anybody else.
func home() (dir string, owner *syscall.Credential, err error) {
	if os.Geteuid() != 0 {
		dir, err = os.MkdirTemp(parent(), "gatehouse-pg-")
		return dir, nil, err
	}
	owner, err = account("postgres", "nobody")
	if err != nil {
		return "", nil, err
	}
	if dir, err = os.MkdirTemp(parent(), "gatehouse-pg-"); err != nil {
		return "", nil, err
	}
	return dir, owner, os.Chown(dir, int(owner.Uid), int(owner.Gid))
}

// parent is the folder for temporary files, or /tmp where another account could
// not reach into it, or where the name of a socket would exceed the 107 bytes
// that the kernel allows.
func parent() string {
	const longest = 60
	dir := os.TempDir()
	if len(dir) > longest || runtime.GOOS == "linux" && os.Geteuid() == 0 && !open(dir) {
		return "/tmp"
	}
	return dir
}

// open tells whether every account may pass through the folder and its parents.
func open(dir string) bool {
	for ; ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil || info.Mode()&0o001 == 0 {
			return false
		}
		if dir == filepath.Dir(dir) {
			return true
		}
	}
}

func account(names ...string) (*syscall.Credential, error) {
	for _, name := range names {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		if err != nil {
			continue
		}
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		if err != nil {
			continue
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, fmt.Errorf("the tests run as root, and none of the accounts %v exists to run PostgreSQL", names)
}
