package metric

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Interval holds a figure, and where it lies in 95 of 100 populations of as many
// users drawn from these.
type Interval struct{ Value, Low, High float64 }

// Intervals are the figures of one group with their intervals.
type Intervals struct {
	N, HonestCount        int
	AUC, At1, At5, Cost98 Interval
}

// Bootstrap computes the figures of every group with intervals from so many
// draws of users with replacement. A user is drawn with all attempts, honest or
// not: the attempts of one person are not independent. Without draws the
// intervals are the figures themselves.
func (t *Table) Bootstrap(draws int, seed uint64) []Intervals {
	d := rand.New(rand.NewPCG(seed, 0xb007))
	samples := make([][]Figures, 0, draws)
	weight := make([]float64, t.users)
	for range draws {
		clear(weight)
		for range t.users {
			weight[d.IntN(t.users)]++
		}
		samples = append(samples, t.Figures(weight))
	}
	figures := t.Figures(nil)
	out := make([]Intervals, t.groups)
	for g, f := range figures {
		around := func(value float64, of func(Figures) float64) Interval {
			var drawn []float64
			for _, s := range samples {
				if x := of(s[g]); !math.IsNaN(x) {
					drawn = append(drawn, x)
				}
			}
			if len(drawn) == 0 {
				return Interval{value, value, value}
			}
			slices.Sort(drawn)
			return Interval{value, quantile(drawn, .025), quantile(drawn, .975)}
		}
		out[g] = Intervals{
			N: int(f.N), HonestCount: int(f.HonestCount),
			AUC:    around(f.AUC, func(f Figures) float64 { return f.AUC }),
			At1:    around(f.At1, func(f Figures) float64 { return f.At1 }),
			At5:    around(f.At5, func(f Figures) float64 { return f.At5 }),
			Cost98: around(f.Cost98, func(f Figures) float64 { return f.Cost98 }),
		}
	}
	return out
}

// quantile interpolates between the sorted values next to q.
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// Median of values in any order; of an even number the mean of the middle two, NaN of none.
func Median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	return quantile(sorted, .5)
}
