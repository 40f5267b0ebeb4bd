package admin

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
)

// maxBody is the largest body, in bytes.
const maxBody = 64 << 10

// read takes the body, up to the limit. A client that is still sending when it is
// answered is read a little further, so that it finds the answer and not a reset.
func read(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if len(body) > maxBody {
		io.CopyN(io.Discard, r.Body, 1<<20) //nolint:errcheck // it has the answer or it goes without
		return nil, fault.Newf(fault.RequestEntityTooLarge, "The request body is larger than %d bytes.", maxBody)
	}
	if err != nil {
		return nil, fault.New(fault.Serialization, "The request body ends too early.").Because(err)
	}
	if len(body) > 0 && r.Header.Get("Content-Encoding") != "" {
		return nil, fault.New(unsupported, "The request body must not be compressed.")
	}
	return body, nil
}

// kind is the media type of the body.
func (c *call) kind() string {
	kind, _, err := mime.ParseMediaType(c.http.Header.Get("Content-Type"))
	if err != nil || len(c.http.Header.Values("Content-Type")) > 1 {
		return ""
	}
	return kind
}

const jsonType = "application/json"

// decode reads a body of JSON, and refuses a member that the operation does not know.
func (c *call) decode(into any) error {
	if c.kind() != jsonType {
		return fault.New(unsupported, "The Content-Type must be "+jsonType+".")
	}
	if err := wire.ReadKnown(c.body, into); err != nil {
		return fault.Newf(fault.Serialization, "The request body cannot be read: %v.", err)
	}
	return nil
}

// parseQuery reads the query, and refuses a parameter that the operation does not
// know, or that is there twice: it would seem to have been heard.
func (c *call) parseQuery() error {
	values, err := url.ParseQuery(c.http.URL.RawQuery)
	if err != nil {
		return fault.New(fault.InvalidParameter, "The query cannot be read.").Because(err)
	}
	c.query = map[string]string{}
	for name, list := range values {
		if !slices.Contains(c.row.query, name) || len(list) != 1 || !utf8.ValidString(list[0]) {
			return fault.Newf(fault.InvalidParameter, "The query has %.40q, which the operation does not know, or more than once.", name)
		}
		c.query[name] = list[0]
	}
	return nil
}

// The elements of a page: when nothing is said, and at most.
const (
	usualPage   = 20
	largestPage = 100
)

// limit is how many elements are asked for.
func (c *call) limit() (int, error) {
	text, ok := c.query["limit"]
	if !ok {
		return usualPage, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > largestPage {
		return 0, fault.Newf(fault.InvalidParameter, "limit is a number from 1 to %d.", largestPage)
	}
	return n, nil
}

// page cuts a list that was read with one element more than fits, and tells what
// before must be to go on; "" at the end.
func page[T any](list []T, size int, key func(*T) string) ([]T, string) {
	if len(list) <= size {
		return list, ""
	}
	return list[:size], key(&list[size-1])
}

// version reads the number of a version; ok is false for what is none.
func version(text string) (n int64, ok bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil && n >= 0 && strconv.FormatInt(n, 10) == text
}

// ifMatch is the version of the policy that the caller has seen: "3", as the
// header ETag tells it, or 3. * is whichever holds.
func (c *call) ifMatch() (was int64, said bool, err error) {
	values := c.http.Header.Values("If-Match")
	switch {
	case len(values) == 0:
		return threat.AnyVersion, false, nil
	case len(values) == 1 && values[0] == "*":
		return threat.AnyVersion, true, nil
	case len(values) == 1:
		text := values[0]
		if inner, ok := strings.CutPrefix(text, `"`); ok {
			if text, ok = strings.CutSuffix(inner, `"`); !ok {
				text = ""
			}
		}
		if n, ok := version(text); ok {
			return n, true, nil
		}
	}
	return 0, false, fault.New(fault.InvalidParameter, `If-Match is one version of the policy, such as "3", or * for whichever holds.`)
}

func etag(version int64) string { return fmt.Sprintf(`"%d"`, version) }
