// Package password gives what a pool asks of its passwords: a policy that
// checks them, temporary ones that satisfy it, Argon2id hashes, and those that other
// systems made.
//
// A password is the bytes that the client sent, at most 256 characters, and
// nothing here changes them: no Unicode normalisation and no trimming. SRP
// clients hash the raw UTF-8 on their side, so a server that normalised would
// refuse by SRP what it accepts by password.
package password

import (
	"strings"
	"unicode/utf8"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
)

// MaxLength is the longest password Cognito takes, in characters.
const MaxLength = 256

// Policy is what a pool asks of a password. The zero value asks nothing.
type Policy struct {
	// MinimumLength counts Unicode characters; Cognito allows 6 to 99.
	MinimumLength int
	Upper         bool // at least one of A to Z
	Lower         bool // at least one of a to z
	Number        bool // at least one of 0 to 9
	Symbol        bool // at least one of Cognito's special characters
}

// Default is the policy of a pool made without one: 8 characters of all four kinds.
func Default() Policy {
	return Policy{MinimumLength: 8, Upper: true, Lower: true, Number: true, Symbol: true}
}

// symbols are Cognito's special characters. A space is one too, except at
// either end of the password, where people do not see it.
const symbols = "^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+-"

// Check tells whether the password satisfies the policy. The error is an
// InvalidPassword fault with Cognito's words for the first rule broken, in the
// order length, upper case, lower case, number, symbol.
//
// Letters and digits are the basic Latin ones: that is what Cognito's guide
// says it counts. Other characters are allowed and count for the length alone,
// so É or ß is no upper or lower case letter and £ is no symbol.
func (p Policy) Check(password string) error {
	inner := strings.Trim(password, " ")
	switch length := utf8.RuneCountInString(password); {
	case length < p.MinimumLength:
		return refused("Password not long enough")
	case length > MaxLength:
		return refused("Password too long")
	case p.Upper && !containsRange(password, 'A', 'Z'):
		return refused("Password must have uppercase characters")
	case p.Lower && !containsRange(password, 'a', 'z'):
		return refused("Password must have lowercase characters")
	case p.Number && !containsRange(password, '0', '9'):
		return refused("Password must have numeric characters")
	case p.Symbol && !strings.ContainsAny(inner, symbols+" "):
		return refused("Password must have symbol characters")
	}
	return nil
}

func refused(rule string) error {
	return fault.New(fault.InvalidPassword, "Password did not conform with policy: "+rule)
}

func containsRange(s string, low, high rune) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return low <= r && r <= high })
}
