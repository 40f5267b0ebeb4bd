package forwarded

import (
	"iter"
	"net/netip"
	"strings"
)

// fromRight gives the elements of a list header, the last of the last line
// first, without the white space around. Nothing of what stands further left is
// read before it is asked for: quotes that a client opened and left open on the
// left cannot swallow what a proxy appended.
func fromRight(lines []string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := len(lines) - 1; i >= 0; i-- {
			for rest, more := lines[i], true; more; {
				comma := lastComma(rest)
				element := strings.Trim(rest[comma+1:], " \t")
				rest, more = rest[:max(comma, 0)], comma >= 0
				if !yield(element) {
					return
				}
			}
		}
	}
}

// lastComma is the place of the last comma outside quotes, or -1.
func lastComma(s string) int {
	quoted := false
	for i := len(s) - 1; i >= 0; i-- {
		switch {
		case s[i] == '"' && !(quoted && escaped(s, i)):
			quoted = !quoted
		case s[i] == ',' && !quoted:
			return i
		}
	}
	return -1
}

// escaped tells whether the byte at i stands behind an odd number of backslashes.
func escaped(s string, i int) bool {
	n := 0
	for i--; i >= 0 && s[i] == '\\'; i-- {
		n++
	}
	return n%2 == 1
}

// forOf is the node in the one "for" of an element: for=192.0.2.1;proto=https.
func forOf(element string) (node string, ok bool) {
	for element != "" {
		var pair string
		pair, element = cutPair(element)
		name, value, found := strings.Cut(pair, "=")
		if !found || !strings.EqualFold(strings.TrimSpace(name), "for") {
			continue
		}
		if ok { // RFC 7239, 4: each parameter once
			return "", false
		}
		node, ok = unquote(strings.TrimSpace(value)), true
	}
	return node, ok
}

// cutPair takes what stands before the first semicolon outside quotes.
func cutPair(s string) (pair, rest string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == ';' && !quoted:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// unquote takes the quotes off. Addresses need no backslash, so text with one
// stays what it is, which is no address.
func unquote(s string) string {
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		return s[1 : len(s)-1]
	}
	return s
}

// addressOf reads a node: an address, perhaps with a port, IPv6 in brackets or
// bare. "unknown" and obfuscated identifiers ("_hidden") are none.
func addressOf(node string) netip.Addr {
	host := node
	if inside, ok := strings.CutPrefix(node, "["); ok {
		var port string
		host, port, ok = strings.Cut(inside, "]")
		if !ok || port != "" && port[0] != ':' || !strings.Contains(host, ":") {
			return netip.Addr{}
		}
	} else if strings.Count(node, ":") == 1 {
		host, _, _ = strings.Cut(node, ":")
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}
	}
	return Plain(a)
}
