package brx

import (
	"runtime"
	"sync/atomic"
	"time"
)

// gate lets readers in until it is shut, and tells when the last has left.
//
// A reader counts itself on the stripe that its hash chooses, so that readers
// on many processors rarely meet on one cache line.
type gate struct {
	shut    atomic.Bool
	stripes [16]struct {
		inside atomic.Int64
		_      [56]byte
	}
}

func (g *gate) enter(stripe byte) bool {
	inside := &g.stripes[stripe%16].inside
	inside.Add(1)
	if g.shut.Load() { // asked after counting, so that close either sees us or we see it
		inside.Add(-1)
		return false
	}
	return true
}

func (g *gate) leave(stripe byte) { g.stripes[stripe%16].inside.Add(-1) }

// close shuts the gate and waits until nobody is inside; it tells whether this call shut it.
func (g *gate) close() bool {
	if g.shut.Swap(true) {
		return false
	}
	for i := range g.stripes {
		for spins := 0; g.stripes[i].inside.Load() != 0; spins++ {
			if spins < 1000 {
				runtime.Gosched()
			} else { // a reader waits for a slow disk
				time.Sleep(time.Millisecond)
			}
		}
	}
	return true
}
