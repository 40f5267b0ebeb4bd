package risk

import (
	"math"
	"time"
)

// Times are seconds since 2020-01-01 UTC, saturating at both ends, so that no
// clock, however wrong, makes a number that cannot be. 0 means never.
const epoch = 1577836800

const (
	daySeconds = 86400
	lastDay    = 1<<14 - 1 // what an entry of a profile can hold: a day in 2064
)

func seconds(t time.Time) uint32 {
	return uint32(clampInt(t.Unix()-epoch, 1, math.MaxUint32))
}

func dayOf(s uint32) uint16 { return uint16(min(s/daySeconds, lastDay)) }

// apart is the time between two seconds, whichever came first.
func apart(a, b uint32) uint32 {
	if a > b {
		return a - b
	}
	return b - a
}

// since is the time from one second to another, 0 when the clock went backwards.
func since(then, now uint32) uint32 {
	if now > then {
		return now - then
	}
	return 0
}

// halve is 2^-x for x of at least 0, to 1 part in 10^4: what remains after x
// half-lives. It is asked some thirty times for one attempt.
func halve(x float32) float32 {
	if !(x < 100) {
		return 0
	}
	whole := int32(x)
	y := (x - float32(whole)) * (math.Ln2)
	// e^-y on [0, ln 2), with the last term adjusted so that halve(1) is 1/2.
	part := 1 - y*(1-y*(0.5-y*(0.16666667-y*(0.0416667-y*0.0075))))
	return part * math.Float32frombits(uint32(127-whole)<<23)
}

// fade is what is left after some days of something with the profile's half-life.
func fade(days uint16) float32 { return halve(float32(days) / profileHalfLife) }

func clampInt(x, lo, hi int64) int64 { return max(lo, min(x, hi)) }

func within(x, lo, hi float32) float32 {
	if !(x > lo) { // NaN too
		return lo
	}
	if x > hi {
		return hi
	}
	return x
}
