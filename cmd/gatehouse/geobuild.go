package main

import (
	"fmt"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/part/geo"
	"github.com/gatehouse-id/gatehouse/internal/part/geo/atlas"
	"github.com/gatehouse-id/gatehouse/internal/part/geo/atlas/survey"
)

type geoBuildCmd struct {
	City    []string `required:"" sep:"none" placeholder:"FILE" help:"Places in MaxMind's format. May be given several times, as for IPv4 and IPv6."`
	ASN     []string `name:"asn" required:"" sep:"none" placeholder:"FILE" help:"Networks in MaxMind's format, or .csv with lines START,END,NUMBER,NAME. May be given several times."`
	Out     string   `short:"o" required:"" placeholder:"FILE" help:"The atlas to make. One that is there is replaced in one step."`
	Licence string   `placeholder:"TEXT" default:"unknown" help:"What is noted as the licence of the sources."`
}

// Run makes the file beside where it belongs, and puts it there when it is whole.
func (c *geoBuildCmd) Run(std streams) (err error) {
	file, err := survey.Compile(survey.Config{
		Cities: c.City, Networks: c.ASN,
		Built: time.Now(), Source: baseNames(append(append([]string{}, c.City...), c.ASN...)), Licence: c.Licence,
	})
	if err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(c.Out), filepath.Base(c.Out)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(temp.Name())
		}
	}()
	if _, err = temp.Write(file); err == nil {
		err = temp.Chmod(0o644)
	}
	if err == nil {
		err = temp.Sync()
	}
	if closed := temp.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", temp.Name(), err)
	}
	if err = os.Rename(temp.Name(), c.Out); err != nil {
		return err
	}
	return describe(std, file)
}

func baseNames(paths []string) string {
	names := ""
	for i, path := range paths {
		if i > 0 {
			names += ", "
		}
		names += filepath.Base(path)
	}
	return geo.Printable(names)
}

type geoInfoCmd struct {
	File string `arg:"" optional:"" help:"An atlas. None: the built-in one."`
}

// Run describes an atlas that is sound.
func (c *geoInfoCmd) Run(std streams) error {
	if c.File == "" {
		builtin, err := geo.Builtin()
		if err != nil {
			return err
		}
		if err := builtin.Verify(); err != nil {
			return err
		}
		return describeAtlas(std, builtin.Info())
	}
	file, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	return describe(std, file)
}

// describe checks the bytes of an atlas and tells what they say.
func describe(std streams, file []byte) error {
	a, err := atlas.Open(string(file))
	if err != nil {
		return err
	}
	if err := a.Verify(); err != nil {
		return err
	}
	return describeAtlas(std, a.Info())
}

func describeAtlas(std streams, info atlas.Info) error {
	out := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	for _, row := range [][2]any{
		{"built", info.Built.Format(time.DateOnly)},
		{"source", info.Source},
		{"licence", info.Licence},
		{"bytes", info.Bytes},
		{"countries", info.Countries}, {"regions", info.Regions}, {"places", info.Places}, {"networks", info.Networks},
		{"IPv4", fmt.Sprintf("%d ranges in %d lines", info.Ranges4, info.Lines4)},
		{"IPv6", fmt.Sprintf("%d ranges in %d lines", info.Ranges6, info.Lines6)},
	} {
		fmt.Fprintf(out, "%v\t%v\n", row[0], row[1])
	}
	return out.Flush()
}
