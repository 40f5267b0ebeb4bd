package fit

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// inParallel calls fn for 0 to n-1, on all processors. What fn does for one number
// must not depend on the others.
func inParallel(n int, fn func(i int)) {
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		group.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				fn(int(i))
			}
		})
	}
	group.Wait()
}
