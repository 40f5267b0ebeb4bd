package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// maxConfigFile bounds what is read of a configuration file.
const maxConfigFile = 64 << 10

// entry is one setting of the file.
type entry struct {
	value any    // string, or []any of strings
	where string // gatehouse.yaml:3
}

// readConfigFile reads a file of settings.
func readConfigFile(path string, known []string) (map[string]entry, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, &misconfigured{"configuration file", err}
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxConfigFile+1))
	switch {
	case err != nil:
		return nil, &misconfigured{"configuration file", err}
	case len(text) > maxConfigFile:
		return nil, &misconfigured{path, fmt.Errorf("larger than %d bytes", maxConfigFile)}
	}
	return parseConfig(path, text, known)
}

// parseConfig reads `name: value` and `name: [value, value]`. It works on the
// syntax tree, so that an error tells its line and a value is what was written:
// the account 000000000000 is no octal number.
func parseConfig(path string, text []byte, known []string) (map[string]entry, error) {
	tree, err := parser.ParseBytes(text, 0)
	if err != nil {
		var syntax yaml.Error
		if errors.As(err, &syntax) && syntax.GetToken() != nil {
			return nil, at(path, syntax.GetToken().Position.Line, syntax.GetMessage())
		}
		return nil, &misconfigured{path, errors.New("is no YAML")}
	}
	settings := map[string]entry{}
	for i, doc := range tree.Docs {
		switch body := doc.Body.(type) {
		case nil, *ast.CommentGroupNode, *ast.NullNode:
		case *ast.MappingNode:
			if i > 0 {
				return nil, at(path, line(body), "a second document")
			}
			for _, pair := range body.Values {
				if err := readSetting(path, pair, known, settings); err != nil {
					return nil, err
				}
			}
		default:
			return nil, at(path, line(body), "want settings, one `name: value` on each line")
		}
	}
	return settings, nil
}

// readSetting adds one line to the settings.
func readSetting(path string, pair *ast.MappingValueNode, known []string, settings map[string]entry) error {
	where := line(pair.Key)
	name, ok := scalar(pair.Key)
	if !ok {
		return at(path, where, "want a setting's name before the colon")
	}
	if !slices.Contains(known, name) {
		same := func(name string) string { return name }
		return at(path, where, fmt.Sprintf("unknown setting %q%s", name, suggest(name, known, same)))
	}
	if _, twice := settings[name]; twice {
		return at(path, where, fmt.Sprintf("setting %q stands there twice", name))
	}
	value, ok := textOrList(pair.Value)
	if !ok {
		return at(path, where, fmt.Sprintf("setting %q: want one value or a list of values", name))
	}
	settings[name] = entry{value, fmt.Sprintf("%s:%d", path, where)}
	return nil
}

func textOrList(node ast.Node) (any, bool) {
	list, ok := node.(*ast.SequenceNode)
	if !ok {
		return scalar(node)
	}
	values := make([]any, 0, len(list.Values))
	for _, element := range list.Values {
		text, ok := scalar(element)
		if !ok {
			return nil, false
		}
		values = append(values, text)
	}
	return values, true
}

// scalar is a single value as it was written.
func scalar(node ast.Node) (string, bool) {
	switch node := node.(type) {
	case *ast.StringNode:
		return node.Value, true
	case *ast.LiteralNode:
		return node.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return node.GetToken().Value, true
	}
	return "", false
}

func line(node ast.Node) int { return node.GetToken().Position.Line }

func at(path string, line int, message string) error {
	return &misconfigured{fmt.Sprintf("%s:%d", path, line), errors.New(message)}
}
