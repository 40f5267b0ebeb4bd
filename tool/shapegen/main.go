// Command shapegen writes package internal/base/shape from two published
// descriptions of the user pool API: the C2J model inside aws-sdk-go v1, which
// has the limits, and the Go source of aws-sdk-go-v2, which has the newest
// operations and members. Both arrive through the module proxy and are held to
// the checksums in this module's go.sum.
//
//	go run ./shapegen          write the package
//	go run ./shapegen -check   fail if writing would change it
package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

//go:embed overlay.json
var overlayJSON []byte

// operationCount is what the newer source had when this was written; a change
// means a new API version, which a person should look at.
const operationCount = 126

func main() {
	check := flag.Bool("check", false, "fail if the committed files differ from what would be written")
	flag.Parse()
	if err := run(*check, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "shapegen:", err)
		os.Exit(1)
	}
}

func run(check bool, log io.Writer) error {
	src, err := locate()
	if err != nil {
		return err
	}
	m, err := load(src, log)
	if err != nil {
		return err
	}
	files, err := generate(m, src)
	if err != nil {
		return err
	}
	if check {
		return compare(src.out, files)
	}
	return write(src.out, files)
}

// load reads both sources and the overlay into one model, and counts.
func load(src *sources, log io.Writer) (*model, error) {
	data, err := os.ReadFile(filepath.Join(src.c2j.Dir, "models/apis/cognito-idp/2016-04-18/api-2.json"))
	if err != nil {
		return nil, err
	}
	m, err := readC2J(data)
	if err != nil {
		return nil, err
	}
	older := count(m)
	newer, err := readSDK(src.sdk.Dir)
	if err != nil {
		return nil, err
	}
	var over overlay
	if err := json.Unmarshal(overlayJSON, &over); err != nil {
		return nil, fmt.Errorf("read overlay.json: %w", err)
	}
	if err := merge(m, newer, &over); err != nil {
		return nil, err
	}
	fmt.Fprintf(log, "older %s\nnewer %d operations, %d structs, %d enums\nmerged %s\n",
		older, len(newer.ops), len(newer.structs), len(newer.enums), count(m))
	if len(m.Operations) != operationCount || len(newer.ops) != operationCount {
		return nil, fmt.Errorf("%d operations, %d of them in the newer source: expected %d", len(m.Operations), len(newer.ops), operationCount)
	}
	return m, nil
}

func count(m *model) string {
	total := 0
	for _, s := range m.Shapes {
		total += len(s.Members)
	}
	return fmt.Sprintf("%d operations, %d shapes, %d members", len(m.Operations), len(m.Shapes), total)
}

// suffix marks the files that are ours to write and to remove.
const suffix = "_gen.go"

// compare lists the files that differ.
func compare(dir string, files map[string][]byte) error {
	stale, err := leftovers(dir, files)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if old, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.Equal(old, files[name]) {
			stale = append(stale, name)
		}
	}
	if len(stale) > 0 {
		return fmt.Errorf("%s: not what the sources give: %s (run go generate there)", dir, strings.Join(stale, ", "))
	}
	return nil
}

func write(dir string, files map[string][]byte) error {
	stale, err := leftovers(dir, files)
	if err != nil {
		return err
	}
	for _, name := range stale {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// leftovers are generated files that would no longer be written.
func leftovers(dir string, files map[string][]byte) ([]string, error) {
	found, err := filepath.Glob(filepath.Join(dir, "*"+suffix))
	if err != nil {
		return nil, err
	}
	var stale []string
	for _, path := range found {
		if name := filepath.Base(path); files[name] == nil {
			stale = append(stale, name)
		}
	}
	return stale, nil
}
