package federation

import (
	"maps"
	"slices"
	"strings"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
)

// mapping adds which claim becomes the user name. An empty mapping is none.
func (k kind) mapping(given map[string]string) map[string]string {
	all := maps.Clone(given)
	if k.subject != "" && all[username] == "" {
		if all == nil {
			all = map[string]string{}
		}
		all[username] = k.subject
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

// username is what a mapping calls the name of a user, which is no attribute.
const username = "username"

// checkMapping refuses a mapping to what is no attribute of the pool, or none that a provider may tell.
func checkMapping(owner *model.Pool, mapping map[string]string) error {
	var wrong []string
	for name := range mapping {
		if name == username {
			continue
		}
		if owner.Attribute(name) == nil || name == "sub" || strings.HasPrefix(name, "dev:") {
			wrong = append(wrong, name)
		}
	}
	if wrong == nil {
		return nil
	}
	slices.Sort(wrong)
	return invalidf("AttributeMapping contains invalid mapping: [%s]", strings.Join(wrong, ", "))
}
