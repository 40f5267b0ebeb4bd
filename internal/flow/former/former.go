// Package former asks the pool that users come from for their passwords.
//
//	Ask ── ready? ── a slot ── part/upstream ── the user as it is there
//
// A pool that does not answer is left alone for a while: nobody waits for it, and
// nobody is let in because of it. Whoever asks has counted the attempt before: see
// flow/signin.
package former

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"sync"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/report"
	"github.com/gatehouse-id/gatehouse/internal/base/seal"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/flow/account"
	"github.com/gatehouse-id/gatehouse/internal/part/upstream"
)

// Asker asks one pool. upstream.ErrRefused is a refusal of the user; any other
// error means that the pool could not be asked. It is safe for concurrent use.
type Asker interface {
	Ask(ctx context.Context, username, password string) (*upstream.Person, error)
	// Find needs an administrator's credentials.
	Find(ctx context.Context, username string) (*upstream.Person, error)
}

// Config of the former pools.
type Config struct {
	Store *store.Store
	Ring  *seal.Ring
	Open  func(upstream.Config) (Asker, error) // nil = upstream.Open
	Meter *report.Meter
	Log   *slog.Logger
	Now   func() time.Time
	Rand  io.Reader
}

// The bounds of what is asked.
const (
	atOnce    = 16               // of one pool
	patience  = 8 * time.Second  // for an answer, slot and retry included
	attempt   = 5 * time.Second  // for one request
	tolerance = 5                // failures in a row before the pool is left alone
	respite   = 30 * time.Second // for how long
)

// Former asks former pools. It is safe for concurrent use.
type Former struct {
	cfg Config

	mu    sync.Mutex
	pools map[string]*old // guarded by mu; by the id of the pool here
}

// New makes a Former.
func New(cfg Config) *Former {
	if cfg.Open == nil {
		cfg.Open = func(c upstream.Config) (Asker, error) { return upstream.Open(c) }
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Former{cfg: cfg, pools: map[string]*old{}}
}

// old is one former pool.
type old struct {
	box            string // the document that it was opened by
	admin, newSubs bool
	asker          Asker
	slots          chan struct{}

	mu       sync.Mutex
	failures int       // in a row; guarded by mu
	until    time.Time // before it nobody asks; guarded by mu
	took     samples   // guarded by mu
}

// of is the former pool of a pool, opened at its first use.
func (f *Former) of(p *model.Pool) (*old, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if o := f.pools[p.ID]; o != nil && o.box == string(p.Former) {
		return o, nil
	}
	doc, err := Read(f.cfg.Ring, p)
	if err != nil {
		return nil, err
	}
	asker, err := f.cfg.Open(upstream.Config{
		PoolID: doc.PoolID, Profile: doc.Profile, Endpoint: doc.Endpoint, ClientID: doc.ClientID, ClientSecret: doc.ClientSecret,
		Admin: doc.Admin, Timeout: attempt, Attempts: 2,
	})
	if err != nil {
		return nil, fmt.Errorf("open the former pool of %s: %w", p.ID, err)
	}
	if len(f.pools) >= maxPools {
		clear(f.pools)
	}
	o := &old{box: string(p.Former), admin: doc.Admin, newSubs: doc.NewSubs, asker: asker, slots: make(chan struct{}, atOnce)}
	f.pools[p.ID] = o
	return o, nil
}

// maxPools bounds how many are kept open.
const maxPools = 1000

// Ready tells whether the former pool can be asked now.
func (f *Former) Ready(p *model.Pool) bool {
	o, err := f.of(p)
	if err != nil {
		f.cfg.Log.Error("the former pool cannot be asked", "pool", p.ID, "error", err)
		return false
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return !f.cfg.Now().Before(o.until)
}

// Finds tells whether Find can be asked now.
func (f *Former) Finds(p *model.Pool) bool {
	o, err := f.of(p)
	return err == nil && o.admin && f.Ready(p)
}

// Ask tells who has this name and password there; account.ErrNotThere says that
// nobody does. Any other error means that the pool could not be asked.
func (f *Former) Ask(ctx context.Context, p *model.Pool, name, password string) (account.Arrival, error) {
	return f.ask(ctx, p, func(ctx context.Context, o *old) (*upstream.Person, error) { return o.asker.Ask(ctx, name, password) })
}

// Find tells who has this name there, where Finds says so; account.ErrNotThere says
// that nobody does.
func (f *Former) Find(ctx context.Context, p *model.Pool, name string) (account.Arrival, error) {
	in, err := f.ask(ctx, p, func(ctx context.Context, o *old) (*upstream.Person, error) { return o.asker.Find(ctx, name) })
	if err != nil && !errors.Is(err, account.ErrNotThere) {
		f.cfg.Log.Error("a name was not asked for", "pool", p.ID, "error", err)
	}
	return in, err
}

func (f *Former) ask(ctx context.Context, p *model.Pool, do func(context.Context, *old) (*upstream.Person, error)) (in account.Arrival, err error) {
	o, err := f.of(p)
	if err != nil {
		return in, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case o.slots <- struct{}{}:
		defer func() { <-o.slots }()
	case <-ctx.Done():
		return in, fmt.Errorf("wait to ask the former pool of %s: %w", p.ID, ctx.Err())
	}
	began := time.Now()
	person, err := do(ctx, o)
	o.ended(f.cfg.Now(), time.Since(began), err)
	switch {
	case errors.Is(err, upstream.ErrRefused):
		f.cfg.Meter.Add(report.FormerAsked, p.ID, "refused")
		return in, account.ErrNotThere
	case err != nil:
		f.cfg.Meter.Add(report.FormerAsked, p.ID, "failed")
		return in, fmt.Errorf("ask the former pool of %s: %w", p.ID, err)
	}
	f.cfg.Meter.Add(report.FormerAsked, p.ID, "found")
	in = arrival(person)
	if o.newSubs {
		in.Sub = ""
	}
	return in, nil
}

// ended notes how an answer came. A pool that fails several times in a row is left
// alone; after that one failure more is enough.
func (o *old) ended(now time.Time, took time.Duration, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err != nil && !errors.Is(err, upstream.ErrRefused) {
		if errors.Is(err, context.Canceled) {
			return // the client went away
		}
		if o.failures++; o.failures >= tolerance {
			o.until = now.Add(respite)
		}
		return
	}
	o.failures = 0
	if err != nil {
		o.took.add(took)
	}
}

// arrival is a person as our accounts take one over.
func arrival(p *upstream.Person) account.Arrival {
	in := account.Arrival{
		Username: p.Username, Sub: p.Attributes["sub"], Attributes: maps.Clone(p.Attributes), Disabled: p.Disabled,
		Status: model.Confirmed, CreatedAt: p.CreatedAt,
	}
	if p.Status == string(model.ForceChangePassword) {
		in.Status = model.ForceChangePassword
	}
	delete(in.Attributes, "sub")
	delete(in.Attributes, "identities")
	for _, name := range p.Factors { // an authenticator's secret stays there
		if factor := model.Factor(name); factor.Address() != "" {
			in.MFA.Enable(factor)
		}
	}
	if preferred := model.Factor(p.Preferred); in.MFA.Has(preferred) {
		in.MFA.Preferred = preferred
	}
	return in
}

const purpose = "former pool"

// Read opens the document of a pool, which must have one.
func Read(ring *seal.Ring, p *model.Pool) (doc model.FormerPool, err error) {
	plain, err := ring.Open(purpose, p.Former, p.ID)
	if err != nil {
		return doc, fmt.Errorf("open what is kept of the former pool of %s: %w", p.ID, err)
	}
	return doc, wire.Read(plain, &doc)
}

// Set sets the former pool of a pool; nil takes it away.
func Set(ctx context.Context, s *store.Store, ring *seal.Ring, poolID string, doc *model.FormerPool) error {
	var box []byte
	if doc != nil {
		if _, err := upstream.Open(upstream.Config{PoolID: doc.PoolID, Endpoint: doc.Endpoint}); err != nil {
			return err
		}
		if doc.ClientID == "" {
			return errors.New("an app client of the former pool is needed")
		}
		box = ring.Seal(purpose, wire.Must(doc), poolID)
	}
	err := s.Update(ctx, func(tx *store.Tx) error { return tx.SetFormer(poolID, box) })
	if errors.Is(err, store.ErrNotFound) {
		err = fmt.Errorf("pool %s: there is no such pool", poolID)
	}
	return err
}
