package plot

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
)

func chart() *Chart {
	return &Chart{
		Title: `A & "B" <C>`,
		X:     Axis{Label: "challenged", Min: .001, Max: 1, Log: true, Ticks: []float64{.001, .01, .1, 1, 7}, Percent: true},
		Y:     Axis{Label: "caught", Max: 1, Ticks: []float64{0, .5, 1}},
		Series: []Series{
			{Name: "one", X: []float64{.001, .01, 1}, Y: []float64{0, .5, 1}, Marks: true},
			{Name: "two", X: []float64{.001, math.NaN(), 2, .1}, Y: []float64{.2, .3, .4, .5}, Dashed: true, Pale: true},
		},
	}
}

func TestChart(t *testing.T) {
	var b bytes.Buffer
	if err := chart().Write(&b); err != nil {
		t.Fatal(err)
	}
	out := b.String()
	t.Run("it is well-formed XML with the root svg", func(t *testing.T) {
		d := xml.NewDecoder(strings.NewReader(out))
		root := ""
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if start, ok := token.(xml.StartElement); ok && root == "" {
				root = start.Name.Local
			}
		}
		if root != "svg" {
			t.Errorf("root %q", root)
		}
	})
	t.Run("points stand where the axes say", func(t *testing.T) {
		// The frame is 64 to 530 across and 388 down to 40; .01 is a third of the way from .001 to 1.
		if want := "M64.0 388.0L219.3 214.0L530.0 40.0"; !strings.Contains(out, want) {
			t.Errorf("no path %q in\n%s", want, out)
		}
	})
	t.Run("what is no number or outside interrupts the line", func(t *testing.T) {
		if want := "M64.0 318.4M374.7 214.0"; !strings.Contains(out, want) {
			t.Errorf("no path %q in\n%s", want, out)
		}
		if strings.Contains(out, "NaN") {
			t.Error("NaN in the picture")
		}
	})
	t.Run("percentages are written as such, ticks outside not at all", func(t *testing.T) {
		if !strings.Contains(out, ">0.1 %<") || strings.Contains(out, ">700 %<") {
			t.Errorf("ticks in\n%s", out)
		}
	})
}

func TestChartsThatCannotBeDrawnAreRefused(t *testing.T) {
	for name, change := range map[string]func(*Chart){
		"an axis without extent":       func(c *Chart) { c.Y.Max = 0 },
		"an axis that ends nowhere":    func(c *Chart) { c.Y.Max = math.Inf(1) },
		"a logarithmic axis from zero": func(c *Chart) { c.X.Min = 0 },
		"an axis of not-a-number":      func(c *Chart) { c.X.Max = math.NaN() },
		"more x than y":                func(c *Chart) { c.Series[0].Y = c.Series[0].Y[1:] },
	} {
		t.Run(name, func(t *testing.T) {
			c := chart()
			change(c)
			var b bytes.Buffer
			if err := c.Write(&b); err == nil || b.Len() > 0 {
				t.Errorf("wrote %d bytes with error %v, want none and an error", b.Len(), err)
			}
		})
	}
}
