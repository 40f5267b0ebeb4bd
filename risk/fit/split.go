package fit

import "math"

// sums are of the samples in a node, or in a range of a feature in a node.
type sums struct{ g, h, n float64 }

func (s *sums) add(x slope) {
	s.g += float64(x.g)
	s.h += float64(x.h)
	s.n += float64(x.n)
}

func (s sums) without(o sums) sums { return sums{s.g - o.g, s.h - o.h, s.n - o.n} }
func (s sums) with(o sums) sums    { return sums{s.g + o.g, s.h + o.h, s.n + o.n} }

// best is the answer that lowers the loss most, within the bounds.
func (s sums) best(ridge, lo, hi float64) float64 {
	return math.Max(lo, math.Min(-s.g/(s.h+ridge), hi))
}

// fall is by how much an answer lowers the loss.
func (s sums) fall(ridge, answer float64) float64 {
	return -(s.g*answer + (s.h+ridge)/2*answer*answer)
}

// split is where a node is divided: above the bin to the right.
type split struct {
	column      *column // nil: nowhere
	bin         int
	gain        float64
	left, right sums
	lo, hi      [2]float64 // bounds of both children
}

// leastGain is what a split must bring, in the loss of samples.
const leastGain = 1e-3

// split finds the best split of every node of a level.
func (f *forest) split(columns []*column, nodes []node, level []int) {
	found := make([][]split, len(columns))
	inParallel(len(columns), func(i int) { found[i] = f.splits(columns[i], nodes, level) })
	for _, candidates := range found { // in the order of features: the first of equals wins
		for i, at := range level {
			n := &nodes[at]
			if n.left == 0 && candidates[i].gain > n.split.gain {
				n.split = candidates[i]
			}
		}
	}
}

// splits finds the best split on one feature of every node of a level.
func (f *forest) splits(c *column, nodes []node, level []int) []split {
	bins := len(c.cuts) + 1
	ranges := make([]sums, len(level)*bins)
	for k, row := range c.rows {
		ranges[int(f.at[row])*bins+int(c.bins[k])].add(f.slopes[row])
	}
	best := make([]split, len(level))
	for i, at := range level {
		n := &nodes[at]
		mine := ranges[i*bins : (i+1)*bins]
		mine[0] = n.sum
		for b := 1; b < bins; b++ {
			mine[0] = mine[0].without(mine[b])
		}
		best[i] = f.bestSplit(c, n, mine)
	}
	return best
}

// bestSplit tries every border between ranges. Answers of both sides must lie within
// the bounds of the node and in the order that the feature demands.
func (f *forest) bestSplit(c *column, n *node, ranges []sums) split {
	ridge, leaf := f.o.Ridge, float64(f.o.Leaf)*f.o.Rows
	here := n.sum.fall(ridge, n.sum.best(ridge, n.lo, n.hi))
	best := split{gain: leastGain}
	var left sums
	for b := range len(ranges) - 1 {
		left = left.with(ranges[b])
		right := n.sum.without(left)
		if left.n < leaf || right.n < leaf {
			continue
		}
		l, r := left.best(ridge, n.lo, n.hi), right.best(ridge, n.lo, n.hi)
		if (r-l)*c.direction < 0 {
			continue
		}
		if gain := left.fall(ridge, l) + right.fall(ridge, r) - here; gain > best.gain {
			best = split{column: c, bin: b, gain: gain, left: left, right: right}
			// Half way between both: what grows below may spread up to there.
			middle := (l + r) / 2
			best.lo, best.hi = [2]float64{n.lo, n.lo}, [2]float64{n.hi, n.hi}
			if c.direction > 0 {
				best.hi[0], best.lo[1] = middle, middle
			} else {
				best.lo[0], best.hi[1] = middle, middle
			}
		}
	}
	return best
}

// children are the two nodes into which a split divides.
func (n *node) children() (left, right node) {
	s := &n.split
	return node{sum: s.left, lo: s.lo[0], hi: s.hi[0]}, node{sum: s.right, lo: s.lo[1], hi: s.hi[1]}
}
