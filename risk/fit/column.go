package fit

import (
	"math"
	"slices"

	"github.com/gatehouse-id/gatehouse/risk"
)

// maxBins is into how many ranges the values of a feature are divided.
const maxBins = 64

// column holds one feature of all samples, in ranges. Most values of most features
// are 0, so only those outside the first range are listed.
type column struct {
	feature   int
	direction float64
	cuts      []float32 // value v is in range b where b cuts are at most v
	rows      []int32
	bins      []uint8
}

// columns divides the features of a channel into ranges.
func (d *data) columns() []column {
	columns := make([]column, len(d.features))
	inParallel(len(columns), func(i int) { columns[i] = d.column(d.features[i]) })
	return columns
}

func (d *data) column(f int) column {
	c := column{feature: f, direction: float64(risk.FeatureTable[f].Direction), cuts: d.cuts(f)}
	if len(c.cuts) == 0 {
		return c
	}
	for i, s := range d.samples {
		v := s.Features[f]
		if v < c.cuts[0] {
			continue
		}
		bin, exact := slices.BinarySearch(c.cuts, v)
		if exact {
			bin++
		}
		c.rows, c.bins = append(c.rows, int32(i)), append(c.bins, uint8(bin))
	}
	return c
}

// cuts are the borders of the ranges: the least value that is not 0, and then
// quantiles of those that are not, of honest samples and attacks in equal parts.
// They are rounded, for a document that people read.
func (d *data) cuts(f int) []float32 {
	var values [2][]float32
	for i, s := range d.samples {
		if v := s.Features[f]; v > 0 {
			side := 0
			if d.attack[i] {
				side = 1
			}
			values[side] = append(values[side], v)
		}
	}
	var cuts []float32
	for _, v := range values {
		slices.Sort(v)
		for i := range (maxBins - 2) / 2 {
			if len(v) == 0 {
				break
			}
			x := v[i*len(v)/((maxBins-2)/2)]
			cuts = append(cuts, float32(math.Ceil(float64(x)*100)/100))
		}
	}
	cuts = append(cuts, 0.01)
	slices.Sort(cuts)
	return slices.Compact(cuts)
}
