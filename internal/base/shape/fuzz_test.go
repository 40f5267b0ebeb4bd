package shape

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// FuzzCheck: whatever a body holds, an operation's input is read or refused,
// checked or refused, and printed, without a panic and within bounds.
func FuzzCheck(f *testing.F) {
	for i, op := range Operations {
		f.Add(uint8(i), []byte(`{}`))
		if op.Name == "SignUp" {
			f.Add(uint8(i), wire.Must(wideSignUp()))
			f.Add(uint8(i), []byte(`{"UserAttributes":[null,{"Name":"\u0000"}],"ClientMetadata":{"":""}}`))
		}
		if op.Name == "CreateUserPool" {
			f.Add(uint8(i), []byte(`{"PoolName":"p","Schema":[{"Name":"x"}],"Policies":{"PasswordPolicy":{"MinimumLength":-1}},"UserPoolTags":{"a":"b"},"AliasAttributes":["x"]}`))
		}
	}
	f.Fuzz(func(t *testing.T, n uint8, body []byte) {
		in := Operations[int(n)%len(Operations)].New()
		if err := wire.Decode(body, in); err != nil {
			return
		}
		_ = fmt.Sprint(in)
		err := in.Check()
		if err == nil {
			return
		}
		found, ok := fault.As(err)
		if !ok || found.Code != fault.InvalidParameter || !strings.Contains(found.Message, " detected: Value") {
			t.Fatalf("got %v", err)
		}
		if len(found.Message) > 32<<10 {
			t.Fatalf("a message of %d bytes", len(found.Message))
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	for name, in := range map[string]Input{"InitiateAuth": signIn(), "SignUp": wideSignUp(), "AdminGetUser": &AdminGetUserRequest{
		UserPoolId: new("us-east-1_aB3dE5gH7"), Username: new("ann@example.com")}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := in.Check(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkDecodeAndCheck(b *testing.B) {
	for name, body := range map[string][]byte{"InitiateAuth": wire.Must(signIn()), "SignUp": wire.Must(wideSignUp())} {
		op, _ := Lookup(name)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				in := op.New()
				if err := wire.Decode(body, in); err != nil {
					b.Fatal(err)
				}
				if err := in.Check(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func signIn() *InitiateAuthRequest {
	return &InitiateAuthRequest{
		AuthFlow:       new(AuthFlowTypeUserPasswordAuth),
		ClientId:       new("4jhm2tq1v7f3k9d8s6a5g0l1p2"),
		AuthParameters: map[string]string{"USERNAME": "ann@example.com", "PASSWORD": "correct-horse-7-Battery"},
	}
}
