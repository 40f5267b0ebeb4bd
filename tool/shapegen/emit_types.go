package main

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
)

func (e *emitter) requests(b *bytes.Buffer) error {
	return e.structs(b, func(name string) bool { return e.inputs[name] != "" })
}

func (e *emitter) responses(b *bytes.Buffer) error {
	return e.structs(b, func(name string) bool { return e.outputs[name] != "" })
}

func (e *emitter) types(b *bytes.Buffer) error {
	return e.structs(b, func(name string) bool { return e.inputs[name] == "" && e.outputs[name] == "" })
}

// structs writes one Go struct per structure.
func (e *emitter) structs(b *bytes.Buffer, keep func(string) bool) error {
	var body bytes.Buffer
	for _, s := range e.structures(keep) {
		fmt.Fprintf(&body, "// %s %s\ntype %s struct {\n", s.Name, e.about(s), s.Name)
		for _, m := range s.Members {
			goType, err := e.goType(m.Shape)
			if err != nil {
				return fmt.Errorf("%s.%s: %w", s.Name, m.Name, err)
			}
			tag := fmt.Sprintf("json:%q", m.Name+",omitzero")
			if e.hidden(s, m) {
				tag += ` sensitive:"true"`
			}
			fmt.Fprintf(&body, "%s %s `%s`%s\n", fieldName(m.Name), goType, tag, e.remark(m))
		}
		fmt.Fprintf(&body, "}\n\n")
	}
	if bytes.Contains(body.Bytes(), []byte("wire.")) {
		fmt.Fprintf(b, "import %q\n\n", "github.com/gatehouse-id/gatehouse/internal/base/wire")
	}
	b.Write(body.Bytes())
	return nil
}

func (e *emitter) about(s *shape) string {
	switch {
	case e.inputs[s.Name] != "":
		return "is the input of " + e.inputs[s.Name] + "."
	case e.outputs[s.Name] != "":
		return "is the output of " + e.outputs[s.Name] + "."
	case e.checked[s.Name]:
		return "is part of an input."
	}
	return "is part of an output."
}

// goType is the Go form of a shape as a member: a pointer, so that absent and
// zero differ, except where nil already says absent.
func (e *emitter) goType(name string) (string, error) {
	s := e.Shapes[name]
	scalar := map[string]string{
		stringKind: "*string", booleanKind: "*bool", integerKind: "*int32", longKind: "*int64", doubleKind: "*float64",
		timestampKind: "*wire.Time", blobKind: "[]byte", documentKind: "wire.Document", structureKind: "*" + name,
	}
	if t, ok := scalar[s.Type]; ok {
		return t, nil
	}
	if s.Type != listKind && s.Type != mapKind {
		return "", fmt.Errorf("shape %s has the unknown type %q", name, s.Type)
	}
	inner, prefix := s.Element, "[]"
	if s.Type == mapKind {
		inner, prefix = s.Value, "map[string]"
	}
	t, err := e.goType(inner.Shape)
	return prefix + strings.TrimPrefix(t, "*"), err
}

// hidden tells whether a member's value must never be printed: its shape, what
// it is made of, or the structure around it is sensitive.
func (e *emitter) hidden(owner *shape, m *member) bool {
	if owner.Sensitive {
		return true
	}
	s := e.Shapes[m.Shape]
	for s.Type == listKind && !s.Sensitive {
		s = e.Shapes[s.Element.Shape]
	}
	if s.Type == mapKind && e.Shapes[s.Value.Shape].Sensitive {
		return true
	}
	return s.Sensitive
}

// remark says the limits of a member at its end of line.
func (e *emitter) remark(m *member) string {
	var says []string
	if m.Required {
		says = append(says, "required")
	}
	s := e.Shapes[m.Shape]
	if s.Enum != nil {
		says = append(says, s.Name)
	}
	unit := map[string]string{stringKind: "characters", listKind: "elements", mapKind: "entries", blobKind: "bytes"}[s.Type]
	switch low, high := s.Min != nil && (*s.Min > 0 || unit == ""), s.Max != nil; {
	case low && high && *s.Min == *s.Max:
		says = append(says, fmt.Sprintf("%d %s", *s.Min, unit))
	case low && high:
		says = append(says, fmt.Sprintf("%d to %d %s", *s.Min, *s.Max, unit))
	case low:
		says = append(says, fmt.Sprintf("at least %d %s", *s.Min, unit))
	case high:
		says = append(says, fmt.Sprintf("at most %d %s", *s.Max, unit))
	}
	if len(says) == 0 {
		return ""
	}
	return " // " + strings.TrimSpace(strings.Join(says, ", "))
}

// enums writes the constants of each enum that is in use, and its values in the model's order.
func (e *emitter) enums(b *bytes.Buffer) error {
	owner := map[string]string{}
	for _, name := range e.usedEnums() {
		s := e.Shapes[name]
		fmt.Fprintf(b, "// Values of %s.\nconst (\n", name)
		for _, v := range s.Enum {
			id := name + camel(v)
			if other, taken := owner[id]; taken {
				return fmt.Errorf("enum values %s.%s and %s would share the name %s", name, v, other, id)
			}
			owner[id] = name + "." + v
			fmt.Fprintf(b, "%s = %q\n", id, v)
		}
		fmt.Fprintf(b, ")\n\nvar values%s = []string{\n", name)
		for _, v := range s.Enum {
			fmt.Fprintf(b, "%s,\n", name+camel(v))
		}
		fmt.Fprintf(b, "}\n\n")
	}
	return nil
}

func (e *emitter) usedEnums() []string {
	used := map[string]bool{}
	for name := range e.reached {
		for _, m := range e.Shapes[name].Members {
			s := e.Shapes[m.Shape]
			for s.Type == listKind {
				s = e.Shapes[s.Element.Shape]
			}
			if s.Enum != nil {
				used[s.Name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(used))
}

// camel turns a value into the end of a constant's name: words split at
// anything but letters and digits; a word all in capitals gets one capital
// (SMS_MFA becomes SmsMfa), a mixed one keeps its own (SignIn).
func camel(value string) string {
	var b strings.Builder
	for word := range strings.FieldsFuncSeq(value, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if word == strings.ToUpper(word) {
			word = strings.ToLower(word)
		}
		b.WriteString(fieldName(word))
	}
	return b.String()
}
