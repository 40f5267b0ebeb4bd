package notify

import (
	"regexp"
	"strings"
)

const (
	maxEmail     = 254 // bytes: RFC 5321 section 4.5.3.1.3, less the angle brackets
	maxLocalPart = 64  // bytes: RFC 5321 section 4.5.3.1.1
)

var (
	// dotAtom is the unquoted local part of RFC 5322 section 3.2.3. Quoted ones
	// are legal, unused, and the way in for commands and headers.
	dotAtom = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$")

	// hostName is two or more labels of RFC 1123, the last one with a letter in
	// it, so that an address of digits is no name.
	hostName = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+([A-Za-z0-9-]{0,61}[A-Za-z][A-Za-z0-9-]{0,61})$`)

	// e164 is a number of ITU-T E.164: at most 15 digits, no country code begins
	// with 0. The shortest in use have 7 digits with their country code.
	e164 = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
)

// ValidEmail tells whether s is an address that mail can be sent to: ASCII, an
// unquoted local part of at most 64 bytes, a domain of two labels or more, 254
// bytes in all. A domain in another script is written in its xn-- form.
func ValidEmail(s string) bool {
	if len(s) > maxEmail {
		return false
	}
	local, domain, found := strings.Cut(s, "@")
	return found && len(local) <= maxLocalPart && dotAtom.MatchString(local) && validDomain(domain)
}

// ValidDomain tells whether s is what may follow the @ of an address: two labels
// or more, the last one with a letter in it.
func ValidDomain(s string) bool { return len(s) <= maxEmail && validDomain(s) }

func validDomain(s string) bool {
	last := s[strings.LastIndexByte(s, '.')+1:]
	return hostName.MatchString(s) && len(last) <= 63 && last[0] != '-' && last[len(last)-1] != '-'
}

// ValidPhone tells whether s is a phone number in the form of E.164: a plus
// sign, then 7 to 15 digits beginning with the country code.
func ValidPhone(s string) bool { return e164.MatchString(s) }
