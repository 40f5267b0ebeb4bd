package cognito

import (
	"context"
	"net/http"
	"reflect"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/report"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/flow/signin"
)

// row is one served operation: its name, who may call it, and what answers.
type row struct {
	name   string
	caller caller
	handler
}

// caller is how an operation knows who calls.
type caller int

const (
	// anyone may call. An Authorization header is ignored: old SDKs sign these too.
	anyone caller = iota
	// bearer calls with an access token in the member AccessToken.
	bearer
	// signed calls are signed with an access key (SigV4) whose policy allows them.
	signed
)

func (c caller) String() string { return [...]string{"anyone", "access token", "signed"}[c] }

// call is what an operation knows beside its input.
type call struct {
	Origin    model.Origin
	Bearer    *signin.Bearer // set for bearer callers
	Principal principal      // set for signed callers
}

// request is one request on its way to its operation.
type request struct {
	op   *row
	http *http.Request
	body []byte
	call *call
}

// handler runs an operation whose types it hides.
type handler struct {
	input reflect.Type // for the test that holds the table against the model
	empty bool         // no output shape: the answer is {}
	serve func(ctx context.Context, d *Door, r *request) ([]byte, error)
}

// input is a pointer to a request struct.
type input[In any] interface {
	*In
	shape.Input
}

// handle makes a handler of a method with an output.
func handle[In, Out any, P input[In]](method func(*Door, context.Context, *call, P) (*Out, error)) handler {
	read := reader[In, P]()
	return handler{input: reflect.TypeFor[P](), serve: func(ctx context.Context, d *Door, r *request) ([]byte, error) {
		in, err := read(ctx, d, r)
		if err != nil {
			return nil, err
		}
		out, err := method(d, ctx, r.call, in)
		if err != nil {
			return nil, err
		}
		return wire.Encode(out)
	}}
}

// handleEmpty makes a handler of a method without an output. The answer is {},
// which clients that parse every body understand, and which is harmless to others.
func handleEmpty[In any, P input[In]](method func(*Door, context.Context, *call, P) error) handler {
	read := reader[In, P]()
	return handler{input: reflect.TypeFor[P](), empty: true, serve: func(ctx context.Context, d *Door, r *request) ([]byte, error) {
		in, err := read(ctx, d, r)
		if err != nil {
			return nil, err
		}
		return []byte("{}"), method(d, ctx, r.call, in)
	}}
}

// reader makes the way from a body to a checked input of a known caller. Nothing
// of a signed request is read before its signature holds.
func reader[In any, P input[In]]() func(context.Context, *Door, *request) (P, error) {
	poolID, arn := member[In]("UserPoolId"), member[In]("ResourceArn")
	clientID, token := member[In]("ClientId"), member[In]("AccessToken")
	return func(ctx context.Context, d *Door, r *request) (P, error) {
		if err := d.verify(ctx, r); err != nil {
			return nil, err
		}
		in := P(new(In))
		if err := wire.Decode(r.body, in); err != nil {
			return nil, err
		}
		if err := in.Check(); err != nil {
			return nil, err
		}
		rec := report.From(ctx)
		rec.Pool(poolID((*In)(in)))
		rec.Client(clientID((*In)(in)))
		switch r.op.caller {
		case signed:
			return in, d.authorize(r, poolID((*In)(in)), arn((*In)(in)))
		case bearer:
			b, err := d.Signin.Bearer(ctx, token((*In)(in)))
			if err != nil {
				return nil, err
			}
			rec.Pool(b.Pool.ID)
			rec.Client(b.Client.ID)
			rec.Caller(b.User.Sub)
			r.call.Bearer = b
		}
		return in, nil
	}
}

// member makes the way to an input's optional string of that name; it finds ""
// where the string is absent and where the input has no such member.
func member[In any](name string) func(*In) string {
	field, ok := reflect.TypeFor[In]().FieldByName(name)
	if !ok || field.Type != reflect.TypeFor[*string]() {
		return func(*In) string { return "" }
	}
	return func(in *In) string {
		return wire.Of(reflect.ValueOf(in).Elem().FieldByIndex(field.Index).Interface().(*string))
	}
}
