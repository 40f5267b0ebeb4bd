package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/breach"
	"github.com/gatehouse-id/gatehouse/breach/brx"
	"github.com/gatehouse-id/gatehouse/internal/part/geo"
	"github.com/gatehouse-id/gatehouse/internal/part/token"
	"github.com/gatehouse-id/gatehouse/internal/part/token/testkeys"
	"github.com/gatehouse-id/gatehouse/internal/server"
)

// node is a running server with a pool that refuses leaked passwords.
type node struct {
	t      *testing.T
	url    string
	ops    string // empty without that listener
	client string
}

func run(t *testing.T, cfg server.Config) *node {
	t.Helper()
	var made atomic.Int64
	cfg.Listen, cfg.Dev, cfg.Data = "127.0.0.1:0", true, t.TempDir()
	cfg.NewKey = func() (*token.Key, error) { return testkeys.Key(int(made.Add(1)) % testkeys.Count), nil }
	s, err := server.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	n := &node{t: t, url: s.URL(), ops: s.OpsURL()}
	pool := n.call("CreateUserPool", `{"PoolName":"web","UserPoolTier":"PLUS","UserPoolAddOns":{"AdvancedSecurityMode":"ENFORCED"}}`)
	id := pool["UserPool"].(map[string]any)["Id"].(string)
	client := n.call("CreateUserPoolClient", `{"UserPoolId":"`+id+`","ClientName":"app"}`)
	n.client = client["UserPoolClient"].(map[string]any)["ClientId"].(string)
	return n
}

func (n *node) call(operation, body string) map[string]any {
	n.t.Helper()
	req, err := http.NewRequestWithContext(n.t.Context(), http.MethodPost, n.url, strings.NewReader(body))
	if err != nil {
		n.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService."+operation)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		n.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		n.t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(text, &out); err != nil {
		n.t.Fatalf("%s answered %q", operation, text)
	}
	return out
}

// signUp tells the error of a sign-up, "" when it was accepted.
func (n *node) signUp(name, password string) string {
	n.t.Helper()
	out := n.call("SignUp", `{"ClientId":"`+n.client+`","Username":"`+name+`","Password":"`+password+`"}`)
	code, _ := out["__type"].(string)
	return code
}

// publish makes a corpus of one password in a folder.
func publish(t *testing.T, dir, name, password string) {
	t.Helper()
	w, err := brx.Create(filepath.Join(dir, name), brx.Options{Alg: brx.SHA1, Expected: 1, Tail: true})
	if err != nil {
		t.Fatal(err)
	}
	hash := breach.Sum(password)
	if err := w.Add(hash[:], 7); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Finish(); err != nil {
		t.Fatal(err)
	}
	if _, err := breach.Publish(dir, breach.Mount{Path: name, Role: breach.Base}); err != nil {
		t.Fatal(err)
	}
}

func TestBreachIndex(t *testing.T) {
	const first, second = "Harbour-Lantern-1", "Harbour-Lantern-2"
	dir := t.TempDir()
	publish(t, dir, "one.brx", first)
	replaced := make(chan struct{})
	n := run(t, server.Config{BreachIndex: dir, Log: slog.New(slog.NewTextHandler(notice{"breach index replaced", replaced}, nil))})

	if got := n.signUp("ann", first); got != "InvalidPasswordException" {
		t.Errorf("a password of the index: got %q, want InvalidPasswordException", got)
	}
	if got := n.signUp("bob", second); got != "" {
		t.Errorf("a password that is not in it: got %q, want it accepted", got)
	}
	if got := n.signUp("eve", "Password123!"); got != "InvalidPasswordException" {
		t.Errorf("a password of the built-in list: got %q, want InvalidPasswordException", got)
	}

	publish(t, dir, "two.brx", second)
	select {
	case <-replaced:
	case <-time.After(time.Minute):
		t.Fatal("the new edition was not taken up")
	}
	if got := n.signUp("cid", second); got != "InvalidPasswordException" {
		t.Errorf("a password of the new edition: got %q, want InvalidPasswordException", got)
	}
	if got := n.signUp("ann", first); got != "" {
		t.Errorf("a password that the new edition lacks: got %q, want it accepted", got)
	}
}

func TestFilesOfPlaces(t *testing.T) {
	dir := t.TempDir()
	list := filepath.Join(dir, "tor.txt")
	replace := func(text string) {
		t.Helper()
		whole := filepath.Join(dir, "new.txt")
		if err := errors.Join(os.WriteFile(whole, []byte(text), 0o600), os.Rename(whole, list)); err != nil {
			t.Fatal(err)
		}
	}
	replace("192.0.3.1\n")
	refused, replaced := make(chan struct{}), make(chan struct{})
	log := io.MultiWriter(notice{"one before answers\" path=" + list, refused}, notice{"networks replaced\" path=" + list, replaced})
	n := run(t, server.Config{
		Ops: "127.0.0.1:0", Log: slog.New(slog.NewTextHandler(log, nil)),
		Geo: geo.Config{TorExits: []string{list}, Poll: 10 * time.Millisecond},
	})
	metric := func(want string) {
		t.Helper()
		if got := n.metrics(); !strings.Contains(got, "\n"+want+"\n") {
			t.Errorf("the metrics lack %q:\n%s", want, got)
		}
	}
	wait := func(what string, seen chan struct{}) {
		t.Helper()
		select {
		case <-seen:
		case <-time.After(time.Minute):
			t.Fatalf("%s: nothing was logged", what)
		}
	}
	metric("gatehouse_geo_files_failed 0")
	replace("no address\n")
	wait("a damaged list", refused)
	metric("gatehouse_geo_files_failed 1")
	metric(`gatehouse_geo_files_refused_total{path="` + list + `"} 1`)
	replace("192.0.3.1\n192.0.3.2\n")
	wait("a sound list", replaced)
	metric("gatehouse_geo_files_failed 0")
}

// metrics are what is served to those who watch over the server.
func (n *node) metrics() string {
	n.t.Helper()
	res, err := http.Get(n.ops + "/metrics")
	if err != nil {
		n.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		n.t.Fatal(err)
	}
	return string(text)
}

// notice closes seen when a line with the text is logged.
type notice struct {
	text string
	seen chan struct{}
}

func (n notice) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte(n.text)) {
		close(n.seen)
	}
	return len(line), nil
}

func TestNewRefuses(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.txt")
	if err := os.WriteFile(bad, []byte("no address\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		cfg  server.Config
		want string
	}{
		"a development server on another address than loopback": {server.Config{Dev: true, Listen: "0.0.0.0:0"}, "not loopback"},
		"an address without a port":                             {server.Config{Listen: "localhost"}, "want host:port"},
		"a breach index that is not there":                      {server.Config{Listen: "127.0.0.1:0", BreachIndex: "nowhere"}, "open breach index"},
		"a breach list that is not there":                       {server.Config{Listen: "127.0.0.1:0", BreachLists: []string{"nowhere"}}, "read breach list"},
		"a file of places that is not there":                    {server.Config{Listen: "127.0.0.1:0", Geo: geo.Config{City: []string{"nowhere.mmdb"}}}, "open files of places and networks: stat nowhere.mmdb"},
		"a list of networks that is damaged":                    {server.Config{Listen: "127.0.0.1:0", Geo: geo.Config{TorExits: []string{bad}}}, bad + ":1: "},
		"two master keys":                                       {server.Config{Listen: "127.0.0.1:0", MasterKey: "x", MasterKeyFile: "y"}, "give one"},
		"a master key that is none":                             {server.Config{Listen: "127.0.0.1:0", MasterKey: "x"}, "master key"},
		"another database than it knows":                        {server.Config{Listen: "127.0.0.1:0", Database: "oracle:x"}, "sqlite:PATH or postgres://"},
		"a base URL that is none":                               {server.Config{Listen: "127.0.0.1:0", BaseURL: "id.example.com"}, "base URL"},
		"a mail server of no known kind":                        {server.Config{Listen: "127.0.0.1:0", SMTP: "gopher://x"}, "e-mail"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.cfg.Data == "" {
				c.cfg.Data = t.TempDir()
			}
			s, err := server.New(t.Context(), c.cfg)
			if err == nil {
				s.Close()
				t.Fatal("got a server, want an error")
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %q, want it to say %q", err, c.want)
			}
		})
	}
}
