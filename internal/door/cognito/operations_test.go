package cognito

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/shape"
)

var update = flag.Bool("update", false, "write the generated files again")

func TestServedAgreesWithTheModel(t *testing.T) {
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

// TestOperationsDocument keeps docs/operations.md in step with the table; -update writes it.
func TestOperationsDocument(t *testing.T) {
	path := filepath.Join("..", "..", "..", "docs", "operations.md")
	want := operationsDocument()
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("docs/operations.md is out of step with operations.go: run go test ./internal/door/cognito -run Document -update")
	}
}

func operationsDocument() []byte {
	var b bytes.Buffer
	rows := map[string]row{}
	for _, r := range served {
		rows[r.name] = r
	}
	fmt.Fprintf(&b, `# Operations

<!-- Written from internal/door/cognito/operations.go by its tests with -update. Do not edit. -->

The user pool API has %d operations. Gatehouse serves %d of them; every other one
answers UnknownOperationException.

Callers: *signed* requests carry a SigV4 signature with an access key whose policy
allows them, *access token* requests carry the token of a user in their body,
some of them the session of a challenge instead, and *anyone* may send the rest.

## Served

| Operation | Caller |
|---|---|
`, len(shape.Operations), len(served))
	var missing []string
	for _, op := range shape.Operations {
		if r, ok := rows[op.Name]; ok {
			fmt.Fprintf(&b, "| %s | %s |\n", r.name, r.caller)
		} else {
			missing = append(missing, op.Name)
		}
	}
	fmt.Fprintf(&b, "\n## Not yet served\n\n%s.\n", strings.Join(missing, ", "))
	return b.Bytes()
}
