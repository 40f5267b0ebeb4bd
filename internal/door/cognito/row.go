package cognito

import (
	"context"
	"net/http"
	"reflect"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
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
	// debtor is a bearer who may owe a new password: all that such a token can do
	// is to set one and to sign out.
	debtor
	// answerer calls with an access token, or with the session of a challenge.
	answerer
	// signed calls are signed with an access key (SigV4) whose policy allows them.
	signed
)

func (c caller) String() string {
	return [...]string{"anyone", "access token", "access token, also while a new password is due", "access token, or the session of a challenge", "signed"}[c]
}

// call is what an operation knows beside its input.
type call struct {
	Origin model.Origin
	Bearer *signin.Bearer   // set for callers with an access token
	Key    *model.AccessKey // set for signed callers
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
	most  int64        // the largest body in bytes, where it is not that of the door
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

// upTo lets bodies of an operation be larger than those of others, in bytes.
func (h handler) upTo(most int64) handler {
	h.most = most
	return h
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
	poolID, arn := member[In, string]("UserPoolId"), member[In, string]("ResourceArn")
	clientID, token, session := member[In, string]("ClientId"), member[In, string]("AccessToken"), member[In, string]("Session")
	told, name := member[In, shape.UserContextDataType]("UserContextData"), nameIn[In]()
	return func(ctx context.Context, d *Door, r *request) (P, error) {
		if err := d.verify(ctx, r); err != nil {
			return nil, err
		}
		in := new(In)
		if err := wire.Decode(r.body, in); err != nil {
			return nil, err
		}
		if err := P(in).Check(); err != nil {
			return nil, err
		}
		rec := report.From(ctx)
		rec.Pool(wire.Of(poolID(in)))
		rec.Client(wire.Of(clientID(in)))
		switch r.op.caller {
		case signed:
			return in, d.authorize(r, wire.Of(poolID(in)), wire.Of(arn(in)))
		case bearer, debtor:
			return in, d.admit(ctx, r, wire.Of(token(in)))
		case answerer:
			return in, d.admitEither(ctx, r, wire.Of(token(in)), wire.Of(session(in)))
		}
		return in, d.believe(ctx, r.call, wire.Of(clientID(in)), name(in), told(in))
	}
}

// newPasswordDue is an error that all operations of a bearer know, and on which
// applications lead to a new password anyway.
var newPasswordDue = fault.New(fault.PasswordResetRequired, "A new password is due for the user due to security reasons: until it is set, the access token can only change the password or sign out")

// admit finds out for whom an access token speaks, and what it may do.
func (d *Door) admit(ctx context.Context, r *request, token string) error {
	b, err := d.Signin.Bearer(ctx, token)
	if err != nil {
		return err
	}
	r.call.Bearer = b
	rec := report.From(ctx)
	rec.Pool(b.Pool.ID)
	rec.Client(b.Client.ID)
	rec.Caller(b.User.Sub)
	if b.NewPasswordDue && r.op.caller != debtor {
		return newPasswordDue
	}
	return nil
}

var oneOfTwo = fault.New(fault.InvalidParameter, "Either AccessToken or Session must be given, and not both.")

// admitEither is admit for a caller who may have a session instead; the operation reads that.
func (d *Door) admitEither(ctx context.Context, r *request, token, session string) error {
	if (token == "") == (session == "") {
		return oneOfTwo
	}
	if token == "" {
		return nil
	}
	return d.admit(ctx, r, token)
}

// member makes the way to an input's optional member of that name; it finds nil
// where the member is absent and where the input has none.
func member[In, T any](name string) func(*In) *T {
	field, ok := reflect.TypeFor[In]().FieldByName(name)
	if !ok || field.Type != reflect.TypeFor[*T]() {
		return func(*In) *T { return nil }
	}
	return func(in *In) *T {
		return reflect.ValueOf(in).Elem().FieldByIndex(field.Index).Interface().(*T)
	}
}
