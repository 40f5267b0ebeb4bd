package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"net/netip"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/part/geo"
)

type geoLookupCmd struct {
	Address []string    `arg:"" optional:"" help:"Addresses. None: they are read from standard input, one on each line."`
	JSON    bool        `name:"json" help:"One JSON object on each line. Its place is what gatehouse risk score reads."`
	Files   geoSettings `embed:"" group:"Places and networks"`
}

// Run prints a line for each address.
func (c *geoLookupCmd) Run(std streams) error {
	finder, err := geo.New(c.Files.config())
	if err != nil {
		return err
	}
	out := bufio.NewWriter(std.out)
	t := &geoTable{out: tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)}
	write := t.row
	if c.JSON {
		write = func(addr netip.Addr, p geo.Place) error { return writePlace(out, addr, p) }
	}
	// What was answered before a mistake is printed, too.
	err = c.each(func(addr netip.Addr) error { return write(addr, finder.Find(addr)) })
	return errors.Join(err, t.end(), out.Flush())
}

// each goes through the addresses that are asked for.
func (c *geoLookupCmd) each(do func(netip.Addr) error) error {
	next := 0
	read := func() (string, error) {
		if next == len(c.Address) {
			return "", io.EOF
		}
		next++
		return c.Address[next-1], nil
	}
	if len(c.Address) == 0 {
		read = lines(os.Stdin)
	}
	for {
		text, err := read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		addr, err := netip.ParseAddr(text)
		if err != nil {
			return fmt.Errorf("%q is no address", text)
		}
		if err := do(addr); err != nil {
			return err
		}
	}
}

// geoTable is the answer for people.
type geoTable struct {
	out     *tabwriter.Writer
	rows    int
	credits bool
}

func (t *geoTable) row(addr netip.Addr, p geo.Place) error {
	if t.rows++; t.rows == 1 {
		fmt.Fprintln(t.out, "ADDRESS\tPLACE\tAT\tRADIUS\tNETWORK\tCLASS\tSOURCE")
	}
	t.credits = t.credits || p.Source&geo.FromAtlas != 0
	_, err := fmt.Fprintf(t.out, "%v\t%s\t%s\t%s\t%s\t%v\t%v\n", addr, placeName(p), position(p), radius(p), networkName(p), p.Class, p.Source)
	return err
}

// end credits those whose data were shown, as their licence asks.
func (t *geoTable) end() error {
	if t.credits {
		fmt.Fprintf(t.out, "\n%s\n", geo.Attribution)
	}
	return t.out.Flush()
}

// placeName is a place from the small to the large.
func placeName(p geo.Place) string {
	if p.Reserved != "" {
		return "(" + p.Reserved + ")"
	}
	var parts []string
	for _, part := range []string{p.City, p.Region, p.Country} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return orDash(strings.Join(parts, ", "))
}

func position(p geo.Place) string {
	if !p.Located {
		return "-"
	}
	return fmt.Sprintf("%.2f %.2f", p.Lat, p.Lon)
}

// radius is how far off the place may be; a place that is no evidence has none.
func radius(p geo.Place) string {
	switch {
	case !p.Located:
		return "-"
	case math.IsInf(p.RadiusKm, 1):
		return "any"
	}
	return fmt.Sprintf("%.0f km", p.RadiusKm)
}

func networkName(p geo.Place) string {
	if p.ASN == 0 {
		return "-"
	}
	return strings.TrimSpace(fmt.Sprintf("AS%d %s", p.ASN, p.Organisation))
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// placeLine is the answer for programs.
type placeLine struct {
	Address      string      `json:"address"`
	Reserved     string      `json:"reserved,omitempty"`
	Place        placeMember `json:"place"`
	Organisation string      `json:"organisation,omitempty"`
	Source       string      `json:"source"`
}

// placeMember is a place as recorded events have it.
type placeMember struct {
	Country string   `json:"country,omitempty"`
	Region  string   `json:"region,omitempty"`
	City    string   `json:"city,omitempty"`
	Lat     *float64 `json:"lat,omitempty"`
	Lon     *float64 `json:"lon,omitempty"`
	// RadiusKm is half the way round the world where a place is no evidence.
	RadiusKm *float64 `json:"radiusKm,omitempty"`
	ASN      uint32   `json:"asn,omitzero"`
	Network  string   `json:"network"`
}

const halfWayRound = 20_040 // km

func writePlace(out io.Writer, addr netip.Addr, p geo.Place) error {
	m := placeMember{Country: p.Country, Region: p.Region, City: p.City, ASN: p.ASN, Network: p.Class.String()}
	if p.Located {
		km := min(p.RadiusKm, halfWayRound)
		m.Lat, m.Lon, m.RadiusKm = &p.Lat, &p.Lon, &km
	}
	line, err := wire.Encode(placeLine{addr.String(), p.Reserved, m, p.Organisation, p.Source.String()})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s\n", line)
	return err
}
