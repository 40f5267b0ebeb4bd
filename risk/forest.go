package risk

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
)

// forest is the trees of both channels in the form that is quick to ask: not tree
// by tree from the root, but feature by feature (QuickScorer, Lucchese et al. 2015).
// Of each tree there is the set of the leaves that may be reached; a split whose
// value is not below its threshold takes those to its left away, and of what
// remains the leftmost is the leaf.
//
//	shown features ──> their splits, lowest threshold first, until one is above the value
//	                     │ trees' sets of leaves
//	                     ▼
//	                   leaf of each tree ──> sum of a channel
//	                     └─────────────────> part of a feature, where it is asked for
//
// What an attempt does not show, and that is most, costs nothing: no threshold is 0.
type forest struct {
	trees  [numChannels]int // where the trees of a channel end; they begin where those before it end
	shift  uint8            // log2 of the leaves for which a tree has room
	whole  []uint64         // of each tree the set of all leaves
	leaves []float32        // of each tree, from left to right
	splits [width][]split   // of each feature, lowest threshold first
	parts  [numChannels][width]parts
}

// split sends values of at least its threshold to the right. The threshold is the
// bits of a float32, which of numbers not below 0 are in the order of the numbers.
type split struct {
	threshold uint32
	tree      uint32
	right     uint64 // all leaves but those on the left
}

// parts is what a feature adds, at each of its splits in a channel: the change of
// a node's value along the path (Saabas 2014).
type parts struct {
	trees []uint16  // of each split
	steps []float32 // of each split, by leaf; 0 where the path to the leaf does not pass it
}

// reached is what a forest finds out about one vector.
type reached struct {
	leaf [maxForest]uint8
	left [maxForest]uint64
}

const maxForest = 1024 // a power of two, so that a masked index needs no check

var _ [maxForest - int(numChannels)*MaxTrees]struct{}

// plant lays out the trees of the channels, in their order.
func plant(models [numChannels]*Model, features []Feature) *forest {
	f := new(forest)
	for _, m := range models {
		for i := range m.Trees {
			f.shift = max(f.shift, uint8(m.Trees[i].height(0)))
		}
	}
	for c, m := range models {
		for i := range m.Trees {
			f.add(Channel(c), &m.Trees[i], features)
		}
		f.trees[c] = len(f.whole)
	}
	for i := range f.splits {
		slices.SortStableFunc(f.splits[i], func(a, b split) int { return cmp.Compare(a.threshold, b.threshold) })
	}
	return f
}

// add lays out one tree.
func (f *forest) add(c Channel, t *Tree, features []Feature) {
	tree, room := len(f.whole), 1<<f.shift
	f.leaves = append(f.leaves, make([]float32, room)...)
	leaves, never := 0, uint64(0)
	var descend func(node int)
	descend = func(node int) {
		if t.Feature[node] < 0 {
			f.leaves[tree*room+leaves] = t.Value[node]
			leaves++
			return
		}
		feature := features[t.Feature[node]]
		p := &f.parts[c][feature]
		p.trees = append(p.trees, uint16(tree))
		from, steps := leaves, len(p.steps)
		p.steps = append(p.steps, make([]float32, room)...)
		side := func(child int) {
			first := leaves
			descend(child)
			for leaf := first; leaf < leaves; leaf++ {
				p.steps[steps+leaf] = t.Value[child] - t.Value[node]
			}
		}
		side(t.Left[node])
		left := uint64(1)<<leaves - uint64(1)<<from
		if side(t.Right[node]); t.Threshold[node] > 0 {
			f.splits[feature] = append(f.splits[feature], split{math.Float32bits(t.Threshold[node]), uint32(tree), ^left})
		} else {
			never |= left
		}
	}
	descend(0)
	f.whole = append(f.whole, math.MaxUint64>>(64-leaves)&^never)
}

func (t *Tree) height(node int) int {
	if t.Feature[node] < 0 {
		return 0
	}
	return 1 + max(t.height(t.Left[node]), t.height(t.Right[node]))
}

// walk finds the leaf of each tree.
func (f *forest) walk(s *shown) {
	r := &s.reached
	copy(r.left[:], f.whole)
	for _, i := range s.features() {
		i &= width - 1
		value := math.Float32bits(s.values[i])
		for _, at := range f.splits[i] {
			if at.threshold > value {
				break
			}
			r.left[at.tree&(maxForest-1)] &= at.right
		}
	}
}

// sum adds the leaves of a channel.
func (f *forest) sum(c Channel, r *reached) float32 {
	from, to := 0, f.trees[c]
	if c > 0 {
		from = f.trees[c-1]
	}
	var sum float32
	for i := from; i < to; i++ {
		leaf := bits.TrailingZeros64(r.left[i&(maxForest-1)])
		r.leaf[i&(maxForest-1)] = uint8(leaf)
		sum += f.leaves[i<<(f.shift&7)+leaf]
	}
	return sum
}

// part is what a feature has added to the sum of a channel.
func (f *forest) part(c Channel, feature uint8, r *reached) float32 {
	p := &f.parts[c][feature&(width-1)]
	room, at := 1<<f.shift, 0
	var sum float32
	for _, tree := range p.trees {
		sum += p.steps[at+int(r.leaf[tree&(maxForest-1)])]
		at += room
	}
	return sum
}
