package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"slices"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/part/upstream"
	"github.com/gatehouse-id/gatehouse/internal/server"
)

type importCognitoCmd struct {
	Storage storageSettings `embed:"" group:"Storage"`
	Region  region          `placeholder:"NAME" default:"us-east-1" help:"Region that the server here is set to." group:"Storage"`
	Account account         `placeholder:"ID" default:"000000000000" help:"Account that the server here is set to." group:"Storage"`

	FromPool     string `required:"" placeholder:"ID" help:"The pool to take over, such as eu-west-1_AbCdEfGhI. It keeps this id."`
	FromProfile  string `placeholder:"NAME" help:"Profile of AWS's shared files. Unset: the credentials that AWS's tools would find."`
	FromEndpoint string `placeholder:"URL" help:"Another server with Cognito's API. Unset: Amazon's, in the region of the pool."`
	FromFolder   string `placeholder:"DIR" help:"Read what the AWS CLI printed instead: a file for each call, as docs/guides/import.md lists them."`
	KeepSub      bool   `default:"true" negatable:"" help:"Users keep their sub, so that what applications stored under it stays theirs. --no-keep-sub draws new ones."`
	SkipUsers    bool   `help:"Take over settings, clients and groups alone."`
	SkipMFA      bool   `name:"skip-mfa" help:"Do not ask for the second factors of each user: one request less for each."`
	Lazy         bool   `help:"Ask the old pool for each password at the first sign-in here, through the first app client that may: users keep their status, instead of RESET_REQUIRED."`
	DryRun       bool   `help:"Read everything, tell what would come, and change nothing."`
}

// Run takes a pool over.
func (c *importCognitoCmd) Run(ctx context.Context, src *sources, std streams) (err error) {
	from, err := c.source()
	if err != nil {
		return err
	}
	cfg := c.Storage.server(src)
	cfg.Region, cfg.Account, cfg.Log, cfg.IgnoreTiers = string(c.Region), string(c.Account), slog.New(slog.DiscardHandler), true
	s, err := server.Offline(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	m := &mover{
		importCognitoCmd: c, from: from, std: std, here: s,
		api: &api{url: "http://offline", http: &http.Client{Transport: directly{s.Handler()}}},
	}
	if err = m.move(ctx); err != nil {
		if f, ok := fault.As(err); ok {
			err = errors.New(f.Message)
		}
		return fmt.Errorf("import %s: %w", c.FromPool, err)
	}
	return nil
}

func (c *importCognitoCmd) source() (upstream.Source, error) {
	if _, err := upstream.RegionOf(c.FromPool); err != nil {
		return nil, fmt.Errorf("--from-pool: %w", err)
	}
	if c.FromFolder == "" {
		return upstream.Open(upstream.Config{PoolID: c.FromPool, Profile: c.FromProfile, Endpoint: c.FromEndpoint})
	}
	if c.FromEndpoint != "" || c.FromProfile != "" {
		return nil, errors.New("--from-folder goes with neither --from-endpoint nor --from-profile")
	}
	if _, err := os.Stat(c.FromFolder); err != nil {
		return nil, err
	}
	return upstream.Folder(c.FromFolder), nil
}

// mover brings one pool over. What it makes, it makes by the API of a server that
// nobody else can reach: the same checks hold as for everybody. Only what the API
// draws by itself, such as ids, is given from outside.
type mover struct {
	*importCognitoCmd
	from upstream.Source
	here *server.Server
	api  *api
	std  streams

	document   *shape.UserPoolType // of the pool, as it is there
	factors    string              // its MFA mode there
	clientIDs  []string
	asking     *model.FormerPool // how passwords can be asked for there
	groupNames []string

	links []link // of users to identity providers

	absent bool     // a dry run, and there is no pool here yet
	left   []string // what was not taken over, and why
	// How many users have an authenticator app there, come by an identity provider,
	// and have no way to a password.
	totp, federated, unreachable int
}

func (m *mover) move(ctx context.Context) error {
	if r, _ := upstream.RegionOf(m.FromPool); r != string(m.Region) { //nolint:errcheck // checked before
		m.leave("the region: pool ids say %s and this server %s; set region to it, or SDKs that take the region from the id sign for the wrong one", r, m.Region)
	}
	for _, step := range []func(context.Context) error{
		m.pool, m.mfa, m.providers, m.resourceServers, m.clients, m.risk, m.looks, m.branding, m.terms, m.logs, m.domain, m.groups, m.lazy, m.users,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	if !m.Lazy {
		m.leave("passwords: Cognito tells nobody their hashes")
	}
	m.leave("secrets of authenticator apps, passkeys and remembered devices: their users set them up again")
	m.leave("sessions, and what was recorded of sign-ins")
	fmt.Fprintln(m.std.out, "not taken over:")
	slices.Sort(m.left)
	for _, what := range slices.Compact(m.left) {
		fmt.Fprintln(m.std.out, "  -", what)
	}
	return nil
}

// tell prints one line of what happens.
func (m *mover) tell(format string, args ...any) { fmt.Fprintf(m.std.out, format+"\n", args...) }

// leave notes what is not taken over.
func (m *mover) leave(format string, args ...any) {
	m.left = append(m.left, fmt.Sprintf(format, args...))
}

// read decodes an answer of the source; false where it has none.
func (m *mover) read(ctx context.Context, operation string, q upstream.Query, into any) (next string, ok bool, err error) {
	answer, next, err := m.from.Read(ctx, operation, q)
	if errors.Is(err, upstream.ErrAbsent) {
		return "", false, nil
	}
	if errors.Is(err, upstream.ErrDenied) && !slices.Contains(essential, operation) {
		m.leave("what needs %v", err)
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	if err := wire.Decode(answer, into); err != nil {
		return "", false, fmt.Errorf("the answer of %s cannot be read: %w", operation, err)
	}
	return next, true, nil
}

// essential is what an import cannot do without.
var essential = []string{"DescribeUserPool", "ListUserPoolClients", "DescribeUserPoolClient", "ListUsers"}

// maxPages bounds a list that has no end.
const maxPages = 1_000_000

// each reads a list page by page; into is emptied before each.
func each[T any](ctx context.Context, m *mover, operation string, q upstream.Query, do func(T) error) error {
	for range maxPages {
		var page T
		next, ok, err := m.read(ctx, operation, q, &page)
		if err != nil || !ok {
			return err
		}
		if err := do(page); err != nil {
			return err
		}
		if next == "" {
			return nil
		}
		q.Token = next
	}
	return fmt.Errorf("%s does not end", operation)
}

// there are the refusals by which something turns out to be here already.
var there = []string{"GroupExistsException", "DuplicateProviderException", "TermsExistsException"}

// make calls an operation that makes or sets something, and notes what it refuses.
// A dry run checks nothing here: what it would need is not there yet.
func (m *mover) make(ctx context.Context, what, operation string, in any) error {
	if m.DryRun {
		m.tell("would take over %s", what)
		return nil
	}
	request := body{}
	if err := wire.Read(wire.Must(in), &request); err != nil {
		return err
	}
	err := m.api.call(ctx, operation, request, nil)
	var refused *refusal
	switch {
	case err == nil:
		m.tell("took over %s", what)
	case !errors.As(err, &refused) || refused.Status >= http.StatusInternalServerError:
		return fmt.Errorf("%s: %w", what, err)
	case slices.Contains(there, refused.Type):
		m.tell("kept %s, which is here already", what)
	default:
		m.leave("%s: %s", what, refused.Message)
	}
	return nil
}

// has tells whether an operation that describes something finds it here.
func (m *mover) has(ctx context.Context, operation string, in body, into any) (bool, error) {
	err := m.api.call(ctx, operation, in, into)
	var refused *refusal
	if errors.As(err, &refused) && refused.Status < http.StatusInternalServerError {
		return false, nil
	}
	return err == nil, err
}

// directly answers requests by a handler in this process.
type directly struct{ handler http.Handler }

// RoundTrip answers one.
func (d directly) RoundTrip(r *http.Request) (*http.Response, error) {
	a := &kept{header: http.Header{}, status: http.StatusOK}
	d.handler.ServeHTTP(a, r)
	return &http.Response{
		StatusCode: a.status, Header: a.header, Body: noClose{bytes.NewReader(a.body.Bytes())}, Request: r,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}, nil
}

// kept is an answer in memory.
type kept struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (k *kept) Header() http.Header         { return k.header }
func (k *kept) WriteHeader(status int)      { k.status = status }
func (k *kept) Write(b []byte) (int, error) { return k.body.Write(b) }

type noClose struct{ *bytes.Reader }

func (noClose) Close() error { return nil }
