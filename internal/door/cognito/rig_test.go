package cognito

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/report"
	"github.com/gatehouse-id/gatehouse/internal/base/seal/sealtest"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/access"
	"github.com/gatehouse-id/gatehouse/internal/flow/account"
	"github.com/gatehouse-id/gatehouse/internal/flow/branding"
	"github.com/gatehouse-id/gatehouse/internal/flow/code"
	"github.com/gatehouse-id/gatehouse/internal/flow/credential"
	"github.com/gatehouse-id/gatehouse/internal/flow/device"
	"github.com/gatehouse-id/gatehouse/internal/flow/federation"
	"github.com/gatehouse-id/gatehouse/internal/flow/keys"
	"github.com/gatehouse-id/gatehouse/internal/flow/mfa"
	"github.com/gatehouse-id/gatehouse/internal/flow/notice"
	"github.com/gatehouse-id/gatehouse/internal/flow/outbox"
	"github.com/gatehouse-id/gatehouse/internal/flow/passkeys"
	"github.com/gatehouse-id/gatehouse/internal/flow/pool"
	"github.com/gatehouse-id/gatehouse/internal/flow/signin"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
	"github.com/gatehouse-id/gatehouse/internal/flow/userimport"
	"github.com/gatehouse-id/gatehouse/internal/part/password"
	"github.com/gatehouse-id/gatehouse/internal/part/token"
	"github.com/gatehouse-id/gatehouse/internal/part/token/testkeys"
)

const (
	testRegion  = "us-east-1"
	testAccount = "000000000000"
)

// rig is a door with everything behind it, on a new SQLite database.
type rig struct {
	*Door
	url string
	log *lockedBuffer
}

// lockedBuffer collects the log of a server.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// newRig makes a rig; edit, unless nil, changes the door's configuration.
func newRig(t testing.TB, edit func(*Config)) *rig {
	t.Helper()
	db, err := store.Open(context.Background(), store.Config{URL: "sqlite:" + filepath.Join(t.TempDir(), "gatehouse.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	ring := sealtest.Ring(t)
	hasher, err := password.NewHasher(password.Config{Params: password.Params{Memory: 8 << 10, Time: 1, Threads: 1}})
	if err != nil {
		t.Fatal(err)
	}
	var next atomic.Int64
	signing := keys.New(keys.Config{Store: db, Ring: ring, NewKey: func() (*token.Key, error) {
		return testkeys.Key(int(next.Add(1)) % testkeys.Count), nil
	}})
	keeper := credential.New(credential.Config{Ring: ring, Hasher: hasher})
	judge := threat.New(threat.Config{Store: db, Ring: ring})
	box := outbox.New(outbox.Config{Store: db, Ring: ring})
	codes := code.New(code.Config{Ring: ring, Outbox: box})
	answers := threat.NewFeedback(judge)
	accounts := account.New(account.Config{Store: db, Ring: ring, Codes: codes, Credential: keeper, Threat: judge})
	factors := mfa.New(mfa.Config{Store: db, Ring: ring})
	devices := device.New(device.Config{Store: db, Ring: ring, Threat: judge})
	out := new(lockedBuffer)
	cfg := Config{
		Region: testRegion, AccountID: testAccount, Store: db, Ring: ring,
		Access:   access.New(access.Config{Store: db, Ring: ring}),
		Pools:    pool.New(pool.Config{Store: db, Region: testRegion, Account: testAccount, Keys: signing, Secrets: keeper}),
		Accounts: accounts,
		Factors:  factors,
		Devices:  devices,
		Passkeys: passkeys.New(passkeys.Config{Store: db, Ring: ring}),
		Identity: federation.New(federation.Config{Store: db, Ring: ring, Certificates: signing}),
		Imports:  userimport.New(userimport.Config{Store: db, Ring: ring, Accounts: accounts, BaseURL: "http://127.0.0.1:9470"}),
		Branding: branding.New(branding.Config{Store: db, BaseURL: "http://127.0.0.1:9470"}),
		Events:   threat.NewHistory(db, nil),
		Feedback: answers,
		Notices:  notice.New(notice.Config{Store: db, Ring: ring, Outbox: box, Feedback: answers, BaseURL: "http://127.0.0.1:9470"}),
		Signin: signin.New(signin.Config{
			Store: db, Ring: ring, Keys: signing, Credential: keeper, Threat: judge, Accounts: accounts, Codes: codes, Factors: factors, Devices: devices,
			IssuerBase: "http://127.0.0.1:9470",
		}),
		Log: report.New(report.Config{Logger: slog.New(slog.NewTextHandler(out, nil))}),
	}
	if edit != nil {
		edit(&cfg)
	}
	r := &rig{Door: New(cfg), log: out}
	server := httptest.NewServer(r.Door)
	t.Cleanup(server.Close)
	r.url = server.URL + "/"
	return r
}

func anyCredentials(c *Config) { c.AnyCredentials = true }

// key makes an access key.
func (r *rig) key(t testing.TB, policy model.Policy) (*model.AccessKey, string) {
	t.Helper()
	key, secret, err := r.Access.Create(context.Background(), "ops", policy)
	if err != nil {
		t.Fatal(err)
	}
	return key, secret.Reveal()
}

// reply is an answer as a client sees it.
type reply struct {
	status int
	header http.Header
	body   string
}

// Type is the code of an error, "" of a success.
func (r reply) Type() string { return r.member("__type") }

// Message is the text of an error.
func (r reply) Message() string { return r.member("message") }

func (r reply) member(name string) string {
	var m map[string]any
	if json.Unmarshal([]byte(r.body), &m) != nil {
		return "not JSON: " + r.body
	}
	s, _ := m[name].(string)
	return s
}

// find reads a value by a path such as "UserPool.Id".
func (r reply) find(t testing.TB, path string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(r.body), &v); err != nil {
		t.Fatalf("answer %q: %v", r.body, err)
	}
	for name := range strings.SplitSeq(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			t.Fatalf("no %s in %s", path, r.body)
		}
		v = m[name]
	}
	return v
}

func (r reply) text(t testing.TB, path string) string {
	t.Helper()
	s, ok := r.find(t, path).(string)
	if !ok {
		t.Fatalf("no text at %s in %s", path, r.body)
	}
	return s
}

// do sends a request as it is.
func (r *rig) do(t testing.TB, req *http.Request) reply {
	t.Helper()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{res.StatusCode, res.Header, string(body)}
}

// request is an unsigned call.
func (r *rig) request(t testing.TB, operation, body string) *http.Request {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, r.url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("X-Amz-Target", target+operation)
	return req
}

// call is an unsigned call and its answer.
func (r *rig) call(t testing.TB, operation, body string) reply {
	t.Helper()
	return r.do(t, r.request(t, operation, body))
}

// must is call for one that succeeds.
func (r *rig) must(t testing.TB, operation, body string) reply {
	t.Helper()
	got := r.call(t, operation, body)
	if got.status != http.StatusOK {
		t.Fatalf("%s: got %d %s", operation, got.status, got.body)
	}
	return got
}

// refused checks an error as every client reads it: status, body and headers alike.
func refused(t testing.TB, got reply, status int, code, message string) {
	t.Helper()
	if got.status != status || got.Type() != code || got.Message() != message {
		t.Errorf("got  %d %s %q\nwant %d %s %q", got.status, got.Type(), got.Message(), status, code, message)
	}
	if got.header.Get("X-Amzn-Errortype") != code {
		t.Errorf("header x-amzn-errortype: got %q, want %q", got.header.Get("X-Amzn-Errortype"), code)
	}
}
