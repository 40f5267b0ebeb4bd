package metric

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func table(t testing.TB, honest []float64, attacks ...[]float64) *Table {
	t.Helper()
	tab := NewTable(len(attacks))
	add := func(s float64, user, group int) {
		if err := tab.Add(s, user, group); err != nil {
			t.Fatal(err)
		}
	}
	for i, s := range honest {
		add(s, i, Honest)
	}
	for g, scores := range attacks {
		for i, s := range scores {
			add(s, i, g)
		}
	}
	return tab
}

func near(a, b float64) bool {
	return a == b || math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) < 1e-9
}

func TestFigures(t *testing.T) {
	hundred := make([]float64, 100) // 1 to 100
	for i := range hundred {
		hundred[i] = float64(i + 1)
	}
	for _, c := range []struct {
		name                  string
		honest, attacks       []float64
		auc, at1, at5, cost98 float64
	}{
		{"apart", []float64{1, 2, 3, 4}, []float64{5, 6}, 1, 1, 1, 0},
		{"all alike", []float64{1, 1, 1}, []float64{1, 1}, .5, 0, 0, 1},
		{"in between", []float64{1, 3}, []float64{2}, .5, 0, 0, .5},
		{"a tie with one of two", []float64{1, 2}, []float64{2}, .75, 0, 0, .5},
		// 99.5 lies above 99 of 100; 98.5 above 98; 50 is a tie.
		{"hundred", hundred, []float64{99.5, 98.5, 94.5, 50}, (99 + 98 + 94 + 49.5) / 400, .25, .5, .51},
		// At one per cent the only honest score may be challenged, at a tie both sides of it are.
		{"tie at the edge", hundred, []float64{100, 96, 95}, (99.5 + 95.5 + 94.5) / 300, 1. / 3, 2. / 3, .06},
		{"infinite", []float64{0, math.Inf(-1)}, []float64{math.Inf(1)}, 1, 1, 1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := table(t, c.honest, c.attacks).Figures(nil)[0]
			if !near(got.AUC, c.auc) || !near(got.At1, c.at1) || !near(got.At5, c.at5) || !near(got.Cost98, c.cost98) {
				t.Errorf("got %+v, want AUC %v, at 1 %% %v, at 5 %% %v, cost %v", got, c.auc, c.at1, c.at5, c.cost98)
			}
		})
	}
	t.Run("without attacks or honest attempts there is no figure", func(t *testing.T) {
		for _, tab := range []*Table{table(t, []float64{1}, nil), table(t, nil, []float64{1})} {
			if f := tab.Figures(nil)[0]; !math.IsNaN(f.AUC) || !math.IsNaN(f.At1) || !math.IsNaN(f.Cost98) {
				t.Errorf("got %+v, want NaN", f)
			}
		}
	})
	t.Run("what is no score, user or group is refused", func(t *testing.T) {
		tab := NewTable(1)
		for _, err := range []error{tab.Add(math.NaN(), 0, 0), tab.Add(0, -1, 0), tab.Add(0, 0, 1), tab.Add(0, 0, -2)} {
			if err == nil {
				t.Error("no error")
			}
		}
		if len(tab.rows) != 0 {
			t.Errorf("%d rows were kept", len(tab.rows))
		}
	})
}

// slowAUC counts pairs.
func slowAUC(honest, attacks []float64) float64 {
	var sum float64
	for _, a := range attacks {
		for _, h := range honest {
			switch {
			case a > h:
				sum++
			case a == h:
				sum += .5
			}
		}
	}
	return sum / float64(len(attacks)*len(honest))
}

func TestFiguresAreWhatCountingGives(t *testing.T) {
	scores := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) float64 { return float64(rapid.IntRange(-5, 5).Draw(t, "score")) }), 1, 60)
	rapid.Check(t, func(t *rapid.T) {
		honest, attacks := scores.Draw(t, "honest"), scores.Draw(t, "attacks")
		tab := NewTable(1)
		for i, s := range honest {
			_ = tab.Add(s, i, Honest)
		}
		for i, s := range attacks {
			_ = tab.Add(s, i, 0)
		}
		f := tab.Figures(nil)[0]
		if want := slowAUC(honest, attacks); !near(f.AUC, want) {
			t.Fatalf("AUC %v, counted %v", f.AUC, want)
		}
		for rate, got := range map[float64]float64{.01: f.At1, .05: f.At5} {
			threshold := tab.Threshold(rate)
			asked, caught := share(honest, threshold), share(attacks, threshold)
			if asked > rate+1e-9 || !near(caught, got) {
				t.Fatalf("threshold %v for %v challenges %v of the honest and catches %v, the table says %v", threshold, rate, asked, caught, got)
			}
		}
		threshold := ThresholdFor(attacks, .98)
		if caught := share(attacks, threshold); caught < .98-1e-9 {
			t.Fatalf("threshold %v catches %v", threshold, caught)
		}
		if want := share(honest, threshold); !near(f.Cost98, want) {
			t.Fatalf("98 %% cost %v, counted %v", f.Cost98, want)
		}
		doubled := tab.Figures(constant(2, tab.users))[0]
		if !near(doubled.AUC, f.AUC) || !near(doubled.At5, f.At5) {
			t.Fatalf("everybody twice: %+v, once: %+v", doubled, f)
		}
		for _, curve := range [][]Point{tab.Curve(0, 50)} {
			for i := 1; i < len(curve); i++ {
				if curve[i].Rate < curve[i-1].Rate || curve[i].Caught < curve[i-1].Caught {
					t.Fatalf("the curve falls at %d: %v", i, curve)
				}
			}
			if last := curve[len(curve)-1]; !near(last.Rate, 1) || !near(last.Caught, 1) {
				t.Fatalf("the curve ends at %v", last)
			}
		}
	})
}

func constant(x float64, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = x
	}
	return out
}

func share(scores []float64, threshold float64) float64 {
	n := 0.0
	for _, s := range scores {
		if s >= threshold {
			n++
		}
	}
	return n / float64(len(scores))
}

func TestBootstrap(t *testing.T) {
	var honest, attacks []float64
	for i := range 400 {
		honest = append(honest, float64(i%100))
		attacks = append(attacks, float64(i%100)+30)
	}
	tab := table(t, honest, attacks)
	a, b := tab.Bootstrap(60, 1)[0], tab.Bootstrap(60, 1)[0]
	if a != b {
		t.Errorf("the same seed gives %+v and %+v", a, b)
	}
	if a.AUC.Low > a.AUC.Value || a.AUC.High < a.AUC.Value || a.AUC.Low == a.AUC.High {
		t.Errorf("interval %+v", a.AUC)
	}
	if width := a.AUC.High - a.AUC.Low; width > .1 {
		t.Errorf("interval of 400 users is %v wide", width)
	}
	if none := tab.Bootstrap(0, 1)[0]; none.AUC.Low != none.AUC.Value {
		t.Errorf("without draws %+v", none.AUC)
	}
}

func TestReauthentication(t *testing.T) {
	users := [][]float64{{9, 1, 1, 1}, {9, 9, 1, 9}, {9, 1}, {9, 9, 9, 1, 9}}
	for _, c := range []struct {
		h    int
		want float64
	}{{1, 1}, {2, .75}, {4, .75}, {5, .8}, {6, math.NaN()}, {0, math.NaN()}} {
		if got := Reauthentication(users, c.h, 5); !near(got, c.want) {
			t.Errorf("after %d sign-ins: got %v, want %v", c.h, got, c.want)
		}
	}
	if median, mean := Challenges(users, 5); !near(median, 2) || !near(mean, 9./4) {
		t.Errorf("challenges: median %v, mean %v", median, mean)
	}
}

func TestThresholdFor(t *testing.T) {
	attacks := make([]float64, 100)
	for i := range attacks {
		attacks[i] = float64(i)
	}
	for share, want := range map[float64]float64{1: 0, .99: 1, .98: 2, .5: 50} {
		if got := ThresholdFor(attacks, share); got != want {
			t.Errorf("to catch %v: got %v, want %v", share, got, want)
		}
	}
	if got := ThresholdFor(nil, .98); !math.IsInf(got, 1) {
		t.Errorf("of no attacks: %v", got)
	}
}

func TestCalibration(t *testing.T) {
	var c Calibration
	c.Add(.25, false, 3) // claims a quarter, a quarter is true
	c.Add(.25, true, 1)
	if got := c.Error(); !near(got, 0) {
		t.Errorf("what is calibrated has error %v", got)
	}
	if want := (3*.0625 + .5625) / 4; !near(c.Brier(), want) {
		t.Errorf("Brier %v, want %v", c.Brier(), want)
	}
	c.Add(.95, false, 4) // claims too much
	if want := 4 * .95 / 8; !near(c.Error(), want) {
		t.Errorf("error %v, want %v", c.Error(), want)
	}
	if bins := c.Bins(); len(bins) != 2 || !near(bins[0].True, .25) || !near(bins[1].True, 0) || !near(bins[1].Share, .5) {
		t.Errorf("bins %+v", bins)
	}
	var odd Calibration
	odd.Add(math.NaN(), true, 1)
	odd.Add(7, true, 1)
	if math.IsNaN(odd.Error()) || odd.Error() > 1 {
		t.Errorf("error %v", odd.Error())
	}
}
