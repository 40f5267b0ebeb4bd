package keys_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/seal"
	"github.com/gatehouse-id/gatehouse/internal/base/seal/sealtest"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
	"github.com/gatehouse-id/gatehouse/internal/flow/keys"
	"github.com/gatehouse-id/gatehouse/internal/part/token"
	"github.com/gatehouse-id/gatehouse/internal/part/token/testkeys"
)

const (
	poolID = "us-east-1_TestPool1"
	issuer = "https://idp.example/" + poolID
)

// node is one process: keys of its own over a database that others may share.
type node struct {
	*keys.Keys
	store *store.Store
}

// world is a ring and a clock that the nodes of a test share.
type world struct {
	ring *seal.Ring
	now  atomic.Pointer[time.Time]
	made atomic.Int64 // test keys handed out so far
}

func newWorld(t *testing.T) *world {
	t.Helper()
	ring := sealtest.Ring(t)
	w := &world{ring: ring}
	w.set(time.Date(2026, 11, 3, 4, 5, 6, 0, time.UTC))
	return w
}

func (w *world) set(at time.Time)     { w.now.Store(&at) }
func (w *world) pass(d time.Duration) { w.set(w.clock().Add(d)) }
func (w *world) clock() time.Time     { return *w.now.Load() }

// key hands out the test keys, and makes more when they run out.
func (w *world) key() (*token.Key, error) {
	if i := int(w.made.Add(1)) - 1; i < testkeys.Count {
		return testkeys.Key(i), nil
	}
	return token.NewKey()
}

func (w *world) node(s *store.Store) node {
	return node{keys.New(keys.Config{Store: s, Ring: w.ring, NewKey: w.key, Now: w.clock}), s}
}

// makePool stores a pool with its first keys.
func (n node) makePool(t *testing.T, now time.Time) {
	t.Helper()
	made, err := n.Make(poolID)
	if err != nil {
		t.Fatal(err)
	}
	p := &model.Pool{ID: poolID, Doc: &shape.UserPoolType{}, MFA: &shape.SetUserPoolMfaConfigResponse{}, Keys: made}
	if err := n.store.Update(t.Context(), func(tx *store.Tx) error { return tx.CreatePool(p, now) }); err != nil {
		t.Fatal(err)
	}
}

func (n node) pool(t *testing.T) *model.Pool {
	t.Helper()
	var p *model.Pool
	err := n.store.View(t.Context(), func(tx *store.Tx) (err error) {
		p, err = tx.Pool(poolID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (n node) set(t *testing.T) *keys.Set {
	t.Helper()
	set, err := n.Of(n.pool(t))
	if err != nil {
		t.Fatalf("open the keys of the pool: %v", err)
	}
	return set
}

// sign makes an access token that lives for a day.
func sign(t *testing.T, set *keys.Set, now time.Time) string {
	t.Helper()
	g := token.Grant{Issuer: issuer, ClientID: "app", Subject: "sub", Username: "ann", AuthTime: now, IssuedAt: now}
	text, err := set.Access.Sign(g.AccessClaims("", now.Add(24*time.Hour), nil, ""))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func verify(set *keys.Set, text string, now time.Time) error {
	_, err := set.Public.Verify(text, now, token.Expect{Issuer: issuer, Use: token.Access})
	return err
}

func TestMake(t *testing.T) {
	w := newWorld(t)
	n := w.node(storetest.Open(t))
	n.makePool(t, w.clock())

	t.Run("a pool has two keys, and both are published", func(t *testing.T) {
		set := n.set(t)
		if set.ID.ID == set.Access.ID {
			t.Errorf("ID and access tokens are signed with the same key %s", set.ID.ID)
		}
		jwks := string(set.Public.JWKS())
		for _, key := range []*token.Key{set.ID, set.Access} {
			if !strings.Contains(jwks, key.ID) {
				t.Errorf("the JWKS lacks key %s: %s", key.ID, jwks)
			}
		}
	})
	t.Run("a private key rests sealed to its pool and its id", func(t *testing.T) {
		p := *n.pool(t)
		for name, spoil := range map[string]func(*model.Pool){
			"in another pool":        func(p *model.Pool) { p.ID = "us-east-1_Other" },
			"under another key's id": func(p *model.Pool) { p.Keys[0].Box, p.Keys[1].Box = p.Keys[1].Box, p.Keys[0].Box },
		} {
			moved := p
			moved.Version++ // so that it is opened, not remembered
			moved.Keys = append([]model.SigningKey(nil), p.Keys...)
			spoil(&moved)
			if _, err := n.Of(&moved); !errors.Is(err, seal.ErrOpen) {
				t.Errorf("%s: got error %v, want %v", name, err, seal.ErrOpen)
			}
		}
	})
	t.Run("a pool without a key of one use is refused", func(t *testing.T) {
		p := *n.pool(t)
		p.Version, p.Keys = p.Version+1, p.Keys[:1]
		if _, err := n.Of(&p); err == nil {
			t.Error("got keys, want an error")
		}
	})
	t.Run("a key that cannot be made is an error", func(t *testing.T) {
		broken := keys.New(keys.Config{Ring: w.ring, NewKey: func() (*token.Key, error) { return nil, errors.New("no entropy") }})
		if _, err := broken.Make(poolID); err == nil {
			t.Error("got keys, want an error")
		}
	})
	t.Run("keys are opened once, not for each token", func(t *testing.T) {
		if first, second := n.set(t), n.set(t); first != second {
			t.Error("the same pool was opened twice")
		}
	})
}

func TestRotate(t *testing.T) {
	const overlap = 24 * time.Hour
	w := newWorld(t)
	n := w.node(storetest.Open(t))
	n.makePool(t, w.clock())
	before := n.set(t)
	old := sign(t, before, w.clock())

	if err := n.Rotate(t.Context(), poolID, overlap); err != nil {
		t.Fatal(err)
	}
	after := n.set(t)

	t.Run("new keys sign", func(t *testing.T) {
		for _, key := range []*token.Key{after.ID, after.Access} {
			if key.ID == before.ID.ID || key.ID == before.Access.ID {
				t.Errorf("key %s still signs", key.ID)
			}
		}
	})
	t.Run("the old ones verify until the overlap ends, and not a moment longer", func(t *testing.T) {
		w.pass(overlap - time.Second)
		if err := verify(n.set(t), old, w.clock()); err != nil {
			t.Errorf("within the overlap the old token is refused: %v", err)
		}
		if got := strings.Count(string(n.set(t).Public.JWKS()), `"kid"`); got != 4 {
			t.Errorf("the JWKS has %d keys, want 4", got)
		}
		// The pool does not change at this moment: its keys leave by the clock alone.
		w.pass(time.Second)
		if err := verify(n.set(t), old, w.clock().Add(-time.Second)); !errors.Is(err, token.ErrInvalid) {
			t.Errorf("after the overlap the old key gives %v, want %v", err, token.ErrInvalid)
		}
		if got := strings.Count(string(n.set(t).Public.JWKS()), `"kid"`); got != 2 {
			t.Errorf("the JWKS has %d keys, want 2", got)
		}
	})
	t.Run("a pool that is not there is an error", func(t *testing.T) {
		if err := n.Rotate(t.Context(), "us-east-1_Nowhere", overlap); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("got %v, want %v", err, store.ErrNotFound)
		}
	})
}

func TestRotateAgainWithinTheOverlap(t *testing.T) {
	w := newWorld(t)
	n := w.node(storetest.Open(t))
	n.makePool(t, w.clock())
	first := sign(t, n.set(t), w.clock())
	if err := n.Rotate(t.Context(), poolID, time.Hour); err != nil {
		t.Fatal(err)
	}
	second := sign(t, n.set(t), w.clock())

	t.Run("a longer overlap keeps no key that was to leave sooner", func(t *testing.T) {
		if err := n.Rotate(t.Context(), poolID, 24*time.Hour); err != nil {
			t.Fatal(err)
		}
		w.pass(time.Hour)
		if err := verify(n.set(t), first, w.clock()); !errors.Is(err, token.ErrInvalid) {
			t.Errorf("the first key gives %v, want %v", err, token.ErrInvalid)
		}
		if err := verify(n.set(t), second, w.clock()); err != nil {
			t.Errorf("the second key is refused: %v", err)
		}
	})
	t.Run("no overlap throws out every key that signed before", func(t *testing.T) {
		third := sign(t, n.set(t), w.clock())
		if err := n.Rotate(t.Context(), poolID, 0); err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string]string{"second": second, "third": third} {
			if err := verify(n.set(t), text, w.clock()); !errors.Is(err, token.ErrInvalid) {
				t.Errorf("the %s key gives %v, want %v", name, err, token.ErrInvalid)
			}
		}
		if err := verify(n.set(t), sign(t, n.set(t), w.clock()), w.clock()); err != nil {
			t.Errorf("the new key is refused: %v", err)
		}
	})
}

func TestTwoNodes(t *testing.T) {
	stores := map[string]func(*testing.T) [2]*store.Store{
		"sqlite": func(t *testing.T) [2]*store.Store {
			url := storetest.SQLite(t)
			return [2]*store.Store{storetest.OpenURL(t, url), storetest.OpenURL(t, url)}
		},
		"postgres": func(t *testing.T) [2]*store.Store {
			url := storetest.Postgres(t)
			return [2]*store.Store{storetest.OpenURL(t, url), storetest.OpenURL(t, url)}
		},
	}
	for name, open := range stores {
		t.Run("on "+name+" a rotation on one node reaches the other with the next request", func(t *testing.T) {
			w := newWorld(t)
			s := open(t)
			a, b := w.node(s[0]), w.node(s[1])
			a.makePool(t, w.clock())
			old := sign(t, b.set(t), w.clock())
			if err := a.Rotate(t.Context(), poolID, time.Hour); err != nil {
				t.Fatal(err)
			}
			if got, want := b.set(t).Access.ID, a.set(t).Access.ID; got != want {
				t.Errorf("node b signs with %s, node a with %s", got, want)
			}
			if err := verify(b.set(t), old, w.clock()); err != nil {
				t.Errorf("what node b signed before is refused: %v", err)
			}
		})
	}
}

func TestManyAtOnce(t *testing.T) {
	w := newWorld(t)
	n := w.node(storetest.Open(t))
	n.makePool(t, w.clock())
	p := n.pool(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			if i == 10 {
				if err := n.Rotate(ctx, poolID, time.Hour); err != nil {
					t.Errorf("rotate: %v", err)
				}
			}
			if _, err := n.Of(p); err != nil {
				t.Errorf("open: %v", err)
			}
		})
	}
	group.Wait()
}
