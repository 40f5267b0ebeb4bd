package risk

import (
	"errors"
	"fmt"
	"math"
)

// WeightsVersion is the version of the document that this package reads.
const WeightsVersion = 1

// Check refuses weights that could do harm: numbers that are not finite, features
// that do not exist, weights and splits against the Direction of their feature,
// trees that are no trees, models beyond the limits, maps that do not increase.
func (w *Weights) Check() error {
	if w.Version != WeightsVersion {
		return fmt.Errorf("version %d, this package reads %d", w.Version, WeightsVersion)
	}
	if !(w.Prior > 0 && w.Prior <= 0.5) {
		return errors.New("prior is not in (0, 0.5]")
	}
	features, err := w.features()
	if err != nil {
		return err
	}
	for c, m := range []*Model{&w.Identity, &w.Campaign} {
		if err := m.check(Channel(c), features); err != nil {
			return fmt.Errorf("%v channel: %w", Channel(c), err)
		}
	}
	if err := w.Calibration.check(); err != nil {
		return fmt.Errorf("calibration: %w", err)
	}
	if err := w.Scale.checkScale(); err != nil {
		return fmt.Errorf("scale: %w", err)
	}
	c := w.Cuts
	if !finite(c.Low) || !finite(c.Medium) || !finite(c.High) || !(c.Low < c.Medium && c.Medium < c.High) {
		return errors.New("cuts do not ascend")
	}
	return nil
}

// features finds what the names of the document stand for.
func (w *Weights) features() ([]Feature, error) {
	if len(w.Features) > NumFeatures {
		return nil, fmt.Errorf("%d features, more than %d", len(w.Features), NumFeatures)
	}
	var seen [NumFeatures]bool
	found := make([]Feature, 0, len(w.Features))
	for _, name := range w.Features {
		f, ok := FeatureNamed(name)
		if !ok {
			return nil, fmt.Errorf("no feature is called %.40q", name)
		}
		if seen[f] {
			return nil, fmt.Errorf("feature %s stands twice", name)
		}
		seen[f] = true
		found = append(found, f)
	}
	return found, nil
}

// FeatureNamed finds a feature by its name in FeatureTable.
func FeatureNamed(name string) (Feature, bool) {
	for f := range FeatureTable {
		if FeatureTable[f].Name == name {
			return Feature(f), true
		}
	}
	return 0, false
}

func (m *Model) check(c Channel, features []Feature) error {
	if !(m.Prior > 0 && m.Prior <= 0.5) {
		return errors.New("prior is not in (0, 0.5]")
	}
	if !finite(m.Bias) {
		return errors.New("bias is not finite")
	}
	if !(m.Blend >= 0 && m.Blend <= 1) {
		return errors.New("blend is not in [0, 1]")
	}
	if !(m.Slack >= 0 && m.Slack <= 30) {
		return errors.New("slack is not in [0, 30]")
	}
	if len(m.Weights) != len(features) {
		return fmt.Errorf("%d weights for %d features", len(m.Weights), len(features))
	}
	for i, weight := range m.Weights {
		info := &FeatureTable[features[i]]
		switch {
		case !finite(weight):
			return fmt.Errorf("weight of %s is not finite", info.Name)
		case weight*float64(info.Direction) < 0:
			return fmt.Errorf("weight of %s is against its direction", info.Name)
		case weight != 0 && c == IdentityChannel && info.Channel != IdentityChannel:
			return fmt.Errorf("%s belongs to the campaign channel", info.Name)
		}
	}
	if len(m.Trees) > MaxTrees {
		return fmt.Errorf("%d trees, more than %d", len(m.Trees), MaxTrees)
	}
	for i := range m.Trees {
		if err := m.Trees[i].check(c, features); err != nil {
			return fmt.Errorf("tree %d: %w", i, err)
		}
	}
	if err := m.Calibration.check(); err != nil {
		return fmt.Errorf("calibration: %w", err)
	}
	return nil
}

// check refuses everything that is not a monotone tree. That children stand after
// their parent excludes cycles; that every node but the root is a child once
// excludes sharing and strays.
func (t *Tree) check(c Channel, features []Feature) error {
	n := len(t.Feature)
	if n == 0 || n >= 1<<(MaxDepth+1) {
		return fmt.Errorf("%d nodes, not 1 to %d", n, 1<<(MaxDepth+1)-1)
	}
	if len(t.Threshold) != n || len(t.Left) != n || len(t.Right) != n || len(t.Value) != n {
		return errors.New("arrays of different lengths")
	}
	depth, parents := make([]int, n), make([]int, n)
	for i := range n {
		if !finite(float64(t.Value[i])) {
			return fmt.Errorf("value of node %d is not finite", i)
		}
		f := t.Feature[i]
		if f == -1 {
			continue
		}
		if f < 0 || f >= len(features) {
			return fmt.Errorf("node %d asks for a feature that is not listed", i)
		}
		if info := &FeatureTable[features[f]]; c == IdentityChannel && info.Channel != IdentityChannel {
			return fmt.Errorf("%s belongs to the campaign channel", info.Name)
		}
		if !finite(float64(t.Threshold[i])) {
			return fmt.Errorf("threshold of node %d is not finite", i)
		}
		for _, child := range [2]int{t.Left[i], t.Right[i]} {
			if child <= i || child >= n {
				return fmt.Errorf("a child of node %d does not stand after it", i)
			}
			parents[child]++
			if depth[child] = depth[i] + 1; depth[child] > MaxDepth {
				return fmt.Errorf("deeper than %d", MaxDepth)
			}
		}
	}
	for i := 1; i < n; i++ {
		if parents[i] != 1 {
			return fmt.Errorf("node %d has %d parents", i, parents[i])
		}
	}
	return t.checkDirections(features)
}

// checkDirections goes from the last node to the first, for children stand after
// their parent, and knows the least and the greatest leaf below each.
func (t *Tree) checkDirections(features []Feature) error {
	least, most := make([]float32, len(t.Feature)), make([]float32, len(t.Feature))
	for i := len(t.Feature) - 1; i >= 0; i-- {
		if t.Feature[i] == -1 {
			least[i], most[i] = t.Value[i], t.Value[i]
			continue
		}
		l, r := t.Left[i], t.Right[i]
		info := &FeatureTable[features[t.Feature[i]]]
		if info.Direction > 0 && most[l] > least[r] || info.Direction < 0 && least[l] < most[r] {
			return fmt.Errorf("node %d is against the direction of %s", i, info.Name)
		}
		least[i] = float32(math.Min(float64(least[l]), float64(least[r])))
		most[i] = float32(math.Max(float64(most[l]), float64(most[r])))
	}
	return nil
}
