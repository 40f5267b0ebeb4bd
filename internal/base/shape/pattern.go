package shape

import (
	"regexp"
	"regexp/syntax"
	"sort"
	"sync"
	"unicode/utf8"
)

// A pattern is a regular expression that must match the whole string. It is
// compiled when first used, so that starting costs nothing. Patterns of one
// repeated character class, which nearly all are, become a table: sign-in
// checks several of them per call. The sources are written for Java; what Go
// reads differently is only that \s lacks the vertical tab. Whether Go can
// compile them is shapegen's care.
type pattern struct {
	source string

	once  sync.Once
	class *class         // nil when the pattern is more than a repeated class
	regex *regexp.Regexp // nil when class is not
}

func (p *pattern) match(s string) bool {
	p.once.Do(p.compile)
	if p.class != nil {
		return p.class.match(s)
	}
	return p.regex.MatchString(s)
}

func (p *pattern) constraint() string {
	return "Member must satisfy regular expression pattern: " + p.source
}

func (p *pattern) compile() {
	if p.class = newClass(p.source); p.class == nil {
		p.regex = regexp.MustCompile(`\A(?:` + p.source + `)\z`)
	}
}

// A class is the pattern [...]+ or [...]*.
type class struct {
	ascii [4]uint32 // one bit for each character below 0x80
	wide  []rune    // lowest and highest of each range above, ascending
	empty bool      // * instead of +
}

// newClass compiles a pattern of one repeated character class, anchors
// allowed; for any other it returns nil.
func newClass(source string) *class {
	re, err := syntax.Parse(source, syntax.Perl)
	if err != nil {
		return nil
	}
	for re.Op == syntax.OpConcat {
		parts := withoutAnchors(re.Sub)
		if len(parts) != 1 {
			return nil
		}
		re = parts[0]
	}
	if re.Op != syntax.OpPlus && re.Op != syntax.OpStar || re.Sub[0].Op != syntax.OpCharClass {
		return nil
	}
	c := &class{empty: re.Op == syntax.OpStar}
	for i := 0; i < len(re.Sub[0].Rune); i += 2 {
		c.add(re.Sub[0].Rune[i], re.Sub[0].Rune[i+1])
	}
	return c
}

func withoutAnchors(parts []*syntax.Regexp) []*syntax.Regexp {
	if len(parts) > 0 && parts[0].Op == syntax.OpBeginText {
		parts = parts[1:]
	}
	if n := len(parts); n > 0 && parts[n-1].Op == syntax.OpEndText {
		parts = parts[:n-1]
	}
	return parts
}

func (c *class) add(low, high rune) {
	for ; low <= high && low < utf8.RuneSelf; low++ {
		c.ascii[low>>5] |= 1 << (low & 31)
	}
	if low <= high {
		c.wide = append(c.wide, low, high)
	}
}

func (c *class) match(s string) bool {
	if s == "" {
		return c.empty
	}
	for i := 0; i < len(s); i++ {
		b := s[i]
		if b >= utf8.RuneSelf {
			return c.matchWide(s[i:])
		}
		if c.ascii[b>>5]&(1<<(b&31)) == 0 {
			return false
		}
	}
	return true
}

func (c *class) matchWide(s string) bool {
	for _, r := range s {
		if r < utf8.RuneSelf {
			if c.ascii[r>>5]&(1<<(r&31)) == 0 {
				return false
			}
			continue
		}
		// The first bound at or above r: an upper one, or a lower one that r equals.
		i := sort.Search(len(c.wide), func(i int) bool { return c.wide[i] >= r })
		if i == len(c.wide) || i%2 == 0 && c.wide[i] != r {
			return false
		}
	}
	return true
}
