package trigger

import (
	"context"
	"errors"
	"fmt"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// What clients read of a function that did not do its part, in Cognito's words.
const (
	threw        = "%s failed with error %s."
	notRun       = "%s invocation failed due to error %s."
	unconfigured = "%s invocation failed due to configuration."
	slow         = "Socket timeout while invoking Lambda function"
	broken       = "ServiceException"
)

var unrecognizable = fault.New(fault.InvalidLambdaResponse, "Unrecognizable lambda output")

// Run asks the function with an ARN and returns the response in its answer. Every
// error is a fault:
//
//	UserLambdaValidationException    the function threw
//	InvalidLambdaResponseException   its answer is not an event with a response of that shape
//	UnexpectedLambdaException        it took longer than Limit, or could not be run
//	TooManyRequestsException         it is being asked too often already
//
// Call it outside transactions.
func Run[Q, R any](ctx context.Context, f *Functions, k Kind, arn string, e Event[Q, R]) (R, error) {
	var none R
	body, err := wire.Encode(e)
	if err != nil {
		return none, fmt.Errorf("write the event of %s: %w", k, err)
	}
	answer, err := f.call(ctx, arn, body)
	if err != nil {
		return none, explain(k, arn, err)
	}
	return read[R](answer)
}

// errUnknown says that nobody told where a function runs.
var errUnknown = errors.New("no URL is set for it")

var errBusy = fault.New(fault.TooManyRequests, "Rate exceeded")

func (f *Functions) call(ctx context.Context, arn string, event []byte) ([]byte, error) {
	if !f.Has(arn) {
		return nil, errUnknown
	}
	one := f.list[arn]
	select {
	case one.slots <- struct{}{}:
		defer func() { <-one.slots }()
	default:
		return nil, errBusy
	}
	ctx, cancel := context.WithTimeout(ctx, Limit)
	defer cancel()
	return one.runtime.Invoke(ctx, event)
}

// explain is the fault of a function that did not answer.
func explain(k Kind, arn string, err error) error {
	cause := fmt.Errorf("%s by %s: %w", k, arn, err)
	var thrown *Thrown
	var code *refused
	switch {
	case errors.Is(err, errBusy):
		return errBusy.Because(cause)
	case errors.As(err, &thrown):
		return fault.Newf(fault.UserLambdaValidation, threw, k, thrown.Message).Because(cause)
	case errors.Is(err, errUnknown):
		return fault.Newf(fault.UnexpectedLambda, unconfigured, k).Because(cause)
	case errors.Is(err, errTooLong):
		return unrecognizable.Because(cause)
	case errors.Is(err, context.DeadlineExceeded):
		return fault.Newf(fault.UnexpectedLambda, notRun, k, slow).Because(cause)
	case errors.As(err, &code):
		return fault.Newf(fault.UnexpectedLambda, notRun, k, code.code).Because(cause)
	}
	return fault.Newf(fault.UnexpectedLambda, notRun, k, broken).Because(cause)
}

// read finds the response in an answer. Of the rest of the event nothing is looked
// at: a function cannot change whom it is about.
func read[R any](answer []byte) (R, error) {
	var e struct {
		Response *R `json:"response"`
	}
	var none R
	if err := wire.Decode(answer, &e); err != nil {
		return none, unrecognizable.Because(err)
	}
	if e.Response == nil {
		return none, unrecognizable
	}
	return *e.Response, nil
}
