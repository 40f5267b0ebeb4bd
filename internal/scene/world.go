package scene

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/part/passkey/passkeytest"
	"github.com/gatehouse-id/gatehouse/internal/part/password"
	"github.com/gatehouse-id/gatehouse/internal/part/srp"
	"github.com/gatehouse-id/gatehouse/internal/part/token"
	"github.com/gatehouse-id/gatehouse/internal/part/token/testkeys"
	"github.com/gatehouse-id/gatehouse/internal/server"
)

// world is what one story happens in.
type world struct {
	server    *server.Server
	http      *httptest.Server
	clock     *clock
	dice      io.Reader
	ledger    *ledger
	corpus    *corpus
	functions *functions

	vars    map[string]string
	secrets map[string]string // client id -> secret

	address, agent, device, zone string // where requests come from

	last    request
	answers []answer // to the last request, or requests
	told    bool     // the story told of them
	read    []byte   // the body of the first, also once it was told

	proof     *srp.Client    // of the last srp that got a challenge
	challenge map[string]any // the answer with that challenge

	devices        map[string]knownDevice                // by their name in the story
	authenticators map[string]*passkeytest.Authenticator // likewise
}

// baseURL begins the issuer of every pool.
const baseURL = "http://gatehouse.test"

// goodPassword satisfies the default policy and is in no list of leaked ones.
const goodPassword = "Correct-Horse-7"

// play runs the story on an empty database. The error tells the line, what was
// wanted and what came instead.
func (s story) play(ctx context.Context, database string) (err error) {
	w, err := newWorld(ctx, s.title, database)
	if err != nil {
		return fmt.Errorf("%s: open the scene: %w", s.file, err)
	}
	defer func() { err = errors.Join(err, w.close()) }()
	for _, step := range append(s.steps, step{verb: "end"}) {
		if err := w.do(ctx, step); err != nil {
			return fmt.Errorf("%s:%d: %s\n%w", s.file, step.line, step, err)
		}
	}
	return nil
}

func newWorld(ctx context.Context, seed, database string) (*world, error) {
	w := &world{
		clock:   &clock{now: time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)},
		dice:    &dice{source: rand.NewChaCha8(sha256.Sum256([]byte(seed)))},
		vars:    map[string]string{"password": goodPassword},
		address: "192.0.2.1:1234",
		secrets: map[string]string{},
		told:    true,

		functions: newFunctions(),
	}
	var made atomic.Int64
	var err error
	if w.corpus, err = newCorpus(); err != nil {
		return nil, err
	}
	w.server, err = server.New(ctx, server.Config{
		Listen: "127.0.0.1:0", Database: database, BaseURL: baseURL, Dev: true,
		MasterKey:   base64.StdEncoding.EncodeToString(make([]byte, 32)),
		Hash:        password.Params{Memory: 64, Time: 1, Threads: 1},
		BreachIndex: w.corpus.dir, BreachKeyFile: w.corpus.keyFile(),
		NewKey: func() (*token.Key, error) {
			return testkeys.Key(int(made.Add(1)-1) % testkeys.Count), nil
		},
		Triggers: w.functions.settings(),
		Now:      w.clock.Now, Rand: w.dice,
	})
	if err != nil {
		return nil, errors.Join(err, w.corpus.close())
	}
	if w.ledger, err = openLedger(database, w.server.Store); err != nil {
		return nil, errors.Join(err, w.server.Close(), w.corpus.close())
	}
	w.http = listen(w.server.Handler())
	return w, nil
}

func (w *world) close() error {
	w.http.Close()
	w.functions.server.Close()
	return errors.Join(w.ledger.close(), w.server.Close(), w.corpus.close())
}

// verbs are the steps beside expectations, which begin with a number.
var verbs = map[string]func(*world, context.Context, string) error{
	"pool":       (*world).pool,
	"client":     (*world).client,
	"user":       (*world).user,
	"policy":     (*world).policy,
	"leaked":     (*world).leaked,
	"pairs":      (*world).pairs,
	"arrives":    (*world).arrives,
	"unreadable": (*world).unreadable,
	"after":      (*world).after,
	"sweep":      (*world).sweep,
	"from":       (*world).from,
	"habit":      (*world).habit,
	"function":   (*world).function,
	"forget":     (*world).forget,
	"asked":      (*world).asked,
	"metric":     (*world).metric,
	"call":       (*world).call,
	"again":      (*world).again,
	"repeat":     (*world).repeat,
	"parallel":   (*world).parallel,
	"srp":        (*world).srp,
	"customsrp":  (*world).customSRP,
	"userauth":   (*world).userAuthSRP,
	"totp":       (*world).totp,
	"certified":  (*world).certified,
	"prove":      (*world).prove,
	"keeps":      (*world).keeps,
	"begins":     (*world).begins,
	"proves":     (*world).proves,
	"enrols":     (*world).enrols,
	"signs":      (*world).signs,
	"get":        (*world).get,
	"form":       (*world).form,
	"upload":     (*world).upload,
	"imports":    (*world).imports,
	"log":        (*world).log,
	"token":      (*world).token,
	"event":      (*world).event,
	"mail":       (*world).mail,
	"state":      (*world).state,
	"no":         (*world).no,
	"nothing":    (*world).nothing,
	"end":        func(*world, context.Context, string) error { return nil },
}

// do takes one step. Before any step but an expectation, the answers so far
// must all have been told.
func (w *world) do(ctx context.Context, s step) error {
	if _, err := strconv.Atoi(s.verb); err == nil {
		return w.expect(s.verb, s.rest)
	}
	if err := w.settled(); err != nil {
		return err
	}
	verb, ok := verbs[s.verb]
	if !ok {
		return fmt.Errorf("there is no verb %q", s.verb)
	}
	return verb(w, ctx, s.rest)
}

// after moves the clock.
func (w *world) after(_ context.Context, rest string) error {
	d, err := duration(rest)
	if err != nil {
		return err
	}
	w.clock.pass(d)
	return nil
}

// sweep lets the server remove what has outlived its use.
func (w *world) sweep(ctx context.Context, _ string) error { return w.server.Sweep(ctx) }

// duration reads a duration in Go's way, or in days.
func duration(s string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.Atoi(days)
		return time.Duration(n) * 24 * time.Hour, err
	}
	return time.ParseDuration(s)
}

// clock moves only when told.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// dice gives the same numbers each time a story is played.
type dice struct {
	mu     sync.Mutex
	source *rand.ChaCha8
}

func (d *dice) Read(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.source.Read(p)
}
