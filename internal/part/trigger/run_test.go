package trigger

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
)

const testARN = "arn:aws:lambda:us-east-1:000000000000:function:define"

// runtime answers as a test says.
type runtime func(ctx context.Context, event []byte) ([]byte, error)

func (r runtime) Invoke(ctx context.Context, event []byte) ([]byte, error) { return r(ctx, event) }

func functionsOf(r Runtime, slots int) *Functions {
	return &Functions{map[string]*function{testARN: {r, make(chan struct{}, slots)}}}
}

func define(f *Functions) (DefineResponse, error) {
	e := NewEvent(DefineAuthChallenge, Authentication, Of{"eu-west-1_Abc", "client", "ann"},
		DefineRequest{Who: Who{Attributes: map[string]string{"sub": "1"}}, Session: []Result{{Name: "SRP_A", Right: true}}}, DefineResponse{})
	return Run(context.Background(), f, DefineAuthChallenge, testARN, e)
}

func TestEvent(t *testing.T) {
	var got string
	_, err := define(functionsOf(runtime(func(ctx context.Context, event []byte) ([]byte, error) {
		if _, ok := ctx.Deadline(); !ok {
			t.Error("there is no deadline")
		}
		got = string(event)
		return []byte(`{"response":{}}`), nil
	}), 1))
	want := `{"version":"1","triggerSource":"DefineAuthChallenge_Authentication","region":"eu-west-1","userPoolId":"eu-west-1_Abc","userName":"ann",` +
		`"callerContext":{"awsSdkVersion":"aws-sdk-unknown-unknown","clientId":"client"},` +
		`"request":{"userAttributes":{"sub":"1"},"session":[{"challengeName":"SRP_A","challengeResult":true,"challengeMetadata":null}]},` +
		`"response":{"challengeName":null,"issueTokens":null,"failAuthentication":null}}`
	if err != nil || got != want {
		t.Errorf("got  %s, %v\nwant %s", got, err, want)
	}
}

func TestFailuresAreInCognitosWords(t *testing.T) {
	for name, of := range map[string]struct {
		answer string
		err    error
		want   string
	}{
		"thrown":        {err: &Thrown{"nope"}, want: "UserLambdaValidationException: DefineAuthChallenge failed with error nope."},
		"too slow":      {err: context.DeadlineExceeded, want: "UnexpectedLambdaException: DefineAuthChallenge invocation failed due to error Socket timeout while invoking Lambda function."},
		"not allowed":   {err: &refused{"AccessDeniedException"}, want: "UnexpectedLambdaException: DefineAuthChallenge invocation failed due to error AccessDeniedException."},
		"broken":        {err: errors.New("it answered 500"), want: "UnexpectedLambdaException: DefineAuthChallenge invocation failed due to error ServiceException."},
		"too long":      {err: errTooLong, want: "InvalidLambdaResponseException: Unrecognizable lambda output"},
		"not JSON":      {answer: "hello", want: "InvalidLambdaResponseException: Unrecognizable lambda output"},
		"nothing":       {answer: "null", want: "InvalidLambdaResponseException: Unrecognizable lambda output"},
		"no response":   {answer: `{"issueTokens":true}`, want: "InvalidLambdaResponseException: Unrecognizable lambda output"},
		"a wrong type":  {answer: `{"response":{"issueTokens":"true"}}`, want: "InvalidLambdaResponseException: Unrecognizable lambda output"},
		"said twice":    {answer: `{"response":{"issueTokens":false,"issueTokens":true}}`, want: "InvalidLambdaResponseException: Unrecognizable lambda output"},
		"members of no": {answer: `{"response":{"issueTokens":true,"other":1}}`, want: ""},
	} {
		says, err := define(functionsOf(runtime(func(context.Context, []byte) ([]byte, error) { return []byte(of.answer), of.err }), 1))
		got := ""
		if f, ok := fault.As(err); ok {
			got = fmt.Sprintf("%s: %s", f.Code, f.Message)
		} else if err != nil {
			got = err.Error()
		}
		if got != of.want || of.want == "" && (says.IssueTokens == nil || !*says.IssueTokens) {
			t.Errorf("%s: got %q, want %q", name, got, of.want)
		}
	}
	if _, err := define(nil); err == nil || !strings.Contains(err.Error(), "due to configuration.") {
		t.Errorf("without functions: got %v", err)
	}
}

func TestTooManyAtOnceAreRefused(t *testing.T) {
	entered, free := make(chan struct{}), make(chan struct{})
	f := functionsOf(runtime(func(context.Context, []byte) ([]byte, error) {
		close(entered)
		<-free
		return []byte(`{"response":{}}`), nil
	}), 1)
	done := make(chan error)
	go func() { _, err := define(f); done <- err }()
	<-entered
	if _, err := define(f); err == nil || !strings.Contains(err.Error(), "Rate exceeded") {
		t.Errorf("got %v, want that the rate is exceeded", err)
	}
	close(free)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// What a function answers is an operator's code, and may be anything at all.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{"", "null", `{"response":{}}`, `{"response":{"challengeName":"CUSTOM_CHALLENGE","issueTokens":null}}`, `{"response":[]}`, `{"errorMessage":"x"}`, "{\"response\":{\"publicChallengeParameters\":{\"\xff\":\"1\"}}}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		check := func(err error) {
			if err == nil {
				return
			}
			if it, ok := fault.As(err); !ok || it.Code != fault.InvalidLambdaResponse {
				t.Fatalf("got %v, want InvalidLambdaResponseException", err)
			}
		}
		_, err := read[DefineResponse](answer)
		check(err)
		made, err := read[CreateResponse](answer)
		check(err)
		if len(made.Public)+len(made.Private) > len(answer) {
			t.Fatalf("%d parameters of %d bytes", len(made.Public)+len(made.Private), len(answer))
		}
		_, err = read[VerifyResponse](answer)
		check(err)
		if message, ok := (reply{status: 200, body: answer}).thrown(); ok && (len(message) > maxThrown || strings.ContainsAny(message, "\r\n\x00")) {
			t.Fatalf("the message %q", message)
		}
	})
}
