package threat

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/risk"
)

// worlds are what this node has learned of everybody, a world for each pool that
// is judged. They live in memory, which makes judging cheap, and are saved from
// time to time, so that a node that starts does not start from nothing. Nodes do
// not wait for each other: what one has seen, another knows after a restart.
type worlds struct {
	mu sync.Mutex
	by map[string]*held // by pool id; guarded by mu
	at uint64           // grows with each use; guarded by mu
}

// held is one world.
type held struct {
	load  sync.Once
	world *risk.World
	fresh atomic.Bool // it has learned since it was saved
	used  uint64      // guarded by worlds.mu
}

// maxWorlds bounds the memory: a world takes 5.8 MB.
const maxWorlds = 64

// world is what is known of everybody in a pool. What was saved and cannot be
// read is told to operations and forgotten: it is no reason to keep users out.
func (t *Threat) world(poolID string) *held {
	h := t.worlds.of(poolID)
	h.load.Do(func() {
		image, err := t.savedWorld(poolID)
		if err == nil {
			h.world, err = risk.ReadWorld(bytes.NewReader(image))
		}
		if err != nil {
			if !errors.Is(err, store.ErrNotFound) {
				t.cfg.Log.Error("what was learned of a pool cannot be read; it begins anew", "pool", poolID, "error", err)
			}
			h.world = risk.NewWorld(risk.WorldConfig{})
		}
	})
	return h
}

func (t *Threat) savedWorld(poolID string) (image []byte, err error) {
	if t.cfg.Store == nil {
		return nil, store.ErrNotFound
	}
	err = t.cfg.Store.View(context.Background(), func(tx *store.Tx) error {
		image, err = tx.World(poolID)
		return err
	})
	return image, err
}

// of finds the world of a pool. The one that was not asked for longest makes room.
func (w *worlds) of(poolID string) *held {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at++
	if h, ok := w.by[poolID]; ok {
		h.used = w.at
		return h
	}
	if w.by == nil {
		w.by = map[string]*held{}
	}
	if len(w.by) >= maxWorlds {
		oldest := ""
		for id, h := range w.by {
			if oldest == "" || h.used < w.by[oldest].used {
				oldest = id
			}
		}
		delete(w.by, oldest) // what it learned since it was saved is lost
	}
	h := &held{used: w.at}
	w.by[poolID] = h
	return h
}

// SaveWorlds keeps what was learned of everybody since it was last called.
func (t *Threat) SaveWorlds(ctx context.Context) error {
	var errs []error
	for id, h := range t.worlds.all() {
		if !h.fresh.Swap(false) {
			continue
		}
		if err := t.saveWorld(ctx, id, h.world); err != nil {
			h.fresh.Store(true)
			errs = append(errs, fmt.Errorf("save what was learned of pool %s: %w", id, err))
		}
	}
	return errors.Join(errs...)
}

func (w *worlds) all() map[string]*held {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := make(map[string]*held, len(w.by))
	for id, h := range w.by {
		all[id] = h
	}
	return all
}

func (t *Threat) saveWorld(ctx context.Context, poolID string, w *risk.World) error {
	var image bytes.Buffer
	if _, err := w.WriteTo(&image); err != nil {
		return err
	}
	return t.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if _, err := tx.Pool(poolID); errors.Is(err, store.ErrNotFound) {
			return nil // deleted meanwhile
		} else if err != nil {
			return err
		}
		return tx.SaveWorld(poolID, image.Bytes(), t.cfg.Now())
	})
}

// engines are ready to judge by the policies that hold. Which pools and clients
// were deleted nobody tells them, so they are bounded.
type engines struct {
	mu sync.RWMutex
	by map[string]*ready // guarded by mu: by pool or client id
}

// maxEngines bounds how many are kept.
const maxEngines = 2000

// at is the engine made of these documents, nil where there is none yet.
func (e *engines) at(id string, doc *model.ThreatPolicy, conf *model.RiskConfiguration) *ready {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if known := e.by[id]; known != nil && known.doc == doc && known.conf == conf {
		return known
	}
	return nil
}

func (e *engines) put(id string, r *ready) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.by == nil {
		e.by = map[string]*ready{}
	}
	if _, known := e.by[id]; !known && len(e.by) >= maxEngines {
		for other := range e.by { // whichever comes first: it is made again when it is needed
			delete(e.by, other)
			break
		}
	}
	e.by[id] = r
}

// ready is what judges for one pool or client.
type ready struct {
	doc        *model.ThreatPolicy // it was made of, and conf; neither ever changes
	conf       *model.RiskConfiguration
	exceptions ranges
	live       *risk.Engine
	shadows    []shadow
}

type shadow struct {
	name     string
	engine   *risk.Engine
	adaptive *model.AdaptivePolicy
}

// engine judges for a client, by its own policy or the pool's.
func (t *Threat) engine(p *model.Pool, c *model.Client) *ready {
	id, doc, conf := p.ID, p.Policy, RiskOf(p, c)
	if c != nil && (c.Policy != nil || c.Risk != nil) {
		id = p.ID + "/" + c.ID
		if c.Policy != nil {
			doc = c.Policy
		}
	}
	if known := t.engines.at(id, doc, conf); known != nil {
		return known
	}
	r := &ready{doc: doc, conf: conf, exceptions: rangesOf(conf)}
	var adaptive *model.AdaptivePolicy
	if doc != nil {
		adaptive = doc.Adaptive
		for _, s := range doc.Shadows {
			r.shadows = append(r.shadows, shadow{s.Name, t.newEngine(p, &s.Adaptive), &s.Adaptive})
		}
	}
	r.live = t.newEngine(p, adaptive)
	t.engines.put(id, r)
	return r
}

func (t *Threat) newEngine(p *model.Pool, a *model.AdaptivePolicy) *risk.Engine {
	cfg := risk.Config{Now: t.cfg.Now}
	copy(cfg.Key[:], t.cfg.Ring.Derive("risk profile", p.ID))
	if a != nil && a.Detectors != nil {
		cfg.Policy = (*risk.Policy)(a.Detectors)
	}
	e, err := risk.New(cfg)
	if err != nil { // a document that Check refuses is not stored; one of another version may be
		t.cfg.Log.Error("a policy cannot be used; the one that is shipped judges", "pool", p.ID, "error", err)
		cfg.Policy = nil
		if e, err = risk.New(cfg); err != nil {
			panic("the shipped policy is refused: " + err.Error())
		}
	}
	return e
}
