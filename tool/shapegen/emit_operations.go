package main

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
)

// operations writes the table of all operations.
func (e *emitter) operations(b *bytes.Buffer) error {
	fmt.Fprintf(b, "import %q\n\n", "github.com/gatehouse-id/gatehouse/internal/base/fault")
	fmt.Fprintf(b, "// Operations is every operation of the API, sorted by name. It never changes.\nvar Operations = []Operation{\n")
	for _, name := range slices.Sorted(maps.Keys(e.Operations)) {
		op := e.Operations[name]
		fmt.Fprintf(b, "{Name: %q, ", name)
		if op.Unsigned {
			fmt.Fprint(b, "Unsigned: true, ")
		}
		if op.NoOutput {
			fmt.Fprint(b, "NoOutput: true, ")
		}
		fmt.Fprintf(b, "New: func() Input { return new(%s) }, Errors: []fault.Code{\n", op.Input)
		for _, code := range op.Errors {
			id, ok := e.codes[code]
			if !ok {
				return fmt.Errorf("operation %s: package fault has no constant for %s", name, code)
			}
			fmt.Fprintf(b, "fault.%s,\n", id)
		}
		fmt.Fprint(b, "}},\n")
	}
	fmt.Fprint(b, "}\n")
	return nil
}

// redact writes the methods that keep secrets out of fmt and slog.
func (e *emitter) redact(b *bytes.Buffer) error {
	fmt.Fprint(b, "import (\n\"fmt\"\n\"log/slog\"\n)\n\n")
	for _, s := range e.structures(func(string) bool { return true }) {
		fmt.Fprintf(b, "// Format prints in with its secrets redacted.\nfunc (in %s) Format(f fmt.State, _ rune) { write(f, in) }\n\n", s.Name)
		fmt.Fprintf(b, "// LogValue is in with its secrets redacted.\nfunc (in %s) LogValue() slog.Value { return slog.StringValue(describe(in)) }\n\n", s.Name)
	}
	return nil
}
