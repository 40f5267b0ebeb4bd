package report

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
)

// The outcomes beside the codes of faults.
const (
	OK       = "OK"
	Canceled = "Canceled" // the client went away
)

// Count tells how often an operation ended in one way.
type Count struct {
	Operation string // empty for a request that named none of ours
	Outcome   string // OK, Canceled or a fault's code
	N         int64
}

// counts is a set of counters. Operations and outcomes are names of ours, so it stays small.
type counts struct{ by sync.Map } // Count with N = 0 -> *atomic.Int64

func (c *counts) add(operation, outcome string) {
	key := Count{Operation: operation, Outcome: outcome}
	n, ok := c.by.Load(key)
	if !ok {
		n, _ = c.by.LoadOrStore(key, new(atomic.Int64))
	}
	n.(*atomic.Int64).Add(1)
}

func (c *counts) snapshot() []Count {
	var list []Count
	c.by.Range(func(key, n any) bool {
		entry := key.(Count)
		entry.N = n.(*atomic.Int64).Load()
		list = append(list, entry)
		return true
	})
	slices.SortFunc(list, func(a, b Count) int {
		return cmp.Or(cmp.Compare(a.Operation, b.Operation), cmp.Compare(a.Outcome, b.Outcome))
	})
	return list
}
