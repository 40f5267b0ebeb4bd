package fit

import (
	"errors"
	"math"
	"slices"

	"github.com/gatehouse-id/gatehouse/risk"
)

// marks tie scores to challenge rates: what share of honest sign-ins reaches a
// score, and what the scale calls it.
var marks = []struct{ share, scale float64 }{
	{0.95, 50}, {0.5, 200}, {0.2, 350}, {0.05, 500}, {0.01, 680}, {0.002, 840}, {0.001, 900},
}

// Shares of honest sign-ins that reach a level. High also needs even odds: it is
// where policies block.
const (
	lowShare    = 0.05
	mediumShare = 0.01
	highShare   = 0.002
)

// levels sets scale and cut points by the scores of honest sign-ins. The points
// carry scores before the last calibration was there.
func levels(w *risk.Weights, points []point) error {
	var honest []float64
	for _, p := range points {
		if !p.attack {
			honest = append(honest, w.Calibration.At(p.x))
		}
	}
	if len(honest) < least {
		return errors.New("too few honest samples")
	}
	slices.Sort(honest)
	reached := func(share float64) float64 {
		return honest[min(int(float64(len(honest))*(1-share)), len(honest)-1)]
	}
	w.Scale = nil
	for _, m := range marks {
		x := round(reached(m.share), 4)
		if n := len(w.Scale); n > 0 && x < w.Scale[n-1][0]+0.01 {
			x = w.Scale[n-1][0] + 0.01 // ties among few samples
		}
		w.Scale = append(w.Scale, [2]float64{x, m.scale})
	}
	first, last := w.Scale[0], w.Scale[len(w.Scale)-1]
	w.Scale = append(risk.Curve{{first[0] - 3, 0}}, w.Scale...)
	w.Scale = append(w.Scale, [2]float64{math.Max(last[0]+3, 6), 1000})
	w.Cuts.Low = round(reached(lowShare), 4)
	w.Cuts.Medium = math.Max(round(reached(mediumShare), 4), w.Cuts.Low+0.2)
	w.Cuts.High = max(round(reached(highShare), 4), w.Cuts.Medium+0.2, 0)
	return nil
}
