package admin

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"runtime"
	"strings"
	"unicode/utf8"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
)

// row is one operation: method and path, the action that a key must be allowed,
// and what answers.
type row struct {
	method, path, name string
	handler
}

// handler runs an operation whose types it hides.
type handler struct {
	serve func(context.Context, *Door, *call, *answer) error
	query []string // the parameters that the operation knows
	slow  bool

	// For the document.
	of      string // the method of Door
	in, out reflect.Type
}

// with names the parameters of the query.
func (h handler) with(names ...string) handler { h.query = names; return h }

// slowly lets an operation take its time.
func (h handler) slowly() handler { h.slow = true; return h }

// tells makes a handler of a method that answers a document.
func tells[Out any](method func(*Door, context.Context, *call) (*Out, error)) handler {
	return handler{of: nameOf(method), out: reflect.TypeFor[Out](), serve: func(ctx context.Context, d *Door, c *call, a *answer) error {
		out, err := method(d, ctx, c)
		return a.tell(c, out, err)
	}}
}

// takes makes a handler of a method that reads a document of JSON and answers one.
func takes[In, Out any](method func(*Door, context.Context, *call, *In) (*Out, error)) handler {
	return handler{of: nameOf(method), in: reflect.TypeFor[In](), out: reflect.TypeFor[Out](), serve: func(ctx context.Context, d *Door, c *call, a *answer) error {
		in := new(In)
		if err := c.decode(in); err != nil {
			return err
		}
		out, err := method(d, ctx, c, in)
		return a.tell(c, out, err)
	}}
}

// does makes a handler of a method that answers nothing.
func does(method func(*Door, context.Context, *call) error) handler {
	return handler{of: nameOf(method), serve: func(ctx context.Context, d *Door, c *call, a *answer) error {
		if err := method(d, ctx, c); err != nil {
			return err
		}
		a.write(http.StatusNoContent, nil)
		return nil
	}}
}

// streams makes a handler of a method that writes a document as it goes.
func streams(method func(*Door, context.Context, *call, io.Writer) error) handler {
	return handler{of: nameOf(method), serve: func(ctx context.Context, d *Door, c *call, a *answer) error {
		return a.stream(func(to io.Writer) error { return method(d, ctx, c, to) })
	}}
}

func nameOf(method any) string {
	name := runtime.FuncForPC(reflect.ValueOf(method).Pointer()).Name()
	return name[strings.LastIndex(name, ".")+1:]
}

// call is one request on its way to its operation.
type call struct {
	*row
	http  *http.Request
	path  map[string]string // what stands in the places of the row's path
	query map[string]string
	body  []byte

	key    *model.AccessKey // nil while signatures are not checked
	author string           // who calls, as the history of a policy names them
	etag   string           // of the answer
}

// action is what a key must be allowed to do.
func (c *call) action() string { return service + ":" + c.name }

// maxSegment is the longest part of a path that can mean anything, in bytes: a
// user name has at most 128 characters.
const maxSegment = 512

var (
	noPath   = fault.New(fault.UnknownOperation, "The API has no such path.")
	noMethod = fault.New(fault.UnknownOperation, "The path does not take this method.")
)

// route finds the row of a request. The path is taken apart before its escapes
// are resolved, so that a slash in a user's name is part of the name.
func route(r *http.Request, h http.Header) (*call, error) {
	rest, ok := strings.CutPrefix(r.URL.EscapedPath(), Prefix+"/")
	if !ok {
		return nil, noPath
	}
	given := strings.Split(rest, "/")
	for i, escaped := range given {
		part, err := url.PathUnescape(escaped)
		if err != nil || part == "" || len(part) > maxSegment || !utf8.ValidString(part) || strings.ContainsRune(part, 0) {
			return nil, noPath
		}
		given[i] = part
	}
	var allowed []string
	for i := range rows {
		path, ok := match(rows[i].path, given)
		if !ok {
			continue
		}
		if rows[i].method == r.Method {
			return &call{row: &rows[i], http: r, path: path}, nil
		}
		allowed = append(allowed, rows[i].method)
	}
	if allowed == nil {
		return nil, noPath
	}
	h.Set("Allow", strings.Join(allowed, ", "))
	return nil, noMethod
}

// match holds a path against a row's, and tells what stands in its places.
func match(pattern string, given []string) (map[string]string, bool) {
	parts := strings.Split(strings.TrimPrefix(pattern, "/"), "/")
	if len(parts) != len(given) {
		return nil, false
	}
	places := map[string]string{}
	for i, part := range parts {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			places[strings.TrimSuffix(name, "}")] = given[i]
		} else if part != given[i] {
			return nil, false
		}
	}
	return places, true
}
