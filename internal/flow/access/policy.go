package access

import (
	"slices"
	"strings"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
)

// Allows tells whether a policy lets its holder do an action on a resource.
// Actions compare without case, as in IAM; resources exactly. In both, *
// matches any run of characters; nothing else is special.
func Allows(p model.Policy, action, resource string) bool {
	action = strings.ToLower(action)
	return slices.ContainsFunc(p.Actions, func(pattern string) bool { return matches(strings.ToLower(pattern), action) }) &&
		slices.ContainsFunc(p.Resources, func(pattern string) bool { return matches(pattern, resource) })
}

// matches needs no backtracking: each piece between two stars may take its
// first place, because what follows a star may be anything.
func matches(pattern, text string) bool {
	pieces := strings.Split(pattern, "*")
	if len(pieces) == 1 {
		return pattern == text
	}
	text, ok := strings.CutPrefix(text, pieces[0])
	if !ok {
		return false
	}
	last := len(pieces) - 1
	for _, piece := range pieces[1:last] {
		_, after, found := strings.Cut(text, piece)
		if !found {
			return false
		}
		text = after
	}
	return strings.HasSuffix(text, pieces[last])
}
