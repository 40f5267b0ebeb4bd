package account

import (
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/part/notify"
)

// maxValue is how long the value of an attribute may be, in bytes (spec 13).
const maxValue = 2048

// verifiedOf names the attribute that says whether an address is proven.
var verifiedOf = map[string]string{"email": "email_verified", "phone_number": "phone_number_verified"}

// addresses are the attributes that messages can go to.
var addresses = []string{"email", "phone_number"}

// Readable tells whether users of the client see an attribute. A client
// without a list sees all but those that are for administrators alone. Who a
// user is elsewhere is no attribute that a list could have.
func Readable(c *model.Client, attribute string) bool {
	if attribute == "sub" || attribute == model.IdentitiesAttribute {
		return true
	}
	if c.Doc.ReadAttributes == nil {
		return !strings.HasPrefix(attribute, "dev:")
	}
	return slices.Contains(c.Doc.ReadAttributes, attribute)
}

// writable tells whether users of the client may set an attribute. No list
// gives them what proves an address: that would be proof by claim.
func writable(c *model.Client, attribute string) bool {
	if attribute == "email_verified" || attribute == "phone_number_verified" || strings.HasPrefix(attribute, "dev:") {
		return false
	}
	return c.Doc.WriteAttributes == nil || slices.Contains(c.Doc.WriteAttributes, attribute)
}

// permit refuses attributes that users of the client may not write.
func permit(c *model.Client, given map[string]string) error {
	for name := range given {
		if !writable(c, name) {
			return fault.New(fault.NotAuthorized, "A client attempted to write unauthorized attribute")
		}
	}
	return nil
}

// conform checks given attributes against the pool's schema and brings values
// into their one form. was holds the attributes so far, nil at sign-up; an
// empty value removes. What is required is checked by complete.
func conform(p *model.Pool, given, was map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(given)) {
		schema := p.Attribute(name)
		switch {
		case name == "sub" || name == model.IdentitiesAttribute: // the first is for ever, the second is what an identity provider said
			return fault.Newf(fault.InvalidParameter, "user.%s: Attribute cannot be updated.", name)
		case schema == nil && strings.Contains(name, ":"):
			return fault.Newf(fault.InvalidParameter, "Attributes did not conform to the schema: Type for attribute {%s} could not be determined", name)
		case schema == nil:
			return unfit(name, "Attribute does not exist in the schema.")
		case was != nil && schema.Mutable != nil && !*schema.Mutable && was[name] != given[name]:
			return fault.Newf(fault.InvalidParameter, "user.%s: Attribute cannot be updated.", name)
		case given[name] == "":
			continue
		}
		value, err := conformValue(schema, name, given[name])
		if err == nil && name == kindPreferred {
			err = looksLikeAddress(p, value)
		}
		if err != nil {
			return err
		}
		given[name] = value
	}
	return nil
}

// complete refuses a user who lacks a required attribute, all missing ones told at once.
func complete(p *model.Pool, attributes map[string]string) error {
	var missing []string
	for i := range p.Doc.SchemaAttributes {
		schema := &p.Doc.SchemaAttributes[i]
		if name := wire.Of(schema.Name); wire.Of(schema.Required) && name != "sub" && attributes[name] == "" {
			missing = append(missing, name+": The attribute is required")
		}
	}
	if missing != nil {
		return fault.New(fault.InvalidParameter, "Attributes did not conform to the schema: "+strings.Join(missing, "\n"))
	}
	return nil
}

func unfit(name, why string) error {
	return fault.Newf(fault.InvalidParameter, "Attributes did not conform to the schema: %s: %s", name, why)
}

// conformValue checks one value and returns it in the form that is kept.
func conformValue(schema *shape.SchemaAttributeType, name, value string) (string, error) {
	switch {
	case len(value) > maxValue:
		return "", unfit(name, "Value must have length less than or equal to 2048 bytes")
	case strings.ContainsRune(value, 0): // no database's index keeps it
		return "", unfit(name, "Value must not contain the null character")
	case name == "email" && !notify.ValidEmail(value):
		return "", fault.New(fault.InvalidParameter, "Invalid email address format.")
	case name == "phone_number" && !notify.ValidPhone(value):
		return "", fault.New(fault.InvalidParameter, "Invalid phone number format.")
	}
	switch wire.Of(schema.AttributeDataType) {
	case shape.AttributeDataTypeNumber:
		return value, conformNumber(schema.NumberAttributeConstraints, name, value)
	case shape.AttributeDataTypeBoolean:
		lower := strings.ToLower(value)
		if lower != "true" && lower != "false" {
			return "", unfit(name, "Value must be true or false")
		}
		return lower, nil
	case shape.AttributeDataTypeDateTime:
		if _, err := time.Parse(time.RFC3339, value); err != nil && !integer.MatchString(value) {
			return "", unfit(name, "Value must be a date and time")
		}
		return value, nil
	}
	return value, conformLength(schema.StringAttributeConstraints, name, value)
}

func conformLength(c *shape.StringAttributeConstraintsType, name, value string) error {
	if c == nil {
		return nil
	}
	n := utf8.RuneCountInString(value)
	if low, err := strconv.Atoi(wire.Of(c.MinLength)); err == nil && n < low {
		return unfit(name, "Value must have length greater than or equal to "+strconv.Itoa(low))
	}
	if high, err := strconv.Atoi(wire.Of(c.MaxLength)); err == nil && n > high {
		return unfit(name, "Value must have length less than or equal to "+strconv.Itoa(high))
	}
	return nil
}

// integer bounds the digits: comparing numbers must not cost more than reading them.
var integer = regexp.MustCompile(`^-?[0-9]{1,309}$`)

func conformNumber(c *shape.NumberAttributeConstraintsType, name, value string) error {
	if !integer.MatchString(value) {
		return unfit(name, "Value must be a number")
	}
	if c == nil {
		return nil
	}
	n, _ := new(big.Int).SetString(value, 10)
	if low, ok := new(big.Int).SetString(wire.Of(c.MinValue), 10); ok && n.Cmp(low) < 0 {
		return unfit(name, "Value must be greater than or equal to "+low.String())
	}
	if high, ok := new(big.Int).SetString(wire.Of(c.MaxValue), 10); ok && n.Cmp(high) > 0 {
		return unfit(name, "Value must be less than or equal to "+high.String())
	}
	return nil
}
