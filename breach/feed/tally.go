package feed

import (
	"fmt"
	"strings"
)

// Reason is why a line was rejected.
type Reason uint8

// The reasons. Blank lines, and lines of count 0 that the range API pads with,
// are passed over and not rejected.
const (
	NotHexadecimal Reason = iota // not a hash
	WrongWidth                   // a hash of another kind
	BadCount                     // what follows the hash is no count
	TooLong                      // longer than any line of this kind
	BinaryJunk                   // holds NUL
	NoPair                       // no user, no separator or no password
	reasons
)

var reasonNames = [reasons]string{
	"not hexadecimal", "wrong number of digits", "no count after the hash", "too long", "binary", "not a pair",
}

func (r Reason) String() string { return reasonNames[r] }

// Tally counts lines.
type Tally struct {
	Lines    int64          // all of them
	Accepted int64          // taken
	Padding  int64          // passed over: count 0
	Rejected [reasons]int64 // by Reason
}

// RejectedLines is the sum over all reasons.
func (t Tally) RejectedLines() (n int64) {
	for _, count := range t.Rejected {
		n += count
	}
	return n
}

// Reasons names the reasons that occurred, as in "3 too long, 1 binary"; empty if nothing was rejected.
func (t Tally) Reasons() string {
	var parts []string
	for reason, n := range t.Rejected {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, Reason(reason)))
		}
	}
	return strings.Join(parts, ", ")
}

func (t *Tally) add(u Tally) {
	t.Lines += u.Lines
	t.Accepted += u.Accepted
	t.Padding += u.Padding
	for i := range t.Rejected {
		t.Rejected[i] += u.Rejected[i]
	}
}

// Rejection is the first line that was rejected: where and why, never what it says.
type Rejection struct {
	Place  string // file:line
	Reason Reason

	at place
}
