package password

import "time"

// Measurement is what one hash with these parameters took on this machine.
type Measurement struct {
	Params
	Took time.Duration
}

// floors are OWASP's equally strong choices with one lane, from much memory to
// little. Calibrate never goes below them, however slow the machine is.
var floors = [...]Params{
	DefaultParams(),
	{Memory: 12 * 1024, Time: 3, Threads: 1},
	{Memory: 9 * 1024, Time: 4, Threads: 1},
	{Memory: 7 * 1024, Time: 5, Threads: 1},
}

// Calibrate finds the strongest parameters whose hash takes at most target and
// at most maxMemoryKiB on this machine, and returns what it measured on the way.
// Memory grows first, because it is what an attacker's hardware lacks; passes
// follow. It uses one lane: a server has other sign-ins for its other cores.
//
// The result is never weaker than OWASP's minimum. On a machine that cannot
// compute even that within target, or with less than 7 MiB, the result is that
// minimum, and the measurements say by how much it misses.
func Calibrate(target time.Duration, maxMemoryKiB uint32) (Params, []Measurement) {
	return calibrate(target, maxMemoryKiB, measure)
}

func calibrate(target time.Duration, maxMemoryKiB uint32, measure func(Params) time.Duration) (Params, []Measurement) {
	limit := min(maxMemoryKiB, MaxMemory)
	var seen []Measurement
	fits := func(p Params) bool {
		seen = append(seen, Measurement{Params: p, Took: measure(p)})
		return seen[len(seen)-1].Took <= target
	}

	best := floor(limit)
	if !fits(best) {
		return best, seen
	}
	for best.Memory < limit {
		more := best
		more.Memory = min(2*best.Memory, limit)
		if !fits(more) {
			break
		}
		best = more
	}
	for best.Time < MaxTime {
		more := best
		more.Time++
		if !fits(more) {
			break
		}
		best = more
	}
	return best, seen
}

// floor is the first of the floors that a limit of memory allows, or the last.
func floor(limit uint32) Params {
	for _, p := range floors {
		if p.Memory <= limit {
			return p
		}
	}
	return floors[len(floors)-1]
}

// measure takes the best of three: the machine can do it in that time, and the
// rest was somebody else's work.
func measure(p Params) time.Duration {
	best := time.Duration(0)
	for i := range 3 {
		start := time.Now()
		p.derive("correct horse battery staple", make([]byte, saltBytes), keyBytes)
		if took := time.Since(start); i == 0 || took < best {
			best = took
		}
	}
	return best
}
