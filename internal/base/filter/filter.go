// Package filter gives the filter of ListUsers: one attribute, compared whole or by its beginning.
//
//	filter    = [ attribute operator value ]      empty: every user
//	attribute = one of Attributes
//	operator  = "=" | "^="                        equal | begins with
//	value     = '"' { character | '\"' | '\\' } '"'
//
// Blanks around the parts are free. The wording of refusals is AWS's own.
package filter

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
)

// MaxLength is how many characters a filter may have.
const MaxLength = 256

// The attributes that are not plain attributes of a user.
const (
	Username = "username"            // the user name, never an alias
	State    = "cognito:user_status" // CONFIRMED, UNCONFIRMED, ... ; matched without regard to case
	Status   = "status"              // Enabled or Disabled, matched exactly
	Sub      = "sub"
)

// The two values that Status has; any other matches nobody.
const (
	Enabled  = "Enabled"
	Disabled = "Disabled"
)

// Attributes are the searchable ones. Custom attributes are not.
func Attributes() []string {
	return []string{
		Username, "email", "phone_number", "name", "given_name", "family_name",
		"preferred_username", State, Status, Sub,
	}
}

// Filter tells which users to list. The zero Filter lists them all.
type Filter struct {
	// Attribute is one of Attributes, or empty.
	Attribute string
	// Value is what the attribute must equal, or begin with. That of State is in upper case.
	Value string
	// Prefix asks for the beginning instead of the whole.
	Prefix bool
}

// All tells whether the filter lets every user pass.
func (f Filter) All() bool { return f.Attribute == "" }

// Matches tells whether an attribute with this value passes. It is how a store must compare:
// byte by byte, upper and lower case apart, except that the value of State is upper case by itself.
func (f Filter) Matches(value string) bool {
	if f.Prefix {
		return strings.HasPrefix(value, f.Value)
	}
	return value == f.Value
}

// String writes the filter as Parse reads it.
func (f Filter) String() string {
	if f.All() {
		return ""
	}
	operator := " = "
	if f.Prefix {
		operator = " ^= "
	}
	return f.Attribute + operator + `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(f.Value) + `"`
}

// unreadable is the one answer of AWS to every filter outside the grammar.
var unreadable = fault.New(fault.InvalidParameter, "Error while parsing filter.")

// Parse reads a filter. Its only error is InvalidParameterException.
func Parse(s string) (Filter, error) {
	if utf8.RuneCountInString(s) > MaxLength || !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		return Filter{}, unreadable
	}
	rest := strings.TrimLeft(s, blanks)
	if rest == "" {
		return Filter{}, nil
	}
	name, rest := cutName(rest)
	operator, rest := cutOperator(rest)
	value, rest, quoted := cutQuoted(rest)
	if name == "" || operator == "" || !quoted || strings.Trim(rest, blanks) != "" {
		return Filter{}, unreadable
	}
	if !slices.Contains(Attributes(), name) {
		return Filter{}, fault.Newf(fault.InvalidParameter, "Invalid search attribute: %s", name)
	}
	if name == State {
		value = strings.ToUpper(value)
	}
	return Filter{Attribute: name, Value: value, Prefix: operator == "^="}, nil
}

const blanks = " \t\r\n"

func cutName(s string) (name, rest string) {
	end := strings.IndexFunc(s, func(r rune) bool { return !isNameRune(r) })
	if end < 0 {
		end = len(s)
	}
	return s[:end], s[end:]
}

// isNameRune knows the characters of attribute names, custom ones included, so
// that these are refused as not searchable rather than as unreadable.
func isNameRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_:.-", r)
}

func cutOperator(s string) (operator, rest string) {
	s = strings.TrimLeft(s, blanks)
	for _, operator := range []string{"^=", "="} {
		if rest, ok := strings.CutPrefix(s, operator); ok {
			return operator, strings.TrimLeft(rest, blanks)
		}
	}
	return "", s
}

// cutQuoted reads a quoted value. A backslash before anything but a quote or a
// backslash has no meaning that we know of, so it is refused, not guessed.
func cutQuoted(s string) (value, rest string, ok bool) {
	if s == "" || s[0] != '"' {
		return "", s, false
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return b.String(), s[i+1:], true
		case '\\':
			if i++; i == len(s) || s[i] != '"' && s[i] != '\\' {
				return "", s, false
			}
		}
		b.WriteByte(s[i])
	}
	return "", s, false
}
