package admin

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
)

// document reads the policy in the body.
func (c *call) document() (*model.ThreatPolicy, error) {
	text := c.body
	switch c.kind() {
	case jsonType:
	case "application/yaml", "application/x-yaml", "text/yaml": // RFC 9512, and what was used before
		var err error
		if text, err = jsonOf(text); err != nil {
			return nil, err
		}
	default:
		return nil, fault.New(unsupported, "The Content-Type of a policy must be application/yaml or "+jsonType+".")
	}
	return policyOf(text)
}

func policyOf(text []byte) (*model.ThreatPolicy, error) {
	policy, err := threat.ParsePolicy(text)
	if err != nil {
		return nil, notRight("%s", strings.TrimPrefix(err.Error(), "read policy: "))
	}
	return policy, nil
}

func notRight(format string, args ...any) error {
	return fault.New(invalidPolicy, "The policy cannot be used: "+fmt.Sprintf(format, args...))
}

// jsonOf is a document of YAML as JSON.
func jsonOf(text []byte) ([]byte, error) {
	if err := checkTokens(lexer.Tokenize(string(text))); err != nil {
		return nil, err
	}
	document, err := yaml.YAMLToJSON(text)
	if err != nil {
		return nil, notRight("it is no YAML: %s", yaml.FormatError(err, false, false))
	}
	return document, nil
}

// maxTokens bounds what a document of YAML is made of: far more than the longest
// policies have, and what is read in milliseconds.
const maxTokens = 20_000

// checkTokens refuses what makes a short document large or deep before it is one:
// an alias stands for all that its anchor holds, and again, and again.
func checkTokens(list token.Tokens) error {
	if len(list) > maxTokens {
		return notRight("it has more than %d words and signs", maxTokens)
	}
	brackets, row := 0, 0
	begun := false
	for _, t := range list {
		switch t.Type {
		case token.CommentType:
			continue
		case token.DocumentHeaderType, token.DocumentEndType:
			if begun && t.Type == token.DocumentHeaderType || t.Next != nil && t.Type == token.DocumentEndType {
				return notRight("it is more than one document (line %d)", t.Position.Line)
			}
			continue
		case token.AnchorType, token.AliasType, token.MergeKeyType:
			return notRight("anchors and aliases of YAML are not taken (line %d)", t.Position.Line)
		case token.SequenceStartType, token.MappingStartType:
			brackets++
		case token.SequenceEndType, token.MappingEndType:
			brackets--
		}
		begun = true
		if t.Type == token.SequenceEntryType || t.Type == token.MappingKeyType { // - - - - of which each is deeper
			row++
		} else {
			row = 0
		}
		if max(brackets, row) > wire.MaxDepth {
			return notRight("it nests deeper than %d levels", wire.MaxDepth)
		}
	}
	return nil
}
