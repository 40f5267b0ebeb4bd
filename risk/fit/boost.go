package fit

import (
	"math"
	"math/rand/v2"

	"github.com/gatehouse-id/gatehouse/risk"
)

// forest is the state of boosting (Friedman 2001, second order as Chen and Guestrin
// 2016): each tree is grown on what those before it leave unexplained.
type forest struct {
	o       *Options
	d       *data
	columns []column
	dice    *rand.Rand

	margin []float64 // of each sample, so far
	slopes []slope   // of each sample; zero if this tree is not grown from it
	at     []uint8   // node of each sample, within its level
}

// slope is the first and second derivative of a sample's loss.
type slope struct{ g, h, n float32 }

// boost grows trees on top of the blended logistic model.
func (d *data) boost(o *Options, m *risk.Model, n int) []risk.Tree {
	f := &forest{
		o: o, d: d, columns: d.columns(), dice: rand.New(rand.NewPCG(o.Seed, 0xf17)),
		margin: make([]float64, len(d.samples)), slopes: make([]slope, len(d.samples)), at: make([]uint8, len(d.samples)),
	}
	for i, s := range d.samples {
		f.margin[i] = o.Blend * logisticSum(m, &s.Features)
	}
	trees := make([]risk.Tree, 0, n)
	for range n {
		f.draw()
		t := f.grow(f.choose())
		trees = append(trees, t)
	}
	return trees
}

// logisticSum is L of risk.Weights.
func logisticSum(m *risk.Model, v *risk.Vector) float64 {
	sum := m.Bias
	for f, weight := range m.Weights {
		sum += weight * float64(v[f])
	}
	return sum
}

// draw computes the slopes of the samples that the next tree is grown from.
func (f *forest) draw() {
	for i := range f.slopes {
		if f.dice.Float64() >= f.o.Rows {
			f.slopes[i] = slope{}
			continue
		}
		p, w := sigmoid(f.margin[i]), float64(f.d.weight[i])
		y := 0.0
		if f.d.attack[i] {
			y = 1
		}
		f.slopes[i] = slope{float32(w * (p - y)), float32(w * math.Max(p*(1-p), 1e-6)), 1}
	}
}

// choose draws the features that the next tree may look at.
func (f *forest) choose() []*column {
	var chosen []*column
	for i := range f.columns {
		if c := &f.columns[i]; f.dice.Float64() < f.o.Columns && len(c.rows) > 0 {
			chosen = append(chosen, c)
		}
	}
	return chosen
}

// node is one node of a growing tree. Every leaf below it must lie in [lo, hi],
// so that what is split on a feature above stays in order whatever is split below.
type node struct {
	sum    sums
	lo, hi float64
	split  split
	left   int // in the list of nodes; 0 for a leaf
	right  int
}

// grow grows one tree level by level and adds its answers to the margins.
func (f *forest) grow(columns []*column) risk.Tree {
	clear(f.at)
	nodes := []node{{sum: f.total(), lo: math.Inf(-1), hi: math.Inf(1)}}
	level := []int{0} // nodes of this level, by what at says
	for range f.o.Depth {
		f.split(columns, nodes, level)
		next := make([]int, 0, 2*len(level))
		sides := make([][2]uint8, len(level))
		for i, at := range level {
			n := &nodes[at]
			if n.split.column == nil {
				sides[i] = [2]uint8{uint8(len(next)), uint8(len(next))}
				next = append(next, at) // a leaf stays where it is
				continue
			}
			left, right := n.children()
			sides[i] = [2]uint8{uint8(len(next)), uint8(len(next) + 1)}
			next = append(next, len(nodes), len(nodes)+1)
			n.left, n.right = len(nodes), len(nodes)+1
			nodes = append(nodes, left, right)
		}
		f.move(nodes, level, sides)
		level = next
	}
	for i := range f.margin {
		f.margin[i] += float64(f.leaf(&nodes[level[f.at[i]]]))
	}
	return f.document(nodes)
}

// leaf is the answer of a leaf, rounded as it is written.
func (f *forest) leaf(n *node) float32 {
	return float32(round(f.o.Rate*n.sum.best(f.o.Ridge, n.lo, n.hi), 4))
}

func (f *forest) total() sums {
	var s sums
	for _, x := range f.slopes {
		s.add(x)
	}
	return s
}

// move takes every sample to its node of the next level.
func (f *forest) move(nodes []node, level []int, sides [][2]uint8) {
	before := append([]uint8(nil), f.at...)
	for i, at := range before {
		f.at[i] = sides[at][0] // as if it were in the first range, below every cut
	}
	for i, at := range level {
		s := nodes[at].split
		if s.column == nil {
			continue
		}
		for k, row := range s.column.rows {
			if before[row] == uint8(i) && int(s.column.bins[k]) > s.bin {
				f.at[row] = sides[i][1]
			}
		}
	}
}

// document writes the tree as risk reads it. A node's value is the mean of its
// leaves by their samples.
func (f *forest) document(nodes []node) risk.Tree {
	var t risk.Tree
	means := make([]float64, len(nodes))
	for i := len(nodes) - 1; i >= 0; i-- {
		n := &nodes[i]
		if n.left == 0 {
			means[i] = float64(f.leaf(n))
			continue
		}
		l, r := &nodes[n.left], &nodes[n.right]
		means[i] = (means[n.left]*l.sum.n + means[n.right]*r.sum.n) / (l.sum.n + r.sum.n)
	}
	for i := range nodes {
		n := &nodes[i]
		feature, threshold := -1, float32(0)
		if n.left != 0 {
			feature, threshold = n.split.column.feature, n.split.column.cuts[n.split.bin]
		}
		t.Feature = append(t.Feature, feature)
		t.Threshold = append(t.Threshold, threshold)
		t.Left, t.Right = append(t.Left, n.left), append(t.Right, n.right)
		t.Value = append(t.Value, float32(round(means[i], 4)))
	}
	return t
}
