package compat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long anything may take that a test waits for.
const patience = 30 * time.Second

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "gatehouse-compat-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "gatehouse")
	if out, err := exec.Command("go", "-C", "..", "build", "-o", binary, "./cmd/gatehouse").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build gatehouse: %v\n%s", err, out)
		return 1
	}
	code := m.Run()
	for mode, s := range running {
		if s.down() {
			fmt.Fprintf(os.Stderr, "the %s server ended before the tests did: %v\n%s", mode, s.process.ProcessState, s.err.String())
			code = 1
		}
		s.stop()
	}
	return code
}

var (
	binary  string
	mu      sync.Mutex
	running = map[string]*server{} // guarded by mu
)

// server is a gatehouse process that all stories of a mode share: each makes its own pool.
type server struct {
	url        string
	id, secret string // an access key that may do everything
	data       string // its data folder
	tierless   bool   // it lets every pool use what is reserved for the PLUS tier
	process    *exec.Cmd
	out, err   transcript
}

// dev is the server that accepts any credentials and keeps its messages where they can be read.
func dev(t *testing.T) *server {
	return shared(t, "dev", func(data string) (*server, error) {
		s, err := start(data, "--dev", "--ignore-tiers", "--trigger", functionSetting())
		if err == nil {
			s.id, s.secret, s.tierless = "any", "thing", true
		}
		return s, err
	})
}

// signed is the server in production form: requests need the signature of a key it made.
func signed(t *testing.T) *server {
	return shared(t, "signed", func(data string) (*server, error) {
		id, secret, err := createKey(data, "compat")
		if err != nil {
			return nil, err
		}
		s, err := start(data)
		if err == nil {
			s.id, s.secret = id, secret
		}
		return s, err
	})
}

// eachMode tells a story to both servers.
func eachMode(t *testing.T, story func(t *testing.T, s *server)) {
	t.Run("in development", func(t *testing.T) { t.Parallel(); story(t, dev(t)) })
	t.Run("in production, signed", func(t *testing.T) { t.Parallel(); story(t, signed(t)) })
}

func shared(t *testing.T, mode string, start func(data string) (*server, error)) *server {
	t.Helper()
	mu.Lock()
	defer mu.Unlock()
	if s := running[mode]; s != nil {
		return s
	}
	s, err := start(filepath.Join(filepath.Dir(binary), mode))
	if err != nil {
		t.Fatalf("start the %s server: %v", mode, err)
	}
	running[mode] = s
	return s
}

var (
	keyID     = regexp.MustCompile(`AWS_ACCESS_KEY_ID=(\S+)`)
	keySecret = regexp.MustCompile(`AWS_SECRET_ACCESS_KEY=(\S+)`)
)

// createKey makes an access key with the command that an operator would use.
func createKey(data, name string, args ...string) (id, secret string, err error) {
	args = append([]string{"access-key", "create", "--data", data, "--name", name}, args...)
	out, err := exec.Command(binary, args...).CombinedOutput()
	if err != nil {
		return "", "", fmt.Errorf("gatehouse %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	k, v := keyID.FindSubmatch(out), keySecret.FindSubmatch(out)
	if k == nil || v == nil {
		return "", "", fmt.Errorf("gatehouse %s: no key in what it printed", strings.Join(args, " "))
	}
	return string(k[1]), string(v[1]), nil
}

// start runs gatehouse serve on a free port and waits for the line that tells its address.
func start(data string, args ...string) (*server, error) {
	s := &server{data: data}
	s.process = exec.Command(binary, append([]string{"serve", "--listen", "127.0.0.1:0", "--data", data}, args...)...)
	s.process.Stdout, s.process.Stderr = &s.out, &s.err
	if err := s.process.Start(); err != nil {
		return nil, err
	}
	go func() {
		s.process.Wait() //nolint:errcheck // its transcripts tell more
		s.out.end()
	}()
	s.out.await("\n")
	line, _, _ := strings.Cut(s.out.String(), "\n")
	address, ok := strings.CutPrefix(line, "listening on ")
	if !ok {
		s.stop()
		return nil, fmt.Errorf("first line is %q, want listening on http://...\n%s", line, s.err.String())
	}
	s.url = address
	return s, nil
}

// stop asks the process to end, as a service manager would, and waits.
func (s *server) stop() {
	s.process.Process.Signal(syscall.SIGTERM) //nolint:errcheck // it may have ended already
	timer := time.AfterFunc(patience, func() { s.process.Process.Kill() })
	defer timer.Stop()
	<-s.out.ended()
}

// down tells whether the process has ended by itself.
func (s *server) down() bool {
	select {
	case <-s.out.ended():
		return true
	default:
		return false
	}
}

// environment is what every AWS client reads: where the server is and who calls.
func (s *server) environment() []string {
	return append(os.Environ(),
		"GATEHOUSE_URL="+s.url,
		"GATEHOUSE_TEST_BINARY="+binary,
		"GATEHOUSE_TEST_DATA="+s.data,
		"GATEHOUSE_TIERLESS="+strconv.FormatBool(s.tierless),
		"AWS_ENDPOINT_URL="+s.url,
		"AWS_REGION=us-east-1",
		"AWS_DEFAULT_REGION=us-east-1",
		"AWS_ACCESS_KEY_ID="+s.id,
		"AWS_SECRET_ACCESS_KEY="+s.secret,
		"AWS_SESSION_TOKEN=",
		"AWS_EC2_METADATA_DISABLED=true",
		"AWS_CONFIG_FILE="+os.DevNull,
		"AWS_SHARED_CREDENTIALS_FILE="+os.DevNull,
		"AWS_PAGER=",
		"NO_PROXY=127.0.0.1",
	)
}

var digits = regexp.MustCompile(`\b\d{6}\b`)

// code waits for a message to an address and reads the code in it.
func (s *server) code(t *testing.T, to string) string { t.Helper(); return s.codeAfter(t, to, "") }

// codeAfter waits until the newest message to an address holds another code than the one seen.
func (s *server) codeAfter(t *testing.T, to, seen string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		mails, err := s.mails(ctx, to)
		if err != nil {
			t.Fatalf("read the mailbox of %s: %v", to, err)
		}
		if len(mails) > 0 {
			switch code := digits.FindString(mails[0].Text); code {
			case "":
				t.Fatalf("the newest message to %s holds no code: %q", to, mails[0].Text)
			case seen:
			default:
				return code
			}
		}
		select {
		case <-ctx.Done():
			t.Fatalf("no message to %s came", to)
		case <-time.After(20 * time.Millisecond): // the outbox delivers in its own time
		}
	}
}

type mail struct{ To, Text string }

func (s *server) mails(ctx context.Context, to string) (mails []mail, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/_gatehouse/mailbox.json?to="+url.QueryEscape(to), nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, errors.New(resp.Status)
	}
	return mails, json.NewDecoder(resp.Body).Decode(&mails)
}
