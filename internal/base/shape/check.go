package shape

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
)

// maxListed is how many validation errors a message tells; the rest is counted.
// A body of many wrong elements must not buy a larger answer.
const maxListed = 20

// A checker collects validation errors. When there are none it allocates nothing.
type checker struct {
	listed []string
	count  int
}

// flags of a member, beside the limits of its shape.
type flags uint8

const (
	required flags = 1 << iota
	hidden         // the value is a secret: no message may repeat it
)

// A path is where the checker is inside the input, from the inside out. It
// lives on the stack; only a failure turns it into text.
type path struct {
	up      *path
	name    string
	element int // 1-based, 0 for a structure that is no list element
}

// text is the path to the member name: userAttributes.1.member.value.
func (p *path) text(name string) string {
	if p == nil {
		return name
	}
	here := p.name
	if p.element > 0 {
		here += "." + strconv.Itoa(p.element) + ".member"
	}
	return p.up.text(here) + "." + name
}

// fault is the answer: nil, or all that was wrong, in AWS's words.
func (c *checker) fault() error {
	if c.count == 0 {
		return nil
	}
	errors := "error"
	if c.count > 1 {
		errors = "errors"
	}
	return fault.Newf(fault.InvalidParameter, "%d validation %s detected: %s", c.count, errors, strings.Join(c.listed, "; "))
}

// fail notes that the member does not satisfy the constraint. The value is
// printed bounded, and not at all when it is hidden or has no short form.
func (c *checker) fail(at *path, name, value string, f flags, constraint string) {
	if c.count++; c.count > maxListed {
		return
	}
	value = " '" + clip(value) + "'"
	if f&hidden != 0 {
		value = ""
	}
	c.listed = append(c.listed, fmt.Sprintf("Value%s at '%s' failed to satisfy constraint: %s", value, at.text(name), constraint))
}

// missing notes a required member that is absent.
func (c *checker) missing(at *path, name string, f flags) {
	if c.count++; c.count > maxListed {
		return
	}
	null := " null"
	if f&hidden != 0 {
		null = ""
	}
	c.listed = append(c.listed, fmt.Sprintf("Value%s at '%s' failed to satisfy constraint: Member must not be null", null, at.text(name)))
}

// absent tells whether there is nothing more to check, and notes it where it is wrong.
func (c *checker) absent(at *path, name string, isNil bool, f flags) bool {
	if isNil && f&required != 0 {
		c.missing(at, name, f)
	}
	return isNil
}

func (c *checker) present(at *path, name string, is bool, f flags) {
	c.absent(at, name, !is, f)
}

func (c *checker) text(at *path, name string, value *string, limits *text, f flags) {
	if c.absent(at, name, value == nil, f) || limits.allows(*value) {
		return
	}
	for _, constraint := range limits.broken(*value) {
		c.fail(at, name, *value, f, constraint)
	}
}

func checkNumber[T int32 | int64](c *checker, at *path, name string, value *T, limits *number, f flags) {
	if c.absent(at, name, value == nil, f) {
		return
	}
	if constraint := limits.broken(int64(*value)); constraint != "" {
		c.fail(at, name, strconv.FormatInt(int64(*value), 10), f, constraint)
	}
}

// bytes checks a blob, whose value is never printed.
func (c *checker) bytes(at *path, name string, value []byte, limits *size, f flags) {
	c.list(at, name, value == nil, len(value), limits, f)
}

// list checks the length of a list of structures, which have no short form to print.
func (c *checker) list(at *path, name string, isNil bool, length int, limits *size, f flags) {
	if c.absent(at, name, isNil, f) {
		return
	}
	if constraint := limits.broken(length); constraint != "" {
		c.fail(at, name, "", f|hidden, constraint)
	}
}

// texts checks a list of strings. AWS reports its elements on the list, once,
// with all the constraints of an element.
func (c *checker) texts(at *path, name string, values []string, limits *size, element *text, f flags) {
	if c.absent(at, name, values == nil, f) {
		return
	}
	if constraint := limits.broken(len(values)); constraint != "" {
		c.fail(at, name, listText(values), f, constraint)
	}
	for _, v := range values {
		if !element.allows(v) {
			c.fail(at, name, listText(values), f, "Member must satisfy constraint: ["+element.all()+"]")
			return
		}
	}
}

// pairs checks a map of strings, reported like texts.
func (c *checker) pairs(at *path, name string, values map[string]string, limits *size, key, value *text, f flags) {
	if c.absent(at, name, values == nil, f) {
		return
	}
	if constraint := limits.broken(len(values)); constraint != "" {
		c.fail(at, name, mapText(values), f, constraint)
	}
	wrongKey, wrongValue := false, false
	for k, v := range values {
		wrongKey = wrongKey || !key.allows(k)
		wrongValue = wrongValue || !value.allows(v)
	}
	if wrongKey {
		c.fail(at, name, mapText(values), f, "Map keys must satisfy constraint: ["+key.all()+"]")
	}
	if wrongValue {
		c.fail(at, name, mapText(values), f, "Map value must satisfy constraint: ["+value.all()+"]")
	}
}
