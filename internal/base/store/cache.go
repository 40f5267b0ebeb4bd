package store

import "sync"

// cache keeps decoded rows in memory by id, each with the version at which it
// was stored. Only a View puts into it: what an Update reads may be its own,
// uncommitted, and another transaction may later commit the same version.
type cache[T any] struct {
	mu   sync.Mutex
	rows map[string]versioned[T] // guarded by mu
}

type versioned[T any] struct {
	version int64
	row     *T
}

// maxCached bounds how many rows of a kind are kept in memory.
const maxCached = 2000

// at returns the row if it is known at exactly this version.
func (c *cache[T]) at(id string, version int64) (*T, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, ok := c.rows[id]
	return r.row, ok && r.version == version
}

// put keeps a row, unless a newer version is known: another View may have read it meanwhile.
func (c *cache[T]) put(id string, version int64, row *T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known, ok := c.rows[id]; ok && known.version >= version {
		return
	}
	if c.rows == nil {
		c.rows = map[string]versioned[T]{}
	}
	if len(c.rows) >= maxCached {
		for id := range c.rows { // whichever comes first: which one goes does not matter much
			delete(c.rows, id)
			break
		}
	}
	c.rows[id] = versioned[T]{version, row}
}
