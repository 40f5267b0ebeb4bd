package fit

import (
	"math"

	"github.com/gatehouse-id/gatehouse/risk"
)

const (
	logisticRows  = 200_000 // more tell the same
	logisticSteps = 12
	logisticRidge = 2e-3 // per unit of a feature's own spread, in shares of all weight
)

// logistic fits bias and weights, each with the sign that its feature demands, by
// Newton's method: every step solves a quadratic problem under the signs, one
// coordinate after the other. Weights of features that the channel may not weigh
// are 0.
func (d *data) logistic() (bias float64, weights []float64) {
	p := newQuadratic(d)
	for range logisticSteps {
		if p.step() < 1e-7 {
			break
		}
	}
	weights = make([]float64, risk.NumFeatures)
	for j, f := range d.features {
		weights[f] = round(p.beta[j]/p.spread[j], 4)
		if weights[f] == 0 {
			weights[f] = 0 // not minus zero
		}
	}
	return round(p.beta[len(d.features)], 4), weights
}

func round(x float64, digits int) float64 {
	scale := math.Pow10(digits)
	return math.Round(x*scale) / scale
}

// quadratic is the state of the fit. Features are divided by their spread, so that
// one ridge suits all; the last coordinate is the bias.
type quadratic struct {
	n      int
	rows   [][]float64
	y, w   []float64
	spread []float64
	signs  []float64 // 0 for the bias, which is free
	beta   []float64
	loss   float64
}

func newQuadratic(d *data) *quadratic {
	n := len(d.features) + 1
	q := &quadratic{n: n, spread: make([]float64, n), signs: make([]float64, n), beta: make([]float64, n)}
	stride := max(1, (len(d.samples)+logisticRows-1)/logisticRows)
	sum, total := make([]float64, n), 0.0
	square := make([]float64, n)
	for i := 0; i < len(d.samples); i += stride {
		row, w := make([]float64, n), float64(d.weight[i])
		for j, f := range d.features {
			row[j] = float64(d.samples[i].Features[f])
			sum[j] += w * row[j]
			square[j] += w * row[j] * row[j]
		}
		row[n-1] = 1
		total += w
		y := 0.0
		if d.attack[i] {
			y = 1
		}
		q.rows, q.y, q.w = append(q.rows, row), append(q.y, y), append(q.w, w)
	}
	for j := range n {
		q.spread[j] = 1
		if j < n-1 {
			q.signs[j] = float64(risk.FeatureTable[d.features[j]].Direction)
			if v := square[j]/total - (sum[j]/total)*(sum[j]/total); v > 1e-12 {
				q.spread[j] = math.Sqrt(v)
			}
		}
	}
	for i, row := range q.rows {
		for j := range n - 1 {
			row[j] /= q.spread[j]
		}
		q.w[i] /= total
	}
	q.loss = q.lossAt(q.beta)
	return q
}

func (q *quadratic) lossAt(beta []float64) float64 {
	loss := 0.0
	for i, row := range q.rows {
		m := dot(row, beta)
		if q.y[i] > 0 {
			m = -m
		}
		loss += q.w[i] * softplus(m)
	}
	for j := range q.n - 1 {
		loss += logisticRidge / 2 * beta[j] * beta[j]
	}
	return loss
}

// step goes to the best point under the signs of the quadratic that touches the
// loss here, or as far on the way there as helps. It tells by how much the loss fell.
func (q *quadratic) step() float64 {
	n := q.n
	gradient, curvature := make([]float64, n), make([]float64, n*n)
	for i, row := range q.rows {
		p := sigmoid(dot(row, q.beta))
		g, h := q.w[i]*(p-q.y[i]), q.w[i]*math.Max(p*(1-p), 1e-6)
		for j, x := range row {
			if x == 0 {
				continue
			}
			gradient[j] += g * x
			into := curvature[j*n : j*n+j+1]
			for k := range into {
				into[k] += h * x * row[k]
			}
		}
	}
	for j := range n {
		for k := range j {
			curvature[k*n+j] = curvature[j*n+k]
		}
		if j < n-1 {
			gradient[j] += logisticRidge * q.beta[j]
			curvature[j*n+j] += logisticRidge
		}
	}
	to := q.solve(gradient, curvature)
	try := make([]float64, n)
	for part := 1.0; part > 1e-3; part /= 2 {
		for j := range try {
			try[j] = q.beta[j] + part*(to[j]-q.beta[j])
		}
		if loss := q.lossAt(try); loss < q.loss {
			fell := q.loss - loss
			q.beta, q.loss = try, loss
			return fell
		}
	}
	return 0
}

// solve minimises gradient·(x-beta) + (x-beta)'·curvature·(x-beta)/2 under the signs.
func (q *quadratic) solve(gradient, curvature []float64) []float64 {
	n := q.n
	x, slope := append([]float64(nil), q.beta...), append([]float64(nil), gradient...)
	for range 400 {
		moved := 0.0
		for j := range n {
			h := curvature[j*n+j]
			if h <= 0 {
				continue
			}
			to := x[j] - slope[j]/h
			if q.signs[j]*to < 0 {
				to = 0
			}
			if delta := to - x[j]; delta != 0 {
				x[j] = to
				for k := range n {
					slope[k] += delta * curvature[k*n+j]
				}
				moved = math.Max(moved, math.Abs(delta))
			}
		}
		if moved < 1e-9 {
			break
		}
	}
	return x
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i, x := range a {
		sum += x * b[i]
	}
	return sum
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// softplus is log(1 + e^x) without overflow.
func softplus(x float64) float64 { return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }
