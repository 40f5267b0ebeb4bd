package branding

import (
	"regexp"
	"slices"
	"strings"
)

// classes are what a style sheet of the classic pages can give a look to.
var classes = []string{
	"background-customizable", "banner-customizable", "errorMessage-customizable",
	"idpButton-customizable", "idpButton-customizable:hover", "idpDescription-customizable",
	"inputField-customizable", "inputField-customizable:focus", "label-customizable", "legalText-customizable",
	"logo-customizable", "passwordCheck-notValid-customizable", "passwordCheck-valid-customizable",
	"redirect-customizable", "socialButton-customizable", "submitButton-customizable", "submitButton-customizable:hover",
	"textDescription-customizable",
}

var (
	cssComment = regexp.MustCompile(`(?s)/\*.*?\*/`)
	cssRule    = regexp.MustCompile(`^\s*([^{}]*)\{([^{}]*)\}`)
)

// checkCSS accepts rules for the known classes, and nothing by which a sheet
// could bring in what is not in it: the pages that it is for ask for passwords.
func checkCSS(css string) error {
	rest := cssComment.ReplaceAllString(css, " ")
	if strings.ContainsAny(rest, `<>\@`) {
		return invalid("CSS must not contain HTML, escapes or @ rules such as @import, @media, @page and @supports.")
	}
	for strings.TrimSpace(rest) != "" {
		rule := cssRule.FindStringSubmatch(rest)
		if rule == nil {
			return invalid("CSS must be rules of the form .class { property: value; }.")
		}
		rest = rest[len(rule[0]):]
		for selector := range strings.SplitSeq(rule[1], ",") {
			class, ok := strings.CutPrefix(strings.TrimSpace(selector), ".")
			if !ok || !slices.Contains(classes, class) {
				return invalid("CSS can give a look to these classes only: %s.", strings.Join(classes, ", "))
			}
		}
		body := strings.ToLower(rule[2])
		for _, no := range []string{"url(", "image(", "image-set(", "expression(", "javascript:", "behavior:", "-moz-binding"} {
			if strings.Contains(strings.Join(strings.Fields(body), ""), no) {
				return invalid("CSS must not bring in other files or run scripts: %s", strings.TrimRight(no, "(:"))
			}
		}
	}
	return nil
}
