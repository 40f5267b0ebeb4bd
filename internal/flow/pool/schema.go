package pool

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// standard lists the attributes of every pool, in the order in which Cognito tells them.
var standard = []struct {
	name, kind string
	min, max   string // length of a String, value of a Number
}{
	{"sub", shape.AttributeDataTypeString, "1", "2048"},
	{"name", shape.AttributeDataTypeString, "0", "2048"},
	{"given_name", shape.AttributeDataTypeString, "0", "2048"},
	{"family_name", shape.AttributeDataTypeString, "0", "2048"},
	{"middle_name", shape.AttributeDataTypeString, "0", "2048"},
	{"nickname", shape.AttributeDataTypeString, "0", "2048"},
	{"preferred_username", shape.AttributeDataTypeString, "0", "2048"},
	{"profile", shape.AttributeDataTypeString, "0", "2048"},
	{"picture", shape.AttributeDataTypeString, "0", "2048"},
	{"website", shape.AttributeDataTypeString, "0", "2048"},
	{"email", shape.AttributeDataTypeString, "0", "2048"},
	{"email_verified", shape.AttributeDataTypeBoolean, "", ""},
	{"gender", shape.AttributeDataTypeString, "0", "2048"},
	{"birthdate", shape.AttributeDataTypeString, "10", "10"},
	{"zoneinfo", shape.AttributeDataTypeString, "0", "2048"},
	{"locale", shape.AttributeDataTypeString, "0", "2048"},
	{"phone_number", shape.AttributeDataTypeString, "0", "2048"},
	{"phone_number_verified", shape.AttributeDataTypeBoolean, "", ""},
	{"address", shape.AttributeDataTypeString, "0", "2048"},
	{"updated_at", shape.AttributeDataTypeNumber, "0", ""},
}

// standardSchema is the schema of a pool that asked for nothing.
func standardSchema() []shape.SchemaAttributeType {
	list := make([]shape.SchemaAttributeType, len(standard))
	for i, s := range standard {
		list[i] = shape.SchemaAttributeType{
			Name:                   new(s.name),
			AttributeDataType:      new(s.kind),
			DeveloperOnlyAttribute: new(false),
			Mutable:                new(s.name != "sub"),
			Required:               new(s.name == "sub"),
		}
		switch s.kind {
		case shape.AttributeDataTypeString:
			list[i].StringAttributeConstraints = &shape.StringAttributeConstraintsType{MinLength: new(s.min), MaxLength: new(s.max)}
		case shape.AttributeDataTypeNumber:
			list[i].NumberAttributeConstraints = &shape.NumberAttributeConstraintsType{MinValue: new(s.min)}
		}
	}
	return list
}

// newSchema is the standard schema with what the request changes and adds.
func newSchema(asked []shape.SchemaAttributeType) ([]shape.SchemaAttributeType, error) {
	list := standardSchema()
	seen := map[string]bool{}
	for _, a := range asked {
		name := wire.Of(a.Name)
		i := slices.IndexFunc(list[:len(standard)], func(s shape.SchemaAttributeType) bool { return *s.Name == name })
		if i < 0 {
			var err error
			if list, err = addCustom(list, a); err != nil {
				return nil, err
			}
			continue
		}
		if seen[name] {
			return nil, invalidf("%s: Existing attribute already has name %s.", name, name)
		}
		seen[name] = true
		if err := adjust(&list[i], a); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// adjust changes what may be changed of a standard attribute.
func adjust(s *shape.SchemaAttributeType, a shape.SchemaAttributeType) error {
	if a.AttributeDataType != nil && *a.AttributeDataType != *s.AttributeDataType {
		return invalidf("You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute %s", *s.Name)
	}
	if wire.Of(a.DeveloperOnlyAttribute) {
		return invalidf("You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute %s", *s.Name)
	}
	if *s.Name == "sub" {
		return nil // immutable and required, whatever is asked
	}
	s.Mutable = or(a.Mutable, *s.Mutable)
	s.Required = or(a.Required, *s.Required)
	if a.StringAttributeConstraints != nil && s.StringAttributeConstraints != nil {
		s.StringAttributeConstraints = a.StringAttributeConstraints
	}
	if a.NumberAttributeConstraints != nil && s.NumberAttributeConstraints != nil {
		s.NumberAttributeConstraints = a.NumberAttributeConstraints
	}
	return checkConstraints(s)
}

// addCustom appends a custom attribute under its full name.
func addCustom(list []shape.SchemaAttributeType, a shape.SchemaAttributeType) ([]shape.SchemaAttributeType, error) {
	if a.Name == nil || a.AttributeDataType == nil {
		return nil, invalid("Invalid AttributeDataType input, consider using the provided AttributeDataType enum.")
	}
	if wire.Of(a.Required) {
		return nil, invalid("Required custom attributes are not supported currently.")
	}
	prefix := "custom:"
	if wire.Of(a.DeveloperOnlyAttribute) {
		prefix = "dev:custom:"
	}
	name := prefix + *a.Name
	for _, s := range list {
		if *s.Name == name {
			return nil, invalidf("%s: Existing attribute already has name %s.", name, name)
		}
	}
	if len(list)-len(standard) >= maxCustomAttributes {
		return nil, invalidf("A user pool can have at most %d custom attributes.", maxCustomAttributes)
	}
	s := shape.SchemaAttributeType{
		Name:                   &name,
		AttributeDataType:      a.AttributeDataType,
		DeveloperOnlyAttribute: or(a.DeveloperOnlyAttribute, false),
		Mutable:                or(a.Mutable, true),
		Required:               new(false),
	}
	switch *a.AttributeDataType {
	case shape.AttributeDataTypeString:
		s.StringAttributeConstraints = orNew(a.StringAttributeConstraints)
	case shape.AttributeDataTypeNumber:
		s.NumberAttributeConstraints = orNew(a.NumberAttributeConstraints)
	}
	return append(slices.Clip(list), s), checkConstraints(&s)
}

// checkConstraints reads the bounds, which travel as text.
func checkConstraints(s *shape.SchemaAttributeType) error {
	var low, high *string
	length := false
	if c := s.StringAttributeConstraints; c != nil {
		low, high, length = c.MinLength, c.MaxLength, true
	}
	if c := s.NumberAttributeConstraints; c != nil {
		low, high = c.MinValue, c.MaxValue
	}
	minimum, errLow := bound(low, 0)
	maximum, errHigh := bound(high, 1<<62)
	switch {
	case errLow != nil || errHigh != nil:
		return invalidf("%s: The constraints of the attribute must be integers.", *s.Name)
	case minimum > maximum && low != nil && high != nil:
		return invalidf("%s: The minimum of the attribute is above its maximum.", *s.Name)
	case length && (minimum < 0 || high != nil && maximum > maxValueLength):
		return invalidf("%s: The length of an attribute is from 0 to %d.", *s.Name, maxValueLength)
	}
	return nil
}

// maxValueLength is the longest value of an attribute.
const maxValueLength = 2048

func bound(text *string, otherwise int64) (int64, error) {
	if text == nil {
		return otherwise, nil
	}
	return strconv.ParseInt(strings.TrimSpace(*text), 10, 64)
}

// AddAttributes adds custom attributes to a pool's schema: all of them or none.
func (p *Pools) AddAttributes(ctx context.Context, id string, asked []shape.SchemaAttributeType) error {
	_, err := p.change(ctx, id, func(tx *store.Tx, next *model.Pool) (err error) {
		if err := idle(tx, id); err != nil {
			return err
		}
		list := next.Doc.SchemaAttributes
		for _, a := range asked {
			if list, err = addCustom(list, a); err != nil {
				return err
			}
		}
		next.Doc.SchemaAttributes = list
		p.touch(next.Doc)
		return nil
	})
	return err
}
