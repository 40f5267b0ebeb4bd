package geo

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

type point struct{ lat, lon float64 }

func drawPoint(t *rapid.T, name string) point {
	return point{
		rapid.OneOf(rapid.Float64Range(-90, 90), rapid.SampledFrom([]float64{-90, 0, 90})).Draw(t, name+" lat"),
		rapid.OneOf(rapid.Float64Range(-180, 180), rapid.SampledFrom([]float64{-180, 0, 180})).Draw(t, name+" lon"),
	}
}

func (p point) to(q point) float64 { return Kilometres(p.lat, p.lon, q.lat, q.lon) }

func TestDistancesAreDistances(t *testing.T) {
	// Near the other side of the world the formula rounds to metres.
	const close = 0.01 // km
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := drawPoint(t, "a"), drawPoint(t, "b"), drawPoint(t, "c")
		ab := a.to(b)
		if !(ab >= 0 && ab <= math.Pi*earthKm+close) {
			t.Fatalf("%v km from %v to %v", ab, a, b)
		}
		if back := b.to(a); math.Abs(ab-back) > close {
			t.Fatalf("%v km there, %v km back", ab, back)
		}
		if self := a.to(a); self != 0 {
			t.Fatalf("%v is %v km from itself", a, self)
		}
		if around := a.to(c) + c.to(b); ab > around+close {
			t.Fatalf("%v km from %v to %v, %v km by way of %v", ab, a, b, around, c)
		}
		if turned := (point{a.lat, a.lon + 360}).to(b); math.Abs(turned-ab) > close {
			t.Fatalf("once around the world makes %v of %v km", turned, ab)
		}
	})
}

func TestKnownDistances(t *testing.T) {
	for _, x := range []struct {
		name string
		a, b point
		want float64
	}{
		{"Oslo to New York", point{59.9139, 10.7522}, point{40.7128, -74.0060}, 5917},
		{"across the date line", point{0, 179.5}, point{0, -179.5}, 111.19},
		{"at a pole all points are one", point{90, 0}, point{90, 123}, 0},
		{"pole to pole", point{-90, 45}, point{90, -45}, math.Pi * earthKm},
		{"to the other side of the world", point{30, 20}, point{-30, -160}, math.Pi * earthKm},
	} {
		if got := x.a.to(x.b); math.Abs(got-x.want) > x.want*0.002+1e-6 {
			t.Errorf("%s: %v km, want %v", x.name, got, x.want)
		}
	}
}
