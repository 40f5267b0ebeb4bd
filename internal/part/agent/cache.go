package agent

import (
	"hash/maphash"
	"strings"
	"sync"
	"sync/atomic"
)

// Cache remembers the agents that come again and again. Its size is fixed, and
// an attacker who makes up agents wins nothing:
//
//	agent ── keyed hash ──> one set of 8 places
//	           │              │
//	           │              ├ there: answered without a lock, and its worth grows to at most 15
//	           │              ▼
//	           │            not there: parsed, and the hash alone is noted among the last 8 misses of the set
//	           │              │
//	           │              ├ the first time: nothing else
//	           │              ▼
//	           └ the second: it takes the place of the least worthy if that is worth
//	             nothing any more, else it takes one from its worth
//
// So agents that come once cost no memory and move nothing, and agents that
// come twice must come about as often as those that they push out are used.
//
// A nil Cache parses every time. All methods may be called concurrently.
type Cache struct {
	seed maphash.Seed // so that nobody can aim at one set
	sets []cacheSet
}

const (
	ways     = 8
	maxWorth = 15

	// maxKey is the longest agent that is kept, in bytes. The longest real
	// ones, of apps that embed a browser, have about 450.
	maxKey = 512

	defaultEntries = 4096
	maxEntries     = 1 << 16
)

// cacheSet is eight places. Readers look at the first three arrays without a
// lock: a tag only tells where to look, and the entry's own key decides.
type cacheSet struct {
	tags    [ways]atomic.Uint64
	entries [ways]atomic.Pointer[entry]
	worth   [ways]atomic.Uint32

	mu     sync.Mutex
	missed [ways]uint64 // guarded by mu: hashes of the last misses
	next   int          // guarded by mu: where the next is noted
}

// entry is never changed. The strings of its agent are slices of its key.
type entry struct {
	key   string
	agent Agent
}

// NewCache makes a cache of about that many entries: rounded up to a power of
// two, at least 8 and at most 65536; 0 stands for 4096. An entry takes at most
// 0.7 KiB, so the default at most 3 MiB.
func NewCache(entries int) *Cache {
	if entries <= 0 {
		entries = defaultEntries
	}
	sets := 1
	for sets*ways < min(entries, maxEntries) {
		sets *= 2
	}
	return &Cache{seed: maphash.MakeSeed(), sets: make([]cacheSet, sets)}
}

// Parse is the function Parse, remembered. An agent of more than 512 bytes is
// parsed each time. Hints are not remembered: c.Parse(userAgent).Refine(hints).
func (c *Cache) Parse(userAgent string) Agent {
	if c == nil || len(userAgent) > maxKey {
		return Parse(userAgent)
	}
	tag := maphash.String(c.seed, userAgent) | 1 // 0 is an empty place
	set := &c.sets[tag>>1&uint64(len(c.sets)-1)]
	if e := set.find(tag, userAgent); e != nil {
		return e.agent
	}
	set.miss(tag, userAgent)
	return Parse(userAgent)
}

// find looks for an agent, and makes it worth more.
func (s *cacheSet) find(tag uint64, key string) *entry {
	for i := range s.tags {
		if s.tags[i].Load() != tag {
			continue
		}
		e := s.entries[i].Load()
		if e == nil || e.key != key {
			continue
		}
		// Two goroutines may count as one, and at the ceiling nobody writes,
		// so that a popular agent does not move between the processors' caches.
		if w := s.worth[i].Load(); w < maxWorth {
			s.worth[i].Store(w + 1)
		}
		return e
	}
	return nil
}

// miss notes an agent that was not there, and takes it in if it was noted before.
func (s *cacheSet) miss(tag uint64, key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.noted(tag) {
		s.missed[s.next] = tag
		s.next = (s.next + 1) % ways
		return
	}
	place := 0
	for i := range s.tags {
		if s.tags[i].Load() == tag {
			return // another goroutine was faster
		}
		if s.worth[i].Load() < s.worth[place].Load() {
			place = i
		}
	}
	if w := s.worth[place].Load(); w > 0 {
		s.worth[place].Store(w - 1)
		return
	}
	own := strings.Clone(key)
	s.tags[place].Store(0)
	s.entries[place].Store(&entry{key: own, agent: Parse(own)})
	s.worth[place].Store(1)
	s.tags[place].Store(tag)
}

func (s *cacheSet) noted(tag uint64) bool {
	for _, t := range s.missed {
		if t == tag {
			return true
		}
	}
	return false
}
