package risk

import (
	"testing"

	"pgregory.net/rapid"
)

// anyTree draws a tree of any shape, with values and thresholds that meet.
func anyTree(t *rapid.T, features []Feature) Tree {
	var tree Tree
	leaf := func(value float32) int {
		tree.Feature, tree.Threshold = append(tree.Feature, -1), append(tree.Threshold, 0)
		tree.Left, tree.Right = append(tree.Left, 0), append(tree.Right, 0)
		tree.Value = append(tree.Value, value)
		return len(tree.Value) - 1
	}
	value := rapid.Float32Range(-2, 2)
	deepest := rapid.IntRange(0, MaxDepth).Draw(t, "depth")
	var grow func(depth int) int
	grow = func(depth int) int {
		node := leaf(value.Draw(t, "value"))
		if depth == deepest || rapid.IntRange(0, 9).Draw(t, "ends") == 0 {
			return node
		}
		tree.Feature[node] = rapid.IntRange(0, len(features)-1).Draw(t, "feature")
		tree.Threshold[node] = rapid.SampledFrom([]float32{-1, 0, 1e-30, 0.5, 1, 2, 8}).Draw(t, "threshold")
		left := grow(depth + 1)
		right := grow(depth + 1)
		tree.Left[node], tree.Right[node] = left, right
		return node
	}
	grow(0)
	return tree
}

// plainly walks a tree from its root.
func (t *Tree) plainly(v *Vector, features []Feature, by *[NumFeatures]float32) float32 {
	node := 0
	for t.Feature[node] >= 0 {
		f, next := features[t.Feature[node]], t.Left[node]
		if v[f] >= t.Threshold[node] {
			next = t.Right[node]
		}
		by[f] += t.Value[next] - t.Value[node]
		node = next
	}
	return t.Value[node]
}

// Asked feature by feature, trees say to the last bit what they say from the root.
func TestForest(t *testing.T) {
	features := []Feature{CountryNew, CountryKnown, DeviceNew, Surprise, Campaign}
	rapid.Check(t, func(t *rapid.T) {
		var models [numChannels]*Model
		for c := range models {
			models[c] = new(Model)
			for range rapid.IntRange(0, 5).Draw(t, "trees") {
				models[c].Trees = append(models[c].Trees, anyTree(t, features))
			}
		}
		f := plant(models, features)
		var s shown
		for range 3 { // what the last vector left behind does not matter
			var v Vector
			for _, g := range features {
				v[g] = rapid.SampledFrom([]float32{0, 0, 1e-30, 0.25, 0.5, 1, 3, 8}).Draw(t, "shown")
			}
			s.see(&v)
			f.walk(&s)
			for c, m := range models {
				var by [NumFeatures]float32
				var want float32
				for i := range m.Trees {
					want += m.Trees[i].plainly(&v, features, &by)
				}
				if got := f.sum(Channel(c), &s.reached); got != want {
					t.Fatalf("%v channel: the trees give %v, want %v", Channel(c), got, want)
				}
				for _, g := range s.features() {
					if got := f.part(Channel(c), g, &s.reached); got != by[g] {
						t.Errorf("%v channel: %s adds %v, want %v", Channel(c), FeatureTable[g].Name, got, by[g])
					}
				}
			}
		}
	})
}
