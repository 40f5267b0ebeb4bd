package admin_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/door/admin"
	"github.com/gatehouse-id/gatehouse/internal/part/password"
	"github.com/gatehouse-id/gatehouse/internal/part/token"
	"github.com/gatehouse-id/gatehouse/internal/part/token/testkeys"
	"github.com/gatehouse-id/gatehouse/internal/server"
)

const (
	region  = "us-east-1"
	account = "000000000000"
	secret  = "Correct-Horse-7" // of every user
)

// rig is a whole server on a new SQLite database, with a clock of its own.
type rig struct {
	*server.Server
	url    string
	log    *buffer
	clock  *clock
	master aws.Credentials // may do everything
}

type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *buffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *buffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

type clock struct{ at atomic.Int64 }

// now is that time; of no clock, the one that it is.
func (c *clock) now() time.Time {
	if c == nil {
		return time.Now()
	}
	return time.UnixMicro(c.at.Load()).UTC()
}

func (c *clock) pass(by time.Duration) { c.at.Add(by.Microseconds()) }

// noon is when every rig begins.
var noon = time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)

// config is that of a rig's server.
func config(t testing.TB, at *clock, log io.Writer) server.Config {
	var made atomic.Int64
	return server.Config{
		Listen: "127.0.0.1:0", Data: t.TempDir(), Hash: password.Params{Memory: 64, Time: 1, Threads: 1},
		NewKey: func() (*token.Key, error) { return testkeys.Key(int(made.Add(1)) % testkeys.Count), nil },
		Now:    at.now, Log: slog.New(slog.NewTextHandler(log, nil)),
	}
}

// newRig makes a rig; edit, unless nil, changes the configuration of its server.
func newRig(t testing.TB, edit func(*server.Config)) *rig {
	t.Helper()
	r := &rig{clock: new(clock), log: new(buffer)}
	r.clock.at.Store(noon.UnixMicro())
	cfg := config(t, r.clock, r.log)
	if edit != nil {
		edit(&cfg)
	}
	var err error
	if r.Server, err = server.New(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	if k := r.FirstKey(); k != nil {
		r.master = aws.Credentials{AccessKeyID: k.ID, SecretAccessKey: k.Secret.Reveal()}
	}
	listener := httptest.NewServer(r.Handler())
	t.Cleanup(listener.Close)
	r.url = listener.URL
	return r
}

func dev(c *server.Config) { c.Dev = true }

// key makes an access key.
func (r *rig) key(t testing.TB, action, resource string) aws.Credentials {
	t.Helper()
	k, hidden, err := r.Access.Create(t.Context(), "ops", model.Policy{Actions: []string{action}, Resources: []string{resource}})
	if err != nil {
		t.Fatal(err)
	}
	return aws.Credentials{AccessKeyID: k.ID, SecretAccessKey: hidden.Reveal()}
}

func arn(pool string) string {
	return "arn:aws:cognito-idp:" + region + ":" + account + ":userpool/" + pool
}

// reply is an answer as a client sees it.
type reply struct {
	status int
	header http.Header
	body   string
}

// code is that of an error.
func (r reply) code() string {
	var e struct {
		Error struct{ Code, Message string }
	}
	_ = json.Unmarshal([]byte(r.body), &e)
	return e.Error.Code
}

func (r reply) message() string {
	var e struct {
		Error struct{ Code, Message string }
	}
	_ = json.Unmarshal([]byte(r.body), &e)
	return e.Error.Message
}

// into reads the answer of a success.
func (r reply) into(t testing.TB, v any) {
	t.Helper()
	if r.status != http.StatusOK {
		t.Fatalf("got %d %s", r.status, r.body)
	}
	if err := json.Unmarshal([]byte(r.body), v); err != nil {
		t.Fatalf("answer %q: %v", r.body, err)
	}
}

// refused checks an error.
func refused(t testing.TB, got reply, status int, code, message string) {
	t.Helper()
	if got.status != status || got.code() != code || got.message() != message {
		t.Errorf("got  %d %s %q\nwant %d %s %q", got.status, got.code(), got.message(), status, code, message)
	}
	if kind := got.header.Get("Content-Type"); kind != "application/json" {
		t.Errorf("an error of type %q", kind)
	}
}

// request is one to the API, with headers as name, value, name, value ...
func (r *rig) request(t testing.TB, method, path, body string, header ...string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, r.url+admin.Prefix+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return req
}

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

// sign signs a request for a service, at a time.
func sign(t testing.TB, req *http.Request, key aws.Credentials, service, body string, at time.Time) {
	t.Helper()
	sum := sha256.Sum256([]byte(body))
	if err := v4.NewSigner().SignHTTP(t.Context(), key, req, hex.EncodeToString(sum[:]), service, region, at); err != nil {
		t.Fatal(err)
	}
}

// as calls with a key.
func (r *rig) as(t testing.TB, key aws.Credentials, method, path, body string, header ...string) reply {
	t.Helper()
	req := r.request(t, method, path, body, header...)
	sign(t, req, key, "gatehouse", body, r.clock.now())
	return r.do(t, req)
}

// call calls with the key that may do everything.
func (r *rig) call(t testing.TB, method, path, body string, header ...string) reply {
	t.Helper()
	return r.as(t, r.master, method, path, body, header...)
}

// cognito calls an operation of the user pool API, from an address.
func (r *rig) cognito(t testing.TB, operation, body string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService."+operation)
	req.Header.Set("User-Agent", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36")
	if r.master.AccessKeyID != "" {
		sign(t, req, r.master, "cognito-idp", body, r.clock.now())
	}
	return r.do(t, req)
}

func (r *rig) must(t testing.TB, operation, body string) map[string]any {
	t.Helper()
	got := r.cognito(t, operation, body)
	if got.status != http.StatusOK {
		t.Fatalf("%s: got %d %s", operation, got.status, got.body)
	}
	var out map[string]any
	if err := json.Unmarshal([]byte(got.body), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// town is a pool that is ENFORCED, with a client.
type town struct{ pool, client string }

func (r *rig) town(t testing.TB) town {
	t.Helper()
	id := r.must(t, "CreateUserPool", `{"PoolName":"web","UserPoolTier":"PLUS","UserPoolAddOns":{"AdvancedSecurityMode":"ENFORCED"}}`)["UserPool"].(map[string]any)["Id"].(string)
	c := r.must(t, "CreateUserPoolClient", `{"UserPoolId":"`+id+`","ClientName":"app","ExplicitAuthFlows":["ALLOW_USER_PASSWORD_AUTH"]}`)
	return town{id, c["UserPoolClient"].(map[string]any)["ClientId"].(string)}
}

func (r *rig) user(t testing.TB, at town, name string) {
	t.Helper()
	r.must(t, "AdminCreateUser", fmt.Sprintf(`{"UserPoolId":%q,"Username":%q,"MessageAction":"SUPPRESS"}`, at.pool, name))
	r.must(t, "AdminSetUserPassword", fmt.Sprintf(`{"UserPoolId":%q,"Username":%q,"Password":%q,"Permanent":true}`, at.pool, name, secret))
}

// signIn tries to, an hour after whatever was before.
func (r *rig) signIn(t testing.TB, at town, name, password string) reply {
	t.Helper()
	r.clock.pass(time.Hour)
	return r.cognito(t, "InitiateAuth", fmt.Sprintf(`{"ClientId":%q,"AuthFlow":"USER_PASSWORD_AUTH","AuthParameters":{"USERNAME":%q,"PASSWORD":%q}}`, at.client, name, password))
}
