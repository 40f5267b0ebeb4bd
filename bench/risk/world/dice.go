package world

import (
	"math"
	"math/rand/v2"
)

// dice is a seeded source of the distributions that the world is made of.
type dice struct{ *rand.Rand }

func newDice(seed, stream uint64) dice { return dice{rand.New(rand.NewPCG(seed, stream))} }

// chance is true with probability p.
func (d dice) chance(p float64) bool { return d.Float64() < p }

// exp draws an exponential waiting time.
func (d dice) exp(mean float64) float64 { return d.ExpFloat64() * mean }

// logNormal draws around a median; sigma is the standard deviation of the logarithm.
func (d dice) logNormal(median, sigma float64) float64 {
	return median * math.Exp(sigma*d.NormFloat64())
}

// between draws uniformly from [lo, hi).
func (d dice) between(lo, hi float64) float64 { return lo + (hi-lo)*d.Float64() }

// geometric counts failures before a success of probability p.
func (d dice) geometric(p float64) int {
	if p >= 1 {
		return 0
	}
	return int(math.Log(1-d.Float64()) / math.Log(1-p))
}

// pick draws an index in proportion to the weights; their sum must be positive.
func (d dice) pick(weights []float64) int {
	var sum float64
	for _, w := range weights {
		sum += w
	}
	at := d.Float64() * sum
	for i, w := range weights {
		if at -= w; at < 0 {
			return i
		}
	}
	return len(weights) - 1
}

// mix is a well spread hash of two words: what belongs to a block of addresses
// or to a name has to be the same whenever it is asked for.
func mix(a, b uint64) uint64 {
	x := a ^ (b+0x9e3779b97f4a7c15)*0xbf58476d1ce4e5b9
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}
