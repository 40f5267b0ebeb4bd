package fit

import (
	"math"

	"github.com/gatehouse-id/gatehouse/risk"
)

// Score is what an engine with these weights says of features before any rule, but
// for rounding: the engine counts in 32 bits. cold says that nothing is known of
// the user. It is for measuring; an engine is faster.
func Score(w *risk.Weights, v *risk.Vector, cold bool) float64 {
	p := logit(w.Identity.Prior)
	if !cold {
		p += w.Identity.Calibration.At(margin(&w.Identity, v))
	}
	q := logit(w.Campaign.Prior) + w.Campaign.Calibration.At(margin(&w.Campaign, v))
	a, b := math.Exp(p), math.Exp(q)
	return w.Calibration.At(math.Log(a + b + a*b))
}

// margin is that of risk.Weights. The model must be one of Train: its features are
// those of the table, in order.
func margin(m *risk.Model, v *risk.Vector) float64 {
	l := logisticSum(m, v)
	if len(m.Trees) == 0 {
		return l
	}
	sum := 0.0
	for i := range m.Trees {
		sum += float64(answer(&m.Trees[i], v))
	}
	return math.Max(m.Blend*l+sum, l-m.Slack)
}

func answer(t *risk.Tree, v *risk.Vector) float32 {
	at := 0
	for t.Feature[at] >= 0 {
		if v[t.Feature[at]] >= t.Threshold[at] {
			at = t.Right[at]
		} else {
			at = t.Left[at]
		}
	}
	return t.Value[at]
}
