package cognito

import (
	"encoding/base64"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// mostPerPage is the largest page of every list, and the page of a request that says nothing.
const mostPerPage = 60

func pageSize(asked *int32) int {
	if n := int(wire.Of(asked)); n > 0 {
		return min(n, mostPerPage)
	}
	return mostPerPage
}

// pagePurpose seals where a list goes on. A token is good for one list, which
// the bind strings tell: operation, pool and whatever else was asked.
const pagePurpose = "page"

var badToken = fault.New(fault.InvalidParameter, "Invalid pagination token given.")

// after opens a page token; "" is the first page.
func (d *Door) after(token *string, bind ...string) (string, error) {
	if token == nil {
		return "", nil
	}
	box, err := base64.RawURLEncoding.DecodeString(*token)
	if err != nil {
		return "", badToken.Because(err)
	}
	key, err := d.Ring.Open(pagePurpose, box, bind...)
	if err != nil {
		return "", badToken.Because(err)
	}
	return string(key), nil
}

// page cuts a list that was read with one element more than fits, and tells
// with which token it goes on; nil on the last page.
func page[T any](d *Door, list []T, size int, key func(T) string, bind ...string) ([]T, *string) {
	if len(list) <= size {
		return list, nil
	}
	list = list[:size]
	box := d.Ring.Seal(pagePurpose, []byte(key(list[size-1])), bind...)
	return list, new(base64.RawURLEncoding.EncodeToString(box))
}
