package shape

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// text is the limits of a string: length in Unicode code points, a pattern that
// the whole string must match, or a set of values. Zero fields limit nothing.
type text struct {
	min, max int
	pattern  *pattern
	enum     []string
}

// size is the limits of a blob in bytes, of a list in elements or of a map in
// entries. Zero fields limit nothing.
type size struct{ min, max int }

// number is the limits of an integer, both inclusive.
type number struct{ min, max int64 }

// allows is the fast answer; broken says why not.
func (l *text) allows(s string) bool {
	return !l.tooShort(s) && !l.tooLong(s) &&
		(l.pattern == nil || l.pattern.match(s)) &&
		(l.enum == nil || slices.Contains(l.enum, s))
}

// A code point takes one to four bytes, so most lengths need no counting.
func (l *text) tooShort(s string) bool {
	return len(s) < l.min || len(s) < l.min*utf8.UTFMax && utf8.RuneCountInString(s) < l.min
}

func (l *text) tooLong(s string) bool {
	return l.max > 0 && len(s) > l.max && (len(s) > l.max*utf8.UTFMax || utf8.RuneCountInString(s) > l.max)
}

// broken lists the constraints that s does not satisfy.
func (l *text) broken(s string) []string {
	var list []string
	if l.tooShort(s) {
		list = append(list, atLeast("length", l.min))
	}
	if l.tooLong(s) {
		list = append(list, atMost("length", l.max))
	}
	if l.pattern != nil && !l.pattern.match(s) {
		list = append(list, l.pattern.constraint())
	}
	if l.enum != nil && !slices.Contains(l.enum, s) {
		list = append(list, enumConstraint(l.enum))
	}
	return list
}

// all lists every constraint, in the order in which AWS tells those of an element.
func (l *text) all() string {
	var list []string
	if l.max > 0 {
		list = append(list, atMost("length", l.max))
	}
	if l.min > 0 {
		list = append(list, atLeast("length", l.min))
	}
	if l.pattern != nil {
		list = append(list, l.pattern.constraint())
	}
	if l.enum != nil {
		list = append(list, enumConstraint(l.enum))
	}
	return strings.Join(list, ", ")
}

func (l *size) broken(n int) string {
	switch {
	case n < l.min:
		return atLeast("length", l.min)
	case l.max > 0 && n > l.max:
		return atMost("length", l.max)
	}
	return ""
}

func (l *number) broken(n int64) string {
	switch {
	case n < l.min:
		return atLeast("value", l.min)
	case n > l.max:
		return atMost("value", l.max)
	}
	return ""
}

func atLeast[T int | int64](what string, n T) string {
	return "Member must have " + what + " greater than or equal to " + strconv.FormatInt(int64(n), 10)
}

func atMost[T int | int64](what string, n T) string {
	return "Member must have " + what + " less than or equal to " + strconv.FormatInt(int64(n), 10)
}

func enumConstraint(values []string) string {
	return "Member must satisfy enum value set: [" + strings.Join(values, ", ") + "]"
}

// maxPrinted is how many bytes of a value a message or a log line repeats.
const maxPrinted = 256

// clip shortens a value to at most maxPrinted bytes, between code points.
func clip(s string) string {
	if len(s) <= maxPrinted {
		return s
	}
	end := maxPrinted
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}

// listText prints a list as Java does, no more of it than clip keeps.
func listText(values []string) string {
	var b strings.Builder
	b.WriteByte('[')
	for i, v := range values {
		if b.Len() > maxPrinted {
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(clip(v))
	}
	b.WriteByte(']')
	return b.String()
}

// mapText prints a map as Java does, keys sorted.
func mapText(values map[string]string) string {
	pairs := make([]string, 0, len(values))
	for _, k := range slices.Sorted(maps.Keys(values)) {
		pairs = append(pairs, clip(k)+"="+clip(values[k]))
	}
	list := listText(pairs)
	return "{" + list[1:len(list)-1] + "}"
}
