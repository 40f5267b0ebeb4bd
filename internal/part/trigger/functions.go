package trigger

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Functions are those that the operator runs, by ARN. It is safe for concurrent use;
// nil has none.
type Functions struct{ list map[string]*function }

type function struct {
	runtime Runtime
	slots   chan struct{}
}

// atOnce bounds how many calls of one function run at the same time. Each may take
// Limit, and whoever signs in decides how many there are.
const atOnce = 256

// validARN is the pattern of the API's ArnType.
var validARN = regexp.MustCompile(`^arn:[\w+=/,.@-]+:[\w+=/,.@-]+:([\w+=/,.@-]*)?:[0-9]+:[\w+=/,.@-]+(:[\w+=/,.@-]+)?(:[\w+=/,.@-]+)?$`)

// ErrPair says what a setting must look like.
var ErrPair = errors.New("want ARN=URL, as in arn:aws:lambda:us-east-1:000000000000:function:define=https://HOST/PATH")

// NewFunctions reads settings of the form ARN=URL. Errors name the ARN and never the URL.
func NewFunctions(pairs []string, c Config) (*Functions, error) {
	f := &Functions{list: map[string]*function{}}
	for _, pair := range pairs {
		arn, address, ok := Cut(pair)
		if !ok {
			return nil, ErrPair
		}
		if f.list[arn] != nil {
			return nil, fmt.Errorf("%s is given twice", arn)
		}
		r, err := c.Open(arn, address)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", arn, err)
		}
		f.list[arn] = &function{r, make(chan struct{}, atOnce)}
	}
	return f, nil
}

// Cut takes ARN=URL apart. An ARN may hold an equals sign, but no colon and slashes.
func Cut(pair string) (arn, address string, ok bool) {
	scheme := strings.Index(pair, "://")
	if scheme < 0 {
		return "", "", false
	}
	at := strings.LastIndexByte(pair[:scheme], '=')
	if at < 0 || !validARN.MatchString(pair[:at]) {
		return "", "", false
	}
	return pair[:at], pair[at+1:], true
}

// Has tells whether the operator runs a function.
func (f *Functions) Has(arn string) bool { return f != nil && f.list[arn] != nil }
