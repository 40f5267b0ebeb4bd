package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// An overlay holds by hand what the newer source has and cannot say in Go:
// shapes with limits (or overrides of the older model's), the shape that a
// member name has wherever it is new, and the shape of one member, keyed
// "Structure.Member".
type overlay struct {
	Comment []string                   `json:"comment"`
	Shapes  map[string]json.RawMessage `json:"shapes"`
	Names   map[string]string          `json:"names"`
	Members map[string]string          `json:"members"`
}

// merge brings the older model up to the newer source: its operations, its
// members, its required marks, its enum values. Limits come from the older
// model, else from the overlay.
func merge(m *model, s *sdk, o *overlay) error {
	if err := applyShapes(m, o); err != nil {
		return err
	}
	mergeEnums(m, s)
	g := &merger{model: m, sdk: s, overlay: o, byMember: shapesByMember(m), used: map[string]bool{}}
	for _, name := range slices.Sorted(maps.Keys(s.structs)) {
		if err := g.structure(name, s.structs[name]); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.ops)) {
		if err := g.operation(name, s.ops[name]); err != nil {
			return err
		}
	}
	for key := range o.Members {
		if !g.used[key] {
			return fmt.Errorf("overlay: member %s is in neither source, or needs no entry", key)
		}
	}
	return m.complete()
}

// applyShapes lays each entry over the shape of that name, new or old.
func applyShapes(m *model, o *overlay) error {
	for name, raw := range o.Shapes {
		s := m.Shapes[name]
		if s == nil {
			s = &shape{Name: name}
			m.Shapes[name] = s
		}
		if err := json.Unmarshal(raw, s); err != nil {
			return fmt.Errorf("overlay shape %s: %w", name, err)
		}
	}
	m.Shapes["Document"] = &shape{Name: "Document", Type: documentKind}
	return nil
}

// mergeEnums takes the newer source's order; a value that only the older model has comes last.
func mergeEnums(m *model, s *sdk) {
	for name, values := range s.enums {
		old := m.Shapes[name]
		if old == nil {
			m.Shapes[name] = &shape{Name: name, Type: stringKind, Enum: values}
			continue
		}
		merged := slices.Clone(values)
		for _, v := range old.Enum {
			if !slices.Contains(merged, v) {
				merged = append(merged, v)
			}
		}
		old.Enum = merged
	}
}

// A merger remembers what the guesses need: which shape each member name had
// in the older model, and which entries of the overlay were of use.
type merger struct {
	model    *model
	sdk      *sdk
	overlay  *overlay
	byMember map[string]string
	used     map[string]bool
}

func (g *merger) operation(name string, o sdkOperation) error {
	op := g.model.Operations[name]
	if op == nil {
		op = &operation{Name: name, Input: name + "Request", Output: name + "Response", Unsigned: o.unsigned, NoOutput: o.noOutput}
		g.model.Operations[name] = op
	}
	if op.Unsigned != o.unsigned || op.NoOutput != o.noOutput {
		return fmt.Errorf("operation %s: the sources disagree: unsigned %v and %v, no output %v and %v",
			name, op.Unsigned, o.unsigned, op.NoOutput, o.noOutput)
	}
	for _, e := range o.errors {
		if !slices.Contains(op.Errors, e) {
			op.Errors = append(op.Errors, e)
		}
	}
	if err := g.structure(op.Input, o.input); err != nil {
		return err
	}
	if op.NoOutput {
		op.Output = ""
		return nil
	}
	return g.structure(op.Output, o.output)
}

// structure adds the members that the older model lacks and takes over the newer required marks.
func (g *merger) structure(name string, fields []field) error {
	s := g.model.Shapes[name]
	if s == nil {
		s = &shape{Name: name, Type: structureKind}
		g.model.Shapes[name] = s
	}
	for _, f := range fields {
		m := s.Members.named(f.name)
		key := name + "." + f.name
		if m == nil {
			m = &member{Name: f.name, Shape: g.guess(f)}
			s.Members = append(s.Members, m)
		}
		if shape, ok := g.overlay.Members[key]; ok && m.Shape != shape {
			m.Shape = shape
			g.used[key] = true
		}
		if err := g.agree(key, m.Shape, f.goType); err != nil {
			return err
		}
		m.Required = f.required
	}
	return nil
}

// shapesByMember finds the members that the older model always gives the same
// shape: a new UserPoolId is a UserPoolIdType like every other.
func shapesByMember(m *model) map[string]string {
	found := map[string]string{}
	for _, s := range m.Shapes {
		for _, x := range s.Members {
			if old, ok := found[x.Name]; ok && old != x.Shape {
				found[x.Name] = ""
			} else if !ok {
				found[x.Name] = x.Shape
			}
		}
	}
	return found
}

// guess is the shape of a member that only the newer source has: the shape
// that its name always has, if that fits, else a shape without limits.
func (g *merger) guess(f field) string {
	if named, ok := g.overlay.Names[f.name]; ok {
		return named
	}
	if known := g.byMember[f.name]; known != "" && g.agree("", known, f.goType) == nil {
		return known
	}
	return g.plain(f.goType)
}

// plain is the shape without limits of a Go type, made on demand for lists and maps.
func (g *merger) plain(goType string) string {
	simple := map[string]string{
		"string": "StringType", "bool": "BooleanType", "int32": "IntegerType", "int64": "LongType",
		"Time": "DateType", "document": "Document",
	}
	if name, ok := simple[goType]; ok {
		return name
	}
	add := func(s *shape) string {
		s.Name = goType
		g.model.Shapes[goType] = s
		return goType
	}
	switch {
	case goType == "[]byte":
		return add(&shape{Type: blobKind})
	case strings.HasPrefix(goType, "[]"):
		return add(&shape{Type: listKind, Element: &ref{g.plain(goType[2:])}})
	case goType == "map[string]string":
		return add(&shape{Type: mapKind, Key: &ref{"StringType"}, Value: &ref{"StringType"}})
	}
	return goType
}

// agree refuses a shape that is not of the Go type which the newer source gives the member.
func (g *merger) agree(key, shapeName, goType string) error {
	s := g.model.Shapes[shapeName]
	if s == nil {
		if _, ok := g.sdk.structs[shapeName]; ok && shapeName == goType {
			return nil
		}
		return fmt.Errorf("%s: unknown shape %q", key, shapeName)
	}
	want := map[string]string{
		integerKind: "int32", longKind: "int64", doubleKind: "float64", booleanKind: "bool",
		timestampKind: "Time", documentKind: "document", blobKind: "[]byte", mapKind: "map[string]string",
	}[s.Type]
	switch {
	case s.Type == structureKind || s.Enum != nil:
		want = shapeName
	case s.Type == stringKind:
		want = "string"
	case s.Type == listKind:
		if elem, ok := strings.CutPrefix(goType, "[]"); ok {
			return g.agree(key, s.Element.Shape, elem)
		}
		want = "a list"
	}
	if want != goType {
		return fmt.Errorf("%s: shape %s is %s, but the newer source has %s", key, shapeName, want, goType)
	}
	return nil
}

// complete checks that every shape named exists, so that the output compiles.
func (m *model) complete() error {
	for _, s := range m.Shapes {
		for _, x := range s.Members {
			if m.Shapes[x.Shape] == nil {
				return fmt.Errorf("%s.%s has the unknown shape %s", s.Name, x.Name, x.Shape)
			}
		}
		for _, r := range []*ref{s.Element, s.Key, s.Value} {
			if r != nil && m.Shapes[r.Shape] == nil {
				return fmt.Errorf("%s has an element of the unknown shape %s", s.Name, r.Shape)
			}
		}
	}
	return nil
}
