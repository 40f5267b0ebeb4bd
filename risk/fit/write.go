package fit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/gatehouse-id/gatehouse/risk"
)

// Write writes weights as risk.ReadWeights reads them: a line for each member and
// each tree, so that changes can be looked at.
func Write(to io.Writer, w *risk.Weights) error {
	var b bytes.Buffer
	text, err := json.Marshal(w)
	if err != nil {
		return fmt.Errorf("write weights: %w", err)
	}
	depth, inString, escaped := 0, false, false
	for i, c := range text {
		switch {
		case inString:
			inString = escaped || c != '"'
			escaped = !escaped && c == '\\'
			b.WriteByte(c)
			continue
		case c == '"':
			inString = true
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
		}
		b.WriteByte(c)
		// After the commas of the document, of a channel, and between trees.
		if c == ',' && (depth == 1 || depth == 2 && text[i+1] == '"' || depth == 3 && text[i-1] == '}') {
			b.WriteByte('\n')
		}
	}
	b.WriteByte('\n')
	if _, err := to.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write weights: %w", err)
	}
	return nil
}
