package metric

import (
	"math"
	"slices"
)

// ThresholdFor is the highest threshold that challenges at least that share of
// attacks: +Inf when there are none.
func ThresholdFor(attacks []float64, share float64) float64 {
	if len(attacks) == 0 {
		return math.Inf(1)
	}
	sorted := slices.Clone(attacks)
	slices.Sort(sorted)
	miss := int(math.Floor((1 - share) * float64(len(sorted)) * (1 + 1e-12)))
	return sorted[min(miss, len(sorted)-1)]
}

// Reauthentication is the published measure of Wiefling et al. (TOPS 2022): the
// share of a user's first h sign-ins that are challenged at a threshold, and of
// that the median over all users who have come so far. sequences hold the scores
// of each user's sign-ins in order. NaN if nobody has come so far.
func Reauthentication(sequences [][]float64, h int, threshold float64) float64 {
	var shares []float64
	for _, scores := range sequences {
		if len(scores) < h || h < 1 {
			continue
		}
		asked := 0
		for _, s := range scores[:h] {
			if s >= threshold {
				asked++
			}
		}
		shares = append(shares, float64(asked)/float64(h))
	}
	return Median(shares)
}

// Challenges is the median over users of how many of their sign-ins are
// challenged at a threshold, and the mean.
func Challenges(sequences [][]float64, threshold float64) (median, mean float64) {
	counts := make([]float64, 0, len(sequences))
	for _, scores := range sequences {
		n := 0.0
		for _, s := range scores {
			if s >= threshold {
				n++
			}
		}
		counts = append(counts, n)
		mean += n
	}
	return Median(counts), mean / float64(len(counts))
}

// Calibration judges probabilities. Observations carry weights, so that a prior
// can be stated that is not that of the sample.
type Calibration struct {
	bins          [10]struct{ weight, claimed, true float64 }
	brier, weight float64
}

// Add puts in a probability that something is an attack, whether it is one, and
// a weight. A probability outside [0,1], or none, is taken for the end it is nearest, or a half.
func (c *Calibration) Add(p float64, attack bool, weight float64) {
	if math.IsNaN(p) {
		p = .5
	}
	p = min(max(p, 0), 1)
	truth := 0.0
	if attack {
		truth = 1
	}
	bin := &c.bins[min(int(p*10), 9)]
	bin.weight += weight
	bin.claimed += weight * p
	bin.true += weight * truth
	c.brier += weight * (p - truth) * (p - truth)
	c.weight += weight
}

// Brier is the mean squared error.
func (c *Calibration) Brier() float64 { return c.brier / c.weight }

// Error is the expected calibration error over ten bins of equal width: the mean
// distance of what was claimed from what was true.
func (c *Calibration) Error() float64 {
	var sum float64
	for _, b := range c.bins {
		sum += math.Abs(b.claimed - b.true)
	}
	return sum / c.weight
}

// Bin is the mean claim and the share of attacks of one tenth, and its share of the weight.
type Bin struct{ Claimed, True, Share float64 }

// Bins lists those that hold something, in order.
func (c *Calibration) Bins() []Bin {
	var out []Bin
	for _, b := range c.bins {
		if b.weight > 0 {
			out = append(out, Bin{b.claimed / b.weight, b.true / b.weight, b.weight / c.weight})
		}
	}
	return out
}
