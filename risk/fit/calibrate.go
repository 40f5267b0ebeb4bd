package fit

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/gatehouse-id/gatehouse/risk"
)

// calibrate fills in the curves, the scale and the cut points. Attacks count here
// as they occur, for a score claims how likely an attack of any kind is.
func (o *Options) calibrate(w *risk.Weights, samples []Sample) error {
	for c, m := range []*risk.Model{&w.Identity, &w.Campaign} {
		channel, points := risk.Channel(c), make([]point, 0, len(samples))
		for i := range samples {
			s := &samples[i]
			if channel == risk.IdentityChannel && s.Cold || s.Label != "" && o.Campaigns[s.Label] > 0 != (channel == risk.CampaignChannel) {
				continue
			}
			points = append(points, point{margin(m, &s.Features), s.Label != "", float64(s.Weight)})
		}
		curve, err := calibration(points)
		if err != nil {
			return fmt.Errorf("%v channel: %w", channel, err)
		}
		m.Calibration = curve
	}
	points := scores(w, samples)
	last, err := calibration(points)
	if err != nil {
		return err
	}
	shift := logit(w.Prior)
	for i := range last {
		last[i][1] = round(last[i][1]+shift, 4)
	}
	w.Calibration = last
	return levels(w, points)
}

// scores are those of all samples of known users.
func scores(w *risk.Weights, samples []Sample) []point {
	points := make([]point, 0, len(samples))
	for i := range samples {
		if s := &samples[i]; !s.Cold {
			points = append(points, point{Score(w, &s.Features, false), s.Label != "", float64(s.Weight)})
		}
	}
	return points
}

// point is a margin or score of a sample.
type point struct {
	x      float64
	attack bool
	weight float64
}

const (
	calibrationBins = 40
	leastSlope      = 0.05 // of a calibration: flat pieces would tie what the model tells apart
	endSlope        = 0.5  // beyond what was seen, believe half
	endWidth        = 4
)

// calibration is the increasing map from x to the log-likelihood ratio of attack:
// isotonic regression (Ayer and others 1955) over ranges of equal weight, in each
// of which half a sample of either kind is granted to what was not seen.
func calibration(points []point) (risk.Curve, error) {
	points = slices.Clone(points)
	slices.SortStableFunc(points, func(a, b point) int { return cmp.Compare(a.x, b.x) })
	var total [2]float64
	var count [2]int
	for _, p := range points {
		total[side(p.attack)] += p.weight
		count[side(p.attack)]++
	}
	if count[0] < least || count[1] < least {
		return nil, fmt.Errorf("%d honest samples and %d attacks, want at least %d of each", count[0], count[1], least)
	}
	var pools []pool
	var here pool
	for i, p := range points {
		part := p.weight / total[side(p.attack)]
		here.mass[side(p.attack)] += part
		here.x += part * p.x
		here.seen += part
		if i+1 < len(points) && (here.seen < 2.0/calibrationBins || points[i+1].x == p.x) {
			continue
		}
		pools = append(pools, here)
		here = pool{}
		for n := len(pools); n > 1 && pools[n-2].ratio(count) >= pools[n-1].ratio(count); n = len(pools) {
			pools[n-2].merge(pools[n-1])
			pools = pools[:n-1]
		}
	}
	return smooth(pools, count)
}

func side(attack bool) int {
	if attack {
		return 1
	}
	return 0
}

// pool is a range of points that have one answer.
type pool struct {
	mass [2]float64 // shares of all honest samples, of all attacks
	x    float64    // sum by share
	seen float64
}

func (p *pool) merge(o pool) {
	p.mass[0] += o.mass[0]
	p.mass[1] += o.mass[1]
	p.x += o.x
	p.seen += o.seen
}

func (p *pool) ratio(count [2]int) float64 {
	return math.Log((p.mass[1] + 0.5/float64(count[1])) / (p.mass[0] + 0.5/float64(count[0])))
}

// smooth draws the curve through the middles of the pools, rising everywhere.
func smooth(pools []pool, count [2]int) (risk.Curve, error) {
	var curve risk.Curve
	for i := range pools {
		x, y := round(pools[i].x/pools[i].seen, 4), round(pools[i].ratio(count), 4)
		if len(curve) == 0 {
			curve = risk.Curve{{x - endWidth, y - endWidth*endSlope}, {x, y}}
			continue
		}
		before := curve[len(curve)-1]
		if x-before[0] < 1e-3 {
			continue
		}
		curve = append(curve, [2]float64{x, math.Max(y, round(before[1]+leastSlope*(x-before[0]), 4))})
	}
	if len(curve) == 0 {
		return nil, errors.New("no points")
	}
	end := curve[len(curve)-1]
	return append(curve, [2]float64{end[0] + endWidth, end[1] + endWidth*endSlope}), nil
}

func logit(p float64) float64 { return math.Log(p / (1 - p)) }
