package cognito

import (
	"flag"
	"reflect"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/shape"
)

var _ = flag.Bool("update", false, "write the generated files again")

func TestServedAgreesWithTheModel(t *testing.T) {
	if len(served) != len(shape.Operations) {
		t.Errorf("%d operations are served, and the API has %d", len(served), len(shape.Operations))
	}
	seen := map[string]bool{}
	for _, row := range served {
		t.Run(row.name, func(t *testing.T) {
			if seen[row.name] {
				t.Error("is in the table twice")
			}
			seen[row.name] = true
			op, ok := shape.Lookup(row.name)
			if !ok {
				t.Fatal("is no operation of the API")
			}
			if op.Unsigned == (row.caller == signed) {
				t.Errorf("the caller is %q, and the model has unsigned = %v", row.caller, op.Unsigned)
			}
			if op.NoOutput != row.empty {
				t.Errorf("served with no output = %v, and the model has %v", row.empty, op.NoOutput)
			}
			if want := reflect.TypeOf(op.New()); row.input != want {
				t.Errorf("takes %s, and the model has %s", row.input, want)
			}
			onPool := has(row.input, "UserPoolId") || has(row.input, "ResourceArn")
			if row.caller == signed && !onPool && row.name != "CreateUserPool" && row.name != "ListUserPools" && row.name != "DescribeUserPoolDomain" {
				t.Error("its input names no pool to hold a policy against")
			}
			if ok := has(row.input, "AccessToken"); ok != (row.caller == bearer || row.caller == debtor || row.caller == answerer) {
				t.Errorf("the caller is %q, and the input has an access token: %v", row.caller, ok)
			}
			if ok := has(row.input, "AccessToken") && has(row.input, "Session"); ok != (row.caller == answerer) {
				t.Errorf("the caller is %q, and the input has an access token and a session: %v", row.caller, ok)
			}
		})
	}
}

func has(input reflect.Type, name string) bool {
	_, ok := input.Elem().FieldByName(name)
	return ok
}
