package risk

import (
	"errors"
	"fmt"
	"math"
)

// At maps a number.
func (c Curve) At(x float64) float64 {
	switch len(c) {
	case 0:
		return x
	case 1:
		return x - c[0][0] + c[0][1]
	}
	lo, hi := 0, len(c)-1
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; x < c[mid][0] {
			hi = mid
		} else {
			lo = mid
		}
	}
	a, b := c[lo], c[hi]
	return a[1] + (x-a[0])*(b[1]-a[1])/(b[0]-a[0])
}

// largest bounds every coordinate and weight of a model, so that no sum overflows.
const largest = 1e6

// check refuses what would not be a strictly increasing map: a flat piece would
// tie attempts that the evidence tells apart.
func (c Curve) check() error {
	if len(c) > MaxPoints {
		return fmt.Errorf("%d points, more than %d", len(c), MaxPoints)
	}
	for i, p := range c {
		if !finite(p[0]) || !finite(p[1]) {
			return fmt.Errorf("point %d is not finite", i)
		}
		if i == 0 {
			continue
		}
		before := c[i-1]
		slope := (p[1] - before[1]) / (p[0] - before[0])
		if !(p[0] > before[0]) || !(slope >= 1e-6 && slope <= 1e6) {
			return fmt.Errorf("point %d does not ascend from the one before it", i)
		}
	}
	return nil
}

// checkScale refuses a scale that does not reach over something inside 0 ... 1000.
func (c Curve) checkScale() error {
	if err := c.check(); err != nil {
		return err
	}
	if len(c) < 2 {
		return errors.New("fewer than 2 points")
	}
	if c[0][1] < 0 || c[len(c)-1][1] > 1000 {
		return errors.New("leaves 0 to 1000")
	}
	return nil
}

func finite(x float64) bool { return math.Abs(x) <= largest } // false for NaN
