// Package server gives the whole: Config -> New -> Run. It is the only package that knows everyone.
//
//	/                        door/cognito   AWS JSON 1.1
//	/<pool>/.well-known/...  door/oidc      keys and discovery
//	/_gatehouse/whoami, ...  door/client    where a request comes from; the browser's script
//	/_gatehouse/feedback     door/feedback  where a user says whether a sign-in was theirs
//	/_gatehouse/logo/...     door/logo      logos of sign-in pages
//	/_gatehouse/import/...   door/imports   the files of import jobs
//	/_gatehouse/admin/...    door/admin     our own API for administrators
//	/_gatehouse/mailbox      door/mailbox   kept messages, in development only
//	/healthz, /metrics       door/ops       on a listener of their own
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gatehouse-id/gatehouse/breach"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/report"
	"github.com/gatehouse-id/gatehouse/internal/base/seal"
	"github.com/gatehouse-id/gatehouse/internal/door/client"
	"github.com/gatehouse-id/gatehouse/internal/door/feedback"
	"github.com/gatehouse-id/gatehouse/internal/door/mailbox"
	"github.com/gatehouse-id/gatehouse/internal/flow/account"
	"github.com/gatehouse-id/gatehouse/internal/flow/notice"
	"github.com/gatehouse-id/gatehouse/internal/flow/outbox"
	"github.com/gatehouse-id/gatehouse/internal/flow/pool"
	"github.com/gatehouse-id/gatehouse/internal/flow/recheck"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
	"github.com/gatehouse-id/gatehouse/internal/flow/userimport"
	"github.com/gatehouse-id/gatehouse/internal/part/forwarded"
	"github.com/gatehouse-id/gatehouse/internal/part/geo"
	"github.com/gatehouse-id/gatehouse/internal/part/password"
	"github.com/gatehouse-id/gatehouse/internal/part/srp"
)

// Server is a node that is ready to serve.
type Server struct {
	*Parts
	cfg      Config
	listener net.Listener
	http     *http.Server
	outbox   *outbox.Outbox
	pools    *pool.Pools
	accounts *account.Accounts
	recheck  *recheck.Recheck
	imports  *userimport.Imports
	threat   *threat.Threat
	events   *threat.History
	proxies  *forwarded.Proxies
	index    *breach.Index // nil without one
	places   *geo.Finder   // nil without files of places
	meter    *report.Meter
	ops      *listening // nil without one
	firstKey *FirstKey
}

// Offline is a server that nobody can reach: only who holds it asks, by Handler, and
// needs no credentials there. It sends nothing and is not to be run; Close it.
func Offline(ctx context.Context, cfg Config) (*Server, error) {
	cfg.offline, cfg.Dev, cfg.Ops, cfg.Listen = true, false, "", "localhost:0"
	return New(ctx, cfg)
}

// New opens the database, makes what the first start needs, and listens. Call Run to serve.
func New(ctx context.Context, cfg Config) (*Server, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Region == "" {
		cfg.Region = "us-east-1"
	}
	if cfg.Account == "" {
		cfg.Account = "000000000000"
	}
	if cfg.Hash == (password.Params{}) {
		cfg.Hash = password.DefaultParams()
	}
	if err := cfg.CheckListen(); err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, meter: new(report.Meter)}
	var err error
	if s.proxies, err = forwarded.New(cfg.Proxies); err != nil {
		return nil, fmt.Errorf("proxies: %w", err)
	}
	s.cfg.Geo.Report = s.placesChanged
	if cfg.Geo.Poll == 0 {
		s.cfg.Geo.Poll = watchEvery
	}
	if s.places, err = s.cfg.Places(); err != nil {
		return nil, err
	}
	corpus, index, err := cfg.corpus()
	if err != nil {
		return nil, err
	}
	parts, err := Open(ctx, cfg)
	if err != nil {
		if index != nil {
			err = errors.Join(err, index.Close())
		}
		return nil, err
	}
	s.Parts, s.index = parts, index
	if err := s.assemble(ctx, corpus); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// assemble wires the house, from the base up, and listens.
func (s *Server) assemble(ctx context.Context, corpus breach.Corpus) error {
	cfg := s.cfg
	var err error
	var at net.Addr = &net.TCPAddr{}
	if !cfg.offline {
		if s.listener, err = net.Listen("tcp", cfg.Listen); err != nil {
			return fmt.Errorf("listen: %w", err)
		}
		s.listener = s.proxies.Listen(s.listener, s.refusal())
		at = s.listener.Addr()
	}
	base, err := cfg.base(at)
	if err != nil {
		return err
	}
	if !cfg.Dev && !cfg.offline {
		if s.firstKey, err = s.makeFirstKey(ctx); err != nil {
			return err
		}
	}
	out, err := s.reach()
	if err != nil {
		return err
	}
	return s.open(s.wire(base, corpus, out))
}

// pages are what browsers open, beside the API.
func (s *Server) pages(mux *http.ServeMux, notices *notice.Notices, log *report.Log) {
	own := client.New(client.Config{Proxies: s.proxies})
	mux.Handle(client.WhoamiPath, own)
	mux.Handle(client.ScriptPath, own)
	mux.Handle(notice.FeedbackPath, feedback.New(feedback.Config{Notices: notices, Log: log, Rand: s.cfg.Rand}))
	if s.cfg.Dev {
		box := mailbox.New(mailbox.Config{Store: s.Store})
		mux.Handle("/_gatehouse/mailbox", box)
		mux.Handle("/_gatehouse/mailbox.json", box)
	}
}

// serverOf bounds what a client may take.
func (s *Server) serverOf(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(s.cfg.Log.Handler(), slog.LevelDebug),
	}
}

// unredirected gives paths such as // and /./, which a mux would redirect, to
// the API: a client of it reads an error in its own form. A mux looks at paths as
// they are escaped: what is a slash in a name redirects nobody.
func unredirected(mux, api http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p := r.URL.EscapedPath(); path.Clean(p) != p {
			api.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// URL is the address that the server listens on.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() }

// Handler serves requests without a listener, for tests.
func (s *Server) Handler() http.Handler { return s.http.Handler }

// Meter is what was counted so far.
func (s *Server) Meter() *report.Meter { return s.meter }

// Pools keeps the pools.
func (s *Server) Pools() *pool.Pools { return s.pools }

// Accounts are the users.
func (s *Server) Accounts() *account.Accounts { return s.accounts }

// Recheck holds leaked pairs against users.
func (s *Server) Recheck() *recheck.Recheck { return s.recheck }

// Imports runs import jobs.
func (s *Server) Imports() *userimport.Imports { return s.imports }

// ReloadBreach takes up a new edition of the breach index now, instead of when
// the next look at its manifest is due.
func (s *Server) ReloadBreach() error {
	if s.index == nil {
		return nil
	}
	changed, err := s.index.Reload()
	s.reloaded(changed, err)
	return err
}

// Outbox holds the messages on their way out.
func (s *Server) Outbox() *outbox.Outbox { return s.outbox }

// FirstKey is an access key that was made because there was none.
type FirstKey struct {
	ID     string
	Secret seal.Secret // cannot be read again later
}

// FirstKey is the access key that the first start made; nil at every other start.
func (s *Server) FirstKey() *FirstKey { return s.firstKey }

// makeFirstKey makes an access key that may do everything, where there is none
// yet: somebody must be able to begin.
func (s *Server) makeFirstKey(ctx context.Context) (*FirstKey, error) {
	list, err := s.Access.List(ctx)
	if err != nil {
		return nil, fmt.Errorf("list access keys: %w", err)
	}
	if len(list) > 0 {
		return nil, nil
	}
	k, secret, err := s.Access.Create(ctx, "first", model.Policy{Actions: []string{"*"}, Resources: []string{"*"}})
	if err != nil {
		return nil, fmt.Errorf("make the first access key: %w", err)
	}
	return &FirstKey{k.ID, secret}, nil
}

// drainTime is how long running requests may take to end once the server stops.
const drainTime = 10 * time.Second

// sweepEvery is how often rows that have outlived their use are removed.
const sweepEvery = 5 * time.Minute

// Run serves until ctx ends, then finishes the requests that are running and closes everything.
func (s *Server) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	s.serve(ctx, group, s.http, s.listener)
	if s.ops != nil {
		s.serve(ctx, group, s.ops.http, s.ops.listener)
	}
	group.Go(func() error { return s.outbox.Run(ctx) })
	group.Go(func() error { return s.sweep(ctx) })
	group.Go(func() error { return s.saveWorlds(ctx) })
	group.Go(func() error { return s.recheck.Run(ctx) })
	group.Go(func() error { return s.imports.Run(ctx) })
	if s.index != nil {
		group.Go(func() error { s.index.Watch(ctx, watchEvery, s.reloaded); return nil })
	}
	if s.places != nil {
		group.Go(func() error { return s.places.Run(ctx) })
	}
	group.Go(func() error { srp.Warm(); return nil }) // off the start-up path
	err := group.Wait()
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	return errors.Join(err, s.Close())
}

// serve answers on a listener until ctx ends, and then finishes what is running.
func (s *Server) serve(ctx context.Context, group *errgroup.Group, h *http.Server, l net.Listener) {
	group.Go(func() error {
		if err := h.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve: %w", err)
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
		defer cancel()
		if err := h.Shutdown(drain); err != nil {
			s.cfg.Log.Warn("requests were cut off at the end", "error", err)
			return h.Close()
		}
		return nil
	})
}

// watchEvery is how often the manifest of the breach index and the files of
// places are looked at.
const watchEvery = 5 * time.Second

// reloaded tells what became of a new edition of the breach index.
func (s *Server) reloaded(changed bool, err error) {
	switch {
	case err != nil:
		s.cfg.Log.Error("the new breach index cannot be used; the one before answers", "error", err)
	case changed:
		s.cfg.Log.Info("breach index replaced", "epoch", s.index.Epoch())
	}
}

func (s *Server) sweep(ctx context.Context) error {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			if err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
				s.cfg.Log.Error("old rows cannot be removed", "error", err)
			}
		}
	}
}

// Sweep removes what has outlived its use, and learns from challenges that nobody
// can answer any more, now instead of when that is next due.
func (s *Server) Sweep(ctx context.Context) error {
	return errors.Join(s.Store.Sweep(ctx, s.cfg.Now()), s.events.Sweep(ctx), s.threat.SettleAbandoned(ctx))
}

// saveEvery is how often what was learned of everybody is saved: what a crash may forget.
const saveEvery = time.Minute

// saveWorlds keeps what was learned of everybody, from time to time and at the end.
func (s *Server) saveWorlds(ctx context.Context) error {
	save := func(ctx context.Context) {
		if err := s.threat.SaveWorlds(ctx); err != nil {
			s.cfg.Log.Error("what was learned of everybody is not saved", "error", err)
		}
	}
	ticker := time.NewTicker(saveEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
			defer cancel()
			save(last)
			return nil
		case <-ticker.C:
			save(ctx)
		}
	}
}

// Close stops listening and closes the database.
func (s *Server) Close() error {
	if s.listener != nil {
		s.listener.Close() //nolint:errcheck // closed already after Run
	}
	if s.ops != nil {
		s.ops.listener.Close() //nolint:errcheck // likewise
	}
	err := s.Parts.Close()
	if s.index != nil {
		err = errors.Join(err, s.index.Close())
	}
	return err
}
