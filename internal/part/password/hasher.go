package password

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"runtime"

	"golang.org/x/sync/semaphore"
)

// Config is what a Hasher needs. Zero values mean DefaultParams, one slot per
// processor, and crypto/rand.
type Config struct {
	Params Params
	// Slots is how many hashes may be computed at once. Together they use at
	// most Slots × Params.Memory KiB; only a stored hash that asks for more than
	// all of that may use more, and then it is computed alone.
	Slots int
	Rand  io.Reader
}

// Hasher hashes and verifies passwords within a bound of memory, however many
// sign-ins arrive at once. It is safe for concurrent use.
type Hasher struct {
	params Params
	rand   io.Reader
	budget int64 // KiB
	free   *semaphore.Weighted
}

// NewHasher checks the configuration and makes a Hasher.
func NewHasher(c Config) (*Hasher, error) {
	if c.Params == (Params{}) {
		c.Params = DefaultParams()
	}
	if err := c.Params.check(); err != nil {
		return nil, err
	}
	if c.Slots <= 0 {
		c.Slots = runtime.GOMAXPROCS(0)
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	budget := int64(c.Slots) * int64(c.Params.Memory)
	return &Hasher{params: c.Params, rand: c.Rand, budget: budget, free: semaphore.NewWeighted(budget)}, nil
}

// Hash is the function Hash, after waiting for a slot. Waiting ends with ctx;
// computing does not.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	release, err := h.acquire(ctx, h.params)
	if err != nil {
		return "", err
	}
	defer release()
	return Hash(h.rand, h.params, password)
}

// Verify is the function Verify, after waiting for a slot. Waiting ends with
// ctx; computing does not.
func (h *Hasher) Verify(ctx context.Context, phc, password string) (bool, error) {
	r, err := parse(phc)
	if err != nil {
		return false, err
	}
	release, err := h.acquire(ctx, r.Params)
	if err != nil {
		return false, err
	}
	defer release()
	return r.matches(password), nil
}

// Pretend costs what Verify costs and verifies nothing: it is for the user who
// does not exist, or the clock tells who does.
func (h *Hasher) Pretend(ctx context.Context, password string) error {
	release, err := h.acquire(ctx, h.params)
	if err != nil {
		return err
	}
	defer release()
	record{Params: h.params, salt: make([]byte, saltBytes), key: make([]byte, keyBytes)}.matches(password)
	return nil
}

// Outdated tells whether the PHC string should be replaced by a new Hash.
func (h *Hasher) Outdated(phc string) bool { return h.params.Outdated(phc) }

// acquire waits for the memory of one computation, and at least one slot's
// worth of it: a stored hash with little memory still occupies a processor.
func (h *Hasher) acquire(ctx context.Context, p Params) (release func(), err error) {
	weight := min(int64(max(p.Memory, h.params.Memory)), h.budget)
	if err := h.free.Acquire(ctx, weight); err != nil {
		return nil, fmt.Errorf("wait to hash a password: %w", err)
	}
	return func() { h.free.Release(weight) }, nil
}
