package fingerprint

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Printable is at most so many bytes of a text that a stranger wrote, in valid
// UTF-8 and without what does not print: line breaks, which begin a new header
// somewhere, and marks that turn the direction of what follows.
func Printable(s string, most int) string {
	// A cut before the cleaning too: nobody's megabyte is walked through.
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s[:min(len(s), 2*most)])
	if len(s) <= most {
		return s
	}
	for !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

// deviceID takes an id whole or not at all: a part of it may be another device's.
func deviceID(s string) string {
	if len(s) > maxDevice || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return ""
	}
	return s
}

// The clocks of the earth, in minutes east of Greenwich.
const (
	firstZone = -12 * 60
	lastZone  = 14 * 60
)

// timezone writes an offset as "-07:00" or "+05:30", in whichever way the client
// did: scripts leave the plus out, and Android gives the minutes a sign of their
// own ("-03:-30"). What is no offset is unknown; Amazon's script writes ".5:30"
// in zones of half an hour.
func timezone(s string) string {
	sign := 1
	switch {
	case strings.HasPrefix(s, "-"):
		sign, s = -1, s[1:]
	case strings.HasPrefix(s, "+"):
		s = s[1:]
	}
	h, m, _ := strings.Cut(s, ":")
	if sign < 0 {
		m = strings.TrimPrefix(m, "-")
	}
	hours, err1 := twoDigits(h)
	minutes, err2 := twoDigits(m)
	offset := sign * (hours*60 + minutes)
	if err1 != nil || err2 != nil || minutes > 59 || offset < firstZone || offset > lastZone {
		return ""
	}
	if offset < 0 {
		return fmt.Sprintf("-%02d:%02d", hours, minutes)
	}
	return fmt.Sprintf("+%02d:%02d", hours, minutes)
}

func twoDigits(s string) (int, error) {
	if len(s) != 2 {
		return 0, strconv.ErrSyntax
	}
	n, err := strconv.ParseUint(s, 10, 8) // takes no sign
	return int(n), err
}
