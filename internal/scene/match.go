package scene

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// matcher compares what came with what the story wants.
type matcher struct {
	world   *world
	exactly bool              // no members but those wanted
	caught  map[string]string // what $name:= stood for
}

// keep gives the variables their values. A match that fails gives none.
func (m *matcher) keep() { maps.Copy(m.world.vars, m.caught) }

// match compares values as encoding/json reads them, numbers as json.Number.
// The path is for the error.
func (m *matcher) match(path string, want, got any) error {
	switch want := want.(type) {
	case map[string]any:
		got, ok := got.(map[string]any)
		if !ok {
			return fmt.Errorf("%s is no object", at(path))
		}
		return m.matchObject(path, want, got)
	case []any:
		got, ok := got.([]any)
		if !ok {
			return fmt.Errorf("%s is no array", at(path))
		}
		return m.matchArray(path, want, got)
	case string:
		return m.matchText(path, want, got)
	}
	if want != got {
		return fmt.Errorf("%s is %v, want %v", at(path), got, want)
	}
	return nil
}

func (m *matcher) matchObject(path string, want, got map[string]any) error {
	for _, name := range slices.Sorted(maps.Keys(want)) {
		below := path + "." + name
		value, there := got[name]
		if want[name] == nil {
			if there {
				return fmt.Errorf("%s is there: %v", at(below), value)
			}
			continue
		}
		if !there {
			return fmt.Errorf("%s is missing", at(below))
		}
		if err := m.match(below, want[name], value); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if _, wanted := want[name]; !wanted && m.exactly {
			return fmt.Errorf("%s is there, and not wanted", at(path+"."+name))
		}
	}
	return nil
}

func (m *matcher) matchArray(path string, want, got []any) error {
	if n := len(want); n > 0 && want[n-1] == "..." {
		return m.matchSome(path, want[:n-1], got)
	}
	if len(want) != len(got) {
		return fmt.Errorf("%s has %d elements, want %d", at(path), len(got), len(want))
	}
	for i := range want {
		if err := m.match(fmt.Sprintf("%s[%d]", path, i), want[i], got[i]); err != nil {
			return err
		}
	}
	return nil
}

// matchSome finds the wanted elements in order, others between them or not.
func (m *matcher) matchSome(path string, want, got []any) error {
	for _, w := range want {
		for {
			if len(got) == 0 {
				text, _ := json.Marshal(w)
				return fmt.Errorf("%s lacks %s", at(path), text)
			}
			err := m.match(path+"[]", w, got[0])
			got = got[1:]
			if err == nil {
				break
			}
		}
	}
	return nil
}

func (m *matcher) matchText(path, want string, got any) error {
	if moment, err := m.world.moment(want); err == nil {
		if n, ok := got.(json.Number); !ok || wholeSeconds(n) != moment {
			return fmt.Errorf("%s is %v, want %s, which is %d", at(path), got, want, moment)
		}
		return nil
	}
	text, ok := got.(string)
	if !ok {
		if want == "..." {
			return nil
		}
		return fmt.Errorf("%s is %v, want the text %q", at(path), got, want)
	}
	caught, err := m.world.matchPattern(want, text)
	if err != nil {
		return fmt.Errorf("%s is %q: %w", at(path), text, err)
	}
	maps.Copy(m.caught, caught)
	return nil
}

func at(path string) string {
	if path == "" {
		return "the value"
	}
	return strings.TrimPrefix(path, ".")
}

// special is what is no plain text in a pattern: ... $name:= $hash(...) $name $$
var special = regexp.MustCompile(`\.\.\.|\$\w+:=|` + reference)

// matchPattern holds a text against a pattern, and returns what $name:= stood for.
func (w *world) matchPattern(pattern, text string) (caught map[string]string, err error) {
	var expression strings.Builder
	expression.WriteString(`(?s)^`)
	var names []string
	at := 0
	for _, span := range special.FindAllStringIndex(pattern, -1) {
		expression.WriteString(regexp.QuoteMeta(pattern[at:span[0]]))
		token := pattern[span[0]:span[1]]
		at = span[1]
		name, catches := strings.CutSuffix(token, ":=")
		switch {
		case token == "...":
			expression.WriteString(`.*?`)
		case catches:
			names = append(names, strings.TrimPrefix(name, "$"))
			expression.WriteString(`(.+?)`)
		default:
			value, err := w.value(token)
			if err != nil {
				return nil, err
			}
			expression.WriteString(regexp.QuoteMeta(value))
		}
	}
	expression.WriteString(regexp.QuoteMeta(pattern[at:]) + `$`)
	found := regexp.MustCompile(expression.String()).FindStringSubmatch(text)
	if found == nil {
		filled, _ := w.fill(pattern, lenient)
		return nil, fmt.Errorf("want %q", filled)
	}
	caught = map[string]string{}
	for i, name := range names {
		caught[name] = found[i+1]
	}
	return caught, nil
}

// object reads one JSON object.
func object(text string) (map[string]any, error) {
	list, err := objects(text)
	if err != nil {
		return nil, err
	}
	if len(list) != 1 {
		return nil, fmt.Errorf("want one object, got %d", len(list))
	}
	return list[0], nil
}

// objects reads JSON objects, one after the other.
func objects(text string) (list []map[string]any, err error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	for {
		var o map[string]any
		switch err := decoder.Decode(&o); {
		case errors.Is(err, io.EOF):
			return list, nil
		case err != nil:
			return nil, fmt.Errorf("%w in %s", err, text)
		}
		list = append(list, o)
	}
}

// encode writes JSON as a story would: & and < stay what they are.
func encode(v any) (string, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(v)
	return strings.TrimSpace(text.String()), err
}
