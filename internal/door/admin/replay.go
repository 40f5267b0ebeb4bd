package admin

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
)

// Candidate is a policy that is tried on the recorded past.
type Candidate struct {
	ClientID string        `json:"clientId"` // whose it would be; absent: the pool's
	Policy   wire.Document `json:"policy"`   // null or absent: none at all
	// From when on sign-ins are counted: a time, or how long ago, such as 12h or
	// 30d; absent: from the beginning. What lies before is learned from.
	Since string `json:"since"`
	// How many events are listed on which the two differ; up to 1000.
	Differences int `json:"differences"`
}

// Tells what a policy would have done with the recorded past, beside what those do
// that hold: levels, actions, users touched, and what only one of the two would
// have stopped. It takes as long as there are events, 10 minutes at most; a pool
// has one replay at a time.
func (d *Door) replay(ctx context.Context, c *call, in *Candidate) (*threat.Replayed, error) {
	if in.Differences < 0 || in.Differences > maxDifferences {
		return nil, fault.Newf(fault.InvalidParameter, "differences is a number from 0 to %d.", maxDifferences)
	}
	since, err := sinceOf(in.Since, d.Now())
	if err != nil {
		return nil, err
	}
	r := threat.Replay{Place: threat.Place{PoolID: c.path["pool"], ClientID: in.ClientID}, Since: since, Differences: in.Differences}
	if in.Policy != nil {
		if r.Policy, err = policyOf(in.Policy); err != nil {
			return nil, err
		}
	}
	if !d.replays.begin(r.Place.PoolID) {
		return nil, busy
	}
	defer d.replays.end(r.Place.PoolID)
	return d.Threat.Replay(ctx, r)
}

const maxDifferences = 1000

var badSince = fault.New(fault.InvalidParameter, "since is a time such as 2026-11-22T12:00:00Z, or how long ago, such as 12h or 30d.")

func sinceOf(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	const longest = 100 * 365 * 24 * time.Hour
	hours, inDays := strings.CutSuffix(text, "d")
	if inDays {
		hours += "h"
	}
	ago, err := time.ParseDuration(hours)
	switch {
	case err != nil || ago < 0 || ago > longest:
		return time.Time{}, badSince
	case inDays && ago > longest/24:
		return time.Time{}, badSince
	case inDays:
		ago *= 24
	}
	return now.Add(-ago), nil
}

// maxReplays is how many replays run at once, over all pools: each takes the time
// of three processors and the memory of every user's profile, twice.
const maxReplays = 2

var busy = fault.New(fault.TooManyRequests, "A replay of the pool is running, or several of other pools: try again when it has ended.")

// replays are those that run.
type replays struct {
	mu    sync.Mutex
	pools map[string]bool // guarded by mu
}

func (r *replays) begin(poolID string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pools[poolID] || len(r.pools) >= maxReplays {
		return false
	}
	if r.pools == nil {
		r.pools = map[string]bool{}
	}
	r.pools[poolID] = true
	return true
}

func (r *replays) end(poolID string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.pools, poolID)
}
