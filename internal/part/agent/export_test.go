package agent

import "hash/maphash"

// Holds reports whether the cache has the agent, and changes nothing.
func (c *Cache) Holds(userAgent string) bool {
	tag := maphash.String(c.seed, userAgent) | 1
	set := &c.sets[tag>>1&uint64(len(c.sets)-1)]
	for i := range set.tags {
		if e := set.entries[i].Load(); e != nil && set.tags[i].Load() == tag && e.key == userAgent {
			return true
		}
	}
	return false
}

// Size is how many agents the cache has, and the bytes of their keys.
func (c *Cache) Size() (entries, bytes int) {
	for i := range c.sets {
		for j := range c.sets[i].entries {
			if e := c.sets[i].entries[j].Load(); e != nil {
				entries++
				bytes += len(e.key)
			}
		}
	}
	return entries, bytes
}
