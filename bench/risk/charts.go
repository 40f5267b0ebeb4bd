package main

import (
	"os"
	"path/filepath"

	"github.com/gatehouse-id/gatehouse/bench/risk/plot"
	"github.com/gatehouse-id/gatehouse/bench/risk/world"
)

// writeCharts draws the first population that counts: what is caught at which
// cost, how the cost falls with history, and whether scores are what they claim.
func (d *document) writeCharts(folder string) error {
	for _, s := range d.Populations {
		for name, c := range map[string]*plot.Chart{
			"roc": s.rocChart(), "reauthentication": s.reauthChart(), "calibration": s.calibrationChart(),
		} {
			if !s.Target {
				continue
			}
			if err := writeChart(filepath.Join(folder, "risk-"+name+"-"+s.Variant+".svg"), c); err != nil {
				return err
			}
		}
	}
	return nil
}

func writeChart(path string, c *plot.Chart) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := c.Write(f); err != nil {
		f.Close() //nolint:errcheck // the first error is the one to tell
		return err
	}
	return f.Close()
}

func (s *section) rocChart() *plot.Chart {
	c := &plot.Chart{
		Title: "What is caught, by what is asked: " + s.Variant,
		X:     plot.Axis{Label: "honest sign-ins challenged", Min: .0005, Max: 1, Log: true, Ticks: []float64{.001, .005, .01, .05, .1, .5, 1}, Percent: true},
		Y:     plot.Axis{Label: "attacks challenged", Max: 1, Ticks: []float64{0, .2, .4, .6, .8, 1}, Percent: true},
	}
	for _, k := range []world.Kind{world.Naive, world.VPN, world.Targeted, world.VeryTargeted, world.Stuffing, world.Guess, world.Cookie, world.Insider} {
		points := s.table.Curve(int(k), 400)
		line := plot.Series{Name: k.String()}
		for _, p := range points {
			line.X, line.Y = append(line.X, p.Rate), append(line.Y, p.Caught)
		}
		if len(points) > 0 {
			c.Series = append(c.Series, line)
		}
	}
	return c
}

// reauthChart draws the cost over the length of history, of the engine, of
// Freeman here, and of Freeman as it was published.
func (s *section) reauthChart() *plot.Chart {
	c := &plot.Chart{
		Title: "Sign-ins asked when 98 % of targeted attacks are caught: " + s.Variant,
		X:     plot.Axis{Label: "sign-ins of the user", Min: 1, Max: 31, Ticks: []float64{2, 4, 8, 12, 20, 30}},
		Y:     plot.Axis{Label: "median share asked", Max: 1, Ticks: []float64{0, .2, .4, .6, .8, 1}, Percent: true},
	}
	at := make([]float64, len(lengths))
	for i, h := range lengths {
		at[i] = float64(h)
	}
	for _, by := range reauthScorers {
		c.Series = append(c.Series, plot.Series{Name: scorerNames[by], X: at, Y: s.growth[by], Marks: true})
	}
	for _, p := range published {
		if p.attacker == "targeted" && p.caught == .98 {
			c.Series = append(c.Series, plot.Series{Name: "Freeman, published", X: []float64{12, 30}, Y: []float64{p.at12, p.at30}, Dashed: true, Marks: true})
		}
	}
	return c
}

func (s *section) calibrationChart() *plot.Chart {
	c := &plot.Chart{
		Title:  "Claimed and true, at equal odds: " + s.Variant,
		X:      plot.Axis{Label: "claimed probability of attack", Max: 1, Ticks: []float64{0, .2, .4, .6, .8, 1}, Percent: true},
		Y:      plot.Axis{Label: "true share of attacks", Max: 1, Ticks: []float64{0, .2, .4, .6, .8, 1}, Percent: true},
		Series: []plot.Series{{Name: "perfect", X: []float64{0, 1}, Y: []float64{0, 1}, Dashed: true, Pale: true}},
	}
	line := plot.Series{Name: "engine", Marks: true}
	for _, b := range s.bins {
		line.X, line.Y = append(line.X, b.Claimed), append(line.Y, b.True)
	}
	c.Series = append(c.Series, line)
	return c
}
