package notify

import (
	"strings"
	"unicode/utf8"
)

// MaskEmail shows of an address what CodeDeliveryDetails shows: the first
// character of each part. ann@example.com becomes a***@e***.
func MaskEmail(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return first(address) + "***"
	}
	return first(address[:at]) + "***@" + first(address[at+1:]) + "***"
}

// MaskPhone shows of a number what CodeDeliveryDetails shows: the last four
// digits, and a star for each other one. +12065559934 becomes +*******9934.
func MaskPhone(number string) string {
	digits := strings.TrimPrefix(number, "+")
	shown := 4
	if len(digits) <= shown {
		shown = 0
	}
	return "+" + strings.Repeat("*", len(digits)-shown) + digits[len(digits)-shown:]
}

func first(s string) string {
	_, size := utf8.DecodeRuneInString(s)
	return s[:size]
}
