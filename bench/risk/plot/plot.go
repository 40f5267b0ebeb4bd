// Package plot gives line charts as SVG: small files of plain shapes that every
// browser and viewer draws alike.
//
//	Chart{Title, axes, Series...} ──Write──> <svg> frame, grid, ticks, lines, legend </svg>
package plot

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// Chart is a picture of curves over common axes.
type Chart struct {
	Title  string
	X, Y   Axis
	Series []Series
}

// Axis is a direction of a chart. Points outside it are left out.
type Axis struct {
	Label    string
	Min, Max float64
	Log      bool // then Min must be above 0
	Ticks    []float64
	Percent  bool // write the ticks as percentages
}

// Series is one curve.
type Series struct {
	Name   string
	X, Y   []float64
	Dashed bool
	Marks  bool // dots at the points
	Pale   bool // a line to compare with
}

// Size of a chart in pixels, and of its margins.
const (
	width, height                                    = 720, 440
	marginLeft, marginRight, marginTop, marginBottom = 64, 190, 40, 52
)

// colours that differ in lightness as well as in hue, so that they can be told
// apart in print and by those who see fewer of them (after Okabe and Ito).
var colours = []string{"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000", "#7f7f7f"}

// Write writes the chart. An axis without extent, or a series whose coordinates
// are not as many in both directions, is an error.
func (c *Chart) Write(w io.Writer) error {
	if err := c.check(); err != nil {
		return err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="sans-serif" font-size="12">`+"\n", width, height, width, height)
	fmt.Fprintf(&b, `<title>%s</title>`+"\n", escape(c.Title))
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/>`+"\n", width, height)
	fmt.Fprintf(&b, `<text x="%d" y="24" font-size="15" font-weight="bold">%s</text>`+"\n", marginLeft, escape(c.Title))
	c.grid(&b)
	for i := range c.Series {
		c.line(&b, i)
	}
	c.legend(&b)
	b.WriteString("</svg>\n")
	_, err := w.Write(b.Bytes())
	return err
}

func (c *Chart) check() error {
	for _, a := range []Axis{c.X, c.Y} {
		if !(a.Min < a.Max) || a.Log && a.Min <= 0 || math.IsInf(a.Max-a.Min, 0) {
			return fmt.Errorf("chart %q: the axis %q runs from %v to %v", c.Title, a.Label, a.Min, a.Max)
		}
	}
	for _, s := range c.Series {
		if len(s.X) != len(s.Y) {
			return fmt.Errorf("chart %q: series %q has %d x and %d y", c.Title, s.Name, len(s.X), len(s.Y))
		}
	}
	return nil
}

// at is the share of the way along the axis.
func (a Axis) at(v float64) float64 {
	if a.Log {
		return math.Log(v/a.Min) / math.Log(a.Max/a.Min)
	}
	return (v - a.Min) / (a.Max - a.Min)
}

func (a Axis) holds(v float64) bool { return v >= a.Min && v <= a.Max }

func (a Axis) text(v float64) string {
	if a.Percent {
		return strconv.FormatFloat(math.Round(v*1e5)/1e3, 'f', -1, 64) + " %"
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}

func (c *Chart) x(v float64) float64 { return marginLeft + c.X.at(v)*(width-marginLeft-marginRight) }

func (c *Chart) y(v float64) float64 {
	return height - marginBottom - c.Y.at(v)*(height-marginTop-marginBottom)
}

func (c *Chart) grid(b *bytes.Buffer) {
	left, right := c.x(c.X.Min), c.x(c.X.Max)
	bottom, top := c.y(c.Y.Min), c.y(c.Y.Max)
	for _, v := range c.X.Ticks {
		if c.X.holds(v) {
			fmt.Fprintf(b, `<path d="M%.1f %.1fV%.1f" stroke="#ddd"/><text x="%.1f" y="%.1f" text-anchor="middle">%s</text>`+"\n", c.x(v), bottom, top, c.x(v), bottom+18, c.X.text(v))
		}
	}
	for _, v := range c.Y.Ticks {
		if c.Y.holds(v) {
			fmt.Fprintf(b, `<path d="M%.1f %.1fH%.1f" stroke="#ddd"/><text x="%.1f" y="%.1f" text-anchor="end">%s</text>`+"\n", left, c.y(v), right, left-6, c.y(v)+4, c.Y.text(v))
		}
	}
	fmt.Fprintf(b, `<path d="M%.1f %.1fV%.1fH%.1f" fill="none" stroke="#333"/>`+"\n", left, top, bottom, right)
	fmt.Fprintf(b, `<text x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n", (left+right)/2, height-12, escape(c.X.Label))
	fmt.Fprintf(b, `<text x="16" y="%.1f" text-anchor="middle" transform="rotate(-90 16 %.1f)">%s</text>`+"\n", (top+bottom)/2, (top+bottom)/2, escape(c.Y.Label))
}

func (c *Chart) style(i int) string {
	s := c.Series[i]
	style := fmt.Sprintf(`stroke="%s" stroke-width="2"`, colours[i%len(colours)])
	if s.Pale {
		style = `stroke="#999" stroke-width="1"`
	}
	if s.Dashed {
		style += ` stroke-dasharray="6 4"`
	}
	return style
}

func (c *Chart) line(b *bytes.Buffer, i int) {
	s := c.Series[i]
	pen := "M"
	var path, marks strings.Builder
	for j := range s.X {
		if !c.X.holds(s.X[j]) || !c.Y.holds(s.Y[j]) { // also what is not a number
			pen = "M"
			continue
		}
		fmt.Fprintf(&path, "%s%.1f %.1f", pen, c.x(s.X[j]), c.y(s.Y[j]))
		pen = "L"
		if s.Marks {
			fmt.Fprintf(&marks, `<circle cx="%.1f" cy="%.1f" r="3.5" fill="%s"/>`, c.x(s.X[j]), c.y(s.Y[j]), colours[i%len(colours)])
		}
	}
	if path.Len() > 0 {
		fmt.Fprintf(b, `<path d="%s" fill="none" %s/>%s`+"\n", path.String(), c.style(i), marks.String())
	}
}

func (c *Chart) legend(b *bytes.Buffer) {
	x := width - marginRight + 14
	for i, s := range c.Series {
		y := marginTop + 12 + 20*i
		fmt.Fprintf(b, `<path d="M%d %dh24" %s/><text x="%d" y="%d">%s</text>`+"\n", x, y-4, c.style(i), x+30, y, escape(s.Name))
	}
}

func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(s)
}
