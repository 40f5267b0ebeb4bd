package main

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/bench/risk/world"
)

func TestMisfit(t *testing.T) {
	exact := curve{}
	for _, p := range published {
		exact.at12, exact.at30 = append(exact.at12, p.at12), append(exact.at30, p.at30)
	}
	if got := misfit(exact); got != 0 {
		t.Errorf("the published curves themselves have a misfit of %v", got)
	}
	near, far := exact, exact
	near.at12 = append([]float64{exact.at12[0] + .05}, exact.at12[1:]...)
	far.at12 = append([]float64{exact.at12[0] + .2}, exact.at12[1:]...)
	if got := misfit(near); math.Abs(got-.0025) > 1e-9 {
		t.Errorf("a point off by .05: misfit %v, want .0025", got)
	}
	if misfit(far) <= 16*misfit(near) {
		t.Errorf("beyond one challenge the misfit must grow faster than the square: %v after %v", misfit(far), misfit(near))
	}
}

func TestEveryLeverBeginsWithinItsRange(t *testing.T) {
	p, err := world.Of("calibrated", 1)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[*float64]string{}
	for _, l := range levers {
		v := l.at(&p)
		if *v < l.lo || *v > l.hi {
			t.Errorf("%s is %v, its range %v to %v", l.name, *v, l.lo, l.hi)
		}
		if other, ok := seen[v]; ok {
			t.Errorf("%s and %s move the same", l.name, other)
		}
		seen[v] = l.name
	}
}

func TestSearchKeepsTheBest(t *testing.T) {
	var out bytes.Buffer
	if err := run([]string{"calibrate", "-variant", "stable", "-users", "400", "-seeds", "2", "-steps", "6", "-seed", "5"}, &out); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	if !strings.Contains(text, "start: misfit") || !strings.Contains(text, "of 9 points within one challenge") {
		t.Errorf("the search says\n%s", text)
	}
	last := math.Inf(1)
	for _, line := range strings.Split(text, "\n") {
		if _, rest, ok := strings.Cut(line, "misfit "); ok {
			var x float64
			if _, err := fmt.Sscanf(rest, "%f", &x); err != nil {
				t.Fatal(err)
			}
			if x > last {
				t.Errorf("a step from misfit %v to %v was kept", last, x)
			}
			last = x
		}
	}
}
