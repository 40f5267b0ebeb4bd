// Package hibp gives the two ends of the Pwned Passwords range API of Have I Been Pwned.
//
//	the public service ── Download ──> folder of 16^5 range files + ranges.idx
//	                                     (breach/feed makes a corpus of it)
//	a corpus of ours ──── Handler ───> GET /range/5BAA6 for other software
//
// A client sends the first five hexadecimal digits of a hash and gets all hashes
// that begin so: the server never learns which one was meant.
package hibp

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/gatehouse-id/gatehouse/breach/brx"
)

// PublicService is where Have I Been Pwned serves the ranges, free and without a key.
const PublicService = "https://api.pwnedpasswords.com"

// RangeCount is how many ranges there are: one for each five hexadecimal digits.
const RangeCount = 1 << 20

// served tells whether ranges of these hashes are published.
func served(alg brx.Alg) bool { return alg == brx.SHA1 || alg == brx.NTLM }

// parseRange reads the five digits of a range, of either case.
func parseRange(text string) (prefix uint32, ok bool) {
	if len(text) != 5 || strings.ContainsAny(text, "+-_") {
		return 0, false
	}
	n, err := strconv.ParseUint(text, 16, 20)
	return uint32(n), err == nil
}

// rangeName is the five digits of a range.
func rangeName(prefix uint32) string { return fmt.Sprintf("%05X", prefix) }
