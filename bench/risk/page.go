package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
)

// The figures of a page stand between these two lines; what stands around them is
// written by people.
const (
	figuresBegin = "<!-- figures: go run ./bench/risk report -page docs/risk-evaluation.md -charts docs -->\n"
	figuresEnd   = "<!-- end of figures -->\n"
)

// writePage puts the targets and the tables of the populations that count into a
// page, in the place of those that stood there.
func (d *document) writePage(path string) error {
	page, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "\nWeights %q, scores at a prior of %g, intervals from %d draws of users.\n\n```\n", d.Weights, d.Prior, d.Draws)
	d.writeTargets(&b)
	for _, s := range d.Populations {
		if s.Target {
			s.write(&b, d.scorers())
		} else {
			s.writeMain(&b, d.scorers())
		}
	}
	b.WriteString("```\n\n")
	page, err = replaceFigures(page, b.Bytes())
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, page, 0o644)
}

// replaceFigures refuses a page without exactly one place for them.
func replaceFigures(page, figures []byte) ([]byte, error) {
	before, rest, ok := bytes.Cut(page, []byte(figuresBegin))
	_, after, closed := bytes.Cut(rest, []byte(figuresEnd))
	if !ok || !closed || bytes.Contains(after, []byte(figuresBegin)) {
		return nil, errors.New("want one pair of lines between which figures stand")
	}
	return bytes.Join([][]byte{before, []byte(figuresBegin), figures, []byte(figuresEnd), after}, nil), nil
}
