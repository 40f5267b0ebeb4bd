package main

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// checks writes Check and check for every structure reachable from an input.
// Members are checked in alphabetical order, as AWS lists its errors.
func (e *emitter) checks(b *bytes.Buffer) error {
	for _, s := range e.structures(e.isChecked) {
		fmt.Fprintf(b, "// Check tells whether in is within the limits of the model.\n")
		fmt.Fprintf(b, "func (in *%s) Check() error {\nvar c checker\nin.check(&c, nil)\nreturn c.fault()\n}\n\n", s.Name)
		var body bytes.Buffer
		byName := slices.SortedFunc(slices.Values(s.Members), func(a, b *member) int { return strings.Compare(a.Name, b.Name) })
		for _, m := range byName {
			if err := e.checkMember(&body, s, m); err != nil {
				return fmt.Errorf("%s.%s: %w", s.Name, m.Name, err)
			}
		}
		params := "c *checker, at *path"
		if body.Len() == 0 {
			params = "*checker, *path"
		}
		fmt.Fprintf(b, "func (in *%s) check(%s) {\n%s}\n\n", s.Name, params, body.Bytes())
	}
	return nil
}

// checkMember writes the call that holds one member to its limits, if it has any.
func (e *emitter) checkMember(b *bytes.Buffer, owner *shape, m *member) error {
	s := e.Shapes[m.Shape]
	field, name := "in."+fieldName(m.Name), pathName(m.Name)
	flags := e.flags(owner, m)
	call := func(method string, rules ...string) {
		args := append([]string{"at", strconv.Quote(name), field}, rules...)
		fmt.Fprintf(b, "c.%s(%s, %s)\n", method, strings.Join(args, ", "), flags)
	}
	limited := e.limited(s)
	switch s.Type {
	case stringKind:
		if limited || m.Required {
			call("text", e.rule(s))
		}
	case integerKind, longKind:
		if limited || m.Required {
			fmt.Fprintf(b, "checkNumber(c, at, %q, %s, %s, %s)\n", name, field, e.rule(s), flags)
		}
	case blobKind:
		if limited || m.Required {
			call("bytes", e.rule(s))
		}
	case booleanKind, timestampKind, documentKind, doubleKind:
		if m.Required {
			fmt.Fprintf(b, "c.present(at, %q, %s != nil, %s)\n", name, field, flags)
		}
	case mapKind:
		key, value := e.Shapes[s.Key.Shape], e.Shapes[s.Value.Shape]
		if value.Type != stringKind {
			return fmt.Errorf("a map of %s has no check", value.Type)
		}
		if limited || m.Required || e.limited(key) || e.limited(value) {
			call("pairs", e.rule(s), e.rule(key), e.rule(value))
		}
	case listKind:
		return e.checkList(b, s, m, call, flags)
	case structureKind:
		if m.Required {
			fmt.Fprintf(b, "c.present(at, %q, %s != nil, %s)\n", name, field, flags)
		}
		fmt.Fprintf(b, "if %s != nil {\n%s.check(c, &path{up: at, name: %q})\n}\n", field, field, name)
	default:
		return fmt.Errorf("a %s has no check", s.Type)
	}
	return nil
}

func (e *emitter) checkList(b *bytes.Buffer, s *shape, m *member, call func(string, ...string), flags string) error {
	element := e.Shapes[s.Element.Shape]
	field, name := "in."+fieldName(m.Name), pathName(m.Name)
	switch element.Type {
	case stringKind:
		if e.limited(s) || m.Required || e.limited(element) {
			call("texts", e.rule(s), e.rule(element))
		}
		return nil
	case structureKind:
		if e.limited(s) || m.Required {
			fmt.Fprintf(b, "c.list(at, %q, %s == nil, len(%s), %s, %s)\n", name, field, field, e.rule(s), flags)
		}
		fmt.Fprintf(b, "for i := range %s {\n%s[i].check(c, &path{up: at, name: %q, element: i + 1})\n}\n", field, field, name)
		return nil
	}
	return fmt.Errorf("a list of %s has no check", element.Type)
}

func (e *emitter) flags(owner *shape, m *member) string {
	switch hidden := e.hidden(owner, m); {
	case m.Required && hidden:
		return "required | hidden"
	case m.Required:
		return "required"
	case hidden:
		return "hidden"
	}
	return "0"
}

// limited tells whether the shape itself has a limit; a minimum of zero is none, except for numbers.
func (e *emitter) limited(s *shape) bool {
	if s.Type == integerKind || s.Type == longKind {
		return s.Min != nil || s.Max != nil
	}
	return s.Min != nil && *s.Min > 0 || s.Max != nil || s.Pattern != "" || s.Enum != nil
}

// rule is the variable with the limits of a shape, or a literal without any.
func (e *emitter) rule(s *shape) string {
	switch {
	case e.limited(s):
		return "&limits" + s.Name
	case s.Type == stringKind:
		return "&text{}"
	case s.Type == integerKind || s.Type == longKind:
		return "&number{min: -1 << 63, max: 1<<63 - 1}"
	}
	return "&size{}"
}

// limits writes one variable for each limited shape that a check uses, and one
// for each different pattern.
func (e *emitter) limits(b *bytes.Buffer) error {
	used := map[string]*shape{}
	for name := range e.checked {
		for _, m := range e.Shapes[name].Members {
			s := e.Shapes[m.Shape]
			used[s.Name] = s
			for _, r := range []*ref{s.Element, s.Key, s.Value} {
				if r != nil {
					used[r.Shape] = e.Shapes[r.Shape]
				}
			}
		}
	}
	names := map[string]string{}
	var patterns bytes.Buffer
	fmt.Fprint(b, "import \"math\"\n\nvar (\n")
	for _, name := range slices.Sorted(maps.Keys(used)) {
		s := used[name]
		if !e.limited(s) {
			continue
		}
		if _, err := regexp.Compile(s.Pattern); err != nil {
			return fmt.Errorf("shape %s: Go cannot compile its pattern (write one that it can into the overlay): %w", name, err)
		}
		if s.Pattern != "" && names[s.Pattern] == "" {
			names[s.Pattern] = "pattern" + name
			fmt.Fprintf(&patterns, "pattern%s = pattern{source: %s}\n", name, quote(s.Pattern))
		}
		fmt.Fprintf(b, "limits%s = %s\n", name, e.limit(s, names[s.Pattern]))
	}
	fmt.Fprintf(b, ")\n\nvar (\n%s)\n", patterns.Bytes())
	return nil
}

func (e *emitter) limit(s *shape, pattern string) string {
	var fields []string
	add := func(name string, value any) { fields = append(fields, fmt.Sprintf("%s: %v", name, value)) }
	if s.Type == integerKind || s.Type == longKind {
		low, high := "math.MinInt64", "math.MaxInt64"
		if s.Min != nil {
			low = strconv.FormatInt(*s.Min, 10)
		}
		if s.Max != nil {
			high = strconv.FormatInt(*s.Max, 10)
		}
		return fmt.Sprintf("number{min: %s, max: %s}", low, high)
	}
	if s.Min != nil && *s.Min > 0 {
		add("min", *s.Min)
	}
	if s.Max != nil {
		add("max", *s.Max)
	}
	if s.Type != stringKind {
		return "size{" + strings.Join(fields, ", ") + "}"
	}
	if s.Pattern != "" {
		add("pattern", "&"+pattern)
	}
	if s.Enum != nil {
		add("enum", "values"+s.Name)
	}
	return "text{" + strings.Join(fields, ", ") + "}"
}

func quote(s string) string {
	if strconv.CanBackquote(s) {
		return "`" + s + "`"
	}
	return strconv.Quote(s)
}
