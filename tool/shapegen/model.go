package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// A model is what both sources say together: operations by name, shapes by name.
type model struct {
	Operations map[string]*operation
	Shapes     map[string]*shape
}

// An operation names its input and output shapes; NoOutput ones answer with an empty body.
type operation struct {
	Name     string
	Input    string
	Output   string
	NoOutput bool
	Unsigned bool
	Errors   []string
}

// kinds of shape, as the C2J format calls them, and document, which it lacks.
const (
	structureKind = "structure"
	listKind      = "list"
	mapKind       = "map"
	stringKind    = "string"
	integerKind   = "integer"
	longKind      = "long"
	doubleKind    = "double"
	booleanKind   = "boolean"
	timestampKind = "timestamp"
	blobKind      = "blob"
	documentKind  = "document"
)

// A shape is a named type with its limits. The JSON form is that of C2J, which
// the overlay shares, so that an entry there overrides only what it names.
type shape struct {
	Name      string   `json:"-"`
	Type      string   `json:"type"`
	Members   members  `json:"members"`
	Element   *ref     `json:"member"`
	Key       *ref     `json:"key"`
	Value     *ref     `json:"value"`
	Min       *int64   `json:"min"`
	Max       *int64   `json:"max"`
	Pattern   string   `json:"pattern"`
	Enum      []string `json:"enum"`
	Sensitive bool     `json:"sensitive"`
	Exception bool     `json:"exception"`
}

type ref struct {
	Shape string `json:"shape"`
}

// A member of a structure; Name is its spelling on the wire.
type member struct {
	Name     string
	Shape    string
	Required bool
}

// members keep the order of the model, which a Go map would lose.
type members []*member

func (m *members) UnmarshalJSON(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	if _, err := dec.Token(); err != nil {
		return err
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return err
		}
		var r ref
		if err := dec.Decode(&r); err != nil {
			return fmt.Errorf("member %v: %w", name, err)
		}
		*m = append(*m, &member{Name: name.(string), Shape: r.Shape})
	}
	return nil
}

func (m members) named(name string) *member {
	i := slices.IndexFunc(m, func(x *member) bool { return x.Name == name })
	if i < 0 {
		return nil
	}
	return m[i]
}

// readC2J reads the older source: the api-2.json of aws-sdk-go v1, which
// carries the limits, patterns, sensitivity and the order of everything.
func readC2J(data []byte) (*model, error) {
	var doc struct {
		Operations map[string]struct {
			Input    ref
			Output   *ref
			Errors   []ref
			AuthType string
		}
		Shapes map[string]*shape
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("read api-2.json: %w", err)
	}
	m := &model{Operations: map[string]*operation{}, Shapes: doc.Shapes}
	for name, s := range m.Shapes {
		s.Name = name
	}
	for name, o := range doc.Operations {
		op := &operation{Name: name, Input: o.Input.Shape, NoOutput: o.Output == nil, Unsigned: o.AuthType == "none"}
		if o.Output != nil {
			op.Output = o.Output.Shape
		}
		for _, e := range o.Errors {
			op.Errors = append(op.Errors, e.Shape)
		}
		m.Operations[name] = op
	}
	return m, nil
}
